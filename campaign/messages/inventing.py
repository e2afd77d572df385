"""Messages as nobody should send them, and some as they should be. Same seed, same messages."""

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_ODD_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 4000, "1" + "0" * 400, "0x28", "4e1")
_ODD_TEXT = ("", " ", "\u0000", "\ud800", "neck\n", "x" * 41, "頸" * 40, "'; DROP TABLE event; --", "\u202e")


@dataclass(frozen=True, slots=True)
class Said:
    """One message: which topic, which bytes, kept by the broker or not, seconds until the next."""

    topic: str
    payload: bytes
    retained: bool
    expiry_s: float | None
    then_s: float


class Inventor:
    """Gives one message after another. ``unix_s`` is the time by which they are fresh or stale."""

    def __init__(self, seed: int, unix_s: Callable[[], float]) -> None:
        """``seed`` decides everything."""
        self._chance = random.Random(seed)
        self._unix_s = unix_s
        self._ids: deque[str] = deque(maxlen=30)
        self._made = 0

    def next(self) -> Said:
        """Return the next message."""
        chance = self._chance
        topic = "command" if chance.random() < 0.7 else "trigger"
        data = self._command() if topic == "command" else self._trigger()
        payload = self._bytes(data)
        kind = chance.random()
        if kind < 0.15:
            payload = self._damage(payload)
        elif kind < 0.25:
            payload = self._nonsense(data)
        then_s = chance.choice((0.0, 0.02, 0.1, 0.5, 1.0, 2.0))
        if chance.random() < 0.02:
            then_s = chance.uniform(5.0, 90.0)
        expiry_s = chance.choice((0.0, 5.0)) if chance.random() < 0.05 else None
        return Said(topic, payload, chance.random() < 0.12, expiry_s, then_s)

    def _command(self) -> Any:
        chance = self._chance
        action = chance.choices(
            ("start", "stop", "reset", "prepare", "history", "dance"), (50, 8, 10, 10, 10, 4)
        )[0]
        if chance.random() < 0.25:
            return chance.choice((action, action.upper(), f" {action}\n"))
        data: dict[str, Any] = {"action": action}
        for key, make in (
            ("target_c", lambda: self._number(35.0, 42.0)),
            ("duration_s", lambda: self._number(300.0, 600.0)),
            ("area", lambda: chance.choice(("neck", "lower back", *_ODD_TEXT))),
            ("id", lambda: self._id() if chance.random() < 0.9 else chance.choice((*_ODD_TEXT, 7))),
            ("issued_at", self._time),
            ("origin", lambda: chance.choice(("phone", "cli", "button", None))),
            ("prepared", lambda: chance.choice((True, False, "yes", 1))),
            ("count", lambda: chance.choice((1, 20, 0, 21, -1, 2.5, "3", 10**30))),
            ("extra", lambda: None),
        ):
            fits = {"count": action == "history", "extra": False}.get(key, action == "start")
            if chance.random() < (0.3 if fits else 0.03):
                data[key] = make()
        if action in ("start", "reset") and "id" not in data and chance.random() < 0.6:
            data["id"] = self._id()
        return data

    def _trigger(self) -> Any:
        chance = self._chance
        event = chance.choices(("released", "stretched", "cancelled", "jumped"), (60, 15, 8, 4))[0]
        if chance.random() < 0.15:
            return event
        data: dict[str, Any] = {"event": event, "strength": 3}
        if chance.random() < 0.9:
            data["session_id"] = (
                self._id() if chance.random() < 0.85 else chance.choice((41, None, *_ODD_TEXT))
            )
        if chance.random() < 0.1:
            data["issued_at"] = self._time()
        return data

    def _id(self) -> str:
        """Return a new id, or one of the last that were used."""
        if not self._ids or self._chance.random() < 0.6:
            self._made += 1
            self._ids.append(f"id-{self._made}")
        return self._chance.choice(self._ids)

    def _number(self, low: float, high: float) -> Any:
        chance = self._chance
        return chance.choices(
            (chance.uniform(low, high), chance.uniform(-1e3, 1e3), round(high), str(low), True, None, [low]),
            (60, 15, 10, 3, 3, 3, 3),
        )[0]

    def _time(self) -> Any:
        chance, now_s = self._chance, self._unix_s()
        at_s = (
            now_s
            - chance.choices(
                (0.0, 5.0, 9.9, 10.1, 60.0, 1e6, -5.0, -11.0, 1e18), (8, 5, 2, 2, 2, 2, 2, 2, 1)
            )[0]
        )
        if chance.random() < 0.7 or not 0.0 < at_s < 4e9:
            return at_s
        zone = chance.choice((UTC, timezone(timedelta(hours=5, minutes=30)), None))
        return datetime.fromtimestamp(at_s, zone).isoformat()

    def _bytes(self, data: Any) -> bytes:
        if isinstance(data, str):
            return data.encode("utf-8", "replace")
        return json.dumps(data, ensure_ascii=self._chance.random() < 0.8).encode("utf-8", "surrogatepass")

    def _damage(self, payload: bytes) -> bytes:
        """Flip, cut or double a part, as a bad line or a bad program does."""
        chance = self._chance
        changed = bytearray(payload)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(changed) + 1)
            match chance.randrange(4):
                case 0 if changed:
                    changed[at % len(changed)] = chance.randrange(256)
                case 1:
                    del changed[at : at + chance.randint(1, 8)]
                case 2:
                    changed[at:at] = chance.randbytes(chance.randint(1, 8))
                case _:
                    changed[at:at] = changed[: chance.randint(0, 40)]
        return bytes(changed)

    def _nonsense(self, data: Any) -> bytes:
        chance = self._chance
        start = b'{"action":"start","target_c":40,"x":'
        return chance.choice(
            (
                start + b"[" * chance.choice((50, 1000, 4000)),
                b'{"a":' * chance.choice((50, 700)) + b"1" + b"}" * 700,
                b'{"action":"start","duration_s":' + chance.choice(_ODD_NUMBERS).encode() + b"}",
                b'{"action":"start","target_c":' + chance.choice(_ODD_NUMBERS).encode() + b"}",
                b'{"action":"start","action":"start"}',
                self._bytes(data).decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-32"))),
                b"\xef\xbb\xbf" + self._bytes(data),
                self._bytes(data) + b" " * chance.choice((4000, 70_000)),
                b'{"action":"start","target_c":40}' + b" " * 5000,
                b"\xff\xfe" + self._bytes(data),
                chance.randbytes(chance.randint(1, 5000)),
                b"null",
                b"[]",
                b"start stop",
                b"",
            )
        )
