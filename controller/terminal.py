"""A phone in the terminal: start, stop, reset, status and watch, over MQTT like any other phone.

Each command prints a sentence and returns its exit code: 0 accepted, 1 refused, 3 no answer.
"""

import asyncio
import contextlib
import json
import sys
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final, TextIO, TypeVar

import aiomqtt
from pydantic import ValidationError

from config.settings import Settings
from controller.live_line import LiveLine
from controller.mqtt.connection import SecretError, connected, explain, load_secrets, new_client
from controller.mqtt.inbound import BadMessage
from controller.mqtt.messages import EventMessage, Outbound, ResultMessage, StateMessage
from controller.mqtt.parsing import parse_command
from controller.mqtt.topics import Topics, topics_of
from controller.state_words import describe, event_line, one_line

ACCEPTED: Final = 0
REFUSED: Final = 1
NO_ANSWER: Final = 3
ANSWER_WITHIN_S = 5.0
#: Retained messages come at once; a pack that has just begun may take a moment for its first state.
STATE_WITHIN_S = 2.0

_M = TypeVar("_M", bound=Outbound)


def start(
    settings: Settings,
    *,
    target_c: float | None = None,
    minutes: float | None = None,
    area: str | None = None,
    out: TextIO | None = None,
) -> int:
    """Ask for a heat phase. °C and minutes; what is None falls back to the pack's ``[heat]``."""
    wishes = {"target_c": target_c, "duration_s": None if minutes is None else minutes * 60, "area": area}
    given = {key: value for key, value in wishes.items() if value is not None}
    return _command(settings, {"action": "start", **given}, out or sys.stdout)


def stop(settings: Settings, *, out: TextIO | None = None) -> int:
    """Ask for the heater to go off."""
    return _command(settings, {"action": "stop"}, out or sys.stdout)


def reset(settings: Settings, *, out: TextIO | None = None) -> int:
    """Ask to clear the latched fault."""
    return _command(settings, {"action": "reset"}, out or sys.stdout)


def status(settings: Settings, *, as_json: bool = False, out: TextIO | None = None) -> int:
    """Print the pack's state. The last one of a pack that is offline is shown too, and is no answer."""
    return _run(settings, _status(settings, as_json, out or sys.stdout), out or sys.stdout)


def watch(settings: Settings, *, out: TextIO | None = None) -> int:
    """Show states and events until interrupted: a live line on a terminal, plain lines elsewhere."""
    try:
        return _run(settings, _watch(settings, out or sys.stdout), out or sys.stdout)
    except KeyboardInterrupt:
        return ACCEPTED


def _command(settings: Settings, fields: dict[str, Any], out: TextIO) -> int:
    id = uuid.uuid4().hex
    payload = json.dumps({**fields, "id": id, "issued_at": time.time(), "origin": "cli"}).encode()
    try:
        parse_command(payload)  # a slip of the keyboard need not travel
    except BadMessage as error:
        _say(out, error.sentence)
        return REFUSED
    return _run(settings, _ask(settings, payload, id, out), out)


def _run(settings: Settings, work: Coroutine[Any, Any, int], out: TextIO) -> int:
    try:
        return asyncio.run(work)
    except (aiomqtt.MqttError, SecretError, OSError, ValueError) as error:
        _say(out, explain(error, settings.mqtt))
        return NO_ANSWER


async def _ask(settings: Settings, payload: bytes, id: str, out: TextIO) -> int:
    available = None
    async with _subscribed(settings, "availability", "result") as (client, topics):
        await client.publish(topics.command, payload, qos=1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async for message in client.messages:
                    if message.topic.value == topics.availability:
                        available = message.payload
                        continue
                    result = _read(ResultMessage, message.payload)
                    if result is not None and result.id == id:
                        _say(out, result.message)
                        return ACCEPTED if result.accepted else REFUSED
    _say(out, _silence(settings, available))
    return NO_ANSWER


async def _status(settings: Settings, as_json: bool, out: TextIO) -> int:
    available, state, payload = None, None, b"{}"
    async with _subscribed(settings, "availability", "state") as (client, topics):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STATE_WITHIN_S):
                while available is None or state is None:
                    message = await anext(aiter(client.messages))
                    if message.topic.value == topics.availability:
                        available = message.payload
                    else:
                        state, payload = _read(StateMessage, message.payload), message.payload
    online = available == b"online"
    if state is None or not online:
        _say(sys.stderr if as_json else out, _silence(settings, available))
    if state is None:
        return NO_ANSWER
    if as_json:
        print(json.dumps({**json.loads(payload), "online": online}, ensure_ascii=False), file=out)
    else:
        when = "now" if online else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(state.ts))
        print(f"{settings.device.name} ({settings.device.id}), {when}:\n{describe(state)}", file=out)
    return ACCEPTED if online else NO_ANSWER


async def _begin_soon(messages: AsyncIterator[aiomqtt.Message]) -> AsyncIterator[aiomqtt.Message]:
    """Pass messages on; end if there is not even the retained first one."""
    try:
        async with asyncio.timeout(STATE_WITHIN_S):
            yield await anext(messages)
    except TimeoutError:
        return
    async for message in messages:
        yield message


async def _watch(settings: Settings, out: TextIO) -> int:
    with contextlib.closing(LiveLine(out)) as screen:
        async with _subscribed(settings, "availability", "state", "event") as (client, topics):
            async for message in _begin_soon(client.messages):
                if message.topic.value == topics.availability:
                    screen.line(_presence(settings, message.payload))
                elif message.topic.value == topics.event:
                    if (event := _read(EventMessage, message.payload)) is not None:
                        screen.line(event_line(event))
                elif (state := _read(StateMessage, message.payload)) is not None:
                    screen.live(one_line(state))
    _say(out, _silence(settings, None))
    return NO_ANSWER


@contextlib.asynccontextmanager
async def _subscribed(settings: Settings, *names: str) -> AsyncIterator[tuple[aiomqtt.Client, Topics]]:
    topics = topics_of(settings.mqtt.base_topic, settings.device.id)
    secrets = await asyncio.to_thread(load_secrets, settings.mqtt)
    identifier = f"heatpack-cli-{uuid.uuid4().hex[:8]}"
    client = new_client(settings.mqtt, secrets, identifier, timeout_s=ANSWER_WITHIN_S)
    async with connected(client):
        await client.subscribe([(getattr(topics, name), 1) for name in names])
        yield client, topics


def _read(model: type[_M], payload: bytes) -> _M | None:
    try:
        return model.model_validate_json(payload)
    except ValidationError:  # not from a pack
        return None


def _presence(settings: Settings, available: bytes | None) -> str:
    return f"{settings.device.name} ({settings.device.id}) is {'on' if available == b'online' else 'off'}line"


def _silence(settings: Settings, available: bytes | None) -> str:
    if available is None:
        broker = f"Broker {settings.mqtt.host}:{settings.mqtt.port}"
        return f"{broker} knows no pack {settings.device.id}: is heatpack run up?"
    if available == b"online":
        return f"{_presence(settings, available)} but gave no answer"
    return f"{_presence(settings, available)}: is heatpack run up?"


def _say(out: TextIO, sentence: str) -> None:
    print(f"{sentence[:1].upper()}{sentence[1:]}", file=out, flush=True)
