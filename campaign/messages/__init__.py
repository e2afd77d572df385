"""Thousands of messages of strangers, bunglers and broken networks to the controller's two topics.

``inventing`` makes them, ``world`` is a controller with a guard that grants everything, ``book`` knows
without the controller's code which of them may lead to heat.
"""
