"""Daemons that hang when they are told to.

While the file ``<HEATPACK_EDGES>.hang`` exists, SIGUSR1 keeps the main thread where it is, as a dead
bus or a disk that never answers would. Nothing that the kernel could see is wrong with the process.
The guard gets this with its pin factory, the controller by being started as this module.
"""

import os
import signal
import sys
import time
from pathlib import Path

from tests.support.recording_factory import RecordingFactory


def install() -> None:
    """Let SIGUSR1 hang this process."""
    hanging = hang_file(os.environ["HEATPACK_EDGES"])

    def hang(*_: object) -> None:
        while hanging.exists():
            time.sleep(0.005)

    signal.signal(signal.SIGUSR1, hang)


def hang_file(edges: str | Path) -> Path:
    return Path(f"{edges}.hang")


class HangingFactory(RecordingFactory):
    """A board with an oscilloscope, in a guard that can hang."""

    def __init__(self) -> None:
        super().__init__()
        install()


if __name__ == "__main__":
    from controller.cli import main

    install()
    sys.exit(main())
