"""The messages of the MQTT contract that go out. Those that come in are in ``controller.mqtt.inbound``.

Times are Unix seconds of the device, temperatures °C, durations seconds, a duty is 0-1.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

#: Raised when a field changes its meaning or goes away; a new field leaves it as it is.
SCHEMA_VERSION = 1

Phase = Literal["idle", "waiting", "warming", "holding", "cooling", "resting", "fault"]


#: A reader passes over fields that a newer pack may have added; a pack sends all that it knows.
_OUT = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)


class Outbound(BaseModel):
    """What the pack publishes. NaN and infinities become ``null``: JSON has neither."""

    model_config = _OUT

    v: Literal[1] = 1

    def payload(self) -> bytes:
        """Return the JSON that goes on the wire."""
        return self.model_dump_json().encode()


class _Part(BaseModel):
    model_config = _OUT


class SensorState(_Part):
    """One thermistor: its reading, or the code of what is wrong with it."""

    temperature_c: float | None
    fault: str | None = None


class SessionState(_Part):
    """The running heat phase. ``duration_s`` None lasts until stopped or cut off."""

    id: str
    origin: Literal["phone", "post_session", "button", "cli"]
    area: str | None
    started: float
    target_c: float
    duration_s: float | None
    elapsed_s: float
    remaining_s: float


class TodayState(_Part):
    """What the rolling 24 hours hold."""

    sessions: int
    heated_s: float
    dose_cem43: float


class FaultState(_Part):
    """The latched fault. ``clearable``: a reset would be accepted now."""

    code: str
    message: str
    since: float
    clearable: bool


class PreparedState(_Part):
    """What a start with ``prepared`` will mean."""

    target_c: float
    duration_s: float


class StateMessage(Outbound):
    """The whole state. ``temperature_c`` is the hottest valid reading, None without one.

    ``starts_in_s`` is set while a countdown runs, ``ready_at`` while the pack rests. ``notice`` is
    what keeps the heater off although no fault is latched, or ``battery_low``. ``refused`` counts refused
    messages and ``refusals`` the same by code. ``supply_v`` is the pad's supply under load while it heats,
    at rest otherwise; None if unknown. ``present_until`` is set while a start from afar would be taken for
    one by somebody who is there, on a pack that asks for that.
    """

    ts: float
    phase: Phase
    session: SessionState | None
    temperature_c: float | None
    target_c: float | None = None
    sensors: tuple[SensorState, ...]
    duty: float
    heater: bool
    dose_cem43: float
    today: TodayState
    ready_at: float | None
    starts_in_s: float | None
    fault: FaultState | None
    guard: Literal["ok", "lost"]
    notice: str | None = None
    refused: int = 0
    supply_v: float | None = None
    refusals: dict[str, int] = {}
    prepared: PreparedState | None = None
    present_until: float | None = None


class EventMessage(Outbound):
    """One entry of the safety log, as it is written. ``seq`` never repeats: a phone can see gaps.

    ``hash`` is the entry's place in the log's chain, 64 hex digits: whoever keeps it can tell later, with
    ``heatpack log verify --head SEQ:HASH``, whether the log up to here is still what it was.
    """

    ts: float
    seq: int
    kind: str
    code: str
    message: str
    session_id: str | None = None
    data: dict[str, Any] = {}
    hash: str = ""


class PastSession(_Part):
    """One session of the records. ``ended`` is the code of why it ended, None while it runs.

    ``started`` is the first heat, or the request if it never came to that.
    """

    id: str
    started: float
    area: str
    origin: str
    target_c: float
    duration_s: float | None
    heated_s: float
    peak_c: float | None
    dose_cem43: float
    ended: str | None


class ResultMessage(Outbound):
    """The answer to a command. ``message`` is a sentence for a person, ``code`` is for programs.

    ``repeat``: the command was known by its ``id``, so this is its first answer once more.
    ``sessions`` answers a ``history``, newest first.
    """

    ts: float
    id: str | None
    action: str
    accepted: bool
    code: str
    message: str
    session_id: str | None = None
    repeat: bool = False
    sessions: tuple[PastSession, ...] | None = None


class PostSessionInfo(_Part):
    """Heat after a trigger-point session: where the pack listens, how long it waits, and what follows.

    ``topic`` may be a filter; a publisher puts a name of its own in place of each wildcard.
    """

    topic: str
    stretch_s: float
    cancel_window_s: float
    target_c: float
    duration_s: float


class InfoMessage(Outbound):
    """What a phone has to know once: who this is, what it can do, and within which limits.

    ``limits`` and ``defaults`` are keyed with their units, e.g. ``target_max_c``. ``post_session`` is
    None where that is off.
    """

    id: str
    name: str
    versions: dict[str, str]
    limits: dict[str, float]
    defaults: dict[str, float]
    capabilities: tuple[str, ...] = ()
    post_session: PostSessionInfo | None = None
    schema_version: int = SCHEMA_VERSION
