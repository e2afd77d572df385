"""The test before each session: by itself, in the guard, and on a modelled pad below the real drivers."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.guard_link import ANSWER_S
from hardware.arming import EXERCISE_EVERY_S
from hardware.board import Board
from hardware.clock import ManualClock
from hardware.cycle import Outputs, initial
from hardware.ledger import Ledger
from hardware.ledger_file import LedgerFile
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
    Stop,
    decode_report,
    encode,
)
from hardware.link_socket import connect, listen
from hardware.loop import Loop
from hardware.self_test import Levels, Look, SelfTest, Switch, expected_sag
from hardware.server import LinkServer
from hardware.settings import AdcSettings, GuardSettings
from hardware.simulated.factory import SimulatedFactory
from hardware.verdict import Action
from tests.support.bench_guard import OPEN, Bench
from tests.support.builds import ENABLE, HEATER, build

Chip = Literal["MCP3008", "MCP3208"]


def with_channels(chip: Chip = "MCP3208", *, enable: int | None = ENABLE, **more: float) -> GuardSettings:
    adc = AdcSettings(chip, 0, 0, reference_channel=6, supply_channel=7, supply_divider=2.0)
    return build(adc=adc, enable=enable, **more)  # type: ignore[arg-type]


# --- the test by itself -----------------------------------------------------------------------------------

PLAIN = build()
MEASURED = with_channels()
FULL, SAGGED = 3103, 2955  # 5 V, and less 8 W / 5 V * 0.15 Ω, behind a divider by two
STAGES = [None, None, Switch.SERIES, Switch.SERIES, Switch.MOSFET, Switch.MOSFET, None]


def levels(closed: Switch | None) -> Levels:
    return closed is Switch.MOSFET, closed is Switch.SERIES


def run(settings: GuardSettings, **odd: Look) -> tuple[SelfTest, list[Switch | None]]:
    """Run a test to its end on a healthy build; ``odd``: other looks, by ``look_<number>``."""
    test, stages = SelfTest.begin(settings), []
    while not test.passed and test.failure is None:
        healthy = Look(levels(test.closed), FULL, 2048)
        stages.append(test.closed)
        test = test.step(settings, odd.get(f"look_{len(stages) - 1}", healthy))
    return test, stages


@pytest.mark.parametrize("settings", [PLAIN, MEASURED])
def test_each_switch_is_closed_alone_for_two_cycles_and_the_last_look_is_with_both_open(
    settings: GuardSettings,
) -> None:
    test, stages = run(settings)

    assert test.passed
    assert stages == STAGES
    assert test.closed is None


def test_a_build_with_one_switch_is_looked_at_once() -> None:
    test = SelfTest.begin(build(enable=None)).step(build(enable=None), Look((False, None)))

    assert test.passed


@pytest.mark.parametrize("number", range(len(STAGES)))
@pytest.mark.parametrize("pin", [0, 1])
def test_a_level_that_is_not_what_was_set_ends_the_test_in_the_same_cycle(number: int, pin: int) -> None:
    told = levels(STAGES[number])
    found = tuple(high is not (n == pin) for n, high in enumerate(told))
    test, stages = run(PLAIN, **{f"look_{number}": Look((found[0], found[1]))})

    words = ("high", "low") if told[pin] else ("low", "high")
    name = ("MOSFET", "series switch")[pin]
    assert test.failure == f"The pin of the {name} was set {words[0]} and is {words[1]}"
    assert stages == STAGES[: number + 1]
    assert test.closed is None


def test_a_single_switch_that_is_stuck_is_found_too() -> None:
    single = build(enable=None)

    test = SelfTest.begin(single).step(single, Look((True, None)))

    assert test.failure == "The pin of the MOSFET was set low and is high"


def test_where_both_are_exercised_the_levels_have_to_be_known() -> None:
    assert run(PLAIN, look_3=Look(None))[0].failure == "The pins of the switches cannot be read back"
    assert SelfTest.begin(build(enable=None)).step(build(enable=None), Look(None)).passed


@pytest.mark.parametrize(
    ("looks", "closed", "shorted"),
    [((2, 3), "series switch", "MOSFET"), ((4, 5), "MOSFET", "series switch")],
)
def test_current_through_one_closed_switch_names_the_other(
    looks: tuple[int, int], closed: str, shorted: str
) -> None:
    odd = {f"look_{n}": Look(levels(STAGES[n]), SAGGED, 2048) for n in looks}
    test, stages = run(MEASURED, **odd)

    assert test.failure == (
        f"The supply sags by 4.8% with the {closed} closed alone: the {shorted} is shorted. "
        "Unplug the battery and do not use this pad again"
    )
    assert stages == STAGES[: looks[1] + 1]  # and nothing is closed after that


@pytest.mark.parametrize("number", range(len(STAGES)))
@pytest.mark.parametrize("code", [0, SAGGED, 4095, None])
def test_one_glitch_of_the_supply_channel_is_no_fault(number: int, code: int | None) -> None:
    test, _ = run(MEASURED, **{f"look_{number}": Look(levels(STAGES[number]), code, 2048)})

    assert test.passed


HIGH = 3900  # 6.28 V


@pytest.mark.parametrize("settings", [MEASURED, with_channels(enable=None)])
def test_a_supply_a_quarter_too_high_refuses_and_one_odd_look_does_not(settings: GuardSettings) -> None:
    single = settings.pins.enable is None
    open_ = (False, None if single else False)
    last = 0 if single else len(STAGES) - 1
    high = {f"look_{n}": Look(open_, HIGH, 2048) for n in range(last, last + 3)}
    healthy = {f"look_{n}": Look(open_, FULL, 2048) for n in range(last, last + 3)}

    assert run(settings, **high)[0].failure == ("The supply has 6.3 V and the pad is made for 5 V. Unplug it")
    assert run(settings, **{**high, f"look_{last + 2}": healthy[f"look_{last + 2}"]})[0].passed
    most = {name: replace(look, supply=3878) for name, look in high.items()}
    assert run(settings, **most)[0].passed


def test_without_a_supply_channel_its_code_is_nothing() -> None:
    single = build(enable=None)

    assert SelfTest.begin(single).step(single, Look((False, None), 4095)).passed
    wired = with_channels(enable=None)
    assert SelfTest.begin(wired).step(wired, Look((False, None), None, 2048)).passed


@pytest.mark.parametrize("enable", [ENABLE, None])
@pytest.mark.parametrize("volts", [6.5, 9.0, 20.0])
def test_a_pad_for_5_volts_on_a_supply_that_was_asked_for_more_does_not_start(
    pads: "list[Pad]", tmp_path: Path, enable: int | None, volts: float
) -> None:
    pads.append(pad := Pad(tmp_path, with_channels(enable=enable)))
    pad.factory.plant.supply_v = volts
    assert "and the pad is made for 5 V. Unplug it" in pad.refuses("s1")
    pad.factory.plant.supply_v = 5.2
    assert pad.start("s2").accepted


def test_a_supply_channel_that_does_not_answer_refuses() -> None:
    odd = {f"look_{n}": Look(levels(STAGES[n]), None, 2048) for n in (2, 3)}

    assert run(MEASURED, **odd)[0].failure == "The converter does not answer for the supply channel"


@pytest.mark.parametrize(("drop", "found"), [(98, False), (100, True)])
def test_a_sag_counts_from_what_the_least_source_resistance_makes(drop: int, found: bool) -> None:
    assert expected_sag(MEASURED) == pytest.approx(0.032)  # 1.6 A * 0.1 Ω of 5 V: 99.3 of 3103 LSB
    odd = {f"look_{n}": Look(levels(STAGES[n]), FULL - drop, 2048) for n in (2, 3)}

    assert (run(MEASURED, **odd)[0].failure is not None) is found


@pytest.mark.parametrize(("power_w", "judged"), [(0.245, True), (0.24, False)])
def test_a_sag_that_noise_could_be_is_not_judged(power_w: float, judged: bool) -> None:
    """Less than 3 LSB: 0.2417 W at 5 V through 0.1 Ω are 0.097 % of 3103."""
    settings = with_channels(power_w=power_w)
    odd = {f"look_{n}": Look(levels(STAGES[n]), FULL - 30, 2048) for n in (2, 3)}

    assert (run(settings, **odd)[0].failure is not None) is judged


@pytest.mark.parametrize(
    ("chip", "code", "good"),
    [
        ("MCP3208", 2048, True),
        ("MCP3208", 2060, True),
        ("MCP3208", 2061, False),
        ("MCP3208", 2036, True),
        ("MCP3208", 2035, False),
        ("MCP3008", 518, True),
        ("MCP3008", 519, False),
        ("MCP3008", 506, True),
        ("MCP3008", 505, False),
    ],
)
@pytest.mark.parametrize("enable", [ENABLE, None])
def test_the_reference_has_to_be_at_half_scale(chip: Chip, code: int, good: bool, enable: int | None) -> None:
    settings = with_channels(chip, enable=enable)
    full = FULL >> (12 - settings.adc.bits)
    test = SelfTest.begin(settings)
    while not test.passed and test.failure is None:
        closed = levels(test.closed)
        test = test.step(settings, Look((closed[0], None if enable is None else closed[1]), full, code))

    assert test.passed is good
    if not good:
        assert test.failure is not None
        assert f"The reference channel reads {code}, expected " in test.failure


def test_reference_and_sensors_have_three_looks() -> None:
    off = levels(None)
    bad = Look(off, FULL, 2200), Look(off, FULL, None), Look(off, FULL, 2048, "Sensor 2 is loose")
    assert run(MEASURED, look_6=bad[0], look_7=bad[2])[0].passed
    assert run(MEASURED, look_6=bad[0], look_7=bad[2])[1] == [*STAGES, None, None]
    assert run(MEASURED, look_6=bad[2], look_7=bad[2], look_8=bad[2])[0].failure == "Sensor 2 is loose"
    failure = run(MEASURED, look_6=bad[2], look_7=bad[2], look_8=bad[1])[0].failure
    assert failure == "The converter does not answer for the reference channel"


any_look = st.builds(
    Look,
    st.none() | st.tuples(st.booleans(), st.none() | st.booleans()),
    st.none() | st.integers(0, 4095),
    st.none() | st.integers(0, 4095),
    st.none() | st.just("odd"),
)


@given(st.sampled_from([PLAIN, MEASURED, with_channels(enable=None)]), st.lists(any_look, max_size=20))
def test_whatever_it_sees_it_ends_with_both_switches_open(settings: GuardSettings, seen: list[Look]) -> None:
    test = SelfTest.begin(settings)
    for look in (*seen, *[Look((True, True))] * 2):
        if test.passed or test.failure is not None:
            break
        test = test.step(settings, look)
    assert test.passed is (test.failure is None)
    assert test.closed is None


# --- in the guard -----------------------------------------------------------------------------------------


def asked(*senses: float, enable: int | None = ENABLE) -> Bench:
    """A guard whose session is charged, and nothing more."""
    bench = Bench(*(senses or (33.0,)), enable=enable)
    bench.cycle(Start("s1", 40.0, 480.0))
    return bench


def until(bench: Bench, closed: Switch) -> Outputs:
    for _ in range(round(EXERCISE_EVERY_S * 10) + 9):
        if bench.out.exercise is closed:
            return bench.out
        bench.cycle()
    raise AssertionError(f"never: {closed}")


def refused(bench: Bench, code: str) -> str:
    """The session is over before it could heat: answered, logged, not charged, no rest."""
    (answer,) = bench.answers
    assert (answer.accepted, answer.code) == (False, code)
    ended = [event for event in bench.events if event.kind == "session_ended"]
    assert [(event.code, event.message) for event in ended] == [(code, answer.message)]
    assert bench.state.phase is None
    assert bench.state.ledger.sessions == ()
    assert bench.status.ready_at_wall_s is None
    out = bench.out
    assert (out.heater, out.enable, out.exercise) == (False, False, None)
    assert bench.codes("heat_on") == []
    return answer.message


def test_a_build_with_one_switch_is_armed_in_the_cycle_after_the_save() -> None:
    bench = asked(enable=None)
    bench.cycle()

    assert [answer.accepted for answer in bench.answers] == [True]
    assert bench.cycle().heater


def test_a_build_with_two_switches_is_armed_six_cycles_later() -> None:
    bench = asked()
    closed = []
    while not bench.answers:
        bench.cycle()
        closed.append(bench.out.exercise)
        assert bench.out.heater is bench.out.enable is bool(bench.answers)

    assert closed == [*STAGES[1:], None]
    assert [answer.message for answer in bench.answers] == ["Heating to 40 °C for 8 minutes"]
    assert bench.codes("heat_on") == ["ok"]


@pytest.mark.parametrize("closed", list(Switch))
def test_a_stop_during_a_pulse_is_a_stop(closed: Switch) -> None:
    bench = asked()
    until(bench, closed)
    bench.levels = (False, False)  # the loop has opened both as it arrived
    bench.cycle(Stop("phone"))

    assert refused(bench, "stopped") == "Stopped (phone)"


@pytest.mark.parametrize("closed", list(Switch))
def test_a_link_that_is_lost_during_a_pulse_ends_it(closed: Switch) -> None:
    bench = asked()
    until(bench, closed)
    bench.levels = (False, False)
    bench.linked = False
    bench.cycle()

    refused(bench, "controller_lost")


@pytest.mark.parametrize("dt", [1.01, 5.0, 0.0])
def test_an_overrun_during_a_pulse_ends_it(dt: float) -> None:
    bench = asked()
    until(bench, Switch.MOSFET)
    bench.cycle(dt=dt)

    assert "cycle took" in refused(bench, "guard_overrun")


def test_a_disk_that_takes_five_seconds_is_waited_for_and_then_the_test_begins() -> None:
    bench = asked()
    bench.cycle(dt=5.0)
    bench.run(0.6)

    assert [answer.accepted for answer in bench.answers] == [True]


def test_a_latch_during_a_pulse_ends_it() -> None:
    bench = asked()
    until(bench, Switch.SERIES)
    bench.senses = (OPEN,)
    assert bench.run(1.8, dt=0.9).exercise is Switch.MOSFET
    bench.cycle(dt=0.9)

    assert bench.fault == "sensor_open"
    refused(bench, "sensor_open")


def test_a_full_disk_refuses_before_anything_is_closed() -> None:
    bench = Bench(enable=ENABLE)
    bench.full = True
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.cycle()

    assert [answer.code for answer in bench.answers] == ["storage_failed"]
    assert bench.out.exercise is None


def test_a_sensor_that_fails_during_the_test_refuses_with_its_number() -> None:
    bench = asked(33.0, 33.0)
    until(bench, Switch.MOSFET)
    bench.senses = (33.0, OPEN)
    bench.run(0.7)

    says = refused(bench, "self_test_failed")
    assert says == "The self-test failed. Sensor 2 gives no valid temperature"


def test_a_glitch_of_a_sensor_costs_a_cycle() -> None:
    bench = asked(33.0, 33.0, enable=None)
    bench.senses = (33.0, OPEN)
    bench.cycle()
    assert bench.answers == []
    bench.senses = (33.0, 33.0)
    bench.run(0.2)

    assert [answer.accepted for answer in bench.answers] == [True]


def test_sensors_that_part_during_the_test_refuse() -> None:
    bench = asked(33.0, 36.9)
    until(bench, Switch.SERIES)
    bench.senses = (33.0, 37.2)
    bench.run(0.8)

    assert refused(bench, "self_test_failed") == "The self-test failed. The sensors differ by 4.2 °C"


def test_settings_that_changed_in_memory_refuse() -> None:
    bench = Bench()
    hotter = replace(bench.settings.limits, cutoff_c=54.0)
    bench.state = replace(bench.state, settings=replace(bench.settings, limits=hotter))
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.cycle()

    says = refused(bench, "self_test_failed")
    assert says.endswith("The settings are not those that the guard was started with. Restart it")


def test_after_a_failed_test_the_next_start_is_tested_anew() -> None:
    bench = asked()
    until(bench, Switch.SERIES)
    bench.levels = (True, True)
    bench.cycle()
    assert "MOSFET was set low and is high" in refused(bench, "self_test_failed")

    bench.cycle(Start("s2", 40.0, 480.0))
    until(bench, Switch.MOSFET)
    bench.levels = (False, False)
    bench.cycle()
    assert "MOSFET was set high and is low" in bench.answers[-1].message

    bench.run(EXERCISE_EVERY_S)
    assert bench.start("s3").accepted
    assert bench.cycle().heater


def test_starts_and_stops_in_turn_do_not_warm_a_pad_with_a_shorted_switch() -> None:
    """Each pulse would: so the next one waits, and the start waits with it."""
    bench, closed_s = asked(), []
    for number in range(600):
        if bench.out.exercise is not None:
            closed_s.append(bench.clock.now().mono_s)
        spam = (Stop("x"), Start(f"s{number}", 40.0, 480.0)) if bench.out.exercise is Switch.MOSFET else ()
        bench.cycle(*spam)

    assert len(closed_s) <= 4 * (60.0 / EXERCISE_EVERY_S + 1)
    assert bench.codes("heat_on") == []


def test_a_start_soon_after_one_that_was_stopped_is_granted_while_its_controller_still_waits() -> None:
    bench = asked()
    until(bench, Switch.MOSFET)
    bench.levels = (False, False)
    bench.cycle(Stop("x"))
    bench.cycle(Start("s2", 40.0, 480.0))
    asked_s = bench.clock.now().mono_s
    while bench.answers[-1].request_id != "s2":
        bench.cycle()

    assert bench.answers[-1].accepted
    assert 3.0 < bench.clock.now().mono_s - asked_s < ANSWER_S - 1.0


def test_a_build_with_one_switch_has_nothing_to_wait_for() -> None:
    bench = asked(enable=None)
    bench.cycle(Stop("x"))
    bench.cycle(Start("s2", 40.0, 480.0))
    bench.cycle()

    assert bench.answers[-1].accepted


moments = st.tuples(
    st.sampled_from(["", "", "", "start", "stop", "demand", "both"]),
    st.sampled_from([33.0, 33.0, 33.0, 43.5, OPEN]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0.1, 0.1, 0.1, 0.9, 2.0]),
)


@given(st.lists(moments, max_size=40))
def test_a_pulse_is_never_heat(story: list[tuple[str, float, bool, bool, float]]) -> None:
    bench = Bench(enable=ENABLE)
    for number, (asks, sense, linked, room, dt) in enumerate(story):
        bench.senses, bench.linked, bench.full = (sense,), linked, not room
        requests: dict[str, tuple[Request, ...]] = {
            "start": (Start(f"s{number}", 40.0, 480.0),),
            "stop": (Stop("phone"),),
            "demand": (Demand(f"s{number}", 1.0, bench.state.tick - 1),),
            "both": (Stop("phone"), Start(f"s{number}", 40.0, 480.0)),
        }
        out = bench.cycle(*requests.get(asks, ()), dt=dt)
        phase = bench.state.phase
        if out.exercise is not None:
            assert phase is not None
            assert not phase.armed
            assert not out.heater
            assert not out.enable
            assert linked
            assert dt <= bench.settings.limits.overrun_s or phase.test == SelfTest.begin(bench.settings)
            assert not bench.state.ledger.latches
            assert not any(verdict.action >= Action.END_SESSION for verdict in bench.state.verdicts)
        if out.heater:
            assert phase is not None
            assert phase.armed


# --- on a modelled pad, through the real drivers ----------------------------------------------------------


class Pad:
    """A guard's loop with its board on a simulated pad, and the controller's end of the link."""

    def __init__(self, folder: Path, settings: GuardSettings) -> None:
        self.clock = ManualClock()
        self.factory = SimulatedFactory()
        self.factory.attach(self.clock, settings)
        self.board = Board.open(settings, self.factory)
        self.server = LinkServer(listen(str(folder)), settings.device_id)
        self.file = LedgerFile(str(folder / "ledger.json"))
        self.loop = Loop(initial(settings, Ledger()), self.board, self.server, self.file, self.clock)
        self.channel: socket.socket = connect(str(folder))
        self.channel.send(encode(Hello(PROTOCOL, settings.device_id)))
        self.listen()
        self.listen()
        self.reports: list[Report] = []
        self.was_hot = False
        for _ in range(4):
            self.cycle()

    def listen(self) -> None:
        self.loop._hear(self.server.wait(0.02))

    def cycle(self, *requests: Request) -> None:
        for request in requests:
            self.channel.send(encode(request))
        self.listen()
        self.clock.advance(0.1)
        self.loop._cycle()
        self.was_hot = self.was_hot or self.loop.state.heater
        with contextlib.suppress(BlockingIOError):
            while packet := self.channel.recv(MAX_FRAME_BYTES):
                self.reports.append(decode_report(packet))

    def start(self, session_id: str = "s1") -> Answer:
        heard = len(self.reports)
        self.cycle(Start(session_id, 40.0, 480.0))
        while not (answers := [r for r in self.reports[heard:] if isinstance(r, Answer)]):
            self.cycle(Demand(session_id, 0.0, self.loop.state.tick - 1))
        return answers[0]

    def refuses(self, session_id: str = "s1") -> str:
        """A start that is refused by the self-test: nothing heats, nothing is owed, and the log knows."""
        answer = self.start(session_id)
        assert (answer.accepted, answer.code) == (False, "self_test_failed")
        assert self.board.levels() in [(False, False), (False, None)]
        assert not self.was_hot
        stored = self.file.load()
        assert stored is not None
        assert (stored.sessions, stored.rest_until_wall_s) == ((), None)
        assert stored.events[-1].message == answer.message
        told = [r.code for r in self.reports if isinstance(r, Event) and r.session_id == session_id]
        assert told == ["ok", "self_test_failed"]
        return answer.message

    def close(self) -> None:
        self.server.close()
        self.channel.close()
        self.board.close()


@pytest.fixture
def pads(tmp_path: Path) -> Iterator[list[Pad]]:
    made: list[Pad] = []
    yield made
    for pad in made:
        pad.close()


@pytest.mark.parametrize("chip", ["MCP3008", "MCP3208"])
@pytest.mark.parametrize("enable", [ENABLE, None])
def test_a_healthy_pad_passes_every_time(
    pads: list[Pad], tmp_path: Path, chip: Chip, enable: int | None
) -> None:
    pads.append(pad := Pad(tmp_path, with_channels(chip, enable=enable)))
    for number in range(30):
        assert pad.start(f"s{number}").accepted
        pad.cycle(Stop("phone"))
    assert pad.start("last").accepted
    pad.cycle(Demand("last", 1.0, pad.loop.state.tick - 1))
    assert pad.board.levels() == (True, None if enable is None else True)


@pytest.mark.parametrize("off", [-0.03, 0.03])
@pytest.mark.parametrize("chip", ["MCP3008", "MCP3208"])
@pytest.mark.parametrize("enable", [ENABLE, None])
def test_a_reference_that_is_off_by_three_percent_refuses(
    pads: list[Pad],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    off: float,
    chip: Chip,
    enable: int | None,
) -> None:
    monkeypatch.setattr("hardware.simulated.pad.REFERENCE_LEVEL", 0.5 * (1.0 + off))
    pads.append(pad := Pad(tmp_path, with_channels(chip, enable=enable)))

    assert "The reference channel reads " in pad.refuses("s1")
    assert "The reference channel reads " in pad.refuses("s2")  # and again, at once

    monkeypatch.setattr("hardware.simulated.pad.REFERENCE_LEVEL", 0.5)
    assert pad.start("s3").accepted


@pytest.mark.parametrize("chip", ["MCP3008", "MCP3208"])
@pytest.mark.parametrize("shorted", ["MOSFET", "series switch"])
def test_a_shorted_switch_is_found_before_the_first_heat(
    pads: list[Pad], tmp_path: Path, chip: Chip, shorted: str
) -> None:
    pads.append(pad := Pad(tmp_path, with_channels(chip)))
    before_c = pad.factory.plant.heater_c
    if shorted == "MOSFET":
        pad.factory.pad.wiring.mosfet_shorted = True
    else:
        pad.factory.pad.wiring.series_shorted = True

    assert f"the {shorted} is shorted. Unplug the battery" in pad.refuses()
    assert not pad.factory.pad.energised
    assert pad.factory.plant.heater_c - before_c < 0.1


def test_without_a_supply_channel_a_shorted_mosfet_is_not_seen_here(pads: list[Pad], tmp_path: Path) -> None:
    """What the levels cannot prove: the checks of the temperature have to find it."""
    pads.append(pad := Pad(tmp_path, build()))
    pad.factory.pad.wiring.mosfet_shorted = True

    assert pad.start().accepted


@pytest.mark.parametrize(
    ("number", "name", "high"),
    [(HEATER, "MOSFET", True), (HEATER, "MOSFET", False), (ENABLE, "series switch", True),
     (ENABLE, "series switch", False)],
)  # fmt: skip
def test_a_pin_that_is_stuck_is_found(
    pads: list[Pad], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, name: str, high: bool
) -> None:
    pads.append(pad := Pad(tmp_path, build()))
    with monkeypatch.context() as patch:
        patch.setattr(pad.factory.pin(number), "_get_state", lambda: high)
        is_, was = ("high", "low") if high else ("low", "high")
        answer = pad.start()
        assert answer.message == f"The self-test failed. The pin of the {name} was set {was} and is {is_}"
    assert not pad.was_hot
    assert pad.start("s2").accepted


def test_a_stop_during_a_pulse_opens_the_switch_before_the_next_cycle(
    pads: list[Pad], tmp_path: Path
) -> None:
    pads.append(pad := Pad(tmp_path, MEASURED))
    pad.cycle(Start("s1", 40.0, 480.0))
    while pad.board.levels() != (True, False):
        pad.cycle(Demand("s1", 0.0, pad.loop.state.tick - 1))
    pad.channel.send(encode(Stop("phone")))
    pad.listen()

    assert pad.board.levels() == (False, False)
    pad.cycle()
    (answer,) = [report for report in pad.reports if isinstance(report, Answer)]
    assert (answer.accepted, answer.code) == (False, "stopped")
    assert pad.start("s2").accepted  # no heat, no rest
