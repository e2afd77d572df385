"""``heatpack status``: one look at the pack's state, for people or for programs."""

import asyncio
import contextlib
import json
import sys
import time
from typing import TextIO

from config.settings import Settings
from controller.mqtt.messages import StateMessage
from controller.state_words import describe
from controller.terminal import line


def status(settings: Settings, *, as_json: bool = False, out: TextIO | None = None) -> int:
    """Print the pack's state. The last one of a pack that is offline is shown too, and is no answer."""
    out = out or sys.stdout
    trouble = sys.stderr if as_json else out  # a program reads JSON or nothing
    return line.run(settings, _status(settings, as_json, out, trouble), trouble)


async def _status(settings: Settings, as_json: bool, out: TextIO, trouble: TextIO) -> int:
    available, state, payload = None, None, b"{}"
    async with line.subscribed(settings, "availability", "state") as (client, topics):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(line.STATE_WITHIN_S):
                while available is None or state is None:
                    message = await anext(aiter(client.messages))
                    if message.topic.value == topics.availability:
                        available = message.payload
                    else:
                        state, payload = line.read(StateMessage, message.payload), message.payload
    online = available == b"online"
    if state is None or not online:
        line.say(trouble, line.silence(settings, available))
    if state is None:
        return line.NO_ANSWER
    if as_json:
        print(json.dumps({**json.loads(payload), "online": online}, ensure_ascii=False), file=out)
    else:
        when = "now" if online else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(state.ts))
        print(f"{settings.device.name} ({settings.device.id}), {when}:\n{describe(state)}", file=out)
    return line.ACCEPTED if online else line.NO_ANSWER
