"""The messages of the MQTT contract that go out. Those that come in are in ``controller.mqtt.inbound``.

Times are Unix seconds of the device, temperatures °C, durations seconds, a duty is 0-1.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

#: Raised when a field changes its meaning or goes away; a new field leaves it as it is.
SCHEMA_VERSION = 1

Phase = Literal["idle", "waiting", "warming", "holding", "cooling", "resting", "fault"]


class Outbound(BaseModel):
    """What the pack publishes. NaN and infinities become ``null``: JSON has neither.

    A reader passes over fields that a newer pack may have added.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1

    def payload(self) -> bytes:
        """Return the JSON that goes on the wire."""
        return self.model_dump_json().encode()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


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


class StateMessage(Outbound):
    """The whole state. ``temperature_c`` is the hottest valid reading, None without one.

    ``starts_in_s`` is set while a countdown runs, ``ready_at`` while the pack rests. ``notice`` is
    what keeps the heater off although no fault is latched, or ``battery_low``. ``refused`` counts refused
    commands. ``supply_v`` is the pad's supply under load while it heats, at rest otherwise; None if unknown.
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


class EventMessage(Outbound):
    """One entry of the safety log, as it is written. ``seq`` never repeats: a phone can see gaps."""

    ts: float
    seq: int
    kind: str
    code: str
    message: str
    session_id: str | None = None
    data: dict[str, Any] = {}


class ResultMessage(Outbound):
    """The answer to a command. ``message`` is a sentence for a person, ``code`` is for programs.

    ``repeat``: the command was known by its ``id``, so this is its first answer once more.
    """

    ts: float
    id: str | None
    action: str
    accepted: bool
    code: str
    message: str
    session_id: str | None = None
    repeat: bool = False


class InfoMessage(Outbound):
    """What a phone has to know once: who this is, what it can do, and within which limits.

    ``limits`` and ``defaults`` are keyed with their units, e.g. ``target_max_c``.
    """

    id: str
    name: str
    versions: dict[str, str]
    limits: dict[str, float]
    defaults: dict[str, float]
    capabilities: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION
