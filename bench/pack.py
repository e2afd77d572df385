"""The tests' pack of two real daemons, with the time until each is ready."""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.broker import Broker
from tests.support.pack import PATIENCE_S, Pack

#: What the shipped ``simulated`` example has, where the tests take a stronger pad.
NOMINAL = {"pad.power_w": 8, "heat.duration_s": 480}


class BenchPack(Pack):
    """A pack at real speed. ``forget`` it between sessions: the next one then needs no rest."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        super().__init__(folder, broker, speed=1.0, changes=NOMINAL)
        self._notify = folder / "notify"

    def forget(self) -> None:
        """End the daemons, remove ledger and log."""
        for process in (self.controller, self.guard):
            if process is not None and process.poll() is None:
                self.end(process)
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def time_guard(self) -> float:
        """Start the guard; return the seconds until its first judged cycle."""
        with self._ready() as seconds:
            self.guard = self._spawn("guard")
        return seconds[0]

    def time_controller(self) -> float:
        """Start the controller; return the seconds until it serves."""
        with self._ready() as seconds:
            self.controller = self._spawn("run")
        return seconds[0]

    def time_module(self, module: str, text: str) -> tuple["subprocess.Popen[bytes]", float]:
        """Start a Python module with ``text`` as its input, as ``time_guard`` starts the guard."""
        with self._ready() as seconds:
            process = subprocess.Popen(
                [sys.executable, "-m", module], stdin=subprocess.PIPE, env=self.environment()
            )
            assert process.stdin is not None
            process.stdin.write(text.encode())
            process.stdin.close()
        return process, seconds[0]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"NOTIFY_SOCKET": str(self._notify)}

    @contextlib.contextmanager
    def _ready(self) -> Iterator[list[float]]:
        """Listen as systemd does; what is started inside must say that it is ready."""
        self._notify.unlink(missing_ok=True)
        seconds: list[float] = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(self._notify))
            listener.settimeout(PATIENCE_S)
            began_s = time.monotonic()
            yield seconds
            while b"READY=1" not in listener.recv(4096):
                pass
            seconds.append(time.monotonic() - began_s)
