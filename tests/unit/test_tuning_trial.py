"""What the trial of ``heatpack tune`` does to a pad."""

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.tuning.trial import PULSE_J_M2, Sample, Trial
from hardware.simulated.plant import Plant
from tests.support.trials import NOMINAL, TICK_S, trial

FLUX_W_M2 = 600.0
LONGEST_S = 300.0  # the shortest session that the guard grants


def heat_j_m2(made: Trial) -> float:
    return sum(s.passed_s * s.duty for s in made.samples) * made.flux_w_m2


def seconds(made: Trial) -> float:
    return sum(s.passed_s for s in made.samples)


def peak_c(made: Trial) -> float:
    return max(s.temperature_c for s in made.samples if s.temperature_c is not None)


@pytest.mark.parametrize("worn", [True, False])
def test_a_trial_takes_two_small_pulses_and_ends_by_itself(worn: bool) -> None:
    made = trial(worn=worn)
    assert made.verdict is None
    assert heat_j_m2(made) == pytest.approx(2 * PULSE_J_M2, rel=0.02)
    assert seconds(made) < 100.0
    assert peak_c(made) < 37.0


def test_the_first_seconds_and_the_pauses_are_without_heat() -> None:
    duties = [s.duty for s in trial().samples]
    changes = [(n * TICK_S, now - before) for n, (before, now) in enumerate(pairwise(duties))]
    on, off = ([at_s for at_s, change in changes if change * sign > 0.0] for sign in (1.0, -1.0))
    assert on == pytest.approx([10.0, off[0] + 25.0], abs=0.3)
    assert len(duties) * TICK_S == pytest.approx(off[1] + 40.0, abs=0.3)


def test_a_guard_that_lets_in_half_of_the_heat_makes_it_longer_not_smaller() -> None:
    half, whole = trial(let_in=0.5), trial()
    assert heat_j_m2(half) == pytest.approx(heat_j_m2(whole), rel=0.02)
    assert seconds(half) > seconds(whole) + 10.0


def test_a_guard_that_lets_nothing_in_ends_it() -> None:
    made = trial(let_in=0.0)
    assert made.verdict is not None
    assert made.verdict.startswith("Only 0 J/m² of heat went in within 90 s")


def test_a_pad_that_is_not_plugged_in_gets_no_second_pulse() -> None:
    def unplugged(plant: Plant, now_s: float) -> None:
        plant.supply_v = 0.0

    made = trial(worn=False, happens=unplugged)
    assert made.verdict is not None
    assert "heater unplugged" in made.verdict
    assert heat_j_m2(made) < 1.1 * PULSE_J_M2


def test_a_warm_pad_is_not_heated_at_all() -> None:
    made = Trial(FLUX_W_M2, 40.0)
    while made.step(Sample(0.1, 37.0, 0.0)) is not None:
        pass
    assert made.verdict == "The pad is at 37.0 °C already: let it cool below 35.9 °C, and try again"


def test_a_reading_at_the_target_ends_it() -> None:
    made = Trial(FLUX_W_M2, 38.0)
    assert made.step(Sample(0.1, 30.0, 0.0)) == 0.0
    assert made.step(Sample(0.1, 38.0, 0.0)) is None
    assert made.verdict is not None
    assert "38.0 °C" in made.verdict


def test_without_a_reading_there_is_no_heat_and_soon_no_trial() -> None:
    made = Trial(FLUX_W_M2)
    wanted = [made.step(Sample(0.1, 30.0, 0.0)) for _ in range(110)]
    assert wanted[-1] == 1.0
    blind = [made.step(Sample(0.1, None, 1.0)) for _ in range(110)]
    assert blind[:98] == [0.0] * 98
    assert blind[-1] is None
    assert made.verdict == "There was no valid reading for 10 s: check the thermistor's wires"


def test_after_its_end_it_asks_for_nothing_and_learns_nothing() -> None:
    made = trial(NOMINAL)
    count = len(made.samples)
    assert made.step(Sample(0.1, 30.0, 1.0)) is None
    assert len(made.samples) == count


samples = st.builds(
    Sample,
    passed_s=st.floats(0.05, 2.0),
    temperature_c=st.one_of(st.none(), st.floats(5.0, 70.0)),
    duty=st.floats(0.0, 1.0),
)


@given(
    flux_w_m2=st.floats(20.0, 1000.0), target_c=st.floats(35.0, 42.0), seen=st.lists(samples, max_size=400)
)
def test_whatever_it_reads_it_never_heats_at_the_target_or_blindly(
    flux_w_m2: float, target_c: float, seen: list[Sample]
) -> None:
    made = Trial(flux_w_m2, target_c)
    for sample in seen:
        wanted = made.step(sample)
        if wanted is None:
            assert made.step(sample) is None
            break
        assert wanted in (0.0, 1.0)
        if sample.temperature_c is None or sample.temperature_c >= target_c:
            assert wanted == 0.0


@given(
    flux_w_m2=st.floats(20.0, 1000.0),
    period_s=st.floats(0.05, 0.5),
    rise_c_per_s=st.floats(-0.01, 0.1),
    let_in=st.floats(0.0, 1.0),
)
def test_it_is_over_before_the_session_and_within_its_heat(
    flux_w_m2: float, period_s: float, rise_c_per_s: float, let_in: float
) -> None:
    made, duty, now_s = Trial(flux_w_m2), 0.0, 0.0
    while (wanted := made.step(Sample(period_s, 25.0 + rise_c_per_s * now_s, duty))) is not None:
        duty, now_s = wanted * let_in, now_s + period_s
        assert now_s < LONGEST_S
    assert heat_j_m2(made) <= 2.0 * (PULSE_J_M2 + flux_w_m2 * period_s)


def test_what_steers_a_session_needs_no_numpy() -> None:
    check = "import sys, controller.tuning.trial; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
