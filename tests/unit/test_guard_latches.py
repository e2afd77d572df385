"""A latch stays until a person resets a cold, healthy pad. Plugs, buttons and repeats do not help."""

import pytest

from config.limits import Limits
from hardware.ledger import unreadable
from hardware.link import PROTOCOL, Hello, Reset, Start, Stop
from tests.support.bench_guard import OPEN, Bench


def tripped() -> Bench:
    """A pad that was cut off at 46 °C and is still that hot."""
    bench = Bench()
    bench.heat()
    bench.warm_to(43.9)
    bench.warm_to(46.1, rate_c_per_s=1.9)
    assert bench.fault == "over_temperature"
    return bench


def test_a_reset_is_refused_while_hot_and_taken_when_cold() -> None:
    bench = tripped()
    bench.cycle(Reset("r1"))
    assert bench.answers[-1].code == "cause_persists"

    bench.warm_to(38.05)
    bench.cycle(Reset("r2"))
    assert bench.answers[-1].code == "too_hot"
    assert "38" in bench.answers[-1].message
    assert bench.status.fault is not None
    assert not bench.status.fault.clearable

    bench.warm_to(37.9)
    assert bench.status.fault is not None
    assert bench.status.fault.clearable
    bench.cycle(Reset("r3"))
    assert bench.answers[-1].accepted
    assert bench.codes("fault_cleared") == ["ok"]
    bench.cycle()
    assert bench.fault is None
    assert bench.out.deadman


def test_a_reset_gives_no_heat_and_no_shorter_rest() -> None:
    bench = tripped()
    bench.warm_to(33.0)
    bench.cycle(Reset("r1"))

    assert not bench.cycle().heater
    assert bench.start("s2").code == "rest"


def test_a_reset_without_a_fault_is_fine_and_changes_nothing() -> None:
    bench = Bench()
    before = bench.state.ledger

    bench.cycle(Reset("r1"))

    assert bench.answers[-1].accepted
    assert bench.state.ledger == before


def test_a_reset_in_the_middle_of_a_session_does_not_touch_its_dose() -> None:
    bench = Bench()
    bench.heat()
    bench.warm_to(42.0)
    dose_cem43 = bench.status.dose_cem43

    bench.cycle(Reset("r1"))

    assert bench.status.dose_cem43 >= dose_cem43
    assert bench.out.heater


def test_a_reset_is_refused_while_the_wire_is_still_broken() -> None:
    bench = Bench()
    bench.senses = (OPEN,)
    bench.run(1.5)

    bench.cycle(Reset("r1"))
    assert bench.answers[-1].code == "cause_persists"
    assert "sensor 1" in bench.answers[-1].message

    bench.senses = (33.0,)
    bench.run(20.0)
    bench.cycle(Reset("r2"))
    assert bench.answers[-1].accepted


def test_asking_again_does_not_get_past_a_fault() -> None:
    bench = tripped()
    bench.warm_to(33.0)
    bench.wait(100_000.0)
    for n in range(20):
        bench.cycle(Start(f"again{n}", 40.0, 480.0), Stop(), Hello(PROTOCOL))
        assert not bench.out.heater

    assert {answer.code for answer in bench.answers[1:]} == {"fault"}


def test_a_latch_survives_the_plug() -> None:
    bench = tripped().reboot()
    bench.warm_to(33.0)
    bench.wait(100_000.0)

    assert bench.fault == "over_temperature"
    assert bench.start("s2").code == "fault"
    assert bench.reboot().reboot().fault == "over_temperature"


def test_a_cleared_latch_stays_cleared() -> None:
    bench = tripped()
    bench.warm_to(33.0)
    bench.cycle(Reset("r1"))

    assert bench.reboot().fault is None


def test_two_faults_are_two_latches_and_one_reset() -> None:
    bench = tripped()
    bench.warm_to(33.0)
    bench.senses = (OPEN,)
    bench.run(1.5)
    assert bench.codes("fault") == ["over_temperature", "sensor_open"]
    assert bench.fault == "over_temperature"

    bench.senses = (33.0,)
    bench.run(20.0)
    bench.cycle(Reset("r1"))

    assert bench.events[-1].message == "A person reset: over_temperature, sensor_open"


def test_a_fault_is_told_once_however_long_it_lasts() -> None:
    bench = tripped()
    bench.run(5.0)

    assert bench.codes("fault") == ["over_temperature"]


def locked_out() -> Bench:
    """A pad that stayed hot after its session, until its dose was too much, and is cold now."""
    bench = Bench()
    bench.heat(None, target_c=42.0)
    bench.warm_to(42.9)
    bench.run_until_over(dt=0.5)
    bench.warm_to(42.6, rate_c_per_s=0.005)  # so slowly that it is not taken for a heater that is stuck on
    while bench.fault is None:
        bench.cycle(dt=0.5)
    assert bench.fault == "dose_exceeded"
    bench.warm_to(33.0)
    return bench


def test_the_dose_lockout_cannot_be_reset_for_a_day() -> None:
    bench = locked_out()
    locked_s = bench.clock.now().wall_s

    bench.cycle(Reset("r1"))
    assert bench.answers[-1].code == "locked_out"
    assert "hours left" in bench.answers[-1].message

    bench = bench.reboot()
    bench.wait(locked_s + 86000.0 - bench.clock.now().wall_s)
    bench.cycle(Reset("r2"))
    assert bench.answers[-1].code == "locked_out"

    bench.wait(500.0)
    bench.cycle(Reset("r3"))
    assert bench.answers[-1].accepted


def test_the_dose_lockout_ends_without_a_restart_too() -> None:
    bench = locked_out()
    bench.wait(86400.0)

    bench.cycle(Reset("r1"))

    assert bench.answers[-1].accepted
    bench.cycle()
    assert bench.fault is None
    assert bench.start("s2").accepted


def test_a_full_disk_does_not_unlatch() -> None:
    bench = Bench()
    bench.heat()
    bench.full = True
    bench.senses = (OPEN,)
    bench.run(1.5)
    assert bench.fault == "sensor_open"
    bench.full = False
    bench.run(2.5)  # it is tried again by itself

    assert bench.reboot().fault == "sensor_open"


# --- the ledger itself is broken --------------------------------------------------------------------------


def corrupt() -> Bench:
    ledger = unreadable(1_800_000_000.0, Limits(), "checksum does not match")
    return Bench(ledger=ledger)


def test_an_unreadable_ledger_locks_until_a_person_resets_and_then_rests() -> None:
    bench = corrupt()
    assert bench.fault == "ledger_corrupt"
    assert bench.start("s1").code == "fault"
    assert [e.code for e in bench.cycle(Hello(PROTOCOL)).events] == ["ledger_corrupt"]

    bench.cycle(Reset("r1"))
    assert bench.answers[-1].accepted
    assert bench.start("s2").code == "rest"
    bench.wait(1800.0)
    assert bench.start("s3").accepted


def test_the_lock_of_an_unreadable_ledger_is_on_disk_with_the_first_cycle() -> None:
    """The second power cut finds a readable ledger, with the latch in it."""
    bench = corrupt()

    assert bench.on_disk is not None
    assert bench.reboot().fault == "ledger_corrupt"


# --- the button -----------------------------------------------------------------------------------------


def hold(bench: Bench, seconds: float) -> None:
    bench.button = True
    bench.run(seconds)
    bench.button = False
    bench.run(0.3)


def test_the_button_stops_a_session_and_does_not_ask_for_the_next() -> None:
    bench = Bench()
    bench.heat()
    bench.button = True
    bench.run(0.2)
    assert not bench.out.heater
    assert bench.events[-1].message == "Stopped (button)"

    bench.button = False
    bench.run(1.0)
    assert bench.status.button_presses == 0


def test_a_button_held_after_a_stop_resets_nothing() -> None:
    bench = Bench()
    bench.heat()
    hold(bench, 6.0)

    assert bench.ends() == ["stopped"]
    assert [answer.request_id for answer in bench.answers] == ["s1"]


def test_a_short_press_is_counted_for_the_controller_and_heats_nothing_itself() -> None:
    bench = Bench()
    hold(bench, 0.5)

    assert bench.status.button_presses == 1
    assert bench.state.phase is None


def test_a_long_press_resets_a_cold_pad_only() -> None:
    bench = tripped()
    hold(bench, 3.5)
    assert bench.fault == "over_temperature"

    bench.warm_to(33.0)
    hold(bench, 2.5)
    assert bench.fault == "over_temperature"
    hold(bench, 3.5)
    assert bench.fault is None


def test_a_shorted_button_wire_resets_nothing_when_the_guard_starts() -> None:
    bench = tripped()
    bench.warm_to(33.0)
    bench = bench.reboot(button=True)
    bench.run(10.0)

    assert bench.fault == "over_temperature"


@pytest.mark.parametrize("cycles", range(4))
def test_the_button_stops_a_session_that_is_just_being_started(cycles: int) -> None:
    bench = Bench()
    bench.button = True
    bench.cycle()
    bench.run(cycles / 10)
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.button = False
    bench.run(0.5)
    hold(bench, 0.3)

    assert bench.state.phase is None
    assert not bench.out.heater
