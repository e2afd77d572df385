"""The guard's end of the link: one controller at a time, never waited for."""

import contextlib
import logging
import select
import socket

from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    FrameError,
    Hello,
    Report,
    Request,
    Stop,
    decode_request,
    encode,
)

_log = logging.getLogger("heatpack.guard")

#: Packets taken per look, so that a flood cannot keep the guard from its cycle.
_PACKETS_AT_ONCE = 32


class LinkServer:
    """Accepts one controller and turns its packets into requests. Not responsible for judging them."""

    def __init__(self, listener: socket.socket, device_id: str) -> None:
        """Take over a listening, non-blocking SOCK_SEQPACKET socket of the pack ``device_id``."""
        self._listener = listener
        self._device_id = device_id
        self._channel: socket.socket | None = None
        self._greeted = False
        self._turned_away = ""
        self._rejected = 0
        self._lost = False

    @property
    def linked(self) -> bool:
        """Whether a controller is connected and has said that it is this pack's."""
        return self._greeted

    @property
    def lost(self) -> bool:
        """Whether a link was closed since the last ``take_lost``, even if a new one is open by now."""
        return self._lost

    def take_lost(self) -> bool:
        """Return and reset ``lost``."""
        lost, self._lost = self._lost, False
        return lost

    def take_rejected(self) -> int:
        """Return and reset the number of packets that were not frames."""
        rejected, self._rejected = self._rejected, 0
        return rejected

    def wait(self, timeout_s: float) -> list[Request]:
        """Sleep until something arrives, at most ``timeout_s`` seconds; return what did."""
        watched = [self._listener] if self._channel is None else [self._listener, self._channel]
        readable, _, _ = select.select(watched, [], [], max(0.0, timeout_s))
        requests: list[Request] = []
        if self._channel is not None and self._channel in readable:
            requests = self._receive(self._channel)
        if self._listener in readable:
            self._accept()
        return requests

    def send(self, report: Report) -> None:
        """Send without waiting. A controller that does not read misses it; events are sent again."""
        if self._channel is None or not self._greeted:
            return
        try:
            self._channel.send(encode(report))
        except BlockingIOError:
            pass
        except OSError:
            self._drop()

    def close(self) -> None:
        """Close both sockets."""
        self._drop()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            channel, _ = self._listener.accept()
            if self._channel is not None:
                channel.close()  # the first controller keeps the link; a second is turned away
                return
            channel.setblocking(False)
            self._channel = channel

    def _receive(self, channel: socket.socket) -> list[Request]:
        requests: list[Request] = []
        for _ in range(_PACKETS_AT_ONCE):
            try:
                # One byte more than allowed shows an oversized packet, the kernel drops its rest.
                packet = channel.recv(MAX_FRAME_BYTES + 1)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            if not packet:
                self._drop()
                break
            try:
                request = decode_request(packet)
            except FrameError:
                self._rejected += 1
                continue
            if isinstance(request, Hello):
                why = self._objection(request)
                if why is not None:
                    self._turn_away(channel, why)
                    break
                self._greeted = True
            elif not self._greeted and not isinstance(request, Stop):
                self._rejected += 1  # nobody heats this pack who has not said whose controller it is
                continue
            requests.append(request)
        return requests

    def _objection(self, hello: Hello) -> str | None:
        if hello.protocol != PROTOCOL:
            return f"it speaks protocol {hello.protocol}, the guard {PROTOCOL}; restart both"
        if hello.device_id != self._device_id:
            return (
                f"the guard is of another pack, its device.id is {self._device_id} and the controller's is "
                f"{hello.device_id}; give each pack its own paths.runtime"
            )
        return None

    def _turn_away(self, channel: socket.socket, why: str) -> None:
        with contextlib.suppress(OSError):
            channel.send(encode(Answer("hello", False, "turned_away", why)))
        self._drop()
        if why != self._turned_away:  # it comes back twice a second
            _log.error("a controller is turned away: %s", why)
        self._turned_away = why

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._lost = self._lost or self._greeted
            self._greeted = False
