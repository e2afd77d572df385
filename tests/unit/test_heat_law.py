"""The law on modelled pads: as fast as it may be, no overshoot, whatever happens to the pad."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.control.law import HeatLaw, gains
from controller.control.pad_model import PadModel
from hardware.modulation import SigmaDelta
from hardware.simulated.plant import Plant, PlantParameters
from hardware.thermistor import Thermistor
from tests.support.builds import build

CYCLE_S = 0.1
any_number = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308])


def law(parameters: PlantParameters) -> HeatLaw:
    """The law of a pad that was never tuned: it knows the rated power and the area."""
    model = PadModel(parameters.power_w / parameters.area_m2)
    return HeatLaw(model, gains(model, tuned=False))


@dataclass
class Run:
    """The pad's true temperature, °C, and the duty, one of each per cycle."""

    pad_c: list[float] = field(default_factory=list)
    duty: list[float] = field(default_factory=list)

    def seconds_to(self, temperature_c: float) -> float:
        return next(n for n, value in enumerate(self.pad_c) if value >= temperature_c) * CYCLE_S

    def from_s(self, seconds: float) -> list[float]:
        return self.pad_c[round(seconds / CYCLE_S) :]


def true_c(plant: Plant) -> float:
    """What the thermistor's place has, without lag and noise."""
    share = plant.parameters.sensor_heater_share
    return share * plant.heater_c + (1.0 - share) * plant.face_c


def heat(
    parameters: PlantParameters,
    *,
    target_c: Callable[[float], float] = lambda s: 40.0,
    happens: Callable[[float, Plant], None] = lambda s, plant: None,
    seconds: float = 480.0,
    seed: int = 1,
) -> Run:
    """Heat with a 10-bit converter and its noise, switching the MOSFET as the guard does."""
    thermistor = Thermistor.of(build(chip="MCP3008", sensors=1).thermistors[0], bits=10)
    chance, plant, switch, run = random.Random(seed), Plant(parameters), SigmaDelta(), Run()
    control, duty = law(parameters), 0.0
    for n in range(round(seconds / CYCLE_S)):
        happens(n * CYCLE_S, plant)
        reading = thermistor.read(int(thermistor.code_for(plant.sensor_c[0]) + chance.gauss(0.0, 0.5)))
        duty = control.step(target_c(n * CYCLE_S), reading.temperature_c, CYCLE_S, duty)
        switch, on = switch.step(duty)
        plant.advance(CYCLE_S, float(on))
        run.pad_c.append(true_c(plant))
        run.duty.append(duty)
    return run


@pytest.mark.parametrize("seed", range(3))
def test_a_nominal_session_is_at_full_power_until_it_coasts_and_then_holds(seed: int) -> None:
    run = heat(PlantParameters(), seed=seed)
    assert min(run.duty[10:550]) == 1.0
    assert run.seconds_to(39.7) < 110.0
    assert max(run.pad_c) < 40.4
    held = run.from_s(200.0)
    assert sum(held) / len(held) == pytest.approx(40.0, abs=0.15)
    assert max(abs(value - 40.0) for value in held) < 0.4


@pytest.mark.parametrize("target_c", [35.0, 42.0])
def test_the_ends_of_the_range_are_held_as_well(target_c: float) -> None:
    run = heat(PlantParameters(), target_c=lambda s: target_c)
    assert max(run.pad_c) < target_c + 0.4
    held = run.from_s(300.0)
    assert sum(held) / len(held) == pytest.approx(target_c, abs=0.15)


@pytest.mark.parametrize(
    "parameters",
    [
        PlantParameters(ambient_c=10.0),
        PlantParameters(ambient_c=30.0, back_w_m2k=1.5),
        PlantParameters(supply_v=4.5),
        PlantParameters(perfusion_w_m2k=20.0),
        PlantParameters(power_w=12.0),
        PlantParameters(sensor_tau_s=15.0, heater_face_m2k_w=0.015, heater_j_k=31.0),
    ],
    ids=["cold room", "under a blanket", "weak battery", "well perfused", "strong pad", "slow pad"],
)
def test_other_pads_and_people_are_not_overheated_either(parameters: PlantParameters) -> None:
    run = heat(parameters, seed=2)
    assert max(run.pad_c) < 40.8
    assert min(run.from_s(300.0)) > 39.4


# --- what happens to a pad that is held -------------------------------------------------------------


def test_a_new_target_is_gone_to_at_once_and_not_beyond() -> None:
    up = heat(PlantParameters(), target_c=lambda s: 38.0 if s < 240.0 else 41.0)
    assert 1.0 in up.duty[2400:2450]
    assert max(up.pad_c) < 41.4
    down = heat(PlantParameters(), target_c=lambda s: 41.0 if s < 240.0 else 38.0)
    assert max(down.duty[2400:2500]) == 0.0
    assert min(down.from_s(240.0)) > 37.6


def test_a_supply_that_sags_is_made_up_for() -> None:
    def sags(seconds: float, plant: Plant) -> None:
        plant.supply_v = 5.0 if seconds < 200.0 else 4.5

    run = heat(PlantParameters(), happens=sags)
    assert max(abs(value - 40.0) for value in run.from_s(200.0)) < 0.5


def test_a_pad_that_is_lifted_and_put_back_does_not_overshoot() -> None:
    def lifted(seconds: float, plant: Plant) -> None:
        plant.worn = not 200.0 <= seconds < 230.0

    run = heat(PlantParameters(), happens=lifted)
    assert max(run.from_s(200.0)) < 40.8
    assert run.from_s(400.0)[0] == pytest.approx(40.0, abs=0.3)


def test_a_blanket_that_is_thrown_over_does_not_overheat() -> None:
    def covered(seconds: float, plant: Plant) -> None:
        if seconds >= 200.0:
            plant.parameters = replace(plant.parameters, back_w_m2k=1.5, ambient_c=30.0)

    run = heat(PlantParameters(), happens=covered)
    assert max(run.from_s(200.0)) < 40.5


def test_a_glitch_changes_the_duty_a_little_and_for_a_moment() -> None:
    control, plant, duty = law(PlantParameters()), Plant(), 0.0
    for n in range(3000):
        reading_c = 69.0 if n == 2900 else plant.sensor_c[0]
        before, duty = duty, control.step(40.0, reading_c, CYCLE_S, duty)
        if n == 2900:
            assert abs(duty - before) < 0.35
        plant.advance(CYCLE_S, duty)
    assert true_c(plant) == pytest.approx(40.0, abs=0.2)


def test_heat_that_the_guard_withholds_is_known() -> None:
    plant, control, duty = Plant(), law(PlantParameters()), 0.0
    for n in range(3000):
        let_in = 0.0 if 2000 <= n < 2200 else duty  # twenty seconds without
        plant.advance(CYCLE_S, let_in)
        duty = control.step(40.0, plant.sensor_c[0], CYCLE_S, let_in)
        if n > 2200:
            assert true_c(plant) < 40.4


def test_with_less_voltage_the_same_heat_is_asked_for() -> None:
    full, half = law(PlantParameters()), law(PlantParameters())
    for _ in range(600):
        strong = full.step(40.0, 39.9, CYCLE_S, 0.4)
        weak = half.step(40.0, 39.9, CYCLE_S, 0.8, power=0.5)
    assert 0.0 < strong < 0.5
    assert weak == pytest.approx(2.0 * strong)


# --- the promises -----------------------------------------------------------------------------------


@given(st.lists(st.tuples(any_number, st.none() | any_number, any_number, any_number)))
def test_no_input_gives_a_duty_outside_0_to_1(
    samples: list[tuple[float, float | None, float, float]],
) -> None:
    control = law(PlantParameters())
    for target_c, temperature_c, dt_s, applied in samples:
        assert 0.0 <= control.step(target_c, temperature_c, dt_s, applied) <= 1.0


@pytest.mark.parametrize("odd", [None, math.nan, math.inf, -math.inf])
def test_without_a_reading_nothing_is_asked_for_and_nothing_learnt(odd: float | None) -> None:
    control = law(PlantParameters())
    for _ in range(100):
        control.step(40.0, 35.0, CYCLE_S, 0.0)
    before_c = control.estimator.face_c
    assert control.step(40.0, odd, CYCLE_S, 0.0) == 0.0
    assert control.estimator.face_c == before_c
    assert control.step(40.0, 35.0, CYCLE_S, 0.0) > 0.0


def test_numbers_beyond_all_physics_do_not_heat_later() -> None:
    control = law(PlantParameters())
    control.step(40.0, 30.0, CYCLE_S, 0.0)
    for temperature_c in (1e308, -1e308, 1e308):
        control.step(40.0, temperature_c, CYCLE_S, 0.0)
    for _ in range(600):
        duty = control.step(40.0, 45.0, CYCLE_S, 0.0)
    assert duty == 0.0
