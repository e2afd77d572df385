"""The power goes while the guard saves its ledger: before each step of it, and within each byte.

``WatchedOs`` stands in for ``os`` in ``hardware.ledger_file`` and tells of each step of a save before
it is taken. In a guard process, ``PowerCutFactory`` ends the guard with SIGKILL right there, as
HEATPACK_POWER_CUT="<save>:<step>:<bytes>" says: saves are counted from 0, the one when the guard wakes
up, steps are those of ``STEPS``, and of a write so many bytes reach the file before the cut.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hardware import ledger_file
from tests.support.recording_factory import RecordingFactory

#: What a save does, in this order.
STEPS = ("create", "write", "fsync", "close", "replace", "open", "fsync", "close")
WRITE, RENAMED = STEPS.index("write"), STEPS.index("replace") + 1


@dataclass(frozen=True, slots=True)
class Step:
    """One call that changes the disk or makes a change durable."""

    call: str
    path: str
    descriptor: int = -1
    data: bytes = b""


class WatchedOs:
    """``os``, except that ``about_to`` hears of each step first."""

    def __init__(self, about_to: Callable[[Step], None]) -> None:
        self._about_to = about_to

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        self._about_to(Step("create" if flags & os.O_CREAT else "open", path))
        return os.open(path, flags, mode)

    def write(self, descriptor: int, data: bytes) -> int:
        self._about_to(Step("write", _path(descriptor), descriptor, data))
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self._about_to(Step("fsync", _path(descriptor), descriptor))
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        self._about_to(Step("close", _path(descriptor), descriptor))
        os.close(descriptor)

    def replace(self, source: str, target: str) -> None:
        self._about_to(Step("replace", source))
        os.replace(source, target)


class PowerCutFactory(RecordingFactory):
    """A board with an oscilloscope, in a guard that loses its power once."""

    def __init__(self) -> None:
        super().__init__()
        if "HEATPACK_POWER_CUT" in os.environ:
            vars(ledger_file)["os"] = WatchedOs(_Cut(os.environ["HEATPACK_POWER_CUT"]))


class _Cut:
    def __init__(self, moment: str) -> None:
        self._save, self._step, self._bytes = map(int, moment.split(":"))
        self._now = (-1, -1)

    def __call__(self, step: Step) -> None:
        save, number = self._now
        # Loading the ledger opens a file too, before the first save.
        self._now = (save + 1, 0) if step.call == "create" else (save, number + 1)
        if self._now == (self._save, self._step):
            assert step.call == STEPS[self._step], f"a save has other steps now: {step.call}"
            if step.data:
                os.write(step.descriptor, step.data[: self._bytes])
            os.kill(os.getpid(), signal.SIGKILL)


def _path(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")
