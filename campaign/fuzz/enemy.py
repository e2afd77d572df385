"""The hostile controller: what it says, how it connects, and what it hears."""

import contextlib
import fcntl
import functools
import itertools
import json
import random
import socket
import struct
import termios
from typing import Any

from campaign.fuzz.books import ZERO
from campaign.fuzz.frames import mangled
from campaign.fuzz.rig import Rig
from campaign.fuzz.sequences import Act
from hardware.link import MAX_FRAME_BYTES, PROTOCOL, Hello, encode
from hardware.link_socket import connect

_SECONDS_WORDS = (b'{"t":"start","session_id":"other","target_c":42}', b'{"t":"reset","request_id":"x"}')


class Enemy:
    """One deed a method, ``do_`` and the kind of the ``Act``.

    Attributes:
        packets: how many its socket took.
        said: the frames since the last ``listen``, by name.
        told: what kinds of answers and events it has read.
        deaf: whether it reads no more on this link.
        tick_read: that of the last status it has read on this link; −1 before the first.
    """

    def __init__(self, rig: Rig) -> None:
        """Stand before the guard's socket, not connected."""
        self._rig = rig
        self.packets = 0
        self.said: set[str] = set()
        self.told: set[tuple[object, ...]] = set()
        self.deaf = False
        self.tick_read = -1
        self._channel: socket.socket | None = None
        self._ids = itertools.count(1)
        self._new = "s0"

    # --- what it says -----------------------------------------------------------------------------

    def do_say(self, act: Act) -> None:
        """Send a frame."""
        packet = self._fill(act.text)
        if self._send(packet) and _stops(packet):
            self._rig.books.must_be_off("a stop was sent")
        self._rig.hear()

    def do_mangle(self, act: Act) -> None:
        """Send a frame with a mistake in it."""
        packet = mangled(random.Random(int(act.number)), self._fill(act.text))
        if packet:
            self._send(packet)
        self._rig.hear()

    def do_raw(self, act: Act) -> None:
        """Send bytes. A packet of none is what a closed socket reads as, so it ends the link."""
        self._send(bytes.fromhex(act.text))
        self._rig.hear()

    def do_flood(self, act: Act) -> None:
        """Send a frame ``number`` times, as fast as the socket takes it."""
        packet = self._fill(act.text)
        left = int(act.number)
        while left > 0 and self._connected() is not None:
            if self._send(packet):
                left -= 1
            else:
                self._rig.hear()
                if self._channel is None:
                    left -= 1  # it was thrown out, and comes back
        while self._unheard():
            self._rig.hear()

    def do_ask(self, act: Act) -> None:
        """Answer the last status: ``full`` always, ``held`` like somebody who holds the target."""
        phase = self._rig.loop.state.phase
        duty = act.number
        if act.text == "held" and phase is not None:
            warm_c = max(self._rig.factory.plant.sensor_c)
            duty = act.number if warm_c < phase.target_c - 0.1 else min(act.number, 0.25)
        alone = not self.said
        frame = {"t": "demand", "session_id": "@open", "duty": duty, "tick": "@0"}
        if self._send(self._fill(json.dumps(frame))) and duty == 0.0 and alone and phase is not None:
            self._rig.books.must_be_off(ZERO)
        self._rig.hear()

    # --- its connection ---------------------------------------------------------------------------

    def do_connect(self, _: Act) -> None:
        """Connect, unless it is."""
        self.connect()

    def do_hang_up(self, _: Act) -> None:
        """Close the link."""
        self.hang_up()
        self._rig.hear()

    def do_cut_short(self, act: Act) -> None:
        """Send a demand and close before anybody has looked."""
        self._send(self._fill('{"t":"demand","session_id":"@open","duty":1,"tick":"@0"}'))
        self.do_hang_up(act)

    def do_bounce(self, _: Act) -> None:
        """Close and connect again before anybody has looked."""
        self.hang_up()
        self.connect()

    def do_shut(self, act: Act) -> None:
        """Close one direction of the link: 0 the one to the guard, 1 the one from it."""
        if self._channel is not None:
            with contextlib.suppress(OSError):
                self._channel.shutdown(socket.SHUT_RD if act.number else socket.SHUT_WR)
            if not act.number:
                self._rig.books.must_be_off("the link was half closed")
        self._rig.hear()

    def do_deaf(self, _: Act) -> None:
        """Never read again on this link."""
        self.deaf = True

    def do_second(self, _: Act) -> None:
        """Connect a second time and ask for heat there."""
        if self._channel is None:
            return self.connect()
        with contextlib.closing(connect(self._rig.folder)) as second:
            for packet in _SECONDS_WORDS:
                with contextlib.suppress(OSError):
                    second.send(packet)
            self._rig.hear()
        return self._rig.hear()

    def connect(self) -> None:
        """Connect, unless it is."""
        if self._channel is None:
            self._channel, self.deaf, self.tick_read = connect(self._rig.folder), False, -1
            self._channel.send(encode(Hello(PROTOCOL, self._rig.settings.device_id)))  # or nobody listens
            self._rig.hear()

    def hang_up(self) -> None:
        """Close the link, before anybody has looked."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._rig.books.must_be_off("the link was closed")

    def listen(self) -> None:
        """Read what the guard has sent; notice when it has closed the link."""
        self.said.clear()
        while self._channel is not None and not self.deaf:
            try:
                packet = self._channel.recv(MAX_FRAME_BYTES + 1)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                return self.hang_up()
            match json.loads(packet):
                case {"t": "status", "tick": int(tick)}:
                    self.tick_read = tick
                case {"t": kind, "code": code, **rest}:
                    self.told.add(("told", kind, rest.get("kind"), rest.get("accepted"), code))

    # --- packets ----------------------------------------------------------------------------------

    def _connected(self) -> socket.socket | None:
        self.connect()
        return self._channel

    def _send(self, packet: bytes) -> bool:
        """Send one packet; whether the socket took it."""
        channel = self._connected()
        if channel is None:
            return False
        try:
            channel.send(packet)
        except BlockingIOError:
            return False
        except OSError:
            self.hang_up()
            return False
        self.packets += 1
        self._rig.books.sent(packet)
        return True

    def _unheard(self) -> bool:
        """Whether packets wait that the guard can still read."""
        if self._channel is None:
            return False
        waiting = struct.unpack("i", fcntl.ioctl(self._channel, termios.TIOCOUTQ, b"\0" * 4))[0]
        return bool(waiting > 0) and self._rig.server.linked

    def _fill(self, template: str) -> bytes:
        """Fill the blanks of a frame with what is true now."""
        state = self._rig.loop.state
        plain = dict(_template(template))
        if "@new" in plain.values():
            self._new = f"n{next(self._ids)}"
        opened = "s1" if state.phase is None else state.phase.session_id
        words = {
            "@open": opened,
            "@new": self._new,
            "@last": self._new,
            "@pack": self._rig.settings.device_id,
        }
        for key, value in plain.items():
            if isinstance(value, str) and value.startswith("@"):
                plain[key] = words[value] if value in words else state.tick - 1 + int(value[1:])
        self.said.add(str(plain.get("t"))[:8])
        return json.dumps(plain).encode()


def _stops(packet: bytes) -> bool:
    """Whether this is a stop with a reason that counts."""
    match json.loads(packet):
        case {"t": "stop", "reason": str(reason), **rest} if not rest:
            return 1 <= len(reason) <= 40 and reason.isprintable()
    return False


@functools.lru_cache(4096)
def _template(text: str) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(text)
    return plain
