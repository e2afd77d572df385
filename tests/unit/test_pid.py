"""The PID of the hold phase: by its equations, by its promises, and on the modelled pad."""

import math
import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Control
from controller.control.pid import Gains, Pid
from hardware.modulation import SigmaDelta
from hardware.simulated.plant import Plant, PlantParameters
from hardware.thermistor import Thermistor
from tests.support.builds import build

GAINS = Gains(kp=0.3, ti_s=60.0, td_s=8.0, derivative_filter_s=3.0, setpoint_weight=0.6, tracking_s=20.0)
P_ALONE = Gains(kp=0.3, ti_s=1e9, td_s=0.0, derivative_filter_s=3.0, setpoint_weight=1.0, tracking_s=1e9)
CYCLE_S = 0.1

celsius = st.floats(-50, 150)
any_number = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308])
anything = st.none() | any_number


def shipped() -> Gains:
    """The gains that a configuration without a [control] section has."""
    c = Control()
    return Gains(c.kp, c.ti_s, c.td_s, c.derivative_filter_s, c.setpoint_weight, math.sqrt(c.ti_s * c.td_s))


# --- the equations ----------------------------------------------------------------------------------


def test_proportional_on_the_weighted_error() -> None:
    assert Pid(P_ALONE).step(40.0, 38.0, 0.1, 0.0).asked == pytest.approx(0.6)
    half = Pid(Gains(0.3, 1e9, 0.0, 3.0, 0.5, 1e9)).step(40.0, 38.0, 0.1, 0.0)
    assert half.asked == pytest.approx(0.3)
    # The weight is on the way from where the session began to the target, not on what is still missing.
    assert half.step(40.0, 38.5, 0.1, 0.3).asked == pytest.approx(0.3 * (0.5 * 2.0 - 0.5), abs=1e-6)


def test_the_integral_grows_with_error_over_ti() -> None:
    pid = Pid(Gains(0.01, 60.0, 0.0, 3.0, 0.0, 1e9)).step(40.0, 39.0, 1.0, 0.0)
    assert pid.integral == 0.0
    for _ in range(60):
        pid = pid.step(40.0, 39.0, 1.0, pid.asked)
    assert pid.integral == pytest.approx(0.01)  # kp times one degree after one Ti


def test_the_derivative_brakes_a_rise_and_ignores_a_new_target() -> None:
    rising = Pid(GAINS).step(40.0, 35.0, 0.1, 0.0)
    assert rising.step(40.0, 35.5, 0.1, 0.0).asked < rising.step(40.0, 35.0, 0.1, 0.0).asked
    calm = Pid(Gains(0.3, 1e9, 8.0, 3.0, 0.0, 1e9)).step(36.0, 35.0, 0.1, 0.0)  # weight 0: no step at all
    assert calm.step(42.0, 35.0, 0.1, 0.0).asked == pytest.approx(0.0, abs=1e-6)


def test_the_derivative_forgets_with_its_filter() -> None:
    pid = Pid(GAINS).step(40.0, 35.0, 0.1, 0.0)
    for _ in range(300):
        pid = pid.step(40.0, 36.0, 0.1, pid.duty)
    assert pid.filtered_c == pytest.approx(36.0, abs=1e-3)


# --- the promises -----------------------------------------------------------------------------------


@given(st.lists(st.tuples(any_number, anything, any_number, any_number)))
def test_no_input_gives_a_duty_outside_0_to_1(
    samples: list[tuple[float, float | None, float, float]],
) -> None:
    pid = Pid(GAINS)
    for target_c, temperature_c, dt_s, applied in samples:
        pid = pid.step(target_c, temperature_c, dt_s, applied)
        assert 0.0 <= pid.duty <= 1.0


@given(st.lists(celsius, min_size=1), anything)
def test_what_is_no_number_asks_for_nothing_and_is_forgotten(history: list[float], odd: float | None) -> None:
    pid = Pid(GAINS)
    for temperature_c in history:
        pid = pid.step(40.0, temperature_c, CYCLE_S, pid.duty)
    if odd is None or not math.isfinite(odd):
        struck = pid.step(40.0, odd, CYCLE_S, 0.0)
        assert struck.duty == 0.0
        assert struck.integral == pid.integral
        # The next good sample has no slope from before the gap.
        again = struck.step(40.0, 35.0, CYCLE_S, 0.0)
        assert math.isfinite(again.asked)
        assert again.filtered_c == 35.0


def test_numbers_beyond_all_physics_ask_for_nothing() -> None:
    pid = Pid(GAINS)
    for temperature_c in (1e308, -1e308, 1e308, 40.0):
        pid = pid.step(40.0, temperature_c, 1e308, 0.0)
    assert math.isnan(pid.asked)
    assert pid.duty == 0.0


@pytest.mark.parametrize("dt_s", [0.0, -1.0])
def test_time_that_does_not_pass_asks_for_nothing(dt_s: float) -> None:
    assert Pid(GAINS).step(40.0, 30.0, dt_s, 0.0).duty == 0.0


def test_saturation_does_not_wind_up() -> None:
    pid = Pid(GAINS)
    for _ in range(6000):  # ten minutes of full duty below the target, e.g. a pad in the cold
        pid = pid.step(40.0, 30.0, CYCLE_S, 1.0)
    assert pid.duty == 1.0
    seconds = 0.0
    while pid.duty > 0.9:  # and then the pad is there
        pid = pid.step(40.0, 40.5, CYCLE_S, pid.duty)
        seconds += CYCLE_S
    assert seconds < 10.0


def test_what_the_guard_takes_away_does_not_wind_up_either() -> None:
    free = inhibited = Pid(GAINS)
    for _ in range(600):
        free = free.step(40.0, 39.5, CYCLE_S, free.duty)
        inhibited = inhibited.step(40.0, 39.5, CYCLE_S, 0.0)
    assert inhibited.integral < free.integral
    assert inhibited.duty < free.duty


@given(
    target_c=st.floats(35, 42), temperature_c=st.floats(20, 45), duty=st.floats(0, 1), dt_s=st.floats(0.05, 1)
)
def test_a_bumpless_start_goes_on_with_the_duty_before_it(
    target_c: float, temperature_c: float, duty: float, dt_s: float
) -> None:
    first = Pid(GAINS).take_over(target_c, temperature_c, duty).step(target_c, temperature_c, dt_s, duty)
    assert first.duty == pytest.approx(duty, abs=1e-9)


# --- on the modelled pad ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """°C, one per cycle: what the pad's face had, and what the controller read."""

    face_c: list[float]
    read_c: list[float]

    def seconds_to(self, temperature_c: float) -> float:
        return next(n for n, value in enumerate(self.read_c) if value >= temperature_c) * CYCLE_S


def session(seed: int, *, target_c: float = 40.0, parameters: PlantParameters | None = None) -> Run:
    """Heat for eight minutes with a 10-bit converter, switching the MOSFET as the guard does."""
    settings = build(chip="MCP3008", sensors=1)
    thermistor = Thermistor.of(settings.thermistors[0], bits=10)
    chance, plant, switch, pid = random.Random(seed), Plant(parameters), SigmaDelta(), Pid(shipped())
    run = Run([], [])
    for _ in range(4800):
        reading = thermistor.read(int(thermistor.code_for(plant.sensor_c[0]) + chance.gauss(0.0, 0.5)))
        assert reading.temperature_c is not None
        pid = pid.step(target_c, reading.temperature_c, CYCLE_S, pid.duty)
        switch, on = switch.step(pid.duty)
        plant.advance(CYCLE_S, float(on))
        run.face_c.append(plant.face_c)
        run.read_c.append(reading.temperature_c)
    return run


@pytest.mark.parametrize("seed", range(5))
def test_a_nominal_session_is_warm_soon_and_never_a_degree_too_warm(seed: int) -> None:
    run = session(seed)
    assert max(run.read_c) <= 41.0
    assert max(run.face_c) <= 41.0
    assert run.seconds_to(39.7) < 240.0
    held = run.read_c[3000:]
    assert sum(held) / len(held) == pytest.approx(40.0, abs=0.15)
    assert max(abs(value - 40.0) for value in held) < 0.6


@pytest.mark.parametrize("target_c", [35.0, 42.0])
def test_the_ends_of_the_range_are_held_as_well(target_c: float) -> None:
    run = session(1, target_c=target_c)
    assert max(run.read_c) <= target_c + 1.0
    assert sum(run.read_c[3000:]) / 1800 == pytest.approx(target_c, abs=0.3)


@pytest.mark.parametrize(
    "parameters",
    [
        PlantParameters(ambient_c=10.0),
        PlantParameters(ambient_c=30.0, back_w_m2k=1.5),
        PlantParameters(supply_v=4.5),
        PlantParameters(perfusion_w_m2k=20.0),
        PlantParameters(power_w=12.0),
    ],
    ids=["cold room", "under a blanket", "sagging battery", "well perfused", "strong pad"],
)
def test_other_pads_and_people_stay_below_the_inhibit(parameters: PlantParameters) -> None:
    run = session(2, parameters=parameters)
    assert max(run.read_c) < 41.5
    assert max(run.face_c) < 42.0
