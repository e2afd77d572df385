"""Wires that break, converters that fall silent, samples that cannot be true."""

import pytest

from hardware.link import Reset
from tests.support.bench_guard import OPEN, SHORT, Bench, Sense

BROKEN: list[tuple[Sense, str]] = [
    (OPEN, "sensor_open"),
    (SHORT, "sensor_short"),
    (None, "adc_failed"),
    (48.5, "sensor_jump"),  # from 40 °C: what a glitch reads, and above every cutoff
    (20.0, "sensor_jump"),
]


@pytest.fixture
def warm() -> Bench:
    """A session that has reached its 40 °C."""
    bench = Bench()
    bench.heat()
    bench.warm_to(40.0)
    assert bench.cycle().heater
    return bench


@pytest.mark.parametrize(("sense", "code"), BROKEN)
def test_the_sensor_breaks_while_warming_off_within_one_cycle_latched_and_the_phone_told(
    warm: Bench, sense: Sense, code: str
) -> None:
    warm.senses = (sense,)
    out = warm.cycle()
    assert not out.heater
    assert not out.enable
    assert out.status.notice == code

    warm.run(1.0)

    assert warm.fault == code
    assert warm.ends() == [code]
    assert warm.codes("fault") == [code]
    assert warm.status.session is None
    assert not warm.out.deadman
    assert warm.start("s2").code == "fault"


@pytest.mark.parametrize(("sense", "code"), BROKEN)
def test_one_glitch_neither_heats_nor_trips(warm: Bench, sense: Sense, code: str) -> None:
    warm.senses = (sense,)
    assert not warm.cycle().heater
    warm.senses = (40.0,)
    assert warm.cycle().heater

    warm.run(5.0)
    assert warm.ends() == []
    assert warm.codes("fault") == []


@pytest.mark.parametrize(("sense", "code"), BROKEN)
def test_a_glitch_of_nearly_a_second_does_not_end_the_session(warm: Bench, sense: Sense, code: str) -> None:
    warm.senses = (sense,)
    for _ in range(10):
        assert not warm.cycle().heater
    warm.senses = (40.0,)
    warm.run(2.0)

    assert warm.out.heater
    assert warm.ends() == []


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(("sense", "code"), BROKEN)
def test_one_of_two_sensors_is_not_enough_to_heat_on(which: int, sense: Sense, code: str) -> None:
    bench = Bench(33.0, 33.0)
    bench.heat()
    bench.warm_to(40.0)
    senses: list[Sense] = [40.0, 40.0]
    senses[which] = sense
    bench.senses = tuple(senses)

    assert not bench.cycle().heater
    bench.run(1.0)
    assert bench.fault == code
    assert f"sensor {which + 1}" in bench.events[-1].message


def test_the_hotter_sensor_is_the_pad() -> None:
    bench = Bench(33.0, 34.0)
    bench.heat()
    bench.warm_to(42.0)
    bench.senses = (42.0, 43.2)

    out = bench.cycle()

    assert out.status.temperature_c == pytest.approx(43.2, abs=0.05)
    assert not out.heater


def test_sensors_that_part_while_warming_are_latched_after_five_seconds() -> None:
    bench = Bench(33.0, 33.0)
    bench.heat()
    bench.warm_to(33.0, 36.5)
    bench.run(10.0)
    assert bench.fault is None  # 3.5 °C may be while warming

    bench.warm_to(33.0, 36.9)
    bench.senses = (33.0, 37.1)
    bench.run(5.0)
    assert bench.fault is None
    bench.cycle()
    assert bench.fault == "sensor_disagree"
    assert not bench.out.heater


def test_what_was_allowed_while_warming_is_too_much_while_holding() -> None:
    bench = Bench(33.0, 33.0)
    bench.heat(target_c=38.0)
    bench.warm_to(37.0, 34.0)
    bench.run(10.0)
    assert bench.fault is None

    bench.warm_to(38.0, 35.0)
    assert bench.codes("target_reached") == ["ok"]
    bench.run(5.2)

    assert bench.fault == "sensor_disagree"


def test_a_reset_is_refused_while_the_sensors_still_disagree() -> None:
    bench = Bench(33.0, 33.0)
    bench.heat()
    bench.warm_to(30.0, 36.0)
    bench.run(5.0)
    assert bench.fault == "sensor_disagree"

    bench.cycle(Reset("r1"))
    assert bench.answers[-1].code == "cause_persists"

    bench.warm_to(32.0, 34.0)
    bench.cycle(Reset("r2"))
    assert bench.answers[-1].accepted


def test_sensors_that_disagree_before_a_session_forbid_it_and_latch_nothing() -> None:
    bench = Bench(33.0, 23.0)
    bench.run(20.0)

    assert bench.fault is None
    assert bench.start().code == "sensor_disagree"


@pytest.mark.parametrize("glitch", [60.0, 8.0, OPEN, None])
def test_a_glitch_in_the_very_first_sample_does_not_lock_the_pad(glitch: Sense) -> None:
    bench = Bench(glitch, settle_s=0.1)
    assert not bench.out.heater
    bench.senses = (33.0,)
    bench.run(3.0)

    assert bench.fault is None
    assert bench.start().accepted


def test_nothing_starts_before_a_sample_is_believed() -> None:
    bench = Bench()
    bench.senses = (SHORT,)
    bench.cycle()

    assert bench.start().code == "sensor_short"
    assert bench.state.phase is None


def test_a_pad_that_is_not_plugged_in_is_known_before_anybody_heats() -> None:
    bench = Bench(OPEN)
    bench.run(1.2)

    assert bench.fault == "sensor_open"
    assert not bench.out.heater


def test_unknown_counts_as_hot_for_the_dose() -> None:
    """Half a second without a sample is booked at 43.5 °C, the inhibit plus the sensor's error."""
    bench = Bench()
    bench.heat()
    before_cem43 = bench.status.dose_cem43
    bench.senses = (None,)
    bench.run(0.5)

    assert bench.status.dose_cem43 - before_cem43 == pytest.approx(2**0.5 * 0.5 / 60, rel=0.01)


# --- a loose contact --------------------------------------------------------------------------------------


def test_a_wire_that_comes_and_goes_is_latched_in_the_end(warm: Bench) -> None:
    """Each break is too short to be latched by itself, and the heater would go on in between."""
    for _ in range(45):
        warm.senses = (OPEN,)
        assert not warm.cycle().heater
        warm.senses = (40.0,)
        warm.cycle()

    assert warm.fault == "sensor_open"
    assert warm.ends() == ["sensor_open"]


def test_one_fault_after_another_is_latched_in_the_end(warm: Bench) -> None:
    for _ in range(5):
        for sense in (OPEN, SHORT):
            warm.senses = (sense,)
            warm.run(0.5)

    assert warm.fault in ("sensor_open", "sensor_short")


def test_a_rare_glitch_is_forgiven_for_a_whole_session(warm: Bench) -> None:
    for _ in range(40):
        warm.senses = (OPEN,)
        warm.cycle()
        warm.senses = (40.0,)
        warm.run(2.0)

    assert warm.fault is None
    assert warm.ends() == []


def test_a_night_unplugged_is_forgiven_with_the_reset() -> None:
    bench = Bench()
    bench.senses = (OPEN,)
    bench.run(1800.0, dt=0.5)
    assert bench.fault == "sensor_open"

    bench.senses = (33.0,)
    bench.run(1.0)
    bench.cycle(Reset("r1"))
    assert bench.answers[-1].accepted

    bench.heat()
    bench.senses = (OPEN,)
    bench.cycle()
    bench.senses = (33.0,)
    bench.run(2.0)
    assert bench.fault is None


def test_one_bad_sample_after_a_slow_disk_is_one_bad_sample() -> None:
    bench = Bench()
    assert bench.start().accepted
    bench.senses = (OPEN,)
    bench.cycle(dt=0.9)
    bench.senses = (33.0,)
    bench.run(0.5)

    assert bench.fault is None
    assert bench.state.tracks[0].trouble_s < 0.3


@pytest.mark.parametrize("now_c", [15.0, 38.0])
def test_a_pad_that_is_put_on_or_taken_off_between_sessions_is_no_fault(now_c: float) -> None:
    """Its temperature steps as no heated pad's does. Nothing can start until the samples agree again."""
    bench = Bench(25.0)
    bench.run(5.0)
    bench.senses = (now_c,)
    bench.cycle()

    refusal = bench.start()
    assert (refusal.accepted, refusal.code) == (False, "sensor_jump")
    bench.run(10.0)
    assert bench.fault is None
    assert bench.start("s2").accepted
