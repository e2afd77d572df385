"""``heatpack fleet``: all packs on a broker, live, for people or for programs."""

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass
from typing import Any, TextIO

import aiomqtt

from config.settings import Settings
from controller.terminal import line
from controller.terminal.fleet_table import Fleet, Pack
from controller.terminal.screen import Screen

#: What a broker has kept comes in one go; after so long without a message that was all.
_SILENCE_S = 0.4
#: The age of a state is told anew so often.
_TICK_S = 1.0


def fleet(settings: Settings, *, once: bool = False, as_json: bool = False, out: TextIO | None = None) -> int:
    """Show all packs until interrupted, or ``once``.

    Returns:
        0; 3 without a broker, or with ``once`` if it knows no pack.
    """
    out = out or sys.stdout
    work = _once(settings, as_json, out) if once else _live(settings, as_json, out)
    try:
        return line.run(settings, work, sys.stderr if as_json else out)
    except KeyboardInterrupt:
        return line.ACCEPTED


async def _once(settings: Settings, as_json: bool, out: TextIO) -> int:
    known = Fleet(settings.mqtt.base_topic)
    async with line.listening(settings, *known.topics()) as client:
        until_s = time.monotonic() + line.STATE_WITHIN_S
        while True:
            patience_s = _SILENCE_S if known.packs else line.STATE_WITHIN_S
            message = await _next(client, min(patience_s, until_s - time.monotonic()))
            if message is None:
                break
            _hear(known, message)
    if as_json:
        print(json.dumps([_plain(pack) for pack in known.packs.values()], ensure_ascii=False), file=out)
    elif known.packs:
        print("\n".join(known.table(time.time())), file=out)
    if known.packs:
        return line.ACCEPTED
    broker = f"{settings.mqtt.host}:{settings.mqtt.port}"
    line.say(sys.stderr if as_json else out, f"broker {broker} knows no pack below {known.base_topic}/")
    return line.NO_ANSWER


async def _live(settings: Settings, as_json: bool, out: TextIO) -> int:
    known = Fleet(settings.mqtt.base_topic)
    with contextlib.closing(Screen(out)) as screen:
        async with line.listening(settings, *known.topics()) as client:
            while True:
                message = await _next(client, _TICK_S)
                changed = None if message is None else _hear(known, message)
                if not as_json and screen.rewrites:
                    screen.live(f"{known.summary()} · Ctrl-C ends", _Table(known), whole=True)
                elif changed is not None:
                    screen.line(_said(known, changed, as_json))


def _said(known: Fleet, pack: Pack, as_json: bool) -> str:
    """One pack as a line of its own."""
    if as_json:
        return json.dumps(_plain(pack), ensure_ascii=False)
    return Fleet(known.base_topic, {pack.id: pack}).table(time.time())[1]


@dataclass(frozen=True, slots=True)
class _Table:
    fleet: Fleet

    def picture(self, columns: int, rows: int) -> list[str]:
        return self.fleet.table(time.time(), columns, rows)


def _plain(pack: Pack) -> dict[str, Any]:
    state = None if pack.state is None else json.loads(pack.state.payload())
    return {"id": pack.id, "name": pack.name, "online": pack.online, "state": state}


def _hear(known: Fleet, message: aiomqtt.Message) -> Pack | None:
    payload = message.payload
    return known.hear(message.topic.value, payload) if isinstance(payload, bytes) else None


async def _next(client: aiomqtt.Client, within_s: float) -> aiomqtt.Message | None:
    """Return the next message, None if none comes within that time."""
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            return await anext(aiter(client.messages))
    except TimeoutError:
        return None
