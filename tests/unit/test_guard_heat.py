"""Too warm, too hot, too much: the numbers of SAFETY §1 at the pin."""

import pytest

from config.limits import Limits
from hardware.link import Stop
from tests.support.bench_guard import OPEN, Bench


def heating(*senses: float, limits: Limits | None = None, duration_s: float | None = None) -> Bench:
    """Heat to the highest target there is: far above a lower one the runaway check speaks first."""
    bench = Bench(*senses, limits=limits)
    bench.heat(duration_s, target_c=42.0)
    return bench


# --- inhibit ----------------------------------------------------------------------------------------


def test_the_inhibit_takes_the_heat_at_43_and_gives_it_back_below_42_5() -> None:
    bench = heating()
    assert bench.warm_to(42.9).heater
    out = bench.warm_to(43.05)
    assert not out.heater
    assert not out.enable
    assert out.status.notice == "too_warm"

    assert not bench.warm_to(42.55, rate_c_per_s=0.5).heater
    assert bench.warm_to(42.45, rate_c_per_s=0.5).heater
    assert bench.warm_to(42.9, rate_c_per_s=0.5).heater  # the hysteresis is left, not halved
    assert bench.ends() == []


def test_a_glitch_does_not_lift_the_inhibit() -> None:
    """The hysteresis is remembered through a cycle without a temperature."""
    bench = heating()
    bench.warm_to(43.1)
    bench.warm_to(42.7, rate_c_per_s=0.5)
    assert not bench.out.heater

    bench.senses = (OPEN,)
    bench.cycle()
    bench.senses = (42.7,)

    assert not bench.cycle().heater


def test_pauses_of_the_inhibit_do_not_stop_the_clock() -> None:
    bench = heating(duration_s=300.0, limits=Limits(dose_offset_c=-5.0))  # the dose is another story
    bench.warm_to(43.2, dt=0.5)
    bench.warm_to(42.6, rate_c_per_s=0.05, dt=0.5)
    assert not bench.out.heater
    bench.warm_to(42.4, rate_c_per_s=0.05, dt=0.5)
    assert bench.out.heater
    left_s = bench.run_until_over(dt=0.5)

    assert left_s == pytest.approx(300.0 - 10.5 - 16.0, abs=1.5)
    assert bench.ends() == ["completed"]


# --- cutoff -----------------------------------------------------------------------------------------


def test_44_degrees_for_a_second_is_latched() -> None:
    bench = heating()
    bench.warm_to(43.9)
    assert bench.fault is None
    bench.senses = (44.05,)
    bench.run(1.0)
    assert bench.fault is None
    bench.cycle()

    assert bench.fault == "over_temperature"
    assert bench.ends() == ["over_temperature"]


def test_44_degrees_for_less_than_a_second_is_only_too_warm() -> None:
    bench = heating()
    bench.warm_to(43.9)
    bench.senses = (44.05,)
    bench.run(0.9)
    bench.senses = (43.9,)
    bench.run(5.0)

    assert bench.fault is None
    assert bench.status.session is not None
    assert not bench.out.heater


def test_the_instant_cutoff_is_latched_by_a_single_sample() -> None:
    bench = heating(limits=Limits(cutoff_instant_c=45.0))
    bench.warm_to(43.9)
    bench.warm_to(44.9, rate_c_per_s=1.9)  # half a second above 44 °C
    assert bench.fault is None
    bench.senses = (45.05,)

    out = bench.cycle()

    assert not out.heater
    assert bench.fault == "over_temperature"
    assert bench.status.fault is not None
    assert "at 45 °C it is cut off" in bench.status.fault.message


def test_a_pad_that_is_at_46_degrees_when_the_guard_starts_is_locked_with_its_first_valid_sample() -> None:
    bench = Bench(46.05, settle_s=0.1)
    assert bench.fault is None
    bench.cycle()

    assert bench.fault == "over_temperature"


def test_a_pad_that_gets_hot_without_a_session_is_locked_too() -> None:
    bench = Bench()
    bench.warm_to(46.1)

    assert bench.fault == "over_temperature"
    assert bench.start().code == "fault"


# --- dose -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("temperature_c", "per_minute_cem43"), [(41.0, 0.125), (42.0, 0.5), (42.5, 1.0)])
def test_the_dose_is_counted_half_a_degree_on_the_safe_side(
    temperature_c: float, per_minute_cem43: float
) -> None:
    """CEM43 of ten minutes: 10 at 43 °C, 2.5 at 42 °C, and a quarter for each degree less (SAFETY §1)."""
    bench = heating()
    bench.warm_to(temperature_c)
    before_cem43 = bench.status.dose_cem43
    bench.run(60.0, dt=0.5)

    assert bench.status.dose_cem43 - before_cem43 == pytest.approx(per_minute_cem43, rel=0.06)


def test_the_dose_warns_once_at_one_and_ends_the_session_at_two() -> None:
    bench = heating()
    bench.warm_to(42.5)
    warned_at: list[float] = []
    while bench.state.phase is not None:
        bench.cycle()
        if not warned_at and "dose_warning" in bench.codes("warning"):
            warned_at.append(bench.status.dose_cem43)

    assert warned_at[0] == pytest.approx(1.0, abs=0.01)
    assert bench.codes("warning") == ["dose_warning"]
    assert bench.ends() == ["dose_exceeded"]
    assert bench.status.dose_cem43 == pytest.approx(2.0, abs=0.01)
    assert bench.fault is None  # the session is over, the pad is not locked


def test_a_pad_that_stays_hot_after_its_session_is_locked_for_a_day() -> None:
    """The dose goes on counting when the session is over."""
    bench = heating()
    bench.warm_to(42.9)
    began_s = bench.clock.now().mono_s
    ended_after_s = bench.run_until_over(dt=0.5)
    bench.warm_to(42.6, rate_c_per_s=0.005)  # without heat it cools, and then no further
    while bench.fault is None:
        bench.cycle(dt=0.5)

    assert bench.ends() == ["dose_exceeded"]
    assert bench.fault == "dose_exceeded"
    assert bench.status.dose_cem43 == pytest.approx(9.0, abs=0.1)
    # A minute at 42.9 + 0.5 °C is 2^0.4 CEM43, one at 42.6 + 0.5 °C is 2^0.1; a minute between them.
    assert ended_after_s == pytest.approx(2 / 2**0.4 * 60, rel=0.1)
    assert bench.clock.now().mono_s - began_s - ended_after_s == pytest.approx(7 / 2**0.1 * 60, rel=0.1)


def test_heat_after_the_session_is_booked_to_it() -> None:
    bench = heating()
    bench.warm_to(42.0)
    bench.run(30.0)
    bench.cycle(Stop("phone"))
    at_the_end_cem43 = bench.status.day.dose_cem43
    bench.run(60.0)

    assert bench.status.day.dose_cem43 - at_the_end_cem43 == pytest.approx(0.5, abs=0.06)


def test_a_pad_worn_between_sessions_gets_no_dose_for_body_heat() -> None:
    bench = Bench(36.5)
    for _ in range(24):
        bench.wait(3600.0)

    assert bench.status.dose_cem43 == 0.0


def test_the_dose_of_the_day_ends_a_session_that_its_own_dose_would_not() -> None:
    bench = heating(limits=Limits(rest_s=900.0, day_dose_cem43=3.0))
    bench.warm_to(42.5, dt=0.5)
    bench.run_until_over(dt=0.5)
    assert "session" in bench.events[-1].message
    bench.warm_to(33.0, dt=0.5)
    bench.wait(901.0)

    bench.heat(None, "s2", target_c=42.0)
    bench.warm_to(42.5, dt=0.5)
    bench.run_until_over(dt=0.5)

    assert bench.ends() == ["dose_exceeded", "dose_exceeded"]
    assert "day" in bench.events[-1].message
    assert bench.status.day.dose_cem43 == pytest.approx(3.0, abs=0.05)
    bench.warm_to(33.0, dt=0.5)
    bench.wait(901.0)
    assert bench.start("s3").code == "over_budget"


# --- what is counted --------------------------------------------------------------------------------


def test_a_session_counts_every_dose_and_an_idle_pad_only_heat() -> None:
    bench = heating(37.0)
    before_cem43 = bench.status.dose_cem43
    bench.run(60.0, dt=0.5)

    assert bench.status.dose_cem43 - before_cem43 == pytest.approx(0.25**5.5, rel=0.05)


def test_energy_is_counted_while_the_heater_is_on() -> None:
    bench = heating()
    bench.duty = 0.5
    before_j = bench.status.energy_j
    bench.run(60.0)

    assert bench.status.energy_j - before_j == pytest.approx(8.0 * 30.0, abs=1.7)


def test_a_monotonic_clock_that_goes_back_gives_no_dose_and_takes_none() -> None:
    bench = Bench(40.0)
    bench.run(10.0)
    before_cem43 = bench.status.dose_cem43
    bench.cycle(dt=-0.5)

    assert bench.status.dose_cem43 == before_cem43


def test_a_session_that_a_clock_going_back_ends_keeps_its_energy() -> None:
    bench = heating()
    bench.run(5.0)
    before_j = bench.status.energy_j
    bench.cycle(dt=-0.5)

    assert bench.ends() == ["guard_overrun"]
    assert bench.events[-1].energy_j == before_j


def test_a_pad_that_was_at_its_target_has_reached_it_for_good() -> None:
    bench = Bench(39.0)
    bench.heat(target_c=40.0)
    bench.warm_to(40.0)
    bench.warm_to(39.0)

    assert bench.status.session is not None
    assert bench.status.session.reached
    assert bench.codes("target_reached") == ["ok"]


def test_between_sessions_a_warm_pad_tells_the_log_nothing() -> None:
    bench = Bench(43.2)
    bench.run(3.0)

    assert bench.status.notice == "too_warm"
    assert bench.events == []


def test_a_warning_leaves_the_series_switch_on() -> None:
    bench = heating()
    bench.warm_to(42.5, dt=0.5)
    while not bench.codes("warning"):
        bench.cycle(dt=0.5)

    assert bench.out.enable
    assert bench.out.heater
