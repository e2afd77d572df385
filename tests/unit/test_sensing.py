"""What one thermistor over time may be believed."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.sensing import JUMP_C_PER_S, Sample, SensorTrack, hottest, spread
from hardware.thermistor import Reading


def watch(
    *temperatures_c: float | Reading | None, dt: float = 0.1, track: SensorTrack | None = None
) -> SensorTrack:
    """Feed samples, ``dt`` seconds apart."""
    track = track or SensorTrack()
    now_s = track.accepted[-1].mono_s if track.accepted else 100.0
    for sample in temperatures_c:
        now_s += dt
        track = track.step(now_s, Reading(sample) if isinstance(sample, float) else sample)
    return track


def steady(temperature_c: float = 40.0) -> SensorTrack:
    return watch(*[temperature_c] * 20)


def test_a_steady_sample_is_believed() -> None:
    assert (steady().temperature_c, steady().fault) == (40.0, None)


def test_a_torn_wire_a_short_and_a_silent_converter_have_no_temperature() -> None:
    for reading, code in (
        (Reading(fault="sensor_open"), "sensor_open"),
        (Reading(fault="sensor_short"), "sensor_short"),
        (None, "adc_failed"),
    ):
        track = watch(reading, track=steady())
        assert (track.temperature_c, track.fault) == (None, code)


@pytest.mark.parametrize("step_c", [-30.0, -2.1, 2.1, 20.0])
def test_a_sample_that_no_pad_could_have_reached_is_not_believed(step_c: float) -> None:
    track = watch(40.0 + step_c, track=steady())

    assert (track.temperature_c, track.fault) == (None, "sensor_jump")


@pytest.mark.parametrize("step_c", [-2.0, -0.5, 0.5, 2.0])
def test_a_step_that_a_pad_can_make_in_a_second_is_believed(step_c: float) -> None:
    assert watch(40.0 + step_c, track=steady()).temperature_c == 40.0 + step_c


def test_one_glitch_is_forgotten_with_the_next_sample() -> None:
    track = watch(62.0, 40.0, track=steady())

    assert (track.temperature_c, track.fault) == (40.0, None)


def test_a_jump_that_stays_is_a_fault_for_longer_than_it_takes_to_latch() -> None:
    track = steady()
    for _ in range(11):
        track = watch(track=track)
        track = track.step(track.accepted[-1].mono_s + 0.1, Reading(30.0))
        assert track.fault == "sensor_jump"


@pytest.mark.parametrize(
    ("pace_c_per_s", "believed"), [(-2.2, False), (-1.9, True), (1.9, True), (2.2, False)]
)
def test_a_ramp_is_judged_by_its_pace_however_smooth_it_is(pace_c_per_s: float, believed: bool) -> None:
    """A corroding contact slides; no single step of it is large."""
    track, faults = steady(), set()
    began_s = track.accepted[-1].mono_s
    for n in range(1, 40):
        track = track.step(began_s + n / 10, Reading(40.0 + pace_c_per_s * n / 10))
        faults.add(track.fault)

    assert (track.fault is None) is believed
    assert ("sensor_jump" not in faults) is believed


def test_after_a_long_silence_more_is_possible() -> None:
    """Two degrees a second, for as long as nobody looked."""
    track = steady()
    newest_s = track.accepted[-1].mono_s

    assert track.step(newest_s + 4.0, Reading(47.9)).temperature_c == 47.9
    assert track.step(newest_s + 4.0, Reading(48.1)).fault == "sensor_jump"


@pytest.mark.parametrize("samples", [(60.0, 33.0, 33.0), (33.0, 60.0, 33.0, 33.0), (8.0, 33.0, 33.0)])
def test_a_glitch_among_the_very_first_samples_is_never_believed(samples: tuple[float, ...]) -> None:
    track, believed = SensorTrack(), set()
    for n, sample in enumerate(samples):
        track = track.step(n / 10, Reading(sample))
        believed.add(track.temperature_c)

    assert believed == {None, 33.0}
    assert track.temperature_c == 33.0


def test_a_ten_bit_converter_may_flicker_by_its_last_bit() -> None:
    track = steady()
    for n in range(100):
        track = watch(40.0 + 0.114 * (n % 2), track=track)
        assert track.fault is None


@given(st.lists(st.floats(-0.15, 0.15), min_size=20, max_size=200), st.floats(20.0, 44.0))
def test_no_pad_within_its_physics_ever_jumps(steps_c: list[float], start_c: float) -> None:
    """1.5 °C/s, more than the strongest pad of the design range can do, in any order."""
    track, temperature_c = SensorTrack(), start_c
    for step_c in steps_c:
        temperature_c = min(60.0, max(10.0, temperature_c + step_c))
        track = watch(temperature_c, track=track)
        assert track.fault is None


@given(
    st.lists(
        st.one_of(
            st.floats(5.0, 70.0).map(Reading),
            st.sampled_from([Reading(fault="sensor_open"), Reading(fault="sensor_short"), None]),
        ),
        max_size=60,
    )
)
def test_whatever_comes_what_is_believed_moved_like_a_pad(readings: list[Reading | None]) -> None:
    """Two believed neighbours never differ by more than the pace allows, on both sides of the median."""
    track, believed = SensorTrack(), []
    for n, reading in enumerate(readings):
        track = track.step(n / 10, reading)
        assert track.temperature_c is None or track.fault is None
        if track.temperature_c is not None:
            believed.append((n / 10, track.temperature_c))
    for (early_s, early_c), (late_s, late_c) in itertools.pairwise(believed):
        assert abs(late_c - early_c) <= 2 * JUMP_C_PER_S * max(1.0, late_s - early_s) + 1e-9


def test_the_hottest_valid_sensor_is_the_pad() -> None:
    cold, hot = steady(38.0), steady(41.5)
    torn = replace(hot, temperature_c=None, fault="sensor_open")

    assert hottest((cold, hot)) == 41.5
    assert hottest((cold, torn)) == 38.0
    assert hottest((torn, torn)) is None
    assert spread((cold, hot)) == 3.5
    assert spread((cold, torn)) == 0.0
    assert spread((cold,)) == 0.0


def test_a_second_of_samples_is_kept() -> None:
    kept = steady().accepted

    assert len(kept) == 10
    assert kept[-1].mono_s - kept[0].mono_s == pytest.approx(0.9)


def test_a_step_is_judged_against_the_middle_of_the_last_second() -> None:
    """Four odd samples of ten do not make a sane one a jump."""
    temperatures_c = [40.0, 40.0, 38.5, 38.5, 38.5, 38.5, 40.0, 40.0, 40.0, 40.0]
    track = SensorTrack(accepted=tuple(Sample(n / 10, t) for n, t in enumerate(temperatures_c)))

    assert track.step(1.0, Reading(41.5)).temperature_c == 41.5


# --- trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [None, Reading(fault="sensor_open"), Reading(33.0)])
def test_the_first_sample_is_no_trouble_yet(first: Reading | None) -> None:
    assert SensorTrack().trouble_s == 0.0
    assert SensorTrack().step(100.0, first).trouble_s == 0.0


@pytest.mark.parametrize(("dt", "collected_s"), [(0.1, 1.0), (0.2, 2.0), (0.25, 2.0), (0.9, 2.0)])
def test_ten_bad_samples_are_ten_cycles_of_trouble_and_never_more_than_two_seconds(
    dt: float, collected_s: float
) -> None:
    track = SensorTrack().step(100.0, Reading(33.0))
    for n in range(1, 11):
        track = track.step(100.0 + n * dt, None)

    assert track.trouble_s == pytest.approx(collected_s)


def test_trouble_is_full_at_three_seconds() -> None:
    track, seconds = SensorTrack().step(0.0, None), []
    for n in range(1, 50):
        track = track.step(n / 10, None)
        seconds.append(track.trouble_s)

    assert seconds[28] == pytest.approx(2.9)
    assert seconds[30:] == [3.0] * 19


def test_ten_good_seconds_pay_for_a_bad_one_and_none_are_saved_up() -> None:
    full = replace(steady(), trouble_s=3.0)

    assert watch(*[40.0] * 100, track=full).trouble_s == pytest.approx(2.0)
    assert watch(*[40.0] * 400, track=full).trouble_s == 0.0
    assert steady().trouble_s == 0.0


@pytest.mark.parametrize("reading", [Reading(40.0), None])
def test_a_clock_that_goes_back_neither_pays_nor_costs(reading: Reading | None) -> None:
    track = replace(steady(), trouble_s=1.5)
    assert track.seen_s is not None

    assert track.step(track.seen_s - 0.5, reading).trouble_s == 1.5


def test_a_person_who_looked_at_the_wire_forgives_all_of_it() -> None:
    forgiven = replace(steady(), trouble_s=3.0).forgive()

    assert forgiven == replace(steady(), trouble_s=0.0)
