"""Gain, phase and delay margins and the sensitivity of a sampled loop, from its frequency response.

As in Åström & Murray, Feedback Systems (2nd ed., 2021), ch. 10 and 13. All of them are about a loop that is
stable as it is; that is judged first, by the closed loop's own motions.
"""

import cmath
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq

from bench.margins.linear import Array, ComplexArray

#: A loop transfer function: from frequencies in rad/s to complex values.
Response = Callable[[Array], ComplexArray]

_SLOWEST_RAD_S: Final = 1e-4
_POINTS: Final = 800


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a loop is from swinging.

    Attributes:
        gain: by how much the pad's power may be larger than it is, as a factor > 1.
        gain_less: and by how much smaller, as a factor < 1; 0 where any smaller one is stable.
        phase_deg: by how much the loop may be later at its crossover, degrees.
        delay_s: the same as a dead time, s.
        sensitivity: the most that a disturbance is made larger, M_s ≥ 1. Its inverse is the distance of the
            Nyquist curve from the critical point.
    """

    gain: float
    gain_less: float
    phase_deg: float
    delay_s: float
    sensitivity: float


def margins(loop: Response, cycle_s: float) -> Margins:
    """Return the margins of a stable loop that is sampled every ``cycle_s`` seconds."""
    frequencies = np.geomspace(_SLOWEST_RAD_S, math.pi / cycle_s, _POINTS)
    values = loop(frequencies)
    at_minus_180 = [value.real for _, value in _crossings(loop, frequencies, values, _imaginary)]
    gains = [-1.0 / real for real in at_minus_180 if real < 0.0]
    at_unity = list(_crossings(loop, frequencies, values, _beyond_unity))
    late_rad = [(cmath.phase(value) + math.pi) % math.tau for _, value in at_unity]
    return Margins(
        gain=min((gain for gain in gains if gain > 1.0), default=math.inf),
        gain_less=max((gain for gain in gains if gain < 1.0), default=0.0),
        phase_deg=math.degrees(min((min(late, math.tau - late) for late in late_rad), default=math.inf)),
        delay_s=min((late / at for late, (at, _) in zip(late_rad, at_unity, strict=True)), default=math.inf),
        sensitivity=float(np.max(1.0 / np.abs(1.0 + values))),
    )


def _imaginary(values: ComplexArray) -> Array:
    return np.asarray(values.imag, dtype=np.float64)


def _beyond_unity(values: ComplexArray) -> Array:
    return np.asarray(np.log(np.abs(values)), dtype=np.float64)


def _crossings(
    loop: Response,
    frequencies: Array,
    values: ComplexArray,
    of: Callable[[ComplexArray], Array],
) -> Iterator[tuple[float, complex]]:
    """Yield each frequency, and the loop's value there, at which ``of`` the loop passes zero."""
    signs = np.sign(of(values))
    for n in np.flatnonzero(signs[:-1] * signs[1:] < 0.0):
        at = brentq(lambda w: float(of(loop(np.array([w])))[0]), frequencies[n], frequencies[n + 1])
        yield at, complex(loop(np.array([at]))[0])
