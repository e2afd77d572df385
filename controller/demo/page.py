"""Serves the phone page from this machine to this machine, for the demo. Elsewhere mosquitto does it."""

import contextlib
import os
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "phone"
#: As in the page itself, and what only a header can say.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class _Handler(SimpleHTTPRequestHandler):
    # Not from the machine's own table, which may say something else.
    extensions_map = {  # noqa: RUF012 - as in the base class
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
        "": "application/octet-stream",
    }

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:
        pass  # the terminal belongs to the demo


@contextlib.contextmanager
def served(host: str) -> Iterator[int]:
    """Serve the page on a free port of ``host``, and yield that port.

    Raises:
        OSError: there is no such port.
    """

    def handler(*args: Any) -> _Handler:
        return _Handler(*args, directory=str(PAGE))

    with ThreadingHTTPServer((host, 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="page", kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
