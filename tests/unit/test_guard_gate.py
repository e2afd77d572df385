"""The gate alone: with every check struck dumb, it still gives no heat that is not due.

``_gate`` restates what the checks have judged already, so that a mistake in one row cannot heat by
itself. Here all rows say nothing at all.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.checks import NO_TIMERS
from hardware.cycle import Inputs
from hardware.guard import step
from hardware.heat_phase import Demand, HeatPhase
from hardware.ledger import Latch
from hardware.link import Stop
from tests.support.bench_guard import OPEN, Bench


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session that heats, in a guard without checks."""
    bench = Bench()
    bench.heat(None)
    monkeypatch.setattr("hardware.guard.judge", lambda *_: ((), NO_TIMERS))
    assert bench.cycle().heater
    return bench


def phase(bench: Bench) -> HeatPhase:
    assert bench.state.phase is not None
    return bench.state.phase


def unlink(bench: Bench) -> None:
    bench.linked = False


def silence(bench: Bench) -> None:
    bench.alive = False
    bench.run(1.0)


def ask_for_a_minute(bench: Bench) -> None:
    bench.alive = False
    bench.cycle(replace(bench.demand(), lifetime_s=60.0))
    bench.run(1.0)


def forget_the_demand(bench: Bench) -> None:
    bench.alive = False
    bench.state = replace(bench.state, phase=replace(phase(bench), demand=None))


def answer_the_future(bench: Bench) -> None:
    bench.alive = False
    future = Demand(1.0, bench.clock.now().mono_s + 50.0, 1.0)
    bench.state = replace(bench.state, phase=replace(phase(bench), demand=future))


def latch(bench: Bench) -> None:
    latched = bench.state.ledger.latch(Latch("over_temperature", "46 °C", 0.0))
    bench.state = replace(bench.state, ledger=latched)


def tear_the_wire(bench: Bench) -> None:
    bench.senses = (OPEN,)


def warm_to_the_inhibit(bench: Bench) -> None:
    bench.warm_to(43.05)


def use_up_the_time(bench: Bench) -> None:
    bench.state = replace(
        bench.state, phase=replace(phase(bench), energised_s=bench.clock.now().mono_s - 600.0)
    )


def reach_the_inhibit_to_the_last_bit(bench: Bench) -> None:
    reading_c = bench.status.temperature_c
    assert reading_c is not None
    limits = replace(bench.settings.limits, inhibit_c=reading_c)
    bench.state = replace(bench.state, settings=replace(bench.state.settings, limits=limits))


def use_up_the_time_to_the_second(bench: Bench) -> None:
    bench.cycle(dt=0.25)
    began_s = bench.clock.now().mono_s + 0.1 - 600.0
    bench.state = replace(bench.state, phase=replace(phase(bench), energised_s=began_s))


def end_the_session(bench: Bench) -> None:
    bench.state = replace(bench.state, phase=None)


@pytest.mark.parametrize(
    "spoil",
    [
        unlink,
        silence,
        ask_for_a_minute,
        forget_the_demand,
        answer_the_future,
        latch,
        tear_the_wire,
        warm_to_the_inhibit,
        reach_the_inhibit_to_the_last_bit,
        use_up_the_time,
        use_up_the_time_to_the_second,
        end_the_session,
    ],
)
def test_the_gate_closes_by_itself(unchecked: Bench, spoil: Callable[[Bench], None]) -> None:
    spoil(unchecked)

    out = unchecked.cycle()

    assert not out.heater
    assert out.status.duty == 0.0


# --- the numbers beside the gate ------------------------------------------------------------------


@pytest.mark.parametrize(("above_c", "reached"), [(0.31, False), (0.29, True)])
def test_the_pad_is_at_its_target_from_0_3_degrees_below(above_c: float, reached: bool) -> None:
    bench = Bench(38.0)
    bench.run(1.0)
    assert bench.status.temperature_c is not None
    bench.heat(target_c=bench.status.temperature_c + above_c)
    bench.cycle()

    assert phase(bench).reached is reached


@pytest.mark.parametrize(("back", "known"), [(19, True), (20, False)])
def test_a_demand_may_answer_one_of_the_last_twenty_statuses(back: int, known: bool) -> None:
    bench = Bench()
    bench.heat()
    bench.run(4.0)
    bench.alive = False
    bench.cycle(bench.demand(tick=bench.status.tick - back))

    assert bench.status.rejected_frames == (0 if known else 1)


def test_what_the_log_has_not_confirmed_is_told_again_every_ten_seconds() -> None:
    bench = Bench()
    bench.heat()
    bench.cycle(Stop())
    told = [bench.status.tick for _ in range(300) if bench.cycle().events]

    assert [tick % 100 for tick in told] == [0, 0, 0]


def test_a_ledger_that_could_not_be_written_is_tried_again_every_two_seconds() -> None:
    bench = Bench()
    bench.full = True
    bench.start()
    tried = [bench.status.tick for _ in range(100) if bench.cycle().save]

    assert [tick % 20 for tick in tried] == [0] * 5


def test_heat_after_a_session_is_booked_in_portions() -> None:
    bench = Bench()
    bench.heat(None)
    bench.warm_to(42.0)
    bench.cycle(Stop())
    booked, before_cem43 = [], bench.status.day.dose_cem43
    for _ in range(300):
        bench.cycle()
        if bench.status.day.dose_cem43 != before_cem43:
            booked.append(bench.status.day.dose_cem43 - before_cem43)
            before_cem43 = bench.status.day.dose_cem43
            assert bench.out.save

    assert booked[0] == pytest.approx(0.0505, abs=0.001)
    assert len(booked) > 3


def test_a_reading_too_many_or_too_few_is_a_mistake_of_the_program() -> None:
    bench = Bench()
    for codes in ((), (2000, 2000)):
        with pytest.raises(ValueError, match="zip"):
            step(bench.state, Inputs(bench.clock.now(), codes))


def test_packets_that_were_no_frames_are_counted() -> None:
    bench = Bench()
    codes = tuple(track.code_for(33.0) for track in bench.state.thermistors)
    inputs = Inputs(bench.clock.now(), tuple(map(round, codes)), rejected=3)
    state, out = step(bench.state, inputs)

    assert out.status.rejected_frames == 3
    assert step(state, inputs)[1].status.rejected_frames == 6


def test_what_waking_up_found_is_written_with_the_first_cycle_and_only_then() -> None:
    bench = Bench(settle_s=0.1)
    assert bench.out.save

    assert not any(bench.cycle().save for _ in range(100))


# --- what a person sees ---------------------------------------------------------------------------


def test_the_light_is_off_idle_on_in_a_session_and_flashes_with_a_fault() -> None:
    bench = Bench()
    assert not any(bench.cycle().led for _ in range(30))
    bench.heat()
    assert all(bench.cycle().led for _ in range(30))

    latch(bench)
    flashes = [bench.cycle().led for _ in range(100)]

    first = flashes.index(True)
    assert flashes[first : first + 80] == ([True] + [False] * 19) * 4


def test_a_heater_that_hangs_on_the_pin_of_the_light_stays_cool_while_a_fault_is_latched() -> None:
    """led_pin and heater_pin are exchanged: the light is the one output that a latch leaves on."""
    bench = Bench()
    latch(bench)
    lit = sum(bench.cycle().led for _ in range(6000))

    strongest_w_m2 = 1000.0
    assert lit / 6000 * strongest_w_m2 <= 50.0
