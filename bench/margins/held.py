"""A pad at its hold and the law that holds it, as matrices of the running code."""

from copy import deepcopy
from typing import Final

import numpy as np
from scipy.optimize import brentq

from bench.margins.linear import Array, Linear, linearise, rest
from controller.control.law import HeatLaw, gains
from controller.control.pad_model import PadModel
from hardware.simulated.plant import Plant, PlantParameters

CYCLE_S: Final = 0.1
TARGET_C: Final = 40.0
_INTEGRAL_MOST: Final = 10.0


def tuned_model(p: PlantParameters) -> PadModel:
    """Return what a perfect ``heatpack tune`` would know: the device, but neither wearer nor supply."""
    return PadModel(
        flux_w_m2=p.power_w / p.area_m2,
        heater_j_m2k=p.heater_j_k / p.area_m2,
        face_j_m2k=p.face_j_k / p.area_m2,
        heater_face_m2k_w=p.heater_face_m2k_w,
        sensor_tau_s=p.sensor_tau_s,
        sensor_heater_share=p.sensor_heater_share,
    )


def untuned_model(p: PlantParameters) -> PadModel:
    """Return what a configuration knows: rated power and area; the rest is a typical pad's."""
    return PadModel(flux_w_m2=p.power_w / p.area_m2)


def pad_matrices(parameters: PlantParameters, state: Array, duty: float) -> Linear:
    """Return the pad around a state: from the duty on the pin to the reading, °C."""

    def step(x: Array, u: float) -> tuple[Array, float]:
        return _advanced(parameters, x, u), float(x[-1])

    return linearise(step, state, duty)


def _advanced(parameters: PlantParameters, x: Array, duty: float) -> Array:
    plant = Plant(parameters)
    plant.heater_c, plant.face_c, plant.skin_c, plant.deep_c, plant.blood, plant.sensor_c[0] = map(float, x)
    plant.advance(CYCLE_S, duty)
    return np.array(
        [plant.heater_c, plant.face_c, plant.skin_c, plant.deep_c, plant.blood, plant.sensor_c[0]]
    )


def held_pad(parameters: PlantParameters) -> tuple[Array, float]:
    """Return the pad's state, and the duty, with which its reading stays at the target."""

    def step(x: Array) -> Array:
        # At rest the duty stays as it is, so the reading must be at the target.
        after = _advanced(parameters, x[:-1], float(x[-1]))
        return np.append(after, x[-1] + TARGET_C - after[-1])

    found = rest(step, [TARGET_C + 2.0, TARGET_C, 38.5, 37.5, 2.0, TARGET_C, 0.4])
    return found[:-1], float(found[-1])


def law_matrices(model: PadModel, *, tuned: bool, duty: float) -> Linear:
    """Return the law where it holds a pad with a duty: from the reading, °C, to the wanted duty."""
    law = HeatLaw(model, gains(model, tuned=tuned))
    law.step(TARGET_C, TARGET_C, CYCLE_S, duty)
    e = law.estimator
    assert e.heater_c is not None

    def settled(estimate: Array) -> Array:
        return _stepped(law, np.array([*estimate, 0.0, TARGET_C, duty]), TARGET_C)[0][:4]

    estimate = rest(settled, [e.heater_c, e.face_c, e.sensor_c, e.flow_w_m2])

    def beyond(integral: float) -> float:
        return _stepped(law, np.array([*estimate, integral, TARGET_C, duty]), TARGET_C)[1] - duty

    # After a long hold the integral has made up for what the model lacks: what is asked for goes in.
    state = np.array([*estimate, brentq(beyond, -_INTEGRAL_MOST, _INTEGRAL_MOST), TARGET_C, duty])
    _set(law, state)
    law.step(TARGET_C, TARGET_C, CYCLE_S, duty)
    return linearise(lambda x, reading_c: _stepped(law, x, reading_c), state, TARGET_C)


def _stepped(law: HeatLaw, x: Array, reading_c: float) -> tuple[Array, float]:
    # The model never changes, and copying it would be most of the work.
    after = deepcopy(law, {id(law.model): law.model, id(law.gains): law.gains})
    _set(after, x)
    asked = after.step(TARGET_C, reading_c, CYCLE_S, float(x[-1]))
    e, pid = after.estimator, after.pid
    assert e.heater_c is not None
    assert pid.filtered_c is not None
    return np.array(
        [e.heater_c, e.face_c, e.sensor_c, e.flow_w_m2, pid.integral, pid.filtered_c, asked]
    ), asked


def _set(law: HeatLaw, x: Array) -> None:
    e, pid = law.estimator, law.pid
    e.heater_c, e.face_c, e.sensor_c, e.flow_w_m2, pid.integral, pid.filtered_c = map(float, x[:-1])
