"""Pad and wearer as a linear thermal network, for many guesses at once.

::

    Ch·H' = v·φ·u − (H−S)/R − hb·(H−Ta)      heater
    Cs·S' = (H−S)/R − a·(S−K)                face
    Ck·K' = a·(S−K) − g·(K−D)                skin; in the air K is the room and stays there
    τ·Z'  = f·H + (1−f)·S − Z                thermistor

It is linear because a trial stays below the warmth that widens the skin's vessels, and short because
deep tissue takes minutes to notice. So a step of fixed length has an exact solution, the exponential of
one matrix (Åström & Wittenmark, Computer-Controlled Systems, 3rd ed., ch. 2).
"""

import numpy as np
from scipy.linalg import expm

from controller.tuning.priors import Floats, Priors

#: The state of a guess: H, S, K, Z above the first reading, 1 for all that is constant, and the duty.
HEATER, FACE, BESIDE, SENSOR, ONE, DUTY, SIZE = range(7)
_Numbers = dict[str, Floats]


def numbers(priors: Priors, z: Floats) -> _Numbers:
    """Return the numbers of each guess; one guess is one row of ``z``."""
    return {prior.name: prior.value(z[:, n]) for n, prior in enumerate(priors)}


def begin(p: _Numbers, began_c: float | Floats) -> Floats:
    """Return the states of the guesses at a first reading of ``began_c`` °C, as columns."""
    some = p["heater_k"]
    state = np.zeros((len(some), SIZE, 1))
    state[:, HEATER, 0], state[:, FACE, 0], state[:, SENSOR, 0] = some, p["face_k"], p["sensor_k"]
    state[:, BESIDE, 0] = p.get("skin_c", p["ambient_c"]) - began_c
    state[:, ONE, 0] = 1.0
    return state


def advance(p: _Numbers, step_s: float, flux_w_m2: float, began_c: float | Floats) -> Floats:
    """Return the matrices that advance the states by ``step_s`` s, for that rated heat flux in W/m²."""
    heater, face, tau_s, share = (
        p[name] for name in ("heater_j_m2k", "face_j_m2k", "sensor_tau_s", "sensor_heater_share")
    )
    through, contact = 1.0 / p["heater_face_m2k_w"], p["contact_w_m2k"]
    rates = np.zeros((len(heater), SIZE, SIZE))
    rates[:, HEATER, HEATER] = -(through + p["back_w_m2k"]) / heater
    rates[:, HEATER, FACE] = through / heater
    rates[:, HEATER, ONE] = p["back_w_m2k"] * (p["ambient_c"] - began_c) / heater
    rates[:, HEATER, DUTY] = p["supply"] * flux_w_m2 / heater
    rates[:, FACE, HEATER] = through / face
    rates[:, FACE, FACE] = -(through + contact) / face
    rates[:, FACE, BESIDE] = contact / face
    if "skin_j_m2k" in p:
        skin, blood = p["skin_j_m2k"], p["blood_w_m2k"]
        rates[:, BESIDE, FACE] = contact / skin
        rates[:, BESIDE, BESIDE] = -(contact + blood) / skin
        rates[:, BESIDE, ONE] = blood * (p["core_c"] - began_c) / skin
    rates[:, SENSOR, HEATER] = share / tau_s
    rates[:, SENSOR, FACE] = (1.0 - share) / tau_s
    rates[:, SENSOR, SENSOR] = -1.0 / tau_s
    step: Floats = expm(rates * step_s)
    return step


def simulate(
    priors: Priors, z: Floats, duty: Floats, step_s: float, flux_w_m2: float, began_c: float
) -> Floats:
    """Return what the thermistor has for each guess (row), °C, at the begin and after each step.

    Args:
        priors: ``WORN`` or ``IN_AIR``.
        z: guesses, one a row.
        duty: mean of each step, 0-1.
        step_s: length of a step, s, > 0.
        flux_w_m2: rated heat flux, W/m².
        began_c: the first reading, °C.
    """
    p = numbers(priors, z)
    state, step = begin(p, began_c), advance(p, step_s, flux_w_m2, began_c)
    found = np.empty((len(duty) + 1, len(z)))
    found[0] = state[:, SENSOR, 0]
    for n, on in enumerate(duty, start=1):
        state[:, DUTY, 0] = on
        state = step @ state
        found[n] = state[:, SENSOR, 0]
    above_k: Floats = found.T
    return began_c + above_k
