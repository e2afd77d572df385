"""SIGUSR1 keeps the main thread busy for ever: a loop that does not end, in a process that looks well.

Loaded into both daemons by a ``.pth`` file of their virtual environment, so that what is tested is
started by its own unit in its own way.
"""

import signal


def _busy(*_: object) -> None:
    while True:
        pass


signal.signal(signal.SIGUSR1, _busy)
