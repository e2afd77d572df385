"""Which message may lead to heat: the contract once more, written without the controller's code.

It is strict where the controller may be kind: what this book does not recognise as a start must not be
one. It knows nothing of how many messages come: passing over more is never a mistake of safety.
"""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaign.messages.inventing import Said

TARGET_C, DURATION_S = (35.0, 42.0), (300.0, 600.0)
_KEYS = {"action", "target_c", "duration_s", "area", "id", "issued_at", "origin", "prepared"}
_FRESH_S = 10.0
_LONGEST = 4096


@dataclass(slots=True)
class Book:
    """Hears what the controller hears, and judges each start that it asks the guard for."""

    stretch_s: float
    window_s: float
    default: tuple[float, float]
    after_session: tuple[float, float]
    mistakes: list[str] = field(default_factory=list)
    excused: int = 0
    _excuse: dict[str, Any] | None = None
    _spent: set[str] = field(default_factory=set)
    #: When each session that was released may heat, seconds; of several only one will.
    _released: dict[str | None, float] = field(default_factory=dict)
    _ripe: set[str | None] = field(default_factory=set)
    #: Sessions that may never heat again: they did, or somebody cancelled them.
    _over: set[str] = field(default_factory=set)

    def hear(self, said: Said, now_s: float, unix_s: float) -> None:
        """Note what this message would excuse."""
        self._excuse = None
        data = _object(said.payload, "action" if said.topic == "command" else "event")
        word = str(data.get("action" if said.topic == "command" else "event", "")).strip().lower()
        if said.topic == "command":
            if word == "stop":
                self._released.clear()
            elif word == "start" and not said.retained and said.expiry_s != 0.0 and _is_start(data, unix_s):
                self._excuse = data
        elif not said.retained:
            fresh = said.expiry_s != 0.0 and _is_fresh(data, unix_s)
            if fresh or word == "cancelled":
                self._hear_trigger(word, data.get("session_id"), now_s)

    def started(
        self, origin: str, target_c: float, duration_s: float | None, now_s: float, busy: bool
    ) -> None:
        """Judge a start that the controller has asked the guard for."""
        if busy:
            self.mistakes.append(f"a start while a session runs ({origin})")
        if not (TARGET_C[0] <= target_c <= TARGET_C[1]) or not (
            DURATION_S[0] <= (duration_s or math.inf) <= DURATION_S[1]
        ):
            self.mistakes.append(f"a start out of range: {target_c} °C, {duration_s} s")
        if origin == "post_session":
            self._after_session(target_c, duration_s, now_s)
        else:
            self._asked_for(target_c, duration_s)
        self._released.clear()

    def recorded(self, origin: str, session_id: str | None) -> None:
        """Judge after which session of another device the log says that it heats."""
        if origin != "post_session":
            return
        if session_id not in self._ripe or session_id in self._over:
            self.mistakes.append(f"heat after the session {session_id}, which is over or was not released")
        if session_id is not None:
            self._over.add(session_id)

    def _hear_trigger(self, word: str, session_id: Any, now_s: float) -> None:
        id = str(session_id) if type(session_id) is int else session_id
        if word == "cancelled":
            self._released.clear()
            if _is_text(id, 64) and id is not None:
                self._over.add(id)
        elif word == "released" and _is_text(id, 64):
            self._released.setdefault(id, now_s + self.stretch_s + self.window_s)
        elif word == "stretched":
            self._released = {id: min(at_s, now_s + self.window_s) for id, at_s in self._released.items()}

    def _asked_for(self, target_c: float, duration_s: float | None) -> None:
        wish, self._excuse = self._excuse, None
        if wish is None:
            self.mistakes.append("a start that nobody asked for")
            return
        id = wish.get("id")
        if id in self._spent:
            self.mistakes.append(f"a second start for the id {id}")
        if id is not None:
            self._spent.add(id)
        for key, given, default in (
            ("target_c", target_c, self.default[0]),
            ("duration_s", duration_s, self.default[1]),
        ):
            wanted = wish.get(key)
            if wanted is None and wish.get("prepared"):
                continue  # whatever was prepared, within the range
            if given != (default if wanted is None else wanted):
                self.mistakes.append(f"{key} is {given}, asked for was {wanted}")
        self.excused += 1

    def _after_session(self, target_c: float, duration_s: float | None, now_s: float) -> None:
        self._ripe = {id for id, at_s in self._released.items() if now_s >= at_s - 1e-6}
        if not self._ripe:
            self.mistakes.append("heat after a session that was not released, or too early")
        if (target_c, duration_s) != self.after_session:
            self.mistakes.append("heat after a session with other values than the settings'")
        self.excused += 1


def _object(payload: bytes, key: str) -> dict[str, Any]:
    """Return the message as an object, empty if it is none."""
    if len(payload) > _LONGEST:
        return {}
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return {}
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return {key: text}
    return {key: data} if isinstance(data, str) else data if isinstance(data, dict) else {}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _is_start(data: dict[str, Any], unix_s: float) -> bool:
    return (
        data.keys() <= _KEYS
        and _within(data.get("target_c"), *TARGET_C)
        and _within(data.get("duration_s"), *DURATION_S)
        and _is_text(data.get("area"), 40)
        and _is_text(data.get("id"), 64)
        and data.get("origin", "phone") in ("phone", "cli")
        and isinstance(data.get("prepared", False), bool)
        and _is_fresh(data, unix_s)
    )


def _is_fresh(data: dict[str, Any], unix_s: float) -> bool:
    issued_at = data.get("issued_at")
    return issued_at is None or abs(unix_s - _seconds(issued_at)) <= _FRESH_S


def _within(value: Any, low: float, high: float) -> bool:
    return value is None or (type(value) in (int, float) and low <= value <= high)


def _is_text(value: Any, most: int) -> bool:
    return value is None or (
        isinstance(value, str) and 0 < len(value) <= most and value.isprintable() and value.strip() != ""
    )


def _seconds(value: Any) -> float:
    if type(value) in (int, float):
        return float(min(max(value, -1e300), 1e300))
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return math.nan
    return math.nan if moment.tzinfo is None else moment.timestamp()
