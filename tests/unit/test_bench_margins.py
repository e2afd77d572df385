"""The margins: of textbook loops, and of the real one, which swings where they say."""

import json
import math
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from bench.margins import figures
from bench.margins.held import CYCLE_S, tuned_model, untuned_model
from bench.margins.linear import Array, ComplexArray, linearise, rest
from bench.margins.loop import SaturatedError, hold_loop
from bench.margins.margins import Margins, margins
from bench.margins.pairs import Judged, judge, loops, parameters_of
from controller.control.law import HeatLaw, gains
from hardware.simulated.plant import Plant, PlantParameters

NOMINAL = PlantParameters()
FINE_S = 0.001  # a textbook's loop is not sampled
STORED = Path(__file__).resolve().parents[2] / "docs/control/margins.json"

# --- textbook loops -------------------------------------------------------------------------------


def late_integrator(s: ComplexArray) -> ComplexArray:
    found: ComplexArray = 0.5 / s * np.exp(-1.0 * s)
    return found


def three_lags(s: ComplexArray) -> ComplexArray:
    found: ComplexArray = 4.0 / (s + 1.0) ** 3
    return found


def conditionally_stable(s: ComplexArray) -> ComplexArray:
    found: ComplexArray = 2.0 * (s + 1.0) ** 2 / s**3
    return found


def test_an_integrator_with_a_delay() -> None:
    found = margins(lambda w: late_integrator(1j * w), FINE_S)
    assert found.gain == pytest.approx(math.pi)  # π/(2·k·L)
    assert found.phase_deg == pytest.approx(90.0 - math.degrees(0.5))
    assert found.delay_s == pytest.approx(math.pi - 1.0)  # π/(2·k) − L
    assert found.gain_less == 0.0


def test_three_lags() -> None:
    found = margins(lambda w: three_lags(1j * w), FINE_S)
    assert found.gain == pytest.approx(2.0)  # at √3 rad/s the loop is 4/8
    crossover = math.sqrt(4.0 ** (2.0 / 3.0) - 1.0)
    late = math.pi - 3.0 * math.atan(crossover)
    assert found.phase_deg == pytest.approx(math.degrees(late))
    assert found.delay_s == pytest.approx(late / crossover)


def test_a_loop_that_less_gain_makes_swing() -> None:
    found = margins(lambda w: conditionally_stable(1j * w), FINE_S)
    assert found.gain == math.inf
    assert found.gain_less == pytest.approx(0.25)  # at 1 rad/s the loop is −4


def test_a_pure_integrator_amplifies_nothing() -> None:
    assert margins(lambda w: 1.0 / (1j * w), FINE_S).sensitivity == pytest.approx(1.0, abs=1e-3)


# --- matrices from running code -------------------------------------------------------------------


def test_a_linear_step_gives_its_own_matrices() -> None:
    a, b = np.array([[0.9, 0.1], [-0.2, 0.8]]), np.array([0.5, 2.0])

    def step(x: Array, u: float) -> tuple[Array, float]:
        return a @ x + b * u, float(3.0 * x[0] - x[1] + 0.25 * u)

    found = linearise(step, np.array([40.0, 200.0]), 1.0)
    assert found.a == pytest.approx(a)
    assert found.b == pytest.approx(b)
    assert (*found.c, found.d) == pytest.approx((3.0, -1.0, 0.25))


def test_the_response_is_that_of_the_matrices() -> None:
    found = linearise(lambda x, u: (0.5 * x + u, float(x[0])), np.array([1.0]), 1.0)
    assert complex(found.response(np.array([1.0 + 0.0j]))[0]) == pytest.approx(2.0)  # a sum of halves


def test_rest_is_where_nothing_moves() -> None:
    assert rest(np.cos, [1.0]) == pytest.approx(0.739085, abs=1e-6)


def test_what_never_rests_is_said() -> None:
    with pytest.raises(ArithmeticError, match="no rest"):
        rest(lambda x: x + np.exp(-x), [1.0])


# --- the loop that holds a pad --------------------------------------------------------------------


def test_the_duty_at_the_hold_is_that_of_the_pad() -> None:
    loop = hold_loop(NOMINAL, tuned_model(NOMINAL), tuned=True)
    plant = Plant()
    for _ in range(40_000):
        plant.advance(CYCLE_S, loop.duty)
    assert plant.sensor_c[0] == pytest.approx(40.0, abs=0.01)


@pytest.mark.parametrize("run", range(4))
def test_beyond_its_gain_margin_the_loop_is_not_stable(run: int) -> None:
    found_loops = loops(parameters_of(run, 1))
    for loop in (found_loops.tuned, found_loops.mistuned, found_loops.untuned):
        found = margins(loop.response, CYCLE_S)
        assert loop.growth(0.99 * found.gain) < 1.0 < loop.growth(1.01 * found.gain)
        assert loop.growth(0.05) < 1.0  # a pad with hardly any power is no danger
        # What any loop's margins are to each other (Åström & Murray, ch. 13).
        assert found.gain >= 0.999 * found.sensitivity / (found.sensitivity - 1.0)
        assert found.phase_deg >= 0.999 * math.degrees(2.0 * math.asin(0.5 / found.sensitivity))


def swing(parameters: PlantParameters, *, tuned: bool, power: float = 1.0, late: int = 0) -> float:
    """Hold a pad, change it, and return how far its duty still swings ten minutes later.

    The real law on the simulated pad, without noise. ``power`` is the factor on the pad's power; ``late``
    are cycles by which its heat comes later than the law is told.
    """
    model = (tuned_model if tuned else untuned_model)(parameters)
    law, plant, duty, duties = HeatLaw(model, gains(model, tuned=tuned)), Plant(parameters), 0.0, []
    way = deque([0.0] * (late + 1), maxlen=late + 1)
    for n in range(9000):
        if n == 3000:
            plant.supply_v = parameters.supply_v * math.sqrt(power)
        wanted = law.step(40.0, plant.sensor_c[0], CYCLE_S, duty)
        plant.advance(CYCLE_S, way[0] if n >= 3000 else duty)
        duty = wanted  # over the link it takes a cycle
        way.append(duty)
        duties.append(duty * power)
    return max(duties[-300:]) - min(duties[-300:])


#: Light, with a fast thermistor: the worst of all for a law that takes it for a heavy one.
LIGHT = parameters_of(58, 1)


def test_an_untuned_law_swings_where_its_gain_margin_says() -> None:
    gain = margins(loops(LIGHT).untuned.response, CYCLE_S).gain
    assert swing(LIGHT, tuned=False, power=0.8 * gain) < 0.01
    assert swing(LIGHT, tuned=False, power=1.15 * gain) > 0.5


def test_a_tuned_law_swings_where_its_delay_margin_says() -> None:
    delay_s = margins(loops(LIGHT).tuned.response, CYCLE_S).delay_s
    assert swing(LIGHT, tuned=True, late=round(0.8 * delay_s / CYCLE_S)) < 0.01
    assert swing(LIGHT, tuned=True, late=round(1.2 * delay_s / CYCLE_S)) > 0.5


def test_a_law_that_is_tuned_does_not_swing_with_four_times_the_power() -> None:
    # Beyond its margin, but the estimator stops at a heat flow that would have to come out of the skin.
    gain = margins(loops(LIGHT).tuned.response, CYCLE_S).gain
    assert swing(LIGHT, tuned=True, power=1.15 * gain) < 0.01


def test_a_pad_that_is_too_weak_has_no_loop() -> None:
    weak = PlantParameters(power_w=1.5)
    with pytest.raises(SaturatedError, match="power"):
        hold_loop(weak, untuned_model(weak), tuned=False)
    assert judge(weak) is None


def test_a_badly_measured_pad_is_another_model_but_always_the_same_one() -> None:
    first, again = loops(LIGHT), loops(LIGHT)
    assert first.mistuned.law.a == pytest.approx(again.mistuned.law.a)
    assert first.mistuned.law.a != pytest.approx(first.tuned.law.a)


def test_pads_are_those_of_the_contest() -> None:
    assert parameters_of(7, 1) == parameters_of(7, 1) != parameters_of(8, 1)


# --- figures --------------------------------------------------------------------------------------


def test_the_worst_come_first_and_what_has_no_margins_is_counted() -> None:
    good = Margins(gain=4.0, gain_less=0.0, phase_deg=60.0, delay_s=8.0, sensitivity=1.5)
    bad = Margins(gain=1.5, gain_less=0.2, phase_deg=36.0, delay_s=1.7, sensitivity=3.5)
    pairs = [Judged(good, good, bad), Judged(good, good, good), Judged(None, good, good), None]
    found = figures.flat(pairs, Judged(good, good, good))
    assert (found["margins.runs"], found["margins.saturated"]) == (4, 1)
    assert (found["margins.tuned.unstable"], found["margins.untuned.unstable"]) == (1, 0)
    assert (found["margins.untuned.gain.worst"], found["margins.untuned.gain.p50"]) == (1.5, 4.0)
    assert (found["margins.untuned.sensitivity.worst"], found["margins.untuned.least_gain"]) == (3.5, 0.2)


def test_the_published_margins_are_those_of_this_law() -> None:
    published = json.loads(STORED.read_text())
    nominal = figures.flat([], judge(NOMINAL))
    for law in figures.LAWS:
        for measure in figures.MEASURES:
            key = f"margins.{law}.{measure.key}.nominal"
            assert nominal[key] == pytest.approx(published[key], rel=1e-2), "run ./dev bench margins --json"
