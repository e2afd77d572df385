"""``heatpack watch``: states and events as they come, with the curve on a terminal that can show it."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import TextIO

import aiomqtt

from config.settings import Settings
from controller.mqtt.messages import EventMessage, StateMessage
from controller.state_words import event_line, one_line
from controller.terminal import line
from controller.terminal.chart import Curve
from controller.terminal.screen import Screen


def watch(settings: Settings, *, out: TextIO | None = None) -> int:
    """Show states and events until interrupted: live on a terminal, plain lines elsewhere."""
    try:
        return line.run(settings, _watch(settings, out or sys.stdout), out or sys.stdout)
    except KeyboardInterrupt:
        return line.ACCEPTED


async def _watch(settings: Settings, out: TextIO) -> int:
    curve = Curve()
    with contextlib.closing(Screen(out)) as screen:
        async with line.subscribed(settings, "availability", "state", "event") as (client, topics):
            async for message in _begin_soon(client.messages):
                if message.topic.value == topics.availability:
                    screen.line(line.presence(settings, message.payload))
                elif message.topic.value == topics.event:
                    if (event := line.read(EventMessage, message.payload)) is not None:
                        screen.line(event_line(event))
                elif (state := line.read(StateMessage, message.payload)) is not None:
                    curve.add(state)
                    screen.live(one_line(state), curve)
    line.say(out, line.silence(settings, None))
    return line.NO_ANSWER


async def _begin_soon(messages: AsyncIterator[aiomqtt.Message]) -> AsyncIterator[aiomqtt.Message]:
    """Pass messages on; end if there is not even the retained first one."""
    try:
        async with asyncio.timeout(line.STATE_WITHIN_S):
            yield await anext(messages)
    except TimeoutError:
        return
    async for message in messages:
        yield message
