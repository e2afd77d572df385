"""The guard's end of the link: one controller at a time, never waited for."""

import contextlib
import logging
import select
import socket

from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    FrameError,
    Hello,
    Report,
    Request,
    decode_request,
    encode,
)

_log = logging.getLogger("heatpack.guard")

#: Packets taken per look, so that a flood cannot keep the guard from its cycle.
_PACKETS_AT_ONCE = 32


class LinkServer:
    """Accepts one controller and turns its packets into requests. Not responsible for judging them."""

    def __init__(self, listener: socket.socket) -> None:
        """Take over a listening, non-blocking SOCK_SEQPACKET socket."""
        self._listener = listener
        self._channel: socket.socket | None = None
        self._rejected = 0
        self._lost = False

    @property
    def linked(self) -> bool:
        """Whether a controller is connected."""
        return self._channel is not None

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
        if self._channel is None:
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
            if isinstance(request, Hello) and request.protocol != PROTOCOL:
                self._drop()
                _log.error("a controller speaks protocol %d, this guard %d", request.protocol, PROTOCOL)
                break
            requests.append(request)
        return requests

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._lost = True
