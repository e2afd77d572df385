"""From the samples of a trial to means over equal steps: what the fit works on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from controller.tuning.priors import Floats
from controller.tuning.trial import Sample

STEP_S: Final = 0.5
#: A reading this far from the median of its neighbours is a glitch, °C: no pad moves so fast.
_GLITCH_C: Final = 0.8
_NEIGHBOURS: Final = 5
#: Errors of a mean that more readings do not make smaller, °C: of the converter's steps, and of the model.
_FLOOR_C: Final = 0.02


@dataclass(frozen=True, slots=True)
class Readings:
    """A trial in steps of ``STEP_S`` seconds. Steps without a valid reading are left out of the last four.

    Attributes:
        duty: mean of each step, 0-1.
        at: when the means below were taken, in steps since the begin.
        mean_c: the readings, °C.
        sigma_c: standard deviation of each mean, °C.
        duration_s: of the trial, s.
        lost: share of all readings that were not valid or glitches, 0-1.
    """

    duty: Floats
    at: Floats
    mean_c: Floats
    sigma_c: Floats
    duration_s: float
    lost: float


def gather(samples: Sequence[Sample]) -> Readings:
    """Take means of samples that lie apart in any way. There must be two seconds of them."""
    ends_s = np.cumsum([sample.passed_s for sample in samples])
    heated_s = np.cumsum([sample.passed_s * sample.duty for sample in samples])
    read = [n for n, sample in enumerate(samples) if sample.temperature_c is not None]
    times_s = ends_s[read]
    temperatures_c = np.array([samples[n].temperature_c for n in read], dtype=np.float64)
    good = ~_glitches(temperatures_c)
    times_s, temperatures_c = times_s[good], temperatures_c[good]
    steps = int(ends_s[-1] / STEP_S)
    edges_s = np.arange(steps + 1) * STEP_S
    duty = np.diff(np.interp(edges_s, np.append(0.0, ends_s), np.append(0.0, heated_s))) / STEP_S
    step = np.minimum((times_s / STEP_S).astype(int), steps - 1)
    count = np.bincount(step, minlength=steps)
    filled = count > 0
    count = count[filled]
    return Readings(
        duty=duty,
        at=np.bincount(step, times_s, steps)[filled] / count / STEP_S,
        mean_c=np.bincount(step, temperatures_c, steps)[filled] / count,
        sigma_c=np.hypot(_noise_c(temperatures_c) / np.sqrt(count), _FLOOR_C),
        duration_s=float(ends_s[-1]),
        lost=1.0 - len(temperatures_c) / len(samples),
    )


def _glitches(temperatures_c: Floats) -> NDArray[np.bool_]:
    padded = np.pad(temperatures_c, _NEIGHBOURS, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1)
    return np.abs(temperatures_c - np.median(windows, axis=1)) > _GLITCH_C


def _noise_c(temperatures_c: Floats) -> float:
    """Return the noise of one reading: second differences do not see a steady rise, and have 6 σ²."""
    if len(temperatures_c) < 3:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(temperatures_c, 2) ** 2) / 6.0))
