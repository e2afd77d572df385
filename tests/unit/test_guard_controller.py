"""The other side of the socket: silent, gone, late, wrong, or hostile."""

from dataclasses import replace

import pytest

from config.limits import Limits
from hardware.clock import Instant
from hardware.cycle import Inputs
from hardware.guard import step
from hardware.link import PROTOCOL, Ack, Demand, Hello, Start
from tests.support.bench_guard import OPEN, Bench


@pytest.fixture
def heating() -> Bench:
    bench = Bench()
    bench.heat(None)
    bench.run(2.0)
    return bench


# --- silence ----------------------------------------------------------------------------------------


def test_a_silent_controller_is_lost_within_its_lifetime(heating: Bench) -> None:
    heating.alive = False
    lasted_s = 0.0
    while heating.cycle().heater:
        lasted_s += 0.1

    assert lasted_s == pytest.approx(0.9, abs=0.11)  # 1.0 s after the status that it answered
    heating.run(0.2)
    assert heating.ends() == ["controller_lost"]
    assert heating.fault is None  # a lost controller is nobody's burn


def test_a_hiccup_of_less_than_the_lifetime_is_no_loss(heating: Bench) -> None:
    for _ in range(5):
        heating.alive = False
        heating.run(0.8)
        heating.alive = True
        heating.run(0.2)

    assert heating.out.heater
    assert heating.ends() == []


def test_a_closed_link_ends_the_session_in_the_same_cycle(heating: Bench) -> None:
    heating.linked = False

    out = heating.cycle()

    assert not out.heater
    assert heating.ends() == ["controller_lost"]
    assert heating.events[-1].message == "The controller has gone: its link is closed"


def test_a_controller_that_comes_back_finds_the_session_over(heating: Bench) -> None:
    heating.linked = False
    heating.cycle()
    heating.linked = True

    out = heating.cycle(Hello(PROTOCOL), Demand("s1", 1.0, heating.state.tick - 1))

    assert not out.heater
    assert heating.start("s1").code == "duplicate"
    assert heating.start("s2").code == "rest"


def test_a_controller_that_dies_before_its_first_demand_is_lost_too() -> None:
    bench = Bench()
    bench.alive = False
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.run(1.5)

    assert bench.answers[0].accepted
    assert bench.ends() == ["controller_lost"]
    assert bench.status.day.sessions == 0


def test_a_start_whose_sender_is_gone_is_dropped() -> None:
    bench = Bench()
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.linked = False
    bench.cycle()

    assert bench.state.phase is None
    assert bench.status.day.sessions == 0


def test_a_tighter_lifetime_of_the_configuration_counts() -> None:
    bench = Bench(limits=Limits(demand_lifetime_s=0.3))
    bench.heat()
    bench.alive = False

    bench.run(0.5)

    assert not bench.out.heater
    assert bench.ends() == ["controller_lost"]


@pytest.mark.parametrize(("lifetime_s", "heats_for_s"), [(0.0, 0.0), (0.25, 0.2), (60.0, 0.9)])
def test_a_demand_may_shorten_its_lifetime_and_never_lengthen_it(
    heating: Bench, lifetime_s: float, heats_for_s: float
) -> None:
    heating.alive = False
    heating.cycle(replace(heating.demand(), lifetime_s=lifetime_s))
    heated_s = 0.1 if heating.out.heater else 0.0
    while heating.cycle().heater:
        heated_s += 0.1

    assert heated_s == pytest.approx(heats_for_s, abs=0.11)


# --- late, twice, out of order ------------------------------------------------------------------------


def test_a_demand_counts_from_the_status_it_answers_not_from_its_arrival(heating: Bench) -> None:
    """Sent by a controller that was stopped for a while: what it queued is old."""
    heating.alive = False
    old = heating.demand()
    heating.run(0.9)
    heating.cycle(old)
    heating.cycle(old)

    assert not heating.out.heater
    assert heating.ends() == ["controller_lost"]


def test_the_same_demand_again_and_again_does_not_live_longer(heating: Bench) -> None:
    heating.alive = False
    old = heating.demand()
    for _ in range(12):
        heating.cycle(old)

    assert not heating.out.heater
    assert heating.ends() == ["controller_lost"]


@pytest.mark.parametrize("tick", [-1, 0, 10**6, 10**400])
def test_a_demand_for_a_tick_that_was_never_sent_or_is_long_gone_is_rejected(
    heating: Bench, tick: int
) -> None:
    heating.run(5.0)
    heating.alive = False
    before = heating.status.rejected_frames
    for _ in range(12):
        heating.cycle(Demand("s1", 1.0, tick))

    assert heating.ends() == ["controller_lost"]
    assert heating.status.rejected_frames > before


def test_a_demand_cannot_answer_the_status_of_the_future(heating: Bench) -> None:
    heating.alive = False
    for _ in range(12):
        heating.cycle(heating.demand(tick=heating.state.tick) if heating.state.phase else Hello(PROTOCOL))

    assert heating.ends() == ["controller_lost"]


def test_a_demand_of_another_session_does_not_heat(heating: Bench) -> None:
    heating.alive = False
    for _ in range(12):
        heating.cycle(Demand("s0", 1.0, heating.state.tick - 1))

    assert heating.ends() == ["controller_lost"]


# --- the guard itself was away --------------------------------------------------------------------------


def test_the_guard_was_stopped_for_five_seconds_and_finds_a_queue_of_demands(heating: Bench) -> None:
    """SIGSTOP: the pin was on all the time. What the queue says is old; the session is over."""
    queue = [replace(heating.demand(), duty=1.0) for _ in range(32)]
    heating.alive = False

    out = heating.cycle(*queue, dt=5.0)

    assert not out.heater
    assert heating.ends() == ["guard_overrun"]
    assert "5.0 s" in heating.events[-1].message


def test_demands_that_were_queued_while_the_guard_slept_are_not_live(heating: Bench) -> None:
    """The same, were there no overrun check: the demand answers a tick of five seconds ago."""
    queued = heating.demand()
    now = heating.clock.now()
    later = Instant(now.mono_s + 5.0, now.wall_s + 5.0)
    tolerant = replace(heating.state, settings=replace(heating.settings, limits=Limits(overrun_s=100.0)))

    _, out = step(tolerant, Inputs(later, (2000,), (queued,)))

    assert not out.heater


@pytest.mark.parametrize(("dt", "ends"), [(0.95, []), (1.05, ["guard_overrun"])])
def test_a_cycle_may_be_late_by_a_second(heating: Bench, dt: float, ends: list[str]) -> None:
    heating.cycle(dt=dt)

    assert heating.ends() == ends
    assert heating.out.heater is (not ends)


def test_a_clock_that_stands_still_is_an_overrun(heating: Bench) -> None:
    heating.cycle(dt=0.0)

    assert heating.ends() == ["guard_overrun"]


def test_a_late_cycle_between_sessions_is_nobodys_business() -> None:
    bench = Bench()
    bench.wait(30.0)

    assert bench.start().accepted


# --- hostile --------------------------------------------------------------------------------------------


def test_full_duty_for_ever_ends_at_the_temperature_or_the_time() -> None:
    """A controller that never stops asking. The pad warms as long as it is heated."""
    bench = Bench()
    bench.heat(None)
    hottest_c, temperature_c = 0.0, 33.0
    for _ in range(6200):
        temperature_c += (0.08 if bench.out.heater else -0.02) * 0.5
        bench.senses = (temperature_c,)
        hottest_c = max(hottest_c, temperature_c)
        bench.cycle(dt=0.1)

    assert bench.state.phase is None
    assert not bench.out.heater
    assert bench.ends() in (["session_timeout"], ["dose_exceeded"])
    assert hottest_c < 43.1


def test_a_storm_of_starts_opens_one_session_and_one_rest() -> None:
    bench = Bench()
    for n in range(50):
        bench.cycle(*(Start(f"s{n}-{m}", 40.0, 600.0) for m in range(20)))

    assert sum(answer.accepted for answer in bench.answers) == 1
    assert bench.status.day.sessions == 1


def test_starting_again_and_again_never_heats_past_the_day() -> None:
    """Stop, rest, start, as often as the guard lets one."""
    bench = Bench()
    for n in range(12):
        if bench.start(f"s{n}", duration_s=600.0).accepted:
            bench.run_until_over(dt=0.5)
        bench.wait(1801.0)

    assert bench.ends() == ["completed"] * 6
    assert bench.answers[-1].code == "over_budget"


# --- events ---------------------------------------------------------------------------------------------


def test_events_come_with_their_cycle_and_again_on_hello_until_acknowledged(heating: Bench) -> None:
    assert [event.kind for event in heating.events] == ["session_started", "heat_on"]

    assert heating.cycle().events == ()
    assert [event.kind for event in heating.cycle(Hello(PROTOCOL)).events] == ["session_started", "heat_on"]
    heating.cycle(Ack(heating.events[0].seq))
    assert [event.kind for event in heating.cycle(Hello(PROTOCOL)).events] == ["heat_on"]
    heating.cycle(Ack(heating.events[-1].seq))
    assert heating.cycle(Hello(PROTOCOL)).events == ()


def test_an_event_that_got_lost_on_the_way_is_sent_again_by_itself(heating: Bench) -> None:
    later = [event.kind for _ in range(110) for event in heating.cycle().events]

    assert later == ["session_started", "heat_on"]


def test_an_acknowledgement_of_the_future_forgets_nothing_that_is_to_come(heating: Bench) -> None:
    heating.cycle(Ack(10**9))
    heating.linked = False
    heating.cycle()

    assert heating.ends() == ["controller_lost"]
    assert [event.code for event in heating.cycle(Hello(PROTOCOL)).events] == ["controller_lost"]


def test_the_numbers_of_events_never_repeat_across_a_power_cut(heating: Bench) -> None:
    """`heat_on` was sent but never saved. Its number is not given again."""
    seen = {event.seq for event in heating.events}
    bench = heating.reboot()
    bench.cycle(Hello(PROTOCOL))
    bench.senses = (OPEN,)
    bench.run(1.2)

    fresh = [event.seq for event in bench.events if event.kind != "session_started"]
    assert len(fresh) >= 2
    assert seen.isdisjoint(fresh)
    again = bench.reboot().reboot()
    again.cycle(Hello(PROTOCOL))
    assert len({event.seq for event in again.events}) == len(again.events)
