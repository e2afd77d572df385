"""The device from a trial: what fits its readings best, or why nothing can be concluded.

The wearer is found with the device, and forgotten. A pad that nobody wears is another network, and so is one
whose heater is not connected; what is more probable counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from controller.control.pad_model import PadModel
from controller.tuning.fit import Fit, fit
from controller.tuning.forecast import overshoot_c
from controller.tuning.priors import DEVICE, IN_AIR, MOST_Z, SUPPLY, WORN, with_supply
from controller.tuning.readings import STEP_S, Readings, gather
from controller.tuning.trial import LEAST_RISE_C, Sample, not_warmed

_LEAST_S: Final = 30.0
#: Share of the readings that may be missing or glitches.
_LOST_MOST: Final = 0.1
#: What the model does not explain, RMS of means over 5 s. A pad of the bench that nobody touches stays below
#: 0.015 °C; the rest is left to pads that are built otherwise than the network thinks.
_UNEXPLAINED_MOST_C: Final = 0.05
_UNEXPLAINED_OVER: Final = 10
#: Without the heater the readings must be less probable, by this many units of the logarithm.
_HEATED_BY: Final = 25.0
#: The thermistor's lag matters most to the law. Before a trial it is uncertain by 0.46.
_TAU_UNSURE_MOST: Final = 0.4
_AT_BOUND_Z: Final = 0.99
#: The lags of thermistor and face look alike: the fit begins on both sides.
_BEGIN_TAU_Z: Final = (-0.8, 0.8)
_WORDS: Final = {
    "heater_j_m2k": "a heater of {:.0f} J/m²K",
    "face_j_m2k": "a face of {:.0f} J/m²K",
    "heater_face_m2k_w": "{:.4f} m²K/W between heater and face",
    "sensor_tau_s": "a thermistor that is {:.1f} s late",
    "sensor_heater_share": "a thermistor that feels {:.2f} of the heater itself",
}


class BadData(Exception):  # noqa: N818 - that is what they are
    """A trial allows no conclusion. The text says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a trial has shown.

    Attributes:
        model: the pad, as it looks to who takes its heat flux for the rated one.
        worn: whether somebody wore it.
        heat_j_m2: what the trial put in, J/m² of rated heat.
        rms_c: what the model does not explain, noise and all, °C.
        sigma: standard deviation of each of the model's numbers over the number; of the share itself.
        expected_overshoot_c: what to expect of the tuned law at 40 °C.
        at_s: when the readings were taken, s since the begin.
        read_c: means of the readings over half a second, °C.
        fitted_c: what the model says they are, °C.
    """

    model: PadModel
    worn: bool
    heat_j_m2: float
    rms_c: float
    sigma: dict[str, float]
    expected_overshoot_c: float
    at_s: tuple[float, ...]
    read_c: tuple[float, ...]
    fitted_c: tuple[float, ...]


def identify(samples: Sequence[Sample], flux_w_m2: float, supply: float | None = None) -> Identified:
    """Return the pad that a trial was made on.

    Args:
        samples: of the trial, to its end.
        flux_w_m2: the pad's rated heat flux, W/m², > 0.
        supply: power at full duty over the rated one in this trial, where the voltage is measured. The law
            must then make up for the voltage too.

    Raises:
        BadData: no conclusion is possible.
    """
    readings = _usable(samples)
    worn, in_air = (p if supply is None else with_supply(p, supply) for p in (WORN, IN_AIR))
    begins = [(priors, tau_z) for priors in (worn, in_air) for tau_z in _BEGIN_TAU_Z]
    best = min((fit(priors, readings, flux_w_m2, tau_z) for priors, tau_z in begins), key=lambda f: f.cost)
    if fit(WORN, readings, 0.0).cost < best.cost + _HEATED_BY:
        raise BadData("The pad did what it does without heat: check the heater's wires and its supply")
    _judge(best, readings)
    model = _at_rated_flux(best, flux_w_m2, SUPPLY.centre if supply is None else 1.0)
    deviations = np.sqrt(np.diag(best.covariance))
    return Identified(
        model=model,
        worn=best.priors is worn,
        heat_j_m2=float(np.sum(readings.duty)) * STEP_S * flux_w_m2,
        rms_c=float(np.sqrt(np.mean(best.off_c**2))),
        sigma={prior.name: float(prior.sd * deviations[n]) for n, prior in enumerate(DEVICE)},
        expected_overshoot_c=overshoot_c(best, model, flux_w_m2, known=supply is not None),
        at_s=tuple((readings.at * STEP_S).tolist()),
        read_c=tuple(readings.mean_c.tolist()),
        fitted_c=tuple((readings.mean_c + best.off_c).tolist()),
    )


def _at_rated_flux(best: Fit, flux_w_m2: float, usual: float) -> PadModel:
    """Return the pad as it looks to who takes its power for the rated one.

    Where the voltage is not known, the pad usually has the share ``usual`` of that. Heat, capacities and
    conductances can all be scaled by one number, and no temperature changes.
    """
    return PadModel(
        flux_w_m2,
        heater_j_m2k=best.value("heater_j_m2k") / usual,
        face_j_m2k=best.value("face_j_m2k") / usual,
        heater_face_m2k_w=best.value("heater_face_m2k_w") * usual,
        sensor_tau_s=best.value("sensor_tau_s"),
        sensor_heater_share=best.value("sensor_heater_share"),
    )


def _usable(samples: Sequence[Sample]) -> Readings:
    duration_s = sum(sample.passed_s for sample in samples)
    if duration_s < _LEAST_S:
        raise BadData(f"The trial lasted {duration_s:.0f} s; it takes {_LEAST_S:g} s at least")
    valid = sum(sample.temperature_c is not None for sample in samples)
    if valid < (1.0 - _LOST_MOST) * len(samples):
        raise BadData(
            f"Of {len(samples)} readings {valid} were valid, and it takes {1.0 - _LOST_MOST:.0%}: "
            "check the thermistor's wires"
        )
    readings = gather(samples)
    if readings.lost > _LOST_MOST:
        raise BadData(
            f"Of {len(samples)} readings {readings.lost:.0%} were missing or glitches, "
            f"and {_LOST_MOST:.0%} may be: check the thermistor's wires"
        )
    rise_c = float(np.max(readings.mean_c) - readings.mean_c[0])
    if rise_c < LEAST_RISE_C:
        raise BadData(not_warmed(rise_c))
    return readings


def _judge(best: Fit, readings: Readings) -> None:
    whole = len(best.off_c) // _UNEXPLAINED_OVER * _UNEXPLAINED_OVER
    slow_c = np.mean(best.off_c[:whole].reshape(-1, _UNEXPLAINED_OVER), axis=1)
    unexplained_c = float(np.sqrt(np.mean(slow_c**2)))
    if unexplained_c > _UNEXPLAINED_MOST_C:
        about_s = float(readings.at[int(np.argmax(np.abs(slow_c))) * _UNEXPLAINED_OVER]) * STEP_S
        raise BadData(
            f"No pad that is left alone does this: {unexplained_c:.2f} °C are not explained, most of it "
            f"about {about_s:.0f} s after the begin. Was it moved, pressed or in a draught? "
            "Try again and keep still"
        )
    for n, prior in enumerate(DEVICE):
        least_z = prior.least_z if prior.log else -np.inf  # a share of 0 is a good one
        if not _AT_BOUND_Z * least_z < best.z[n] < _AT_BOUND_Z * MOST_Z:
            found = _WORDS[prior.name].format(best.value(prior.name))
            raise BadData(
                f"The trial says {found}, which no pad has. Was it moved? Try again and keep still, "
                "and check the pad's power and area in the configuration"
            )
        if prior.name == "sensor_tau_s" and prior.sd * np.sqrt(best.covariance[n, n]) > _TAU_UNSURE_MOST:
            raise BadData("The readings are too noisy to tell how late the thermistor is: check its wires")
