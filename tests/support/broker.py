"""A real mosquitto on a loopback port, for tests.

    with Broker(tmp_path) as broker:
        ... Mqtt(host="127.0.0.1", port=broker.port) ...

Needs Debian's ``mosquitto``. Without it a test is skipped, and with ``CI=true`` it fails.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.support.processes import with_the_tests

PATIENCE_S = 60.0
PACKAGES = ("mosquitto", "openssl")
_WHERE = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def debian(program: str) -> str:
    """Return the path of a program of the operating system, or end the test with the reason."""
    found = shutil.which(program, path=_WHERE)
    if found is not None:
        return found
    reason = f"{program} is missing: apt-get install {' '.join(PACKAGES)}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _own_ports() -> Iterator[int]:
    # Below those that the kernel gives to connections: nobody gets a broker's port while it is away.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(10_000 + worker, 32_000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))))
    random.SystemRandom().shuffle(ports)  # a second run on this machine has others
    return iter(ports)


_ports = _own_ports()


def free_port() -> int:
    """Return a port that nobody listens on, and that no other worker is given, nor this one again."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is left")


class Broker:
    """One mosquitto. It keeps its port, but no retained messages, over a restart.

    ``login`` is (user name, password): with it nobody else may connect. ``extra`` are further lines
    of its configuration file.
    With ``include`` it takes everything from the *.conf files of that folder, and ``port`` is theirs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        login: tuple[str, str] | None = None,
        extra: str = "",
        include: Path | None = None,
        port: int | None = None,
    ) -> None:
        self._program = debian("mosquitto")
        self._folder = folder / "broker"
        self._folder.mkdir(exist_ok=True)
        self._login = login
        self._extra = extra
        self._include = include
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port() if port is None else port

    def start(self) -> None:
        self._write_configuration()
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                with_the_tests(self._program, "-c", str(self._folder / "mosquitto.conf")),
                stdout=log,
                stderr=log,
            )
        self.wait_until_listening(self.port)

    def wait_until_listening(self, port: int) -> None:
        """Wait for one of its ports: it opens them one by one."""
        assert self._process is not None
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        self._end(signal.SIGKILL)
        pytest.fail(f"mosquitto does not listen on port {port}:\n{self.log()}", pytrace=False)

    def stop(self) -> None:
        """End it as a service manager does: it tells its clients."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it hang: connections stay up and nothing is answered. ``thaw`` ends it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def change_password(self, password: str) -> None:
        """Give the one user another password, without a restart."""
        assert self._login is not None
        assert self._process is not None
        self._login = (self._login[0], password)
        self._write_configuration()
        self._process.send_signal(signal.SIGHUP)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()

    def _write_configuration(self) -> None:
        lines = ["log_type all", "log_dest stderr"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it changes to a user who may not enter the test's folder
        if self._include is None:
            lines += [f"listener {self.port} 127.0.0.1", "persistence false"]
            lines.append(f"allow_anonymous {str(self._login is None).lower()}")
        if self._login is not None:
            passwords = self._folder / "passwords"
            subprocess.run(
                [debian("mosquitto_passwd"), "-b", "-c", str(passwords), *self._login],
                check=True,
                capture_output=True,
            )
            lines.append(f"password_file {passwords}")
        lines.append(self._extra)
        if self._include is not None:
            lines.append(f"include_dir {self._include}")  # last, as Debian's own file has it
        configuration = "\n".join([*lines, ""])
        (self._folder / "mosquitto.conf").write_text(configuration)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)
        self._process = None
