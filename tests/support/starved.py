"""Tells a late program from a machine that was busy with something else."""

import time
from contextlib import suppress
from pathlib import Path

import psutil


class Stopwatch:
    """Measures what programs take, without what other programs take from them.

    It runs from when it is made. Seconds for which a process stood ready and was given no processor do not
    count: the kernel knows them (Linux, Documentation/scheduler/sched-stats), and on a machine that is not
    busy there are next to none. Nor do those that a hypervisor has kept for itself.
    """

    def __init__(self, *pids: int) -> None:
        """``pids``: whose waiting is left out; by default that of the tests and of all they have started."""
        self.began_s = time.monotonic()
        self._pids = pids
        self._before = self._waited_s()

    def at_s(self, moment_s: float | None = None) -> float:
        """Return what it shows at a moment of CLOCK_MONOTONIC that has passed, by default now."""
        return (time.monotonic() if moment_s is None else moment_s) - self.began_s - self.lost_s()

    def lost_s(self) -> float:
        """Return the seconds so far that do not count."""
        return sum(
            max(0.0, waited_s - self._before.get(who, 0.0)) for who, waited_s in self._waited_s().items()
        )

    def _waited_s(self) -> dict[str, float]:
        tests = psutil.Process()
        pids = self._pids or [process.pid for process in (tests, *tests.children(recursive=True))]
        found = {"hypervisor": psutil.cpu_times().steal}
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with suppress(OSError):  # it has just ended
                    found[str(task)] = int(task.read_text().split()[1]) / 1e9
        return found
