"""The estimator: where its gains come from, and what it makes of a modelled pad's readings."""

import math
import random

import numpy as np
import pytest

from controller.control import estimator
from controller.control.estimator import Estimator
from controller.control.pad_model import PadModel
from hardware.simulated.plant import Plant, PlantParameters

CYCLE_S = 0.1
NOMINAL = PlantParameters()
#: The nominal pad per square metre, as the simulator has it.
MODEL = PadModel(
    flux_w_m2=NOMINAL.power_w / NOMINAL.area_m2,
    heater_j_m2k=NOMINAL.heater_j_k / NOMINAL.area_m2,
    face_j_m2k=NOMINAL.face_j_k / NOMINAL.area_m2,
    heater_face_m2k_w=NOMINAL.heater_face_m2k_w,
    sensor_tau_s=NOMINAL.sensor_tau_s,
    sensor_heater_share=NOMINAL.sensor_heater_share,
)


def steady_kalman_gains() -> list[float]:
    """The gains per second of the steady filter that the module describes, for the nominal pad."""
    m, g = MODEL, 1.0 / MODEL.heater_face_m2k_w
    skin, skin_j = estimator.SKIN_W_M2K, estimator.SKIN_J_M2K
    a = np.zeros((4, 4))
    a[0, :2] = -(g + m.back_w_m2k) / m.heater_j_m2k, g / m.heater_j_m2k
    a[1] = g / m.face_j_m2k, -g / m.face_j_m2k, 0.0, -1.0 / m.face_j_m2k
    a[2, :3] = m.sensor_heater_share, 1.0 - m.sensor_heater_share, -1.0
    a[2] /= m.sensor_tau_s
    a[3] = skin * a[1]
    a[3, 3] -= skin / skin_j
    forward = np.eye(4) + CYCLE_S * a + CYCLE_S**2 / 2.0 * a @ a
    wanders = np.diag([0.02**2, 0.01**2, 0.001**2, 20.0**2]) * CYCLE_S
    spread = np.diag([4.0, 4.0, 4.0, 1e4])
    for _ in range(6000):
        spread = forward @ spread @ forward.T + wanders
        gain = spread[:, 2] / (spread[2, 2] + 0.1**2)
        spread = spread - np.outer(gain, spread[2])
    return [float(each) / CYCLE_S for each in gain]


def test_the_gains_are_those_of_a_steady_kalman_filter() -> None:
    given = [estimator.HEATER_GAIN, estimator.FACE_GAIN, estimator.SENSOR_GAIN, estimator.FLOW_GAIN]
    assert given == pytest.approx(steady_kalman_gains(), rel=1e-3)


def follow(plant: Plant, seconds: float, duty: float, noise_c: float = 0.0) -> Estimator:
    """Let an estimator watch a pad that is heated with one duty."""
    found, chance = Estimator(MODEL), random.Random(1)
    for _ in range(round(seconds / CYCLE_S)):
        found.step(plant.sensor_c[0] + chance.gauss(0.0, noise_c), CYCLE_S, MODEL.flux_w_m2 * duty)
        plant.advance(CYCLE_S, duty)
    return found


@pytest.mark.parametrize("noise_c", [0.0, 0.06])
def test_while_a_pad_warms_its_face_is_known_although_the_sensor_is_late(noise_c: float) -> None:
    plant = Plant()
    found = follow(plant, 60.0, 1.0, noise_c)
    assert plant.face_c - plant.sensor_c[0] > 0.5  # what a law that takes the reading as it is would miss
    assert found.face_c == pytest.approx(plant.face_c, abs=0.35)
    assert found.heater_c == pytest.approx(plant.heater_c, abs=1.0)


def test_the_heat_into_the_skin_is_found() -> None:
    plant = Plant()
    found = follow(plant, 400.0, 0.4)
    into_skin_w_m2 = (plant.face_c - plant.skin_c) / NOMINAL.face_skin_m2k_w
    assert found.flow_w_m2 == pytest.approx(into_skin_w_m2, rel=0.15)  # the room is not known


def test_a_single_glitch_moves_hardly_anything() -> None:
    plant = Plant()
    found = follow(plant, 200.0, 0.4)
    before_c = found.face_c
    found.step(69.0, CYCLE_S, MODEL.flux_w_m2 * 0.4)
    assert found.face_c == pytest.approx(before_c, abs=0.15)


def test_a_sample_that_is_missing_is_bridged_by_the_model() -> None:
    plant = Plant()
    found = follow(plant, 60.0, 1.0)
    for _ in range(20):
        found.step(None, CYCLE_S, MODEL.flux_w_m2)
        plant.advance(CYCLE_S, 1.0)
    assert found.face_c == pytest.approx(plant.face_c, abs=0.4)


def test_after_a_long_gap_all_is_found_anew() -> None:
    found = follow(Plant(), 60.0, 1.0)
    found.step(25.0, estimator.FORGETS_S + 1.0, 0.0)
    assert (found.heater_c, found.face_c, found.sensor_c) == (25.0, 25.0, 25.0)


def test_no_pad_of_the_design_range_makes_it_swing() -> None:
    slowest = PadModel(1000.0, 1000.0, 500.0, 0.005, 3.0, 0.3)
    found = Estimator(slowest)
    for n in range(3000):
        found.step(40.0 + 0.1 * math.sin(n), estimator.STEP_S, 300.0)
    assert found.face_c == pytest.approx(40.0, abs=1.0)
