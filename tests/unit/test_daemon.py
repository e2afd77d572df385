"""The controller daemon with a guard that the test plays on a real socket."""

import asyncio
import contextlib
import errno
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import pytest

from controller import app, guard_link
from controller.daemon import Daemon
from controller.device_time import DeviceTime
from controller.mqtt.commands import CommandGate
from controller.mqtt.inbound import Incoming
from controller.mqtt.messages import EventMessage, ResultMessage, StateMessage
from controller.records.log import Recorder
from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    Demand,
    Hello,
    Report,
    Request,
    SessionStatus,
    Start,
    Status,
    Stop,
    decode_request,
    encode,
)
from hardware.link_socket import listen
from tests.unit.test_orders import IDLE, STANDING, Log

R = TypeVar("R", bound=Request)
PATIENCE_S = 60.0


class Phone:
    """The publisher."""

    def __init__(self) -> None:
        self.states: list[StateMessage] = []
        self.results: list[ResultMessage] = []

    def state(self, message: StateMessage) -> None:
        self.states.append(message)

    def event(self, message: EventMessage) -> None:
        pass

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        self.results.append(message)

    async def run(self) -> None:
        await asyncio.Event().wait()


class Script:
    """A daemon and the guard's end of its link."""

    def __init__(self, folder: Path) -> None:
        self.phone, self.log = Phone(), Log()
        self.daemon = Daemon(
            STANDING,
            runtime_dir=str(folder),
            device_id="mine",
            recorder=cast(Recorder, self.log),
            gate=CommandGate(),
            countdown=None,
            time=DeviceTime(),
        )
        self.daemon.connect(self.phone)
        self._listener = listen(str(folder))
        self._channel: socket.socket | None = None
        self._status = IDLE

    async def accepts(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S):
            self._channel, _ = await loop.sock_accept(self._listener)
        self._channel.setblocking(False)
        assert await self.hears(Hello) == Hello(PROTOCOL, "mine")

    async def is_seen(self) -> None:
        """Send a status, and wait until the phone knows that there is a guard."""
        before = len(self.phone.states)
        self.ticks()
        async with asyncio.timeout(PATIENCE_S):
            while not any(state.guard == "ok" for state in self.phone.states[before:]):
                await asyncio.sleep(0.001)

    async def hears(self, kind: type[R]) -> R:
        """Wait for the next request of one kind; what comes before it does not matter here."""
        assert self._channel is not None
        while True:
            async with asyncio.timeout(PATIENCE_S):
                packet = await asyncio.get_running_loop().sock_recv(self._channel, MAX_FRAME_BYTES)
            request = decode_request(packet)
            if isinstance(request, kind):
                return request

    def reports(self, report: Report) -> None:
        assert self._channel is not None
        self._channel.send(encode(report))

    def ticks(self, session_id: str | None = None) -> Status:
        """Send the next status, with a session that runs or without one."""
        running = None
        if session_id is not None:
            running = SessionStatus(session_id, "phone", 40.0, 480.0, 0.0, 1.0, 479.0, False)
        last = self._status
        self._status = replace(last, tick=last.tick + 1, mono_s=last.mono_s + 0.1, session=running)
        self.reports(self._status)
        return self._status

    def goes(self) -> None:
        assert self._channel is not None
        self._channel.close()

    async def until(self, count: int) -> ResultMessage:
        """Wait for that many answers; return the last of them."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.phone.results) < count:
                await asyncio.sleep(0.001)
        return self.phone.results[-1]

    def says(self, action: str) -> None:
        payload = json.dumps({"action": action}).encode()
        self.daemon.orders.command(Incoming("command", payload, False, 0.0))

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._listener.close()


@pytest.fixture
async def script(tmp_path: Path) -> AsyncIterator[Script]:
    made = Script(tmp_path)
    task = asyncio.create_task(made.daemon.run())
    await made.accepts()
    await made.is_seen()
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    made.close()


async def test_every_status_of_a_session_is_answered_and_heats_once_it_is_recorded(script: Script) -> None:
    script.log.disk.clear()
    script.says("start")
    start = await script.hears(Start)
    status = script.ticks(start.session_id)
    demand = await script.hears(Demand)
    assert (demand.tick, demand.duty) == (status.tick, 0.0)
    script.reports(Answer(start.session_id, True, "ok", "Heating"))
    for _ in range(3):
        script.ticks(start.session_id)
        assert (await script.hears(Demand)).duty == 0.0
    script.log.disk.set()
    assert (await script.until(1)).accepted
    script.ticks(start.session_id)
    assert (await script.hears(Demand)).duty == 1.0


async def test_a_session_that_the_guard_ends_while_the_disk_writes_was_not_started(script: Script) -> None:
    script.log.disk.clear()
    script.says("start")
    start = await script.hears(Start)
    script.ticks(start.session_id)
    script.reports(Answer(start.session_id, True, "ok", "Heating"))
    await script.hears(Demand)
    script.ticks(start.session_id)
    await script.hears(Demand)
    assert script.phone.states[-1].session is not None
    script.ticks(None)  # a button, a fault: the session is over
    async with asyncio.timeout(PATIENCE_S):
        while script.phone.states[-1].session is not None:
            await asyncio.sleep(0.001)
    script.log.disk.set()
    refused = await script.until(1)
    assert (refused.accepted, refused.code) == (False, "stopped")
    assert script.daemon.heating.active is None


async def test_a_link_that_breaks_while_the_guard_is_asked_leaves_an_answer(script: Script) -> None:
    script.says("start")
    await script.hears(Start)
    script.goes()
    assert (await script.until(1)).code == "guard_lost"
    assert script.phone.states[-1].guard == "lost"
    # And it comes back to whoever listens next.
    await script.accepts()
    await script.is_seen()
    script.says("start")
    await script.hears(Start)


async def test_heat_that_nobody_asked_for_is_stopped(script: Script) -> None:
    script.ticks("a stranger")
    assert (await script.hears(Stop)).reason == "not asked for"


async def test_a_guard_of_another_pack_is_named_once_and_stays_lost(
    script: Script, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard_link, "RETRY_S", 0.001)
    script.goes()
    before = len(script.phone.states)
    for _ in range(4):
        await script.accepts()
        script.reports(Answer("hello", False, "turned_away", "the guard is of another pack"))
        script.goes()
    await script.accepts()

    (said,) = [record.getMessage() for record in caplog.records if "another pack" in record.getMessage()]
    assert said.startswith("the guard at ")
    assert said.endswith(" turns this controller away: the guard is of another pack")
    assert {state.guard for state in script.phone.states[before:]} == {"lost"}

    await script.is_seen()  # the folder is this pack's own again
    script.goes()
    await script.accepts()
    script.reports(Answer("hello", False, "turned_away", "the guard is of another pack"))
    script.goes()
    await script.accepts()
    assert caplog.text.count("another pack") == 2


async def test_a_press_of_the_button_starts_once(script: Script) -> None:
    script.reports(replace(IDLE, tick=51, button_presses=1))
    start = await script.hears(Start)
    assert start.origin == "button"
    script.reports(Answer(start.session_id, False, "rest", "Rest"))
    script.reports(replace(IDLE, tick=52, button_presses=1))
    script.ticks("a stranger")
    await script.hears(Stop)
    await script.hears(Stop)
    assert script.log.codes("start") == ["rest"]


async def test_presses_from_before_the_connection_are_past(script: Script) -> None:
    script.goes()
    await script.accepts()
    script.reports(replace(IDLE, tick=60, button_presses=9))
    script.reports(replace(IDLE, tick=61, button_presses=9))
    script.ticks("a stranger")
    await script.hears(Stop)
    assert script.log.codes("start") == []


async def test_a_press_while_the_controller_was_stopped_is_past(script: Script) -> None:
    """SIGSTOP, a press, SIGCONT: what queued up meanwhile must not heat anybody seconds later."""
    script.daemon._time._heard_real_s -= 5.0
    for tick in range(51, 60):
        script.reports(replace(IDLE, tick=tick, button_presses=tick > 55))
    script.ticks("a stranger")
    await script.hears(Stop)
    assert script.log.codes("start") == []


async def test_of_a_backlog_only_the_newest_status_is_answered(script: Script) -> None:
    script.log.disk.clear()
    script.says("start")
    start = await script.hears(Start)
    for _ in range(5):  # all in one go: the event loop does not run in between
        newest = script.ticks(start.session_id)
    assert (await script.hears(Demand)).tick == newest.tick


async def test_the_state_comes_each_second_although_ticks_are_a_little_late(script: Script) -> None:
    before = len(script.phone.states)
    last = IDLE
    running = SessionStatus("x", "phone", 40.0, 480.0, 0.0, 1.0, 479.0, False)
    for tick in range(51, 82):
        last = replace(last, tick=tick, mono_s=last.mono_s + 0.1007, session=running)
        script.reports(last)
        await script.hears(Stop)  # not its session; and the sign that the tick was taken
    assert len(script.phone.states) - before == 4  # the change, and three seconds


async def test_a_socket_that_was_closed_meanwhile_is_no_news_and_anything_else_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    app._unexpected(loop, {"message": "callback", "exception": OSError(errno.EBADF, "Bad file descriptor")})
    assert caplog.records == []
    app._unexpected(loop, {"message": "callback", "exception": OSError(errno.EIO, "I/O error")})
    assert "callback" in caplog.text
