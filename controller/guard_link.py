"""The controller's end of the link: keeps one connection to the guard, hands over what arrives."""

import asyncio
import logging
import socket
from collections.abc import Callable

from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    FrameError,
    Hello,
    Report,
    Request,
    Status,
    decode_report,
    encode,
)
from hardware.link_socket import connect

_log = logging.getLogger(__name__)

RETRY_S = 0.5
#: Real seconds in which a living guard answers. It judges a request in the next cycle, but a start that
#: comes soon after another waits for up to five seconds before the switches are tested again.
ANSWER_S = 8.0


class GuardLink:
    """``run`` it as a task. Reports come as callbacks; requests go out at once or not at all."""

    def __init__(
        self,
        runtime_dir: str,
        device_id: str,
        *,
        on_report: Callable[[Report], None],
        on_lost: Callable[[], None],
    ) -> None:
        """Prepare; nothing connects before ``run``.

        Args:
            runtime_dir: the folder of the guard's socket.
            device_id: of this pack; the guard of another one turns the link away.
            on_report: takes each frame; synchronous and quick.
            on_lost: called when the link breaks.
        """
        self._runtime_dir = runtime_dir
        self._device_id = device_id
        self._complaint = ""
        self._on_report = on_report
        self._on_lost = on_lost
        self._channel: socket.socket | None = None
        self._broken = asyncio.Event()
        self._asked: dict[str, asyncio.Future[Answer | None]] = {}

    @property
    def linked(self) -> bool:
        """Whether there is a connection. Whether the guard is alive, its statuses tell."""
        return self._channel is not None

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                channel = connect(self._runtime_dir)
            except OSError as error:
                self._complain(f"no guard at {self._runtime_dir}: {error.strerror}; retrying")
            else:
                await self._serve(channel)
            await asyncio.sleep(RETRY_S)

    def send(self, request: Request) -> bool:
        """Send without waiting; tell whether the guard's kernel buffer has it."""
        if self._channel is None:
            return False
        try:
            self._channel.send(encode(request))
        except BlockingIOError:
            return False
        except OSError:
            self._broken.set()
            return False
        return True

    async def ask(self, request_id: str, request: Request) -> Answer | None:
        """Send a start or a reset and wait for its answer; None if the link breaks or time runs out."""
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._asked[request_id] = future
        try:
            if not self.send(request):
                return None
            async with asyncio.timeout(ANSWER_S):
                return await future
        except TimeoutError:
            return None
        finally:
            self._asked.pop(request_id, None)

    async def _serve(self, channel: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._broken.clear()
        self._channel = channel
        loop.add_reader(channel, self._read, channel)
        try:
            self.send(Hello(PROTOCOL, self._device_id))
            await self._broken.wait()
        finally:
            loop.remove_reader(channel)
            self._channel = None
            channel.close()
            for future in self._asked.values():
                if not future.done():
                    future.set_result(None)
            self._on_lost()

    def _complain(self, sentence: str) -> None:
        """Say it once, until the guard is there or something else is wrong."""
        if sentence != self._complaint:
            _log.warning(sentence)
        self._complaint = sentence

    def _read(self, channel: socket.socket) -> None:
        """Take all that has arrived. Of several statuses only the newest is a tick: the rest is past."""
        newest: Status | None = None
        while (report := self._next(channel)) is not None:
            if isinstance(report, Status):
                newest = report
            else:
                self._on_report(report)
        if newest is not None:
            self._on_report(newest)

    def _next(self, channel: socket.socket) -> Report | None:
        while True:
            try:
                packet = channel.recv(MAX_FRAME_BYTES + 1)
            except BlockingIOError:
                return None
            except OSError:
                packet = b""
            if not packet:
                self._broken.set()
                return None
            try:
                report = decode_report(packet)
            except FrameError as error:
                _log.error("the guard sent something else than a frame: %s", error)
                continue
            if isinstance(report, Answer) and report.code == "turned_away":
                self._complain(
                    f"the guard at {self._runtime_dir} turns this controller away: {report.message}"
                )
                continue
            self._complaint = ""
            future = self._asked.get(report.request_id) if isinstance(report, Answer) else None
            if future is None:
                return report
            if isinstance(report, Answer) and not future.done():
                future.set_result(report)
