"""The messages of the MQTT contract that come in: commands and post-session triggers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

MAX_ID = 64
MAX_AREA = 40
#: CONTRACT: the most sessions that one ``history`` may ask for.
MAX_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it arrived. ``expiry_s`` is what was left of its MQTT 5 expiry, if it has one."""

    topic: str
    payload: bytes
    retained: bool
    received_wall_s: float
    response_topic: str | None = None
    correlation: bytes | None = None
    expiry_s: float | None = None


class BadMessage(ValueError):  # noqa: N818 - it is about a message, not about our code
    """A payload that changes nothing.

    ``code`` is ``oversized``, ``malformed`` or ``unknown_action``; ``sentence`` says what is wrong and
    what is allowed. ``action`` and ``id`` are what could be recognised, so that the answer finds its way.
    """

    def __init__(self, code: str, sentence: str, action: str = "unknown", id: str | None = None) -> None:
        """Keep the parts of the answer."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.action = action
        self.id = id


def _unix_seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.timestamp()


def _text(most: int) -> AfterValidator:
    def check(value: str) -> str:
        if not (value.strip() and len(value) <= most and value.isprintable()):
            raise ValueError(f"expected 1-{most} printable characters")
        return value

    return AfterValidator(check)


def _whole_number_as_text(value: object) -> object:
    return str(value) if type(value) is int else value


def _length(most: int) -> Any:
    # What ``_text`` checks, as far as a JSON Schema can say it.
    return Field(json_schema_extra={"minLength": 1, "maxLength": most})


_Number = Annotated[float, Field(allow_inf_nan=False)]
_Time = Annotated[
    float,
    Field(allow_inf_nan=False),
    BeforeValidator(_unix_seconds),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "format": "date-time"}]}),
]
_Id = Annotated[str, _text(MAX_ID), _length(MAX_ID)]

#: What each field must be; completes the sentence "target_c must be …".
EXPECTED = {
    "target_c": "a number in °C",
    "duration_s": "a number of seconds",
    "area": f"1 to {MAX_AREA} printable characters",
    "id": f"1 to {MAX_ID} printable characters",
    "session_id": f"1 to {MAX_ID} printable characters",
    "issued_at": "Unix seconds, or an ISO 8601 time with a time zone",
    "origin": '"phone" or "cli"',
    "count": f"a whole number from 1 to {MAX_HISTORY}",
    "prepared": "true or false",
}


class _Command(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_extra={"required": ["action"]}
    )

    id: _Id | None = None
    issued_at: _Time | None = None
    origin: Literal["phone", "cli"] = "phone"


class StartCommand(_Command):
    """Begin a heat phase. °C and seconds, not judged yet.

    What is None falls back to ``[heat]``, or to what was prepared if ``prepared``.
    """

    action: Literal["start"] = "start"
    target_c: _Number | None = None
    duration_s: _Number | None = None
    area: Annotated[str, _text(MAX_AREA), _length(MAX_AREA)] | None = None
    prepared: bool = False


class StopCommand(_Command):
    """Heater off, session over, countdown over."""

    action: Literal["stop"] = "stop"


class ResetCommand(_Command):
    """A person asks to clear the latched fault."""

    action: Literal["reset"] = "reset"


class PrepareCommand(_Command):
    """Set what a start with ``prepared`` will mean. °C and seconds; what is None stays. Heats nothing."""

    action: Literal["prepare"] = "prepare"
    target_c: _Number | None = None
    duration_s: _Number | None = None


class HistoryCommand(_Command):
    """Ask for the last sessions, newest first. Changes nothing."""

    action: Literal["history"] = "history"
    count: Annotated[int, Field(ge=1, le=MAX_HISTORY)] = 10


Command = StartCommand | StopCommand | ResetCommand | PrepareCommand | HistoryCommand
COMMANDS: dict[str, type[Command]] = {
    "start": StartCommand,
    "stop": StopCommand,
    "reset": ResetCommand,
    "prepare": PrepareCommand,
    "history": HistoryCommand,
}

TriggerEvent = Literal["released", "stretched", "cancelled"]


class Trigger(BaseModel):
    """What a trigger-point device tells. What else it says of its session is its own affair.

    ``issued_at``: Unix seconds; a release or a stretch that is too old changes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    event: TriggerEvent
    session_id: (
        Annotated[
            str,
            BeforeValidator(_whole_number_as_text),
            _text(MAX_ID),
            WithJsonSchema(
                {"anyOf": [{"type": "string", "minLength": 1, "maxLength": MAX_ID}, {"type": "integer"}]}
            ),
        ]
        | None
    ) = None
    issued_at: _Time | None = None
