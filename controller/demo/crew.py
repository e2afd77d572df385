"""The demo's processes: started, watched, and ended in every case."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

#: How long a process may take to end when asked; then it is killed.
FAREWELL_S = 5.0
_TAIL_LINES = 8


class DemoError(Exception):
    """The demo cannot go on. The message is a sentence, maybe with the end of a log."""


class Crew:
    """Processes by name, each with a log in ``folder``.

    Each has a session of its own, so that Ctrl-C in a terminal reaches the demo alone, which then
    ends them in the right order: the last started first.
    """

    def __init__(self, folder: Path, runtime: str) -> None:
        """``runtime``: the folder's subfolder of sockets, which goes when the processes are gone."""
        self._folder = folder
        self._runtime = runtime
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a process that imports what this one would."""
        path = os.pathsep.join(dict.fromkeys(os.path.abspath(entry) for entry in sys.path))
        with open(self.log(name), "ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )

    def log(self, name: str) -> Path:
        """Return the file of what a process says."""
        return self._folder / f"{name}.log"

    def check(self) -> None:
        """Raise a ``DemoError`` if a process has ended by itself."""
        for name, process in self._running.items():
            if (code := process.poll()) is not None:
                how = f"was ended by signal {-code}" if code < 0 else f"has ended with exit code {code}"
                raise DemoError(f"the {name} {how}. {self.tail(name)}")

    def tail(self, name: str) -> str:
        """Return the end of a process's log, with where it is."""
        lines = self.log(name).read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"The end of {self.log(name)}:", *(f"  {line}" for line in lines or ["(empty)"])])

    def tails(self) -> str:
        """Return the end of every log."""
        return "\n".join(map(self.tail, self._running))

    def kill(self, name: str) -> None:
        """End a process at once, as a crash would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def freeze(self, name: str) -> None:
        """Let a process hang until ``thaw``."""
        self._running[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        self._running[name].send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        """Begin; nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what runs. This takes a bounded time, so no signal may cut it short."""
        with _deaf():
            while self._running:
                _, process = self._running.popitem()
                _end(process)
            shutil.rmtree(self._folder / self._runtime, ignore_errors=True)


@contextlib.contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, also where SIGINT was ignored from the start."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGCONT)  # one that is frozen would not hear the rest
    process.terminate()
    deadline_s = time.monotonic() + FAREWELL_S
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(deadline_s - time.monotonic())
        return
    process.kill()
    process.wait()
