"""The most probable pad and wearer for the readings of a trial.

Nonlinear least squares on the readings and on the priors together, which is the maximum of the
posterior (Ljung, System Identification, 2nd ed., ch. 7.4).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import least_squares

from controller.tuning.network import simulate
from controller.tuning.priors import MOST_Z, Floats, Priors, place
from controller.tuning.readings import STEP_S, Readings

#: Readings further off count less.
_ROBUST_SIGMA: Final = 4.0
_STEP_Z: Final = 1e-4
_STEPS_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Fit:
    """The best of one network.

    Attributes:
        priors: the network's numbers.
        z: found, in standard deviations of their priors.
        covariance: of z.
        off_c: the model less the mean readings, °C.
        cost: half the sum of squares, of readings and priors: − log of the probability.
    """

    priors: Priors
    z: Floats
    covariance: Floats
    off_c: Floats
    cost: float

    def value(self, name: str) -> float:
        """Return one of the network's numbers."""
        n = place(self.priors, name)
        return float(self.priors[n].value(self.z[n]))


def fit(priors: Priors, readings: Readings, flux_w_m2: float, tau_z: float = 0.0) -> Fit:
    """Return the best fit of a network, searched from all that is typical but the thermistor's lag.

    Args:
        priors: ``WORN`` or ``IN_AIR``.
        readings: of the trial.
        flux_w_m2: the pad's rated heat flux, W/m²; 0 for a heater that is not connected.
        tau_z: where to begin with the thermistor's lag, standard deviations from the typical one.
    """
    first = np.minimum(readings.at.astype(int), len(readings.duty) - 1)
    beyond = readings.at - first
    began_c = float(readings.mean_c[0])

    def off(guesses: Floats) -> Floats:
        at_edges_c = simulate(priors, guesses, readings.duty, STEP_S, flux_w_m2, began_c)
        between_c = at_edges_c[:, first] * (1.0 - beyond) + at_edges_c[:, first + 1] * beyond
        off_c: Floats = between_c - readings.mean_c
        return off_c

    def residuals(z: Floats) -> Floats:
        return np.concatenate([off(z[None])[0] / readings.sigma_c, z])

    def jacobian(z: Floats) -> Floats:
        itself = np.eye(len(z))
        there_c = off(np.vstack([z, z + _STEP_Z * itself]))
        slopes = (there_c[1:] - there_c[0]) / (_STEP_Z * readings.sigma_c)
        return np.vstack([slopes.T, itself])

    begin = np.zeros(len(priors))
    begin[place(priors, "sensor_tau_s")] = tau_z
    found = least_squares(
        residuals,
        begin,
        jacobian,
        bounds=([prior.least_z for prior in priors], MOST_Z),
        loss="soft_l1",
        f_scale=_ROBUST_SIGMA,
        max_nfev=_STEPS_MOST,
    )
    slopes = jacobian(found.x)
    covariance = np.asarray(np.linalg.inv(slopes.T @ slopes), dtype=np.float64)
    return Fit(priors, found.x, covariance, off(found.x[None])[0], float(found.cost))
