"""Rest, the rolling day, and clocks that lie."""

from dataclasses import replace

import pytest

from config.limits import Limits
from hardware.clock import ManualClock
from hardware.ledger import Ledger
from hardware.link import PROTOCOL, Hello, Reset, Stop
from tests.support.bench_guard import Bench


def heated(seconds: float = 300.0, limits: Limits | None = None) -> Bench:
    bench = Bench(limits=limits)
    bench.heat(seconds)
    bench.run_until_over(dt=0.5)
    return bench


# --- rest -------------------------------------------------------------------------------------------


def test_after_a_session_the_skin_rests() -> None:
    bench = heated()
    bench.wait(1799.0)
    assert bench.start("s2").code == "rest"
    assert "1 minute left" in bench.answers[-1].message

    bench.wait(1.0)
    assert bench.start("s3").accepted


def test_an_aborted_session_rests_as_long() -> None:
    bench = Bench()
    bench.heat()
    bench.run(10.0)
    bench.cycle(Stop("phone"))
    bench.wait(1700.0)

    assert bench.start("s2").code == "rest"


def test_the_rest_survives_the_plug() -> None:
    bench = heated().reboot(off_s=600.0)
    assert bench.start("s2").code == "rest"

    bench.wait(1200.0)
    assert bench.start("s3").accepted


def test_a_wall_clock_set_forward_does_not_shorten_the_rest() -> None:
    bench = heated()
    bench.clock.step_wall(86400.0)
    bench.wait(1700.0)
    assert bench.start("s2").code == "rest"

    bench.wait(100.0)
    assert bench.start("s3").accepted


def test_a_wall_clock_set_back_starts_the_rest_again() -> None:
    bench = heated()
    bench.wait(1700.0)
    bench.clock.step_wall(-5000.0)
    bench.cycle()
    assert bench.codes("warning") == ["clock_jumped_back"]

    bench.wait(1700.0)
    assert bench.start("s2").code == "rest"
    bench.wait(100.0)
    assert bench.start("s3").accepted


def test_a_pi_without_a_clock_boots_in_the_past_and_rests_again() -> None:
    bench = heated()
    bench.wait(3600.0)
    bench = bench.reboot(wall_s=1_700_000_000.0)
    bench.cycle(Hello(PROTOCOL))

    assert "clock_jumped_back" in bench.codes("warning")
    assert bench.start("s2").code == "rest"
    bench.wait(1801.0)
    assert bench.start("s3").accepted


def test_a_small_step_of_time_synchronisation_is_no_jump() -> None:
    bench = heated()
    bench.clock.step_wall(-1.5)
    bench.run(1.0)

    assert bench.codes("warning") == []


def test_a_clock_that_jumps_back_while_heating_does_not_end_the_session() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.clock.step_wall(-5000.0)
    bench.run_until_over(dt=0.5)

    assert bench.ends() == ["completed"]
    assert bench.codes("warning") == ["clock_jumped_back"]
    assert bench.start("s2").code == "rest"


def test_a_clock_that_was_ahead_for_a_while_does_not_lock_the_pad_for_years() -> None:
    """Six sessions in 2099, by mistake. When the clock is right again they count for a day."""
    year_2099_s = 4_070_908_800.0
    bench = Bench(clock=ManualClock(1000.0, year_2099_s), limits=Limits(rest_s=900.0))
    for n in range(6):
        bench.heat(300.0, f"s{n}")
        bench.run_until_over(dt=0.5)
        bench.wait(901.0)
    assert bench.start("s7").code == "over_budget"

    bench = bench.reboot(wall_s=1_800_000_000.0)
    bench.wait(1000.0)
    assert bench.start("s8").code == "over_budget"
    bench.wait(86400.0)
    assert bench.start("s9").accepted


# --- the rolling day ----------------------------------------------------------------------------------


@pytest.mark.parametrize("duration_s", [300.0, 600.0])
def test_six_sessions_fit_into_a_day_and_a_seventh_does_not(duration_s: float) -> None:
    """Also six of ten minutes into its hour, though each ends up to a cycle late."""
    bench = Bench()
    for n in range(6):
        bench.heat(duration_s, f"s{n}")
        bench.run(duration_s - 1.0, dt=0.9)
        bench.run_until_over()
        bench.wait(1801.0)

    refusal = bench.start("s6", duration_s=duration_s)
    assert refusal.code == "over_budget"
    assert "6 sessions" in refusal.message
    ready_s = bench.status.ready_at_wall_s
    assert ready_s is not None
    bench.wait(ready_s - bench.clock.now().wall_s + 0.2)
    assert bench.start("s7", duration_s=duration_s).accepted


def test_the_hour_of_the_day_is_shared() -> None:
    bench = Bench(limits=Limits(day_heated_s=900.0, rest_s=900.0))
    bench.heat(480.0, "s0")
    bench.run_until_over(dt=0.5)
    bench.wait(901.0)

    assert bench.start("s1", duration_s=480.0).code == "over_budget"
    assert "8 of 15 minutes" in bench.answers[-1].message
    assert bench.status.ready_at_wall_s is None  # a shorter one fits
    bench.heat(400.0, "s2")
    bench.run_until_over(dt=0.5)
    bench.wait(901.0)
    assert bench.start("s3", duration_s=300.0).code == "over_budget"


def test_the_day_survives_the_plug() -> None:
    bench = Bench(limits=Limits(day_sessions=1))
    bench.heat(300.0)
    bench.run_until_over(dt=0.5)
    bench = bench.reboot(off_s=7200.0)

    assert bench.start("s2").code == "over_budget"
    assert bench.status.day.sessions == 1
    bench.wait(86400.0 - 7200.0)
    assert bench.start("s3").accepted


# --- the plug is pulled while it heats ------------------------------------------------------------------


def test_a_power_cut_while_heating_charges_the_whole_session_and_never_resumes() -> None:
    bench = Bench()
    bench.heat(600.0)
    bench.run(30.0)

    bench = bench.reboot()
    out = bench.cycle(Hello(PROTOCOL))

    assert not out.heater
    assert out.status.session is None
    assert bench.ends() == ["interrupted"]
    assert bench.events[-1].session_id == "s1"
    assert (out.status.day.sessions, out.status.day.heated_s, out.status.day.dose_cem43) == (1, 600.0, 2.0)
    assert bench.start("s2").code == "rest"
    assert bench.start("s1").code in ("rest", "duplicate")


def test_the_second_power_cut_does_not_interrupt_the_same_session_again() -> None:
    bench = Bench()
    bench.heat(600.0)
    bench = bench.reboot()
    bench.wait(1000.0)

    bench = bench.reboot()
    bench.cycle(Hello(PROTOCOL))
    assert bench.ends() == ["interrupted"]
    bench.wait(800.0)
    assert bench.start("s2").accepted  # the rest was not started again


def test_a_power_cut_between_the_charge_and_the_heat_counts_too_much_never_too_little() -> None:
    bench = Bench()
    bench.alive = False
    bench.start("s1")
    bench = bench.reboot()

    assert bench.status.day.sessions == 1
    assert bench.start("s2").code == "rest"


def test_a_new_device_has_no_past() -> None:
    bench = Bench(ledger=Ledger())

    assert bench.status.ready_at_wall_s is None
    assert bench.start().accepted


def test_a_restart_in_the_past_does_not_charge_in_the_future() -> None:
    """Both at once: interrupted, and a clock that lost an hour."""
    bench = Bench()
    bench.heat(480.0)
    bench = bench.reboot(wall_s=bench.clock.now().wall_s - 3600.0)
    now_s = bench.clock.now().wall_s

    record = bench.state.ledger.sessions[-1]
    assert record.ended_wall_s is not None
    assert record.started_wall_s <= record.ended_wall_s <= now_s
    bench.wait(1801.0)
    assert bench.start("s2").accepted


# --- a clock that is set right after the session ----------------------------------------------------------


def test_time_synchronisation_does_not_make_the_day_pass() -> None:
    """A Pi boots in the past, heats, and then learns what day it is: the day's budget is still used."""
    bench = heated(limits=Limits(day_sessions=1))
    bench.clock.step_wall(2 * 86400.0)
    bench.wait(2000.0)

    assert bench.start("s2").code == "over_budget"
    assert bench.codes("warning") == ["clock_jumped_forward"]

    bench.wait(86400.0)
    assert bench.start("s3").accepted


def test_what_an_earlier_boot_has_recorded_is_not_moved() -> None:
    bench = heated(limits=Limits(day_sessions=1)).reboot(off_s=3600.0)
    bench.clock.step_wall(86400.0)
    bench.cycle()

    assert bench.start("s2").accepted


def test_time_synchronisation_after_a_reboot_does_not_end_the_rest() -> None:
    """Heat, a reboot into the past, where the rest starts again, and then the right time."""
    bench = heated()
    past_s = bench.clock.now().wall_s - 3000.0
    bench = bench.reboot(wall_s=past_s)
    bench.wait(10.0)
    bench.clock.step_wall(3010.0)
    bench.wait(10.0)
    assert bench.start("s2").code == "rest"

    bench.wait(1800.0)
    assert bench.start("s3").accepted


def test_the_rest_after_time_synchronisation_survives_the_plug() -> None:
    bench = heated()
    bench.clock.step_wall(5000.0)
    bench.wait(10.0)
    bench = bench.reboot()

    assert bench.start("s2").code == "rest"


def test_a_guard_that_restarts_before_time_synchronisation_still_knows_the_day() -> None:
    """The same boot, another process: what it heated is as old as the monotonic clock says."""
    bench = heated(limits=Limits(day_sessions=1)).reboot(off_s=5.0)
    bench.clock.step_wall(2 * 86400.0)
    bench.wait(2000.0)

    assert bench.start("s2").code == "over_budget"


def test_a_clock_that_is_set_in_a_session_does_not_write_in_it() -> None:
    bench = Bench()
    bench.heat()
    bench.run(5.0)
    bench.clock.step_wall(7200.0)

    assert not bench.cycle().save
    assert bench.cycle().heater


def test_time_synchronisation_does_not_end_a_lockout() -> None:
    bench = Bench()
    bench.heat(600.0)
    bench.state = replace(bench.state, dose_cem43=9.5)
    bench.cycle()
    assert bench.fault == "dose_exceeded"

    bench.clock.step_wall(86400.0 + 3600.0)
    bench.wait(10.0)
    bench.cycle(Reset("r1"))
    assert bench.answers[-1].code == "locked_out"

    bench.wait(86400.0)
    bench.cycle(Reset("r2"))
    assert bench.answers[-1].accepted
