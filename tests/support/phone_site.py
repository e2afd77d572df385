"""Two ways to the phone page: Debian's mosquitto with its own web server, and the demo's broker and page.

Both have what a ``Pack`` needs of a broker, and an address to open in a browser.
"""

import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from controller.demo import page, stage
from tests.support.broker import Broker, free_port
from tests.support.pack import PATIENCE_S
from tests.support.processes import with_the_tests


class Site(Protocol):
    """A broker with the page in front of it."""

    port: int
    url: str
    protocol: str

    def start(self) -> None:
        """Let the broker come (back)."""
        ...

    def kill(self) -> None:
        """End the broker as a power cut does. The page's server may go with it."""
        ...


class Mosquitto(Broker):
    """One mosquitto: MQTT on one port, page and WebSockets on another, which knows of no Content-Type."""

    protocol = "5"

    def __init__(self, folder: Path, *, login: tuple[str, str] | None = None) -> None:
        web = free_port()
        door = f"listener {web} 127.0.0.1\nsocket_domain ipv4\nprotocol websockets\n"
        super().__init__(folder, login=login, extra=f"{door}http_dir {page.PAGE}\n")
        self.url = f"http://127.0.0.1:{web}/"
        self._web = web

    def start(self) -> None:
        super().start()
        until_listening(self._web)


class Embedded:
    """The demo's broker and the demo's page server."""

    protocol = "3.1.1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "embedded"
        self._folder.mkdir()
        _, self._site = stage.furnish(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self.port = self._site.port_v311
        self.url = ""

    def start(self) -> None:
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                with_the_tests(*stage.broker(self._site)), stdout=log, stderr=log
            )
        for port in (self._site.port_v311, self._site.port_websocket):
            until_listening(port)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(PATIENCE_S)
        self._process = None

    def __enter__(self) -> Self:
        page_port = self._stack.enter_context(page.served(stage.LOCALHOST))
        self.url = stage.page_url(self._site, page_port, "demo")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()
        self._stack.close()


def until_listening(port: int) -> None:
    """Wait until something takes connections on a port of this machine."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline_s, f"nothing listens on port {port}"
            time.sleep(0.02)
