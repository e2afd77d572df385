"""The PID: by its equations and by its promises."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.control.pid import Gains, Pid

GAINS = Gains(kp=0.3, ti_s=60.0, td_s=8.0, derivative_filter_s=3.0, setpoint_weight=0.6)
P_ALONE = Gains(kp=0.3, ti_s=1e9)
CYCLE_S = 0.1

celsius = st.floats(-50, 150)
no_number = st.sampled_from([math.nan, math.inf, -math.inf])


# --- the equations ----------------------------------------------------------------------------------


def test_proportional_on_the_weighted_error() -> None:
    assert Pid(P_ALONE).step(40.0, 38.0, 0.1, 0.0) == pytest.approx(0.6)
    half = Pid(replace(P_ALONE, setpoint_weight=0.5))
    assert half.step(40.0, 38.0, 0.1, 0.0) == pytest.approx(0.3)
    # The weight is on the way from where the session began to the target, not on what is still missing.
    assert half.step(40.0, 38.5, 0.1, 0.3) == pytest.approx(0.3 * (0.5 * 2.0 - 0.5), abs=1e-6)


def test_the_integral_grows_with_error_over_ti() -> None:
    pid = Pid(Gains(0.01, 60.0, setpoint_weight=0.0))
    asked = pid.step(40.0, 39.0, 1.0, 0.0)
    assert pid.integral == 0.0
    for _ in range(60):
        asked = pid.step(40.0, 39.0, 1.0, asked)
    assert pid.integral == pytest.approx(0.01)  # kp times one degree after one Ti


def test_the_derivative_brakes_a_rise() -> None:
    rising, still = Pid(GAINS), Pid(GAINS)
    rising.step(40.0, 35.0, 0.1, 0.0)
    still.step(40.0, 35.5, 0.1, 0.0)
    still.origin_c = 35.0
    assert rising.step(40.0, 35.5, 0.1, 0.0) < still.step(40.0, 35.5, 0.1, 0.0)


def test_the_derivative_ignores_a_new_target() -> None:
    calm = Pid(Gains(0.3, 1e9, td_s=8.0, setpoint_weight=0.0))  # weight 0: no step at all
    calm.step(36.0, 35.0, 0.1, 0.0)
    assert calm.step(42.0, 35.0, 0.1, 0.0) == pytest.approx(0.0, abs=1e-6)


def test_the_derivative_forgets_with_its_filter() -> None:
    pid = Pid(GAINS)
    pid.step(40.0, 35.0, 0.1, 0.0)
    for _ in range(300):
        pid.step(40.0, 36.0, 0.1, pid.asked)
    assert pid.filtered_c == pytest.approx(36.0, abs=1e-3)


# --- the promises -----------------------------------------------------------------------------------


@given(st.lists(celsius, min_size=1), no_number, st.sampled_from(["target", "measured", "time", "applied"]))
def test_what_is_no_number_asks_for_nothing_and_is_forgotten(
    history: list[float], odd: float, where: str
) -> None:
    pid = Pid(GAINS)
    for measured_c in history:
        pid.step(40.0, measured_c, CYCLE_S, pid.asked)
    learnt = pid.integral
    given = {"target": 40.0, "measured": 36.0, "time": CYCLE_S, "applied": 0.0, where: odd}
    assert pid.step(given["target"], given["measured"], given["time"], given["applied"]) == 0.0
    assert pid.integral == learnt
    # The next good sample has no slope from before the gap.
    assert math.isfinite(pid.step(40.0, 35.0, CYCLE_S, 0.0))
    assert pid.filtered_c == 35.0


@pytest.mark.parametrize("dt_s", [0.0, -1.0])
def test_time_that_does_not_pass_asks_for_nothing(dt_s: float) -> None:
    assert Pid(GAINS).step(40.0, 30.0, dt_s, 0.0) == 0.0


def test_saturation_does_not_wind_up() -> None:
    pid = Pid(GAINS)
    for _ in range(6000):  # ten minutes of full duty below the target, e.g. a pad in the cold
        pid.step(40.0, 30.0, CYCLE_S, 1.0)
    assert pid.asked > 1.0
    assert pid.integral == 0.0


def test_what_the_guard_takes_away_does_not_wind_up_either() -> None:
    free, inhibited = Pid(GAINS), Pid(GAINS)
    for _ in range(600):
        free.step(40.0, 39.5, CYCLE_S, free.asked)
        inhibited.step(40.0, 39.5, CYCLE_S, 0.0)
    assert free.integral > 0.1
    assert inhibited.integral == 0.0
