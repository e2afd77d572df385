"""What the law will make of a pad: sessions on wearers that were not there for the trial."""

from typing import Final

import numpy as np

from controller.control.law import HeatLaw, gains
from controller.control.pad_model import PadModel
from controller.tuning.fit import Fit
from controller.tuning.network import DUTY, FACE, HEATER, SENSOR, advance, begin, numbers
from controller.tuning.priors import DEVICE, MOST_Z, WORN

TARGET_C: Final = 40.0
_SESSIONS: Final = 12
_TICKS: Final = 1200
_TICK_S: Final = 0.2
_SEED: Final = 1


def overshoot_c(fit: Fit, model: PadModel, flux_w_m2: float, *, known: bool) -> float:
    """Return what eleven of a dozen sessions stay below: °C above their target of 40 °C.

    Each is on a device that the trial leaves possible, and on a wearer, in a room and at a supply drawn at
    random.

    Args:
        fit: of the trial.
        model: the one that the law has.
        flux_w_m2: rated heat flux, W/m².
        known: whether the supply's voltage is, so that the duty makes up for it.
    """
    rng, device = np.random.default_rng(_SEED), slice(len(DEVICE))
    z = rng.standard_normal((_SESSIONS, len(WORN)))
    z[:, device] = rng.multivariate_normal(fit.z[device], fit.covariance[device, device], _SESSIONS)
    p = numbers(WORN, np.clip(z, [prior.least_z for prior in WORN], MOST_Z))
    for name in ("heater_k", "face_k", "sensor_k"):
        p[name] = np.zeros(_SESSIONS)  # a pad that was in the room and has just been put on
    if known:
        p["supply"] = np.ones(_SESSIONS)
    room_c, share = p["ambient_c"], p["sensor_heater_share"]
    state, step = begin(p, room_c), advance(p, _TICK_S, flux_w_m2, room_c)
    laws = [HeatLaw(model, gains(model, tuned=True)) for _ in range(_SESSIONS)]
    highest_c = np.full(_SESSIONS, -np.inf)
    for _ in range(_TICKS):
        for n, law in enumerate(laws):
            reading_c, duty = float(state[n, SENSOR, 0] + room_c[n]), float(state[n, DUTY, 0])
            state[n, DUTY, 0] = law.step(TARGET_C, reading_c, _TICK_S, duty)
        state = step @ state
        true_c = share * state[:, HEATER, 0] + (1.0 - share) * state[:, FACE, 0] + room_c
        highest_c = np.maximum(highest_c, true_c)
    return max(0.0, float(np.sort(highest_c)[-2]) - TARGET_C)
