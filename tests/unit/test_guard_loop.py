"""The loop on a real socket, a real file and recorded pins. The clock is the test's."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.clock import Instant, ManualClock
from hardware.cycle import initial
from hardware.ledger import Ledger
from hardware.ledger_file import LedgerFile, serialise
from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    Demand,
    Event,
    Hello,
    Report,
    Request,
    Start,
    Status,
    Stop,
    decode_report,
    encode,
)
from hardware.link_socket import connect, listen
from hardware.loop import Loop
from hardware.self_test import Levels
from hardware.server import LinkServer
from tests.support.bench_guard import settings

HELLO = Hello(PROTOCOL, settings().device_id)


class RecordingPins:
    """A pad at 33 °C whose every edge is written down."""

    def __init__(self, history: list[str], code: int) -> None:
        self.history = history
        self.is_hot = False
        self._code = code
        self._levels: dict[str, bool] = {}

    def codes(self) -> tuple[int | None, ...]:
        self.history.append("read")
        return (self._code,)

    def levels(self) -> Levels | None:
        return self._levels.get("heater", False), self._levels.get("enable", False)

    def supply_code(self) -> int | None:
        return None

    def reference_code(self) -> int | None:
        return None

    def button_pressed(self) -> bool:
        return False

    def heater(self, on: bool) -> None:
        self.is_hot = on
        self._edge("heater", on)

    def enable(self, on: bool) -> None:
        self._edge("enable", on)

    def toggle_deadman(self) -> None:
        self._edge("deadman", not self._levels.get("deadman", False))

    def led(self, on: bool) -> None:
        self._edge("led", on)

    def _edge(self, name: str, on: bool) -> None:
        if self._levels.get(name, False) is not on:
            self._levels[name] = on
            self.history.append(f"{name} {'on' if on else 'off'}")


class Rig:
    """A loop that is driven cycle by cycle, and the controller's end of its socket."""

    def __init__(self, folder: Path, enable: int | None = None) -> None:
        build = settings()
        build = replace(build, pins=replace(build.pins, enable=enable))
        self.history: list[str] = []
        self.clock = ManualClock()
        self.server = LinkServer(listen(str(folder)), build.device_id)
        self.file = LedgerFile(str(folder / "ledger.json"))
        state = initial(build, Ledger())
        code = round(state.thermistors[0].code_for(33.0))
        self.pins = RecordingPins(self.history, code)
        self.loop = Loop(state, self.pins, self.server, self.file, self.clock)
        self.folder = folder
        self.channel: socket.socket | None = None
        self.reports: list[Report] = []
        self._save = self.file.save
        self.on_save: Callable[[], None] = lambda: None
        self.altered: Callable[[bytes], bytes] = lambda data: data
        self.file.save = self._recorded_save  # type: ignore[method-assign]

    def _recorded_save(self, ledger: Ledger, now_s: float) -> Ledger:
        self.history.append(f"save (heater {'on' if self.pins.is_hot else 'off'})")
        self.on_save()
        saved = self._save(ledger, now_s)
        path = Path(self.file.path)
        path.write_bytes(self.altered(path.read_bytes()))
        return saved

    def connect(self) -> None:
        self.channel = connect(str(self.folder))
        self.say(HELLO)
        self.listen()
        self.listen()  # who has said hello

    def say(self, *requests: Request) -> None:
        assert self.channel is not None
        for request in requests:
            self.channel.send(encode(request))

    def listen(self) -> None:
        """What the loop does between two cycles, without a cycle."""
        self.loop._hear(self.server.wait(0.05))

    def cycle(self, *requests: Request, dt: float = 0.1) -> list[Report]:
        """Hear the requests, let the time pass, judge; return what the controller is told."""
        if requests:
            self.say(*requests)
            self.listen()
        self.clock.advance(dt)
        self.loop._cycle()
        told: list[Report] = []
        if self.channel is not None:
            with contextlib.suppress(BlockingIOError):
                while packet := self.channel.recv(MAX_FRAME_BYTES):
                    told.append(decode_report(packet))
        self.reports += told
        return told

    def demand(self, duty: float = 1.0) -> Demand:
        return Demand("s1", duty, self.loop.state.tick - 1)

    def heat(self) -> None:
        self.connect()
        for _ in range(3):
            self.cycle(HELLO)
        self.cycle(Start("s1", 40.0, 480.0))
        self.cycle(self.demand())
        self.cycle(self.demand())
        assert self.pins.is_hot
        self.history.clear()

    def close(self) -> None:
        self.server.close()
        if self.channel is not None:
            self.channel.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with contextlib.closing(Rig(tmp_path)) as rig:
        yield rig


# --- what takes heat away does not wait for a cycle -------------------------------------------------------


def test_a_zero_demand_acts_when_it_arrives(rig: Rig) -> None:
    rig.heat()
    rig.say(rig.demand(0.0))
    rig.listen()

    assert rig.history == ["heater off"]
    rig.cycle()
    assert not rig.pins.is_hot


def test_a_stop_acts_when_it_arrives(rig: Rig) -> None:
    rig.heat()
    rig.say(Stop("phone"))
    rig.listen()

    assert rig.history == ["heater off"]
    told = rig.cycle()
    assert [report.code for report in told if isinstance(report, Event)] == ["stopped"]


def test_a_closed_link_acts_when_it_closes(rig: Rig) -> None:
    rig.heat()
    assert rig.channel is not None
    rig.channel.close()
    rig.listen()

    assert rig.history == ["heater off"]
    rig.channel = None
    rig.cycle()
    assert rig.loop.state.phase is None


def test_a_link_that_is_closed_and_opened_again_between_two_cycles_still_ends_the_session(rig: Rig) -> None:
    """A controller that crashed and came back in 50 ms is not the one that the session belongs to."""
    rig.heat()
    tick = rig.loop.state.tick - 1
    assert rig.channel is not None
    rig.channel.close()
    rig.connect()
    rig.listen()
    assert not rig.pins.is_hot

    told = rig.cycle(HELLO, Demand("s1", 1.0, tick))

    assert not rig.pins.is_hot
    assert rig.loop.state.phase is None
    assert "controller_lost" in [report.code for report in told if isinstance(report, Event)]


def test_a_link_that_breaks_during_a_cycle_does_not_heat_until_the_next(rig: Rig) -> None:
    """The guard notices when it sends its status; then it would sleep for the rest of the cycle."""
    rig.heat()
    assert rig.channel is not None
    rig.channel.close()
    rig.channel = None
    rig.clock.advance(0.1)
    rig.loop._cycle()

    assert not rig.pins.is_hot


def test_a_demand_does_not_switch_on_before_its_cycle(rig: Rig) -> None:
    rig.heat()
    rig.cycle(rig.demand(0.0))
    rig.history.clear()
    rig.say(rig.demand(1.0))
    rig.listen()

    assert rig.history == []
    rig.cycle()
    assert rig.pins.is_hot


def test_after_a_hang_it_is_off_first_and_judged_then(rig: Rig) -> None:
    rig.heat()
    for _ in range(32):
        rig.say(rig.demand())

    rig.cycle(dt=5.0)

    assert rig.history[:2] == ["heater off", "read"]
    assert rig.loop.state.phase is None
    assert not rig.pins.is_hot


# --- the order within a cycle -----------------------------------------------------------------------------


def test_the_session_is_on_disk_before_the_first_heat(rig: Rig) -> None:
    rig.connect()
    for _ in range(3):
        rig.cycle()
    rig.history.clear()
    rig.cycle(Start("s1", 40.0, 480.0))
    stored = rig.file.load()
    assert stored is not None
    assert [record.session_id for record in stored.sessions] == ["s1"]
    rig.cycle(rig.demand())
    rig.cycle(rig.demand())

    assert (
        rig.history.index("save (heater off)")
        < rig.history.index("enable on")
        < rig.history.index("heater on")
    )


def test_the_ledger_is_written_with_the_heater_off(rig: Rig) -> None:
    rig.heat()
    rig.cycle(Stop("phone"))

    assert rig.history[:4] == ["heater off", "read", "enable off", "save (heater off)"]


def test_the_mosfet_breaks_the_current_and_the_series_switch_follows(rig: Rig) -> None:
    rig.heat()
    rig.cycle(Stop("phone"))

    assert rig.history.index("heater off") < rig.history.index("enable off")


def test_the_dead_man_gets_one_edge_per_judged_cycle_and_none_after_a_latch(rig: Rig) -> None:
    rig.heat()
    for _ in range(4):
        rig.cycle(rig.demand())
    assert sum("deadman" in edge for edge in rig.history) == 4

    rig.pins._code = 4095
    for _ in range(12):
        rig.cycle(*([rig.demand()] if rig.loop.state.phase else []))
    rig.history.clear()
    rig.cycle()
    assert not any("deadman" in edge for edge in rig.history)


# --- the disk ---------------------------------------------------------------------------------------------


def test_a_full_disk_refuses_the_start_and_keeps_guarding(rig: Rig) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    rig.on_save = full
    rig.connect()
    for _ in range(3):
        rig.cycle()
    rig.cycle(Start("s1", 40.0, 480.0))
    told = rig.cycle(rig.demand())

    answers = [report for report in told if isinstance(report, Answer)]
    assert [answer.code for answer in answers] == ["storage_failed"]
    assert "ledger.json: No space left on device" in answers[0].message
    assert "heater on" not in rig.history

    rig.on_save = lambda: None
    rig.cycle(Start("s2", 40.0, 480.0))
    told = rig.cycle()
    assert [report.accepted for report in told if isinstance(report, Answer)] == [True]


def test_a_disk_that_takes_two_seconds_is_waited_for(rig: Rig) -> None:
    rig.connect()
    for _ in range(3):
        rig.cycle()
    rig.on_save = lambda: rig.clock.advance(2.0)
    rig.cycle(Start("s1", 40.0, 480.0))
    rig.on_save = lambda: None

    rig.cycle(rig.demand())  # the answer to a status that is two seconds old
    rig.cycle(rig.demand())

    assert rig.pins.is_hot


def test_a_ledger_that_reads_back_as_something_else_refuses_the_start(rig: Rig) -> None:
    """Whoever alters the file right behind the guard's back cannot have a session that is not in it."""
    rig.connect()
    for _ in range(3):
        rig.cycle()
    rig.altered = lambda data: data.replace(b'"heated_s":480.0', b'"heated_s":1.0')
    rig.cycle(Start("s1", 40.0, 480.0))
    (answer,) = [report for report in rig.cycle(rig.demand()) if isinstance(report, Answer)]

    assert (answer.accepted, answer.code) == (False, "storage_failed")
    assert "ledger.json: checksum does not match" in answer.message
    assert "heater on" not in rig.history

    rig.altered = lambda data: serialise(Ledger())
    rig.cycle(Start("s2", 40.0, 480.0))
    (answer,) = [report for report in rig.cycle(rig.demand()) if isinstance(report, Answer)]
    assert "ledger.json: it does not hold what was written" in answer.message


def test_the_first_cycle_writes_what_waking_up_found(rig: Rig) -> None:
    rig.cycle()

    assert rig.file.load() is not None


# --- the self-test ----------------------------------------------------------------------------------------


@pytest.fixture
def switched(tmp_path: Path) -> Iterator[Rig]:
    """A build with a series switch, in the cycle that has saved the charge of a session."""
    with contextlib.closing(Rig(tmp_path, enable=27)) as rig:
        rig.connect()
        for _ in range(3):
            rig.cycle(HELLO)
        rig.cycle(Start("s1", 40.0, 480.0))
        rig.history.clear()
        yield rig


def switches(rig: Rig) -> list[str]:
    return [edge for edge in rig.history if edge.startswith(("heater", "enable"))]


def until(rig: Rig, edge: str) -> None:
    for _ in range(10):
        if edge in rig.history:
            return
        rig.cycle(rig.demand(0.0))
    raise AssertionError(f"never: {edge}")


def test_each_switch_is_closed_alone_and_then_both(switched: Rig) -> None:
    """The controller's zeros, which switch a heater off as they arrive, do not disturb a pulse."""
    until(switched, "heater on")
    while not any(isinstance(report, Answer) for report in switched.reports):
        switched.cycle(switched.demand(0.0))
    switched.cycle(switched.demand())

    alone = ["enable on", "enable off", "heater on", "heater off"]
    assert switches(switched) == [*alone, "enable on", "heater on"]
    assert switched.pins.is_hot


@pytest.mark.parametrize("pulse", ["enable on", "heater on"])
@pytest.mark.parametrize("end", ["stop", "closed link", "hang", "shutdown"])
def test_whatever_ends_a_session_opens_both_switches_at_once(switched: Rig, pulse: str, end: str) -> None:
    until(switched, pulse)
    switched.history.clear()
    match end:
        case "stop":
            switched.say(Stop("phone"))
            switched.listen()
        case "closed link":
            assert switched.channel is not None
            switched.channel.close()
            switched.channel = None
            switched.listen()
        case "hang":
            switched.cycle(dt=5.0)
            assert switched.history[1] == "read"
        case "shutdown":
            switched.loop.stopping = True
            switched.loop.run()

    assert switches(switched) == [pulse.replace("on", "off")]
    switched.clock.advance(0.1)
    switched.loop._cycle()
    assert switched.loop.state.phase is None
    assert switches(switched) == [pulse.replace("on", "off")]
    assert switched.loop.state.ledger.sessions == ()  # no heat: neither charge nor rest
    codes = {"closed link": "controller_lost", "hang": "guard_overrun"}
    assert switched.loop.state.ledger.events[-1].code == codes.get(end, "stopped")


def test_a_save_in_the_middle_of_a_pulse_is_made_with_the_mosfet_off(switched: Rig) -> None:
    until(switched, "heater on")
    switched.history.clear()
    switched.loop.state = replace(switched.loop.state, tail_dose_cem43=0.06)
    switched.cycle()

    assert [edge for edge in switched.history if edge != "read" and "deadman" not in edge] == [
        "heater off",
        "save (heater off)",
        "heater on",
    ]


# --- from start to end ------------------------------------------------------------------------------------


class Story:
    """A clock that goes on with each look at it, and plays one scene of a story in each cycle."""

    speed = 1000.0  # the loop waits 0.1 ms where a pad would wait 0.1 s
    patience_s = 0.0

    def __init__(self, rig: Rig, scenes: dict[int, Callable[[], None]]) -> None:
        self._rig = rig
        self._scenes = scenes
        self._now = Instant(1000.0, 1_800_000_000.0)

    def now(self) -> Instant:
        tick = self._rig.loop.state.tick
        if tick in self._scenes:
            self._scenes.pop(tick)()
        self._now = Instant(self._now.mono_s + 0.02, self._now.wall_s + 0.02)
        return self._now


def test_the_loop_runs_heats_and_ends_off_with_the_session_closed_on_disk(rig: Rig) -> None:
    was_hot: list[bool] = []

    def demand() -> None:
        was_hot.append(rig.pins.is_hot)
        rig.say(rig.demand())

    def end() -> None:
        was_hot.append(rig.pins.is_hot)
        rig.loop.stopping = True

    rig.connect()
    scenes: dict[int, Callable[[], None]] = dict.fromkeys(range(5, 30), demand)
    scenes[4] = lambda: rig.say(Start("s1", 40.0, 480.0))
    scenes[30] = end
    rig.loop._clock = Story(rig, scenes)

    rig.loop.run()

    assert was_hot[-10:] == [True] * 10
    assert not rig.pins.is_hot
    assert [edge for edge in rig.history if "heater" in edge or "enable" in edge][-1] != "enable on"
    stored = rig.file.load()
    assert stored is not None
    assert [record.ended_wall_s is not None for record in stored.sessions] == [True]
    assert [(e.kind, e.code, e.message) for e in stored.events][-1] == (
        "session_ended",
        "stopped",
        "Stopped (guard stopped)",
    )
    statuses = []
    assert rig.channel is not None
    with contextlib.suppress(BlockingIOError):
        while packet := rig.channel.recv(MAX_FRAME_BYTES):
            report = decode_report(packet)
            if isinstance(report, Status):
                statuses.append(report)
    assert [status.tick for status in statuses] == list(range(len(statuses)))
    assert not statuses[-1].heater


def test_a_stop_is_heard_in_the_middle_of_a_flood(rig: Rig) -> None:
    """More requests than one cycle judges: the rest is dropped, the stop is not."""
    rig.heat()
    for _ in range(4):
        rig.say(*[rig.demand()] * 30)
        rig.listen()
    rig.say(Stop("phone"))
    rig.listen()
    assert not rig.pins.is_hot

    rig.cycle()
    assert rig.loop.state.phase is None
