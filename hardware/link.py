"""The frames on the socket between guard and controller. Pure: no I/O, no pydantic.

One frame is one SOCK_SEQPACKET packet of JSON, at most ``MAX_FRAME_BYTES``, so there are no half
frames and no resynchronisation. The guard trusts nothing that arrives here: each request is
judged against its own limits, and a demand only counts as an answer to a status that the guard
sent less than the demand lifetime ago.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from hardware.codec import CodecError, from_plain, to_plain

MAX_FRAME_BYTES = 16384
MAX_TEXT = 200
PROTOCOL = 2

Origin = Literal["phone", "post_session", "button", "cli"]


class FrameError(ValueError):
    """A packet that is not a frame. The message says why."""


def _text(name: str, value: str, least: int = 1, most: int = MAX_TEXT) -> None:
    if not least <= len(value) <= most or not value.isprintable():
        raise ValueError(f"{name}: expected {least}-{most} printable characters")


def _range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name}: {value:g} is outside {low:g}-{high:g}")


# --- controller to guard -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """First frame of a controller. Before it only a stop counts.

    ``device_id`` is that of the controller's configuration: the guard of another pack turns it away.
    """

    protocol: int
    device_id: str = ""  # protocol 1 had none, and is told so

    def __post_init__(self) -> None:
        """The guard names it in a sentence."""
        _text("device_id", self.device_id, 0, 64)


@dataclass(frozen=True, slots=True)
class Start:
    """Ask for a heat phase. Answered by ``Answer`` once the ledger has it on disk.

    ``duration_s`` None is open-ended (until stopped or until the hard time cutoff).
    """

    session_id: str
    target_c: float
    duration_s: float | None = None
    origin: Origin = "phone"

    def __post_init__(self) -> None:
        """Bound what is stored; the guard judges the values against its limits."""
        _text("session_id", self.session_id, 1, 64)
        _range("target_c", self.target_c, -1e6, 1e6)


@dataclass(frozen=True, slots=True)
class Demand:
    """The wanted duty, as the answer to the status with this ``tick``. Zero acts on arrival.

    ``lifetime_s`` can shorten the guard's demand lifetime, never lengthen it.
    """

    session_id: str
    duty: float
    tick: int
    lifetime_s: float = 1.0

    def __post_init__(self) -> None:
        """A duty is 0-1."""
        _range("duty", self.duty, 0.0, 1.0)
        _range("lifetime_s", self.lifetime_s, 0.0, 60.0)


@dataclass(frozen=True, slots=True)
class Stop:
    """End the session, if any. Acts on arrival and is always accepted."""

    reason: str = "stopped"

    def __post_init__(self) -> None:
        """The reason goes into the log."""
        _text("reason", self.reason, 1, 40)


@dataclass(frozen=True, slots=True)
class Reset:
    """A person asks to clear the latched fault."""

    request_id: str

    def __post_init__(self) -> None:
        """Echoed in the answer."""
        _text("request_id", self.request_id, 1, 64)


@dataclass(frozen=True, slots=True)
class Ack:
    """The controller has every event up to this sequence number on its disk."""

    event_seq: int


# --- guard to controller -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One thermistor: °C, or None with the code of what is wrong with it."""

    temperature_c: float | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """The running session. Times in seconds since the first energised tick (0 before it).

    ``reached``: the pad has been at its target.
    """

    session_id: str
    origin: Origin
    target_c: float
    duration_s: float | None
    started_wall_s: float
    elapsed_s: float
    remaining_s: float
    reached: bool


@dataclass(frozen=True, slots=True)
class DayStatus:
    """The rolling 24 hours."""

    sessions: int
    heated_s: float
    dose_cem43: float


@dataclass(frozen=True, slots=True)
class FaultStatus:
    """The latched fault. ``clearable``: a reset over the link would be accepted now."""

    code: str
    message: str
    since_wall_s: float
    clearable: bool


@dataclass(frozen=True, slots=True)
class Status:
    """All of one judged cycle. ``tick`` counts cycles and is the controller's clock.

    ``duty`` is what the guard applied (0-1): the live demand or zero. ``heater`` is the pin in this
    cycle. ``notice`` is what keeps the heater off for now without a latch, e.g. ``too_warm``.
    ``supply_v`` is the pad's supply in V, with the heater on while it heats; None if it is unknown.
    """

    tick: int
    mono_s: float
    wall_s: float
    temperature_c: float | None
    sensors: tuple[SensorStatus, ...]
    duty: float
    heater: bool
    session: SessionStatus | None
    dose_cem43: float
    energy_j: float
    day: DayStatus
    ready_at_wall_s: float | None
    notice: str | None
    fault: FaultStatus | None
    button_presses: int = 0
    rejected_frames: int = 0
    supply_v: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a ``Start`` (by session id), a ``Reset`` (by request id), or a refused ``Hello``."""

    request_id: str
    accepted: bool
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    """A guard event that belongs into the safety log. Sent again until acknowledged.

    ``kind``: ``session_started``, ``heat_on``, ``session_ended``, ``fault``, ``fault_cleared``,
    ``warning``, ``inhibit`` (once for each code in a session). ``code`` is the reason or fault code.
    """

    seq: int
    wall_s: float
    mono_s: float
    kind: str
    code: str
    message: str
    session_id: str | None = None
    temperature_c: float | None = None
    elapsed_s: float | None = None
    dose_cem43: float | None = None
    energy_j: float | None = None
    peak_c: float | None = None


Request = Hello | Start | Demand | Stop | Reset | Ack
Report = Status | Answer | Event
_REQUESTS: dict[str, type[Any]] = {
    "hello": Hello,
    "start": Start,
    "demand": Demand,
    "stop": Stop,
    "reset": Reset,
    "ack": Ack,
}
_REPORTS: dict[str, type[Any]] = {"status": Status, "answer": Answer, "event": Event}
_NAMES = {cls: name for name, cls in (_REQUESTS | _REPORTS).items()}


def encode(frame: Request | Report) -> bytes:
    """Return the packet for a frame."""
    plain = {"t": _NAMES[type(frame)], **to_plain(frame)}
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode()


def decode_request(packet: bytes) -> Request:
    """Decode what a controller sent.

    Raises:
        FrameError: with the reason, for anything that is not exactly a request.
    """
    frame: Request = _decode(packet, _REQUESTS)
    return frame


def decode_report(packet: bytes) -> Report:
    """Decode what a guard sent.

    Raises:
        FrameError: with the reason.
    """
    frame: Report = _decode(packet, _REPORTS)
    return frame


def _decode(packet: bytes, known: dict[str, type[Any]]) -> Any:
    if len(packet) > MAX_FRAME_BYTES:
        raise FrameError(f"{len(packet)} bytes, at most {MAX_FRAME_BYTES}")
    try:
        plain = json.loads(packet)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"not JSON: {error}") from None
    if not isinstance(plain, dict):
        raise FrameError("not an object")
    name = plain.pop("t", None)
    cls = known.get(name) if isinstance(name, str) else None
    if cls is None:
        raise FrameError("unknown frame type")
    try:
        return from_plain(cls, plain)
    except CodecError as error:
        raise FrameError(str(error)) from None
