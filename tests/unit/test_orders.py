"""Orders between a phone, a guard and a log that the test plays itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from typing import Any, cast

import pytest

from config.limits import Limits
from controller.battery import Battery, BatteryLevels
from controller.chronicle import Chronicle
from controller.guard_link import GuardLink
from controller.heating import Heating, Standing
from controller.mqtt.commands import CommandGate
from controller.mqtt.inbound import Incoming
from controller.mqtt.messages import ResultMessage
from controller.orders import SURE_S, Orders
from controller.post_session import PostSession
from controller.presence import Presence
from controller.records.entry import Entry, Sample, SessionRow, StorageError, Unfinished
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import (
    Answer,
    DayStatus,
    FaultStatus,
    Request,
    Reset,
    SensorStatus,
    SessionStatus,
    Start,
    Status,
    Stop,
)
from tests.support.control import PLAN

IDLE = Status(
    tick=1,
    mono_s=0.0,
    wall_s=0.0,
    temperature_c=33.0,
    sensors=(SensorStatus(33.0),),
    duty=0.0,
    heater=False,
    session=None,
    dose_cem43=0.0,
    energy_j=0.0,
    day=DayStatus(0, 0.0, 0.0),
    ready_at_wall_s=None,
    notice=None,
    fault=None,
)
STANDING = Standing(
    target_c=40.0,
    duration_s=480.0,
    post_target_c=39.0,
    post_duration_s=360.0,
    limits=Limits(),
    control=PLAN,
    record={},
    version="test",
)


class Guard:
    """The link: takes requests, and answers when the test says so."""

    def __init__(self) -> None:
        self.heard: list[Request] = []
        self.up = True
        self._waiting: list[asyncio.Future[Answer | None]] = []

    def send(self, request: Request) -> bool:
        self.heard.append(request)
        return self.up

    async def ask(self, request_id: str, request: Request) -> Answer | None:
        self.heard.append(request)
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def starts(self) -> list[Start]:
        return [request for request in self.heard if isinstance(request, Start)]

    def stops(self) -> list[str]:
        return [request.reason for request in self.heard if isinstance(request, Stop)]

    def answers(self, accepted: bool = True, code: str = "ok", message: str = "Heating") -> None:
        self._waiting.pop(0).set_result(Answer("", accepted, code, message))

    def is_lost(self) -> None:
        self._waiting.pop(0).set_result(None)


class Log:
    """The recorder: its disk is as fast and as full as the test says."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.rows: list[SessionRow] = []
        self.notes: list[Entry] = []
        self.samples: list[Sample] = []
        self.disk = asyncio.Event()
        self.disk.set()
        self.full = False

    async def open_session(self, row: SessionRow, entry: Entry) -> int:
        await self.disk.wait()
        if self.full:
            raise StorageError("The disk is full")
        self.rows.append(row)
        return len(self.rows)

    async def unfinished(self) -> tuple[Unfinished, ...]:
        return ()

    def note(self, entry: Entry) -> None:
        self.notes.append(entry)

    def sample(self, sample: Sample) -> None:
        self.samples.append(sample)

    def codes(self, kind: str) -> list[str]:
        return [entry.code for entry in self.notes if entry.kind == kind]


class Scene:
    """Orders with everything around them."""

    def __init__(self, *, attended: bool = False, recorder: Recorder | None = None) -> None:
        self.guard, self.log = Guard(), Log()
        self.real_s = 0.0
        self.unix_s = 1_800_000_000.0
        self.results: list[tuple[ResultMessage, Incoming | None]] = []
        self.status: Status | None = IDLE
        self.now_s = 1000.0
        self.gate = CommandGate()
        self._tasks: set[asyncio.Task[None]] = set()
        link, recorder = cast(GuardLink, self.guard), recorder or cast(Recorder, self.log)
        self.chronicle = Chronicle(recorder, link)
        self.heating = Heating(
            STANDING,
            link=link,
            recorder=recorder,
            chronicle=self.chronicle,
            now=self._now,
            status=lambda: self.status,
        )
        self.orders = Orders(
            STANDING,
            heating=self.heating,
            link=link,
            recorder=recorder,
            gate=self.gate,
            countdown=PostSession(60.0, 10.0),
            results=self,
            now=self._now,
            status=lambda: self.status,
            spawn=self._spawn,
            presence=Presence(required=attended),
            unix_s=lambda: self.unix_s,
            monotonic_s=lambda: self.real_s,
        )

    def _now(self) -> Instant:
        return Instant(self.now_s, 1_800_000_000.0 + self.now_s)

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        self.results.append((message, reply_to))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(work))

    async def settles(self) -> None:
        """Let everything run that can run without the guard, the disk or time."""
        for _ in range(20):
            await asyncio.sleep(0)
        for task in {task for task in self._tasks if task.done()}:
            self._tasks.remove(task)
            task.result()

    async def hears(self) -> None:
        """Wait for what another thread does."""
        await asyncio.gather(*self._tasks)
        self._tasks.clear()

    async def ends(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def says(self, payload: str | dict[str, Any], *, retained: bool = False) -> None:
        self.orders.command(incoming(payload, retained=retained))
        await self.settles()

    async def triggers(self, event: str, session_id: str | None = None) -> None:
        self.orders.trigger(incoming({"event": event, "session_id": session_id}))
        await self.settles()

    async def passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.orders.tick()
        await self.settles()

    def answered(self) -> list[tuple[bool, str]]:
        return [(message.accepted, message.code) for message, _ in self.results]

    @property
    def last(self) -> ResultMessage:
        return self.results[-1][0]


def incoming(payload: str | dict[str, Any], *, retained: bool = False) -> Incoming:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return Incoming("heatpack/demo/command", text.encode(), retained, 0.0)


def running(session_id: str) -> SessionStatus:
    return SessionStatus(session_id, "phone", 40.0, 480.0, 0.0, 1.0, 479.0, False)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.ends()


@pytest.fixture
async def attended() -> AsyncIterator[Scene]:
    """A pack that needs somebody to be there."""
    made = Scene(attended=True)
    yield made
    await made.ends()


# --- a start ----------------------------------------------------------------------------------------


async def test_a_start_is_granted_by_the_guard_then_recorded_then_heats(scene: Scene) -> None:
    scene.log.disk.clear()
    await scene.says({"action": "start", "target_c": 38, "duration_s": 300, "area": "neck", "id": "a"})
    (start,) = scene.guard.starts()
    assert (start.target_c, start.duration_s, start.origin) == (38.0, 300.0, "phone")
    active = scene.heating.active
    assert active is not None
    assert (active.granted, active.recorded) == (False, False)

    scene.guard.answers()
    await scene.settles()
    assert (active.granted, active.recorded) == (True, False)  # the disk is not done: no heat yet
    assert scene.results == []

    scene.log.disk.set()
    await scene.settles()
    assert active.recorded
    assert scene.heating.active is active
    (row,) = scene.log.rows
    assert (row.id, row.area, row.origin, row.target_c) == (start.session_id, "neck", "phone", 38.0)
    assert (scene.last.accepted, scene.last.id, scene.last.session_id) == (True, "a", row.id)
    assert scene.log.codes("command") == ["ok"]


async def test_a_bare_start_takes_the_defaults(scene: Scene) -> None:
    await scene.says("start")
    (start,) = scene.guard.starts()
    assert (start.target_c, start.duration_s) == (40.0, 480.0)


async def test_what_the_guard_refuses_is_refused_in_its_words(scene: Scene) -> None:
    await scene.says("start")
    scene.guard.answers(False, "rest", "Rest until 14:32, 18 minutes left")
    await scene.settles()
    assert (scene.last.accepted, scene.last.code) == (False, "rest")
    assert scene.last.message == "Rest until 14:32, 18 minutes left"
    assert scene.heating.active is None
    assert scene.log.rows == []


async def test_a_second_start_is_refused_while_the_first_waits_and_while_it_heats(scene: Scene) -> None:
    await scene.says("start")
    await scene.says("start")
    assert scene.answered() == [(False, "heating")]
    scene.guard.answers()
    await scene.settles()
    await scene.says("start")
    assert scene.answered() == [(False, "heating"), (True, "ok"), (False, "heating")]
    assert len(scene.guard.starts()) == 1


async def test_values_out_of_range_do_not_reach_the_guard(scene: Scene) -> None:
    await scene.says({"action": "start", "target_c": 42.5})
    await scene.says({"action": "start", "duration_s": 299})
    await scene.says("start", retained=True)
    assert scene.answered() == [(False, "out_of_range")] * 2 + [(False, "retained")]
    assert scene.guard.heard == []


async def test_repeats_while_the_first_waits_get_its_answer(scene: Scene) -> None:
    for _ in range(3):
        await scene.says({"action": "start", "id": "once"})
    assert scene.results == []
    scene.guard.answers()
    await scene.settles()
    assert len(scene.guard.starts()) == 1
    assert scene.answered() == [(True, "ok")] * 3
    assert [message.repeat for message, _ in scene.results] == [False, True, True]
    await scene.says({"action": "start", "id": "once"})
    assert scene.last.repeat
    assert len({message.session_id for message, _ in scene.results}) == 1
    assert len(scene.log.rows) == 1


# --- a guard that is not there ------------------------------------------------------------------------


async def test_without_a_guard_nothing_is_asked(scene: Scene) -> None:
    scene.status = None
    await scene.says("start")
    assert scene.answered() == [(False, "guard_lost")]
    assert scene.guard.heard == []


@pytest.mark.parametrize("action", ["start", "reset"])
async def test_a_guard_that_goes_while_it_is_asked(scene: Scene, action: str) -> None:
    await scene.says(action)
    scene.orders.guard_lost()
    scene.guard.is_lost()
    await scene.settles()
    assert scene.answered() == [(False, "guard_lost")]
    assert scene.heating.active is None
    # The next one is not refused because of it.
    await scene.says(action)
    scene.guard.answers()
    await scene.settles()
    assert scene.last.accepted


@pytest.mark.parametrize("link_is_up", [True, False])
async def test_a_stop_without_a_guard_is_accepted_and_promises_nothing(
    scene: Scene, link_is_up: bool
) -> None:
    """The pad may be warm: its guard may serve another controller."""
    scene.status, scene.guard.up = None, link_is_up
    await scene.says("stop", retained=True)
    assert scene.answered() == [(True, "ok")]
    assert "has no guard" in scene.last.message
    assert "press the pack's button or unplug it" in scene.last.message


# --- a stop -------------------------------------------------------------------------------------------


async def test_a_stop_while_the_guard_thinks(scene: Scene) -> None:
    await scene.says({"action": "start", "id": "a"})
    await scene.says("stop")
    assert scene.guard.stops() == ["phone"]
    assert scene.answered() == [(True, "ok")]
    scene.guard.answers(False, "stopped", "Stopped (phone)")
    await scene.settles()
    assert (scene.last.id, scene.last.accepted, scene.last.code) == ("a", False, "stopped")
    assert scene.heating.active is None
    assert scene.log.rows == []


async def test_a_stop_that_crosses_the_guards_yes(scene: Scene) -> None:
    await scene.says("start")
    await scene.says("stop")
    scene.guard.answers()
    await scene.settles()
    assert scene.answered() == [(True, "ok"), (False, "stopped")]
    assert scene.heating.active is None
    # The guard had a session, so the log has it too: its end will follow.
    assert len(scene.log.rows) == 1


async def test_a_stop_while_the_disk_writes(scene: Scene) -> None:
    scene.log.disk.clear()
    await scene.says("start")
    scene.guard.answers()
    await scene.settles()
    active = scene.heating.active
    await scene.says("stop")
    scene.log.disk.set()
    await scene.settles()
    assert scene.answered() == [(True, "ok"), (False, "stopped")]
    assert active is not None
    assert not active.recorded
    assert scene.heating.active is None


async def test_a_stop_names_the_session_and_who(scene: Scene) -> None:
    await scene.says("start")
    scene.guard.answers()
    await scene.settles()
    scene.status = replace(IDLE, session=running(scene.guard.starts()[0].session_id))
    await scene.says({"action": "stop", "origin": "cli"})
    assert scene.guard.stops() == ["cli"]
    assert scene.last.session_id == scene.guard.starts()[0].session_id
    assert scene.heating.active is None


# --- a disk that is full ------------------------------------------------------------------------------


async def test_a_log_that_is_known_to_fail_refuses_before_the_guard_is_asked(scene: Scene) -> None:
    scene.log.fault = "The disk is full"
    await scene.says("start")
    assert scene.answered() == [(False, "storage_failed")]
    assert "The disk is full" in scene.last.message
    assert scene.guard.heard == []


async def test_a_log_that_fails_now_takes_the_session_back(scene: Scene) -> None:
    scene.log.full = True
    await scene.says("start")
    scene.guard.answers()
    await scene.settles()
    assert scene.answered() == [(False, "storage_failed")]
    assert scene.guard.stops() == ["storage_failed"]
    assert scene.heating.active is None


# --- the countdown ------------------------------------------------------------------------------------


async def test_a_release_heats_after_stretch_and_window(scene: Scene) -> None:
    await scene.triggers("released", "tp-1")
    assert scene.orders.starts_in_s() == 70.0
    await scene.passes(60.0)
    await scene.passes(9.9)
    assert scene.guard.heard == []
    await scene.passes(0.1)
    (start,) = scene.guard.starts()
    assert (start.origin, start.target_c, start.duration_s) == ("post_session", 39.0, 360.0)
    scene.guard.answers()
    await scene.settles()
    assert scene.log.rows[0].trigger_id == "tp-1"
    assert scene.log.codes("post_session") == ["counting", "window", "fire"]
    assert scene.log.codes("start") == ["ok"]
    assert scene.results == []  # nobody asked over MQTT

    scene.heating.drop()
    await scene.triggers("released", "tp-1")
    assert scene.orders.starts_in_s() is None


async def test_a_countdown_that_fires_into_a_refusal_is_noted(scene: Scene) -> None:
    await scene.triggers("released")
    await scene.passes(60.0)
    await scene.passes(10.0)
    scene.guard.answers(False, "rest", "Rest until noon")
    await scene.settles()
    assert scene.log.codes("start") == ["rest"]


@pytest.mark.parametrize("end", ["cancelled", "stop", "guard lost", "a start"])
async def test_what_ends_a_countdown(scene: Scene, end: str) -> None:
    await scene.triggers("released", "tp-1")
    match end:
        case "cancelled":
            await scene.triggers("cancelled", "tp-1")
        case "stop":
            await scene.says("stop")
        case "guard lost":
            scene.orders.guard_lost()
        case _:
            await scene.says("start")
            scene.guard.answers()
            await scene.settles()
    assert scene.orders.starts_in_s() is None
    before = len(scene.guard.starts())
    for _ in range(20):
        await scene.passes(10.0)
    assert len(scene.guard.starts()) == before


@pytest.mark.parametrize(
    ("age_s", "expiry_s", "code"),
    [(3 * 3600.0, None, "stale"), (-60.0, None, "clock_skew"), (20.0, 10.0, "expired")],
)
async def test_a_late_release_is_refused_and_its_session_may_be_released_again(
    scene: Scene, age_s: float, expiry_s: float | None, code: str
) -> None:
    """Sent into an outage, it comes when the broker is back; nobody has stretched just now."""
    sent_s = scene.unix_s - age_s
    late = incoming({"event": "released", "session_id": "tp-1", "issued_at": sent_s})
    scene.orders.trigger(replace(late, received_wall_s=sent_s, expiry_s=expiry_s))
    assert scene.orders.starts_in_s() is None
    assert scene.log.codes("post_session") == [code]
    assert scene.gate.refused == {code: 1}

    scene.orders.trigger(incoming({"event": "released", "session_id": "tp-1", "issued_at": scene.unix_s}))
    assert scene.orders.starts_in_s() == 70.0


async def test_a_late_stretched_skips_nothing_and_a_late_cancelled_cancels(scene: Scene) -> None:
    await scene.triggers("released", "tp-1")
    late = {"session_id": "tp-1", "issued_at": scene.unix_s - 60.0}
    scene.orders.trigger(incoming({"event": "stretched", **late}))
    assert scene.orders.starts_in_s() == 70.0
    scene.orders.trigger(incoming({"event": "cancelled", **late}))
    assert scene.orders.starts_in_s() is None
    assert scene.log.codes("post_session") == ["counting", "stale", "cancelled"]


# --- a cancel that comes after the countdown ----------------------------------------------------------


def fired(scene: Scene, session_id: str | None = "tp-1") -> None:
    """Release, stretch and window are over; the wish for heat is made and nobody has carried it out."""
    scene.orders.trigger(incoming({"event": "released", "session_id": session_id}))
    for pause_s in (60.0, 10.0):
        scene.now_s += pause_s
        scene.orders.tick()


async def test_a_cancel_before_the_guard_is_asked(scene: Scene) -> None:
    fired(scene)
    await scene.triggers("cancelled", "tp-1")
    assert scene.guard.starts() == []
    assert scene.log.codes("start") == ["stopped"]
    assert scene.heating.active is None


async def test_a_cancel_while_the_guard_tests_itself(scene: Scene) -> None:
    fired(scene)
    await scene.settles()
    await scene.triggers("cancelled", "tp-1")
    assert scene.guard.stops() == ["trigger"]
    scene.guard.answers()
    await scene.settles()
    assert scene.heating.active is None
    assert scene.log.codes("start") == ["stopped"]


async def test_a_cancel_while_the_log_is_written(scene: Scene) -> None:
    scene.log.disk.clear()
    fired(scene)
    await scene.settles()
    scene.guard.answers()
    await scene.settles()
    await scene.triggers("cancelled", "tp-1")
    scene.log.disk.set()
    await scene.settles()
    assert scene.guard.stops() == ["trigger"]
    assert scene.heating.active is None


@pytest.mark.parametrize("names", ["tp-1", None])
async def test_a_cancel_while_it_heats(scene: Scene, names: str | None) -> None:
    await heats_after_session(scene)
    await scene.triggers("cancelled", names)
    assert scene.guard.stops() == ["trigger"]
    assert scene.heating.active is None
    said = scene.log.notes[-1]
    assert (said.kind, said.data["session_id"]) == ("post_session", "tp-1")
    assert said.message == "Cancelled: the heat after this session is stopped"


async def test_a_cancel_of_another_session_lets_it_heat(scene: Scene) -> None:
    await heats_after_session(scene)
    await scene.triggers("cancelled", "tp-2")
    assert scene.guard.stops() == []
    assert scene.heating.active is not None


async def test_a_release_without_a_name_is_cancelled_by_any(scene: Scene) -> None:
    await heats_after_session(scene, None)
    await scene.triggers("cancelled", "tp-2")
    assert scene.guard.stops() == ["trigger"]


async def test_a_cancel_in_a_flood_stops_the_heat_and_is_noted_once(scene: Scene) -> None:
    await heats_after_session(scene)
    for n in range(100):
        scene.orders.trigger(incoming({"event": "stretched", "session_id": f"s{n}"}))
    before = len(scene.log.notes)
    for _ in range(50):
        await scene.triggers("cancelled", "tp-1")
    assert scene.guard.stops() == ["trigger"]
    assert scene.heating.active is None
    assert [entry.code for entry in scene.log.notes[before:]] == ["ended"]


async def test_a_kept_cancel_stops_nothing(scene: Scene) -> None:
    await heats_after_session(scene)
    scene.orders.trigger(incoming({"event": "cancelled", "session_id": "tp-1"}, retained=True))
    assert scene.guard.stops() == []


@pytest.mark.parametrize("names", ["tp-1", None])
@pytest.mark.parametrize("origin", ["phone", "button"])
async def test_a_cancel_leaves_what_a_person_started(scene: Scene, origin: str, names: str | None) -> None:
    await heats_after_session(scene)
    await scene.says("stop")
    scene.now_s += SURE_S
    if origin == "phone":
        await scene.says("start")
    else:
        scene.orders.button()
        await scene.settles()
    scene.guard.answers()
    await scene.settles()
    await scene.triggers("cancelled", names)
    assert scene.guard.stops() == ["phone"]
    assert scene.heating.active is not None


async def test_a_cancel_of_heat_that_met_a_persons_start_leaves_that(scene: Scene) -> None:
    scene.orders.trigger(incoming({"event": "released", "session_id": "tp-1"}))
    await scene.passes(60.0)
    await scene.says("start")  # the guard thinks about it while the countdown ends
    scene.now_s += 10.0
    scene.orders.tick()
    await scene.triggers("cancelled", "tp-1")
    scene.guard.answers()
    await scene.settles()
    assert [start.origin for start in scene.guard.starts()] == ["phone"]
    assert scene.guard.stops() == []
    assert scene.last.accepted


async def test_a_second_release_does_not_take_the_first_ones_place(scene: Scene) -> None:
    fired(scene)
    scene.orders.trigger(incoming({"event": "released", "session_id": "tp-2"}))
    assert scene.orders.starts_in_s() is None
    assert scene.gate.refused == {"heating": 1}


async def heats_after_session(scene: Scene, session_id: str | None = "tp-1") -> None:
    fired(scene, session_id)
    await scene.settles()
    scene.guard.answers()
    await scene.settles()
    assert scene.heating.active is not None
    assert scene.heating.active.recorded


async def test_no_countdown_towards_a_heat_that_cannot_be(scene: Scene) -> None:
    fault = FaultStatus("sensor_open", "Sensor 1 is disconnected", 0.0, False)
    for status in (None, replace(IDLE, fault=fault), replace(IDLE, session=running("x"))):
        scene.status = status
        await scene.triggers("released", "tp-1")
        assert scene.orders.starts_in_s() is None
    assert scene.log.codes("post_session") == ["guard_lost", "fault", "heating"]


# --- the button and what is on its way to heat --------------------------------------------------------


@pytest.mark.parametrize("into_s", [0.0, 30.0, 65.0])
async def test_a_press_cancels_the_countdown(scene: Scene, into_s: float) -> None:
    """Who has only the button must be able to say no."""
    await scene.triggers("released", "tp-1")
    scene.now_s += min(into_s, 60.0)
    scene.orders.tick()
    scene.now_s += max(0.0, into_s - 60.0)
    scene.orders.button()
    await scene.passes(100.0)
    assert scene.orders.starts_in_s() is None
    assert scene.guard.heard == []
    said = scene.log.notes[-1]
    assert (said.code, said.message) == ("ended", "Cancelled before the heat")
    assert said.data == {"session_id": "tp-1"}


async def test_a_press_that_makes_sure_starts_nothing_and_a_later_one_does(scene: Scene) -> None:
    await scene.triggers("released", "tp-1")
    for _ in range(3):
        scene.orders.button()
        scene.now_s += SURE_S - 0.1
    assert scene.orders.beginning == 0
    assert scene.log.codes("button") == ["ended", "ended"]
    scene.now_s += 0.2
    scene.orders.button()
    await scene.settles()
    assert [start.origin for start in scene.guard.starts()] == ["button"]


@pytest.mark.parametrize("asked", [False, True])
async def test_a_press_that_the_guard_counts_before_it_has_the_session_stops(
    scene: Scene, asked: bool
) -> None:
    fired(scene)
    if asked:
        await scene.settles()
    scene.orders.button()
    await scene.settles()
    assert scene.guard.stops() == ["button"]
    if asked:
        scene.guard.answers()
        await scene.settles()
    assert scene.heating.active is None
    assert scene.log.codes("button") == ["stopped"]
    assert scene.log.codes("start") == ["stopped"]


async def test_a_press_starts_a_while_after_a_cancel_and_not_with_it(scene: Scene) -> None:
    await scene.triggers("released", "tp-1")
    await scene.triggers("cancelled", "tp-1")
    scene.orders.button()  # in the same moment, and for the same reason
    scene.now_s += SURE_S
    assert scene.orders.beginning == 0
    scene.orders.button()
    await scene.settles()
    assert [start.origin for start in scene.guard.starts()] == ["button"]


# --- the rest -----------------------------------------------------------------------------------------


async def test_the_button_asks_for_the_defaults(scene: Scene) -> None:
    scene.orders.button()
    await scene.settles()
    (start,) = scene.guard.starts()
    assert (start.origin, start.target_c) == ("button", 40.0)
    scene.guard.answers()
    await scene.settles()
    assert scene.log.codes("start") == ["ok"]


async def test_a_reset_is_the_guards_to_judge(scene: Scene) -> None:
    await scene.says({"action": "reset", "id": "r"})
    assert any(isinstance(request, Reset) for request in scene.guard.heard)
    scene.guard.answers(False, "too_hot", "The pad is at 41.0 °C")
    await scene.settles()
    assert (scene.last.id, scene.last.accepted, scene.last.code) == ("r", False, "too_hot")


async def test_noise_is_answered_each_time_and_noted_once(scene: Scene) -> None:
    for payload in ("{", '{"action":"dance"}', "x" * 5000, '{"action":"start","id":7}'):
        await scene.says(payload)
    assert [code for _, code in scene.answered()] == ["malformed", "unknown_action", "oversized", "malformed"]
    assert scene.gate.refused.total() == 4
    assert scene.log.codes("message_refused") == ["malformed"]
    assert scene.guard.heard == []


async def test_noise_on_the_trigger_topic_changes_nothing(scene: Scene) -> None:
    scene.orders.trigger(incoming("boo"))
    await scene.settles()
    assert scene.orders.starts_in_s() is None
    assert scene.gate.refused.total() == 1


# --- what is nothing, and what is remembered --------------------------------------------------------------


async def test_clearing_what_the_broker_keeps_is_no_command(scene: Scene) -> None:
    await scene.says("", retained=True)
    scene.orders.trigger(incoming(""))
    assert scene.results == []
    assert scene.gate.refused.total() == 0


async def test_a_cancel_before_its_release_is_noted_for_the_next_run(scene: Scene) -> None:
    await scene.triggers("cancelled", "tp-9")
    assert scene.log.codes("post_session") == ["cancelled"]
    await scene.triggers("released", "tp-9")
    assert scene.orders.starts_in_s() is None


# --- a stop that is faster than what it stops -------------------------------------------------------------


async def test_a_stop_right_behind_a_start_wins(scene: Scene) -> None:
    """Both arrive in one read of the socket: the start's task has not run when the stop is heard."""
    scene.orders.command(incoming({"action": "start", "id": "a"}))
    scene.orders.command(incoming("stop"))
    await scene.settles()

    assert scene.guard.starts() == []
    assert scene.answered() == [(True, "ok"), (False, "stopped")]
    assert scene.heating.active is None


async def test_a_stop_right_behind_a_press_or_the_end_of_a_countdown_wins(scene: Scene) -> None:
    scene.orders.button()
    scene.orders.command(incoming("stop"))
    await scene.settles()

    assert scene.guard.starts() == []
    assert scene.log.codes("start") == ["stopped"]


async def test_after_a_stop_the_next_start_counts_again(scene: Scene) -> None:
    await scene.says("stop")
    await scene.says("start")

    assert len(scene.guard.starts()) == 1


async def test_a_stop_while_a_start_waits_for_the_log_asks_the_guard_for_nothing(scene: Scene) -> None:
    async with scene.chronicle.opening:  # the end of an earlier session is being written
        await scene.says("start")
        await scene.says("stop")
    await scene.settles()

    assert scene.guard.starts() == []
    assert (False, "stopped") in scene.answered()


async def test_a_kept_cancel_is_ignored_like_any_kept_trigger(scene: Scene) -> None:
    scene.orders.trigger(incoming({"event": "cancelled", "session_id": "tp-9"}, retained=True))
    await scene.settles()
    assert scene.log.codes("post_session") == ["ignored"]


# --- a battery that is seen -------------------------------------------------------------------------------


async def test_a_start_that_the_battery_cannot_finish_does_not_reach_the_guard(scene: Scene) -> None:
    flat = Battery(BatteryLevels(5.0, 4.4, 4.0))
    for n in range(20):
        flat.hear(replace(IDLE, mono_s=float(n), supply_v=4.2))
    scene.heating.battery = flat

    await scene.says("start")

    assert scene.answered() == [(False, "battery_low")]
    assert scene.last.message == "The battery has 4.20 V; 8 minutes of heat need 4.40 V. Charge it first"
    assert scene.guard.starts() == []
    assert not scene.heating.busy


async def test_the_button_asks_the_battery_too(scene: Scene) -> None:
    flat = Battery(BatteryLevels(5.0, 4.4, 4.0), volts=4.2)
    scene.heating.battery = flat

    scene.orders.button()
    await scene.settles()

    assert scene.guard.starts() == []
    assert scene.log.codes("start") == ["battery_low"]


# --- too many ---------------------------------------------------------------------------------------------


async def test_a_flood_is_counted_and_hardly_answered_and_a_stop_in_it_counts(scene: Scene) -> None:
    for n in range(500):
        await scene.says({"action": "start", "target_c": 99, "id": f"f{n}"})
    assert scene.gate.refused == {"out_of_range": 20, "rate_limited": 480}
    assert len(scene.results) == 21
    assert (scene.last.code, scene.last.id) == ("rate_limited", "f20")
    assert len(scene.log.notes) == 21
    await scene.says("stop")
    assert (scene.last.action, scene.last.accepted) == ("stop", True)
    assert scene.guard.stops() == ["phone"]
    scene.real_s += 1.0
    await scene.says("start")
    assert len(scene.guard.starts()) == 1


async def test_a_flood_of_stops_stops_each_time_and_is_told_in_moderation(scene: Scene) -> None:
    for _ in range(100):
        await scene.says("stop")
    assert len(scene.guard.stops()) == 100
    assert len(scene.results) == 20
    assert scene.log.codes("command") == ["ok"] * 20
    assert scene.gate.refused.total() == 0


async def test_a_day_of_refusals_is_answered_in_full_and_noted_twenty_times_and_once_a_minute(
    scene: Scene,
) -> None:
    day = 24 * 60 * 2  # every half minute, which is no flood
    for n in range(day):
        await scene.says({"action": "start", "target_c": 99, "id": f"n{n}"})
        scene.real_s += 30.0
    assert scene.gate.refused == {"out_of_range": day}
    assert [message.id for message, _ in scene.results] == [f"n{n}" for n in range(day)]
    notes = [entry.data for entry in scene.log.notes]
    assert len(notes) == day / 2 + 20 - 1
    assert not any("unnoted" in note for note in notes[:20])
    assert sum(1 + note.get("unnoted", 0) for note in notes) == day - 1  # the last goes with the next note


async def test_refusals_of_another_kind_and_what_is_granted_are_noted_at_once(scene: Scene) -> None:
    for _ in range(25):
        await scene.says({"action": "start", "target_c": 99})
        scene.real_s += 1.0
    await scene.says("start", retained=True)
    await scene.says("start")
    scene.guard.answers()
    await scene.settles()
    await scene.says("stop")
    await scene.says("stop")
    assert scene.log.codes("command") == ["out_of_range"] * 20 + ["retained", "ok", "ok", "ok"]
    assert [bool(e.session_id) for e in scene.log.notes if e.code == "ok"] == [True, True, False]


async def test_a_flood_of_garbage_that_mentions_stop_is_looked_into_and_counted(scene: Scene) -> None:
    for _ in range(100):
        await scene.says('{"action":"start","area":"do not stop"}{')
    assert scene.guard.heard == []
    assert scene.gate.refused == {"malformed": 20, "rate_limited": 80}


async def test_a_flood_of_triggers_neither_counts_down_nor_fills_the_log(scene: Scene) -> None:
    for n in range(100):
        scene.orders.trigger(incoming({"event": "stretched", "session_id": f"s{n}"}))
    await scene.triggers("released", "s")
    assert scene.orders.starts_in_s() is None
    assert len(scene.log.notes) == 20
    scene.real_s += 5.0
    await scene.triggers("released", "t")
    assert scene.orders.starts_in_s() == 70.0
    for n in range(100):
        await scene.triggers("cancelled", f"c{n}")
    assert scene.orders.starts_in_s() is None
    assert scene.log.codes("post_session").count("ended") == 0  # the first cancel ended it, with its id
    assert len(scene.log.notes) < 35


# --- what may be repeated -----------------------------------------------------------------------------------


async def test_prepared_values_are_for_the_start_that_asks_for_them(scene: Scene) -> None:
    await scene.says({"action": "prepare", "target_c": 37, "id": "p"})
    await scene.says({"action": "prepare", "duration_s": 300, "id": "p"})
    assert scene.answered() == [(True, "ok"), (True, "ok")]
    assert scene.last.message == "Prepared: 37 °C for 5 minutes"
    assert scene.log.notes == []
    await scene.says({"action": "start", "prepared": True, "id": "p"})
    (start,) = scene.guard.starts()
    assert (start.target_c, start.duration_s) == (37.0, 300.0)
    scene.guard.answers(False, "rest", "Rest")
    await scene.settles()
    await scene.says("start")
    assert scene.guard.starts()[1].target_c == 40.0


async def test_what_cannot_be_prepared_leaves_what_was(scene: Scene) -> None:
    before = scene.orders.prepared
    await scene.says({"action": "prepare", "target_c": 42.5})
    await scene.says({"action": "prepare", "target_c": 37}, retained=True)
    await scene.says({"action": "prepare", "target_c": 37, "issued_at": 1.0})
    assert scene.answered() == [(False, "out_of_range"), (False, "retained"), (False, "stale")]
    assert scene.orders.prepared == before
    assert scene.gate.refused.total() == 3
    assert scene.guard.heard == []


@pytest.mark.parametrize("retained", [True, False])
async def test_a_history_that_may_be_old_is_refused(scene: Scene, retained: bool) -> None:
    await scene.says({"action": "history", "count": 3, "issued_at": 1.0}, retained=retained)
    assert scene.answered() == [(False, "retained" if retained else "stale")]
    assert scene.last.sessions is None


# --- somebody must be there ---------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["phone", "cli"])
async def test_a_start_from_afar_needs_the_button(attended: Scene, origin: str) -> None:
    await attended.says({"action": "start", "origin": origin})
    assert attended.answered() == [(False, "presence_required")]
    assert "button" in attended.last.message
    assert attended.guard.heard == []
    attended.orders.button()
    await attended.settles()
    assert attended.guard.heard == []  # the press only says that somebody is there
    assert attended.log.codes("button") == ["present"]
    attended.now_s += 119.0
    await attended.says({"action": "start", "origin": origin})
    assert len(attended.guard.starts()) == 1


async def test_a_press_two_minutes_ago_is_too_long_ago(attended: Scene) -> None:
    attended.orders.button()
    attended.now_s += 120.0
    await attended.says("start")
    assert attended.answered() == [(False, "presence_required")]


async def test_the_second_press_starts_with_the_defaults(attended: Scene) -> None:
    attended.orders.button()
    attended.orders.button()
    await attended.settles()
    (start,) = attended.guard.starts()
    assert (start.origin, start.target_c) == ("button", 40.0)


async def test_who_is_not_there_is_not_told_to_press_while_it_heats(attended: Scene) -> None:
    attended.orders.button()
    await attended.says("start")
    attended.guard.answers()
    await attended.settles()
    attended.now_s += 300.0
    await attended.says("start")
    assert attended.last.code == "heating"


async def test_a_countdown_ends_without_heat_if_nobody_presses(attended: Scene) -> None:
    await attended.triggers("released", "tp-1")
    assert attended.log.codes("post_session") == ["counting", "press_button"]
    await attended.passes(60.0)
    await attended.passes(10.0)
    assert attended.guard.heard == []
    assert attended.log.codes("start") == ["presence_required"]
    assert attended.gate.refused == {"presence_required": 1}


async def test_a_press_in_the_countdown_is_enough_for_its_heat(attended: Scene) -> None:
    await attended.triggers("released", "tp-1")
    attended.orders.button()
    await attended.passes(60.0)
    await attended.passes(10.0)
    assert [start.origin for start in attended.guard.starts()] == ["post_session"]


async def test_the_second_press_in_a_countdown_cancels_it(attended: Scene) -> None:
    await attended.triggers("released", "tp-1")
    attended.orders.button()  # as the pack has asked
    assert attended.orders.starts_in_s() == 70.0
    attended.now_s += 10.0
    attended.orders.button()
    assert attended.orders.starts_in_s() is None
    await attended.passes(100.0)
    assert attended.guard.heard == []
    assert attended.log.codes("post_session") == ["counting", "press_button", "ended"]


async def test_who_pressed_before_the_release_cancels_with_the_next_press(attended: Scene) -> None:
    attended.orders.button()
    await attended.triggers("released", "tp-1")
    attended.orders.button()
    assert attended.orders.starts_in_s() is None


async def test_a_stop_and_a_reset_need_nobody(attended: Scene) -> None:
    await attended.says("stop")
    await attended.says("reset")
    assert attended.guard.stops() == ["phone"]
    assert any(isinstance(request, Reset) for request in attended.guard.heard)


async def test_a_lost_guard_forgets_the_press(attended: Scene) -> None:
    attended.orders.button()
    attended.orders.guard_lost()
    await attended.says("start")
    assert attended.answered() == [(False, "presence_required")]
