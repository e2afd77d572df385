"""From payloads to commands and triggers, without trust.

A payload is a bare word (``stop``) or a small JSON object. Whatever is not exactly one of the
allowed forms is a ``BadMessage`` with a sentence for its sender, with two exceptions that err on
the side of a cold pad: a ``stop`` counts however odd the rest of it is, and so does ``cancelled``.
"""

import json
import re
from typing import Any, get_args

from pydantic import ValidationError

from controller.mqtt.inbound import (
    COMMANDS,
    EXPECTED,
    MAX_ID,
    BadMessage,
    Command,
    StopCommand,
    Trigger,
    TriggerEvent,
)

MAX_PAYLOAD_BYTES = 4096
#: How far an oversized payload is searched for a stop: bounds the work that a stranger can cause.
_SEARCH_BYTES = 65536
_MAX_QUOTE = 40

_COMMAND_FORM = 'Send start, stop or reset, or JSON such as {"action":"start","target_c":40,"duration_s":480}'
_TRIGGER_FORM = 'Send released, stretched or cancelled, or JSON such as {"event":"released","session_id":"7"}'


def parse_command(payload: bytes) -> Command:
    """Parse a payload of the command topic.

    Raises:
        BadMessage: with the reason and the allowed form; never for anything that says stop.
    """
    try:
        return _command(payload)
    except BadMessage:
        if _mentions(payload, "action", "stop"):
            return StopCommand()
        raise


def parse_trigger(payload: bytes) -> Trigger:
    """Parse a payload of the post-session topic.

    Raises:
        BadMessage: with the reason and the allowed form; never for anything that says cancelled.
    """
    try:
        return _trigger(payload)
    except BadMessage:
        if _mentions(payload, "event", "cancelled"):
            return Trigger(event="cancelled")
        raise


def may_say(payload: bytes, word: str) -> bool:
    """Tell at a glance whether parsing could find this word; a False is sure."""
    head = payload[:_SEARCH_BYTES].lower()
    return word.encode() in head or rb"\u" in head


def sender_of(payload: bytes) -> tuple[str, str | None]:
    """Return what can be recognised of a command that is not looked into: its action and its id."""
    try:
        command = parse_command(payload)
    except BadMessage as bad:
        return bad.action, bad.id
    return command.action, command.id


def _command(payload: bytes) -> Command:
    data = _decode(payload, "action", tuple(COMMANDS), _COMMAND_FORM)
    action = _word(data, "action", tuple(COMMANDS), "unknown_action", _COMMAND_FORM)
    if action == "stop":
        return StopCommand(id=_id(data), origin="cli" if data.get("origin") == "cli" else "phone")
    model = COMMANDS[action]
    unknown = sorted(data.keys() - model.model_fields.keys())
    if unknown:
        sentence = f"Unknown key {_quote(unknown[0])}; allowed are {', '.join(sorted(model.model_fields))}"
        raise BadMessage("malformed", sentence, action, _id(data))
    try:
        return model.model_validate({**data, "action": action})
    except ValidationError as error:
        raise BadMessage("malformed", _explain(error), action, _id(data)) from None


def _trigger(payload: bytes) -> Trigger:
    data = _decode(payload, "event", get_args(TriggerEvent), _TRIGGER_FORM)
    event = _word(data, "event", get_args(TriggerEvent), "malformed", _TRIGGER_FORM)
    try:
        # Whatever else the device tells about its session is its own affair. A cancel has no age.
        known = ("session_id",) if event == "cancelled" else ("session_id", "issued_at")
        return Trigger.model_validate({"event": event, **{key: data.get(key) for key in known}})
    except ValidationError as error:
        raise BadMessage("malformed", _explain(error), event) from None


def _decode(payload: bytes, field: str, words: tuple[str, ...], form: str) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadMessage("oversized", f"{len(payload)} bytes are too many: at most {MAX_PAYLOAD_BYTES}")
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError:
        raise BadMessage("malformed", f"Not UTF-8 text. {form}") from None
    if text.lower() in words:
        return {field: text}
    try:
        data = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except RecursionError:
        raise BadMessage("malformed", f"Nested too deeply. {form}") from None
    except json.JSONDecodeError:
        raise BadMessage("malformed", f"Not JSON. {form}") from None
    except ValueError as error:
        raise BadMessage("malformed", f"{_shorten(str(error))}. {form}") from None
    if isinstance(data, str):  # some apps quote the bare word
        return {field: data}
    if not isinstance(data, dict):
        raise BadMessage("malformed", f"Neither a word nor a JSON object. {form}")
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("A key is there twice")
    return data


def _word(data: dict[str, Any], field: str, words: tuple[str, ...], code: str, form: str) -> str:
    if field not in data:
        raise BadMessage("malformed", f"{field} is missing. {form}", id=_id(data))
    given = data[field]
    word = given.strip().lower() if isinstance(given, str) else ""
    if word not in words:
        raise BadMessage(code, f"Unknown {field} {_quote(given)}. {form}", id=_id(data))
    return word


def _id(data: dict[str, Any]) -> str | None:
    given = data.get("id")
    known = isinstance(given, str) and given.strip() and len(given) <= MAX_ID and given.isprintable()
    return given if known else None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    field = str(first["loc"][0])
    return f"{field} must be {EXPECTED[field]}, not {_quote(first['input'])}"


def _quote(value: object) -> str:
    if isinstance(value, dict | list):  # may be too deep or too long to print
        return "a JSON object" if isinstance(value, dict) else "a list"
    return _shorten(json.dumps(value))


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_QUOTE else f"{text[:_MAX_QUOTE]}…"


def _mentions(payload: bytes, field: str, word: str) -> bool:
    """Recognise a word that must never be lost to a formality, in a payload that is no valid message."""
    head = payload[:_SEARCH_BYTES]
    bare = rb"\W*" + word.encode() + rb"\W*"
    pair = rb'"%s"\s*:\s*"\s*%s\s*"' % (field.encode(), word.encode())
    return bool(re.fullmatch(bare, head, re.IGNORECASE) or re.search(pair, head, re.IGNORECASE))
