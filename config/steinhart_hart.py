"""Steinhart & Hart (1968): 1/T = a + b·ln R + c·(ln R)³, with T in K and R in Ω.

A single B value reads 0.24-0.43 °C low between 40 and 50 °C, which is the unsafe direction. This
equation, fitted to a part's table, stays within 0.015 °C from 20 to 60 °C.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ZERO_C_IN_K = 273.15

#: Below this, c changes no reading by 0.0001 °C, and dividing by it would only lose digits.
_NEGLIGIBLE_C = 1e-15

#: In ln R from one point to the next; a thermistor falls by 0.03 for each °C.
_LEAST_FALL = 1e-6


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Coefficients of one thermistor. An NTC, falling at every temperature, has b > 0 and c ≥ 0."""

    a: float
    b: float
    c: float

    def temperature_c(self, resistance_ohm: float) -> float:
        """Return the temperature in °C of a resistance > 0 Ω."""
        ln_ohm = math.log(resistance_ohm)
        return 1.0 / (self.a + ln_ohm * (self.b + self.c * ln_ohm**2)) - ZERO_C_IN_K

    def ln_ohm(self, temperature_c: float) -> float:
        """Return ln(R/Ω) at a temperature above −273.15 °C.

        The only real root of the cubic, in Viète's hyperbolic form. The usual form with two cube
        roots subtracts nearly equal numbers when c is small.
        """
        offset = self.a - 1.0 / (temperature_c + ZERO_C_IN_K)
        if self.c < _NEGLIGIBLE_C:
            return -offset / self.b
        scale = math.sqrt(self.b / (3.0 * self.c))
        return -2.0 * scale * math.sinh(math.asinh(1.5 * offset / (self.b * scale)) / 3.0)

    def resistance_ohm(self, temperature_c: float) -> float:
        """Return the resistance in Ω at a temperature above −273.15 °C."""
        return math.exp(self.ln_ohm(temperature_c))


def fit(points: Sequence[tuple[float, float]]) -> Coefficients:
    """Fit (°C, Ω) points: exactly through three, by least squares in 1/T through more.

    A table too short or too coarse to show the cubic term gets c = 0, never a negative c, with
    which the curve would turn back.

    Raises:
        ValueError: fewer than three points, or points that no NTC can have.
    """
    rows = sorted(points)
    if len(rows) < 3:
        raise ValueError(f"expected at least three (°C, Ω) points, got {len(rows)}")
    logs = [math.log(ohm) for _, ohm in rows]
    cubes = [ln_ohm**3 for ln_ohm in logs]
    inverses = [1.0 / (celsius + ZERO_C_IN_K) for celsius, _ in rows]
    if any(cold <= hot for cold, hot in itertools.pairwise(inverses)):
        raise ValueError("a temperature stands twice")
    if any(cold - hot < _LEAST_FALL for cold, hot in itertools.pairwise(logs)):
        raise ValueError("the resistance must fall from each temperature to the next higher one")

    # Centring removes a, taking the linear part out of the cubes removes b, and c is what is left.
    u, v, w = _centred(logs), _centred(cubes), _centred(inverses)
    linear = _dot(u, v) / _dot(u, u)
    bend = [cube - linear * log for cube, log in zip(v, u, strict=True)]
    curvature = _dot(bend, bend)
    c = max(0.0, _dot(bend, w) / curvature) if curvature else 0.0
    b = _dot(u, w) / _dot(u, u) - c * linear
    if b <= 0:
        raise ValueError("the resistance falls in a way that no thermistor does")
    return Coefficients(_mean(inverses) - b * _mean(logs) - c * _mean(cubes), b, c)


def worst_error_c(coefficients: Coefficients, points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return (°C, error in °C) of the (°C, Ω) point that lies farthest from the curve."""
    errors = ((celsius, coefficients.temperature_c(ohm) - celsius) for celsius, ohm in points)
    return max(errors, key=lambda error: abs(error[1]))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _centred(values: Sequence[float]) -> list[float]:
    mean = _mean(values)
    return [value - mean for value in values]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(left, right, strict=True))
