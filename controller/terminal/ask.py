"""``heatpack start``, ``stop`` and ``reset``: one command, one answer."""

import asyncio
import contextlib
import json
import sys
import time
import uuid
from typing import Any, TextIO

from config.settings import Settings
from controller.mqtt.inbound import BadMessage
from controller.mqtt.messages import ResultMessage
from controller.mqtt.parsing import parse_command
from controller.terminal import line


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


def _command(settings: Settings, fields: dict[str, Any], out: TextIO) -> int:
    id = uuid.uuid4().hex
    payload = json.dumps({**fields, "id": id, "issued_at": time.time(), "origin": "cli"}).encode()
    try:
        parse_command(payload)  # a slip of the keyboard need not travel
    except BadMessage as error:
        line.say(out, error.sentence)
        return line.REFUSED
    return line.run(settings, _ask(settings, payload, id, out), out)


async def _ask(settings: Settings, payload: bytes, id: str, out: TextIO) -> int:
    available = None
    async with line.subscribed(settings, "availability", "result") as (client, topics):
        await client.publish(topics.command, payload, qos=1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(line.ANSWER_WITHIN_S):
                async for message in client.messages:
                    if message.topic.value == topics.availability:
                        available = message.payload
                        continue
                    result = line.read(ResultMessage, message.payload)
                    if result is not None and result.id == id:
                        line.say(out, result.message)
                        return line.ACCEPTED if result.accepted else line.REFUSED
    line.say(out, line.silence(settings, available))
    return line.NO_ANSWER
