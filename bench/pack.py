"""Both daemons as real processes on a simulated pad whose pin edges are written down."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from config.loader import example

ROOT = Path(__file__).resolve().parent.parent
FACTORY = "tests.support.recording_factory:RecordingFactory"
HEATER = 17
PATIENCE_S = 20.0


class Pack:
    """A folder with a configuration, and the processes that were started from it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.config = folder / "heatpack.toml"
        text = example("simulated").replace('pin_factory = "simulated"', f'pin_factory = "{FACTORY}"')
        self.config.write_text(text.replace("port = 1883", f"port = {port}"))
        self.edges_file = folder / "edges"
        self._running: list[subprocess.Popen[bytes]] = []

    def forget(self) -> None:
        """Remove ledger, log and edges: the next session needs no rest."""
        self.end()
        shutil.rmtree(self.folder / "heatpack-state", ignore_errors=True)
        self.edges_file.unlink(missing_ok=True)

    def guard(self) -> tuple[subprocess.Popen[bytes], float]:
        return self._start("guard")

    def controller(self) -> tuple[subprocess.Popen[bytes], float]:
        return self._start("run")

    def end(self) -> None:
        for process in reversed(self._running):
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
        self._running.clear()

    def edges(self) -> list[tuple[float, int]]:
        """The heater's edges so far: (CLOCK_MONOTONIC seconds, level)."""
        if not self.edges_file.exists():
            return []
        rows = [line.split() for line in self.edges_file.read_text().splitlines()]
        return [(float(row[0]), int(row[2])) for row in rows if len(row) == 3 and int(row[1]) == HEATER]

    def wait_for_level(self, level: int, after_s: float) -> float:
        """Return when the heater pin first had this level after a moment; raises after 20 s."""
        give_up_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_s:
            for when_s, value in self.edges():
                if when_s >= after_s and value == level:
                    return when_s
            time.sleep(0.002)
        raise TimeoutError(f"the heater pin did not become {level}")

    def _start(self, what: str) -> tuple[subprocess.Popen[bytes], float]:
        """Start a daemon; return it and the seconds until it told systemd that it is ready."""
        address = self.folder / f"notify-{what}"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(address))
            notified.settimeout(0.2)
            environment = {
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "NOTIFY_SOCKET": str(address),
                "HEATPACK_EDGES": str(self.edges_file),
            }
            with open(self.folder / f"{what}.log", "ab") as log:
                began_s = time.monotonic()
                process = subprocess.Popen(
                    [sys.executable, "-m", "controller.cli", what, "--config", str(self.config)],
                    env=environment,
                    cwd=self.folder,
                    stderr=log,
                )
            self._running.append(process)
            while time.monotonic() < began_s + PATIENCE_S and process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    if b"READY=1" in notified.recv(4096):
                        return process, time.monotonic() - began_s
        log_tail = (self.folder / f"{what}.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"heatpack {what} did not become ready:\n{log_tail}")


@contextlib.contextmanager
def pack(folder: Path, port: int) -> Iterator[Pack]:
    folder.mkdir()
    made = Pack(folder, port)
    try:
        yield made
    finally:
        made.end()


def cpu_s(pid: int) -> float:
    """CPU seconds that all threads of a process have used, to the nanosecond."""
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/schedstat") as file:
            used += int(file.read().split()[0])
    return used / 1e9


def rss_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")
