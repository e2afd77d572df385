"""A hostile controller that knows the protocol, against the real loop, link, ledger file and board.

``sequences`` is what happens as data, ``frames`` and ``inventing`` make it up, ``playing`` lets it
happen: ``rig`` is the guard, ``enemy`` the controller, ``world`` everything else. ``books`` judge.
``hunt`` does this for hours.
"""
