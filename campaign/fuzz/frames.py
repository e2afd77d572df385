"""Frames and packets: the protocol as an enemy knows it, at its boundaries and beyond.

Frames have blanks, which are filled with what is true when they are sent: ``"@open"`` is the open
session's id, ``"@new"`` one that was never used, ``"@last"`` the last new one again, ``"@pack"``
the guard's device id, and ``"@-3"`` the tick of three statuses ago.
"""

import json
import random
from collections.abc import Callable
from typing import Any

from hardware.link import PROTOCOL

_IDS: tuple[Any, ...] = (
    "@open",
    "@open",
    "@new",
    "@last",
    "s1",
    "",
    "x" * 64,
    "x" * 65,
    "ü☃",
    "a\nb",
    "\ud800",
    7,
    None,
    [],
)
_TICKS = ("@0", "@0", "@0", "@-1", "@-5", "@-9", "@-10", "@-11", "@-19", "@-20", "@-21", "@1", -1, 0, 10**30)
_TARGETS = (40.0, 40, 42.0, 35.0, 42.0001, 34.9999, 0, -1e6, 1e6, 1e7, 1e308, "40", True, None)
_DURATIONS = (None, 300, 480.0, 600, 299.999, 600.001, 0, -1, 1e308, 1e400, "480", False)
_DUTIES = (1.0, 1.0, 1, 0.5, 1e-9, 0, 0.0, -0.0, 1.0000001, -1, 2, "1", True, None, 10**400)
_LIFETIMES = (1.0, 60.0, 60.0001, 0.0, 0.05, -1, 1e300)
_ORIGINS: tuple[Any, ...] = ("phone", "post_session", "button", "cli", "guard", "", [], {"a": []})
_SEQS = (0, 1, -1, 5, 10**6, -(10**6), 10**40, 1.5, "1", None)
_PROTOCOLS = (PROTOCOL, PROTOCOL, PROTOCOL, 0, 1, -1, 10**30, True, "1")
_TEXTS = ("r", "stopped", "", "x" * 40, "x" * 41, "x" * 64, "x" * 65, "\x00", "‮evil", 3)

GARBAGE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"t"',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"t":[]}',
    b'{"t":"status"}',
    b"{" * 600,
    b'{"a":' * 990 + b"1",
    b"[" * 5000,
    b'{"t":"start","session_id":' + b"[" * 700 + b"]" * 700 + b"}",
    b'{"t":"demand","session_id":"s1","duty":NaN,"tick":0}',
    b'{"t":"demand","session_id":"s1","duty":Infinity,"tick":0}',
    b'{"t":"demand","session_id":"s1","duty":1e999,"tick":0}',
    b'{"t":"ack","event_seq":' + b"9" * 4000 + b"}",
    b'{"t":"ack","event_seq":' + b"9" * 5000 + b"}",
    b'{"t":"hello","protocol":' + b"9" * 4300 + b"}",
    b'{"t":"reset","request_id":"' + b"x" * 16300 + b'"}',
    b"x" * 16384,
    b"x" * 16385,
    b"x" * 100_000,
    b"\x00" * 64,
    '{"t":"reset","request_id":"r"}'.encode("utf-16"),
    '{"t":"reset","request_id":"r"}'.encode("utf-32"),
)

_OFTEN = ("demand", "demand", "start", "start", "stop", "reset", "ack", "hello")


def frame(rng: random.Random, name: str | None = None) -> str:
    """Return a frame as JSON: mostly valid, each field now and then at or beyond its boundary."""
    name = name or rng.choice(_OFTEN)

    def pick(usual: object, odd: tuple[object, ...]) -> object:
        return usual if rng.random() < 0.6 else rng.choice(odd)

    fields: dict[str, Callable[[], dict[str, object]]] = {
        "hello": lambda: {"protocol": pick(PROTOCOL, _PROTOCOLS), "device_id": pick("@pack", _IDS)},
        "start": lambda: {
            "session_id": pick("@new", _IDS),
            "target_c": pick(rng.choice((36.0, 40.0, 42.0)), _TARGETS),
            "duration_s": pick(480.0, _DURATIONS),
            "origin": pick("phone", _ORIGINS),
        },
        "demand": lambda: {
            "session_id": pick("@open", _IDS),
            "duty": pick(1.0, _DUTIES),
            "tick": pick("@0", _TICKS),
            "lifetime_s": pick(1.0, _LIFETIMES),
        },
        "stop": lambda: {"reason": pick("stopped", _TEXTS)},
        "reset": lambda: {"request_id": pick("r", _TEXTS)},
        "ack": lambda: {"event_seq": pick(10**6, _SEQS)},
    }
    plain = {"t": name, **fields[name]()}
    if rng.random() < 0.05:
        del plain[rng.choice(sorted(plain))]
    if rng.random() < 0.05:
        plain[rng.choice(("extra", "t", "T", "duty"))] = rng.choice((1, None, "x", [[]]))
    return json.dumps(plain)


def mangled(rng: random.Random, packet: bytes) -> bytes:
    """Return ``packet`` with a byte-level mistake: flipped, cut, doubled, nested, overgrown."""
    at = rng.randrange(len(packet) + 1)
    match rng.randrange(9):
        case 0 if packet:
            at = rng.randrange(len(packet))
            return packet[:at] + bytes([packet[at] ^ (1 << rng.randrange(8))]) + packet[at + 1 :]
        case 1:
            return packet[:at]
        case 2:
            return packet[:at] + rng.randbytes(rng.randint(1, 8)) + packet[at:]
        case 3:  # the same keys twice, the second time with other values
            return packet[:-1] + b"," + packet[1:].replace(b"1", rng.choice((b"0", b"9", b"1e5", b"-1")))
        case 4:
            return b'{"t":' * rng.choice((1, 50, 330, 990)) + packet
        case 5:
            number = rng.choice((b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"0.1e-400", b"-0", b"01"))
            return packet.replace(rng.choice((b"1", b"0", b"4")), number)
        case 6:
            return packet[:at] + rng.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\x00")) + packet[at:]
        case 7:
            return packet + b" " * rng.choice((1, 16384 - len(packet), 16385 - len(packet)))
        case _:
            return packet[at:] + packet[:at]
