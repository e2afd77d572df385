"""A controller reduced to the link: starts one session and demands full duty, or zero."""

import select
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    Demand,
    Hello,
    Start,
    Status,
    decode_report,
    encode,
)
from hardware.link_socket import connect

SESSION = "bench"


class LinkClient:
    def __init__(self, runtime_dir: str) -> None:
        self._channel = connect(runtime_dir)
        self._tick = 0
        self._channel.send(encode(Hello(PROTOCOL)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def start(self) -> None:
        self._channel.send(encode(Start(SESSION, 40.0, 600.0)))
        while True:
            report = self._next(5.0)
            if isinstance(report, Answer):
                if not report.accepted:
                    raise RuntimeError(report.message)
                return

    def demand(self, duty: float) -> float:
        """Send a demand; return the monotonic second just before."""
        sent_s = time.monotonic()
        self._channel.send(encode(Demand(SESSION, duty, self._tick)))
        return sent_s

    def heat_until(self, done: Callable[[], bool]) -> None:
        while not done():
            if self._next(1.0) is not None:
                self.demand(1.0)

    def heat_for(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if self._next(left_s) is not None:
                self.demand(1.0)

    def _next(self, timeout_s: float) -> object:
        ready, _, _ = select.select([self._channel], [], [], timeout_s)
        if not ready:
            return None
        report = decode_report(self._channel.recv(MAX_FRAME_BYTES))
        if isinstance(report, Status):
            self._tick = report.tick
        return report


def heat_for_ever(runtime_dir: str) -> None:
    """The target of a process that is going to be killed."""
    with LinkClient(runtime_dir) as client:
        client.start()
        client.heat_until(lambda: False)
