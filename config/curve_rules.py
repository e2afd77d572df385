"""Whether a thermistor's curve and its divider can be what they claim. Each problem is a sentence.

A mistyped table reads wrong without ever looking broken, so what no thermistor does is refused.
"""

import math
from collections.abc import Iterator
from typing import Final

from config.limits import TARGET_MAX_C
from config.steinhart_hart import ZERO_C_IN_K, Coefficients, fit, worst_error_c
from config.thermistor_parts import Points

#: The makers' tables fit within 0.015 °C; a typing error in one point shows as more than this.
TABLE_ERROR_MAX_C: Final = 0.2

#: A table must reach from here to here, so that no limit is judged by extrapolation.
TABLE_FROM_C: Final = 20.0
TABLE_TO_C: Final = 45.0

#: NTC thermistors made for temperature measurement lie well inside these.
R25_OHM: Final = (100.0, 1_000_000.0)
B25_50_K: Final = (2000.0, 6000.0)

#: Codes beyond these shares of the range mean a broken or shorted wire, and 5-70 °C must not.
RAILS: Final = (0.02, 0.98)

#: One code at the highest target. 10 bits and the reference divider give 0.11 °C.
RESOLUTION_MAX_C: Final = 0.25


def curve_problems(curve: Coefficients) -> Iterator[str]:
    """Yield what no thermistor does. Such a curve is most often in other units."""
    ln_r25, ln_r50 = curve.ln_ohm(25.0), curve.ln_ohm(50.0)
    b_value = (ln_r25 - ln_r50) / (1 / (25 + ZERO_C_IN_K) - 1 / (50 + ZERO_C_IN_K))
    (least_ohm, most_ohm), (least_k, most_k) = R25_OHM, B25_50_K
    if not math.log(least_ohm) <= ln_r25 <= math.log(most_ohm):
        yield f"this curve is not within {least_ohm:.0f} to {most_ohm:.0f} Ω at 25 °C; check values and units"
    elif not least_k <= b_value <= most_k:
        yield (
            f"this curve has a B25/50 of {b_value:.0f} K; thermistors have {least_k:.0f} to {most_k:.0f} K; "
            "check values and units"
        )


def table_problems(points: Points) -> Iterator[str]:
    """Yield what makes a table of (°C, Ω) unfit to judge skin by."""
    try:
        curve = fit(points)
    except ValueError as error:
        yield f"the table does not describe an NTC: {error}"
        return
    low, high = min(points)[0], max(points)[0]
    if low > TABLE_FROM_C or high < TABLE_TO_C:
        yield (
            f"the table covers {low:g} to {high:g} °C; it must reach from {TABLE_FROM_C:g} °C or below "
            f"to {TABLE_TO_C:g} °C or above"
        )
    celsius, error_c = worst_error_c(curve, points)
    if abs(error_c) > TABLE_ERROR_MAX_C:
        yield (
            f"the point at {celsius:g} °C lies {abs(error_c):.2g} °C off the curve through the table "
            f"(at most {TABLE_ERROR_MAX_C:g}); check the table for a typing error"
        )
    yield from curve_problems(curve)


def divider_problem(curve: Coefficients, series_ohm: float, bits: int) -> str | None:
    """Return why the series resistor does not suit the thermistor and a converter of ``bits`` bits."""
    low, high = RAILS
    least_ohm = curve.resistance_ohm(5.0) * (1 - high) / high
    most_ohm = curve.resistance_ohm(70.0) * (1 - low) / low
    best = f"best near {curve.resistance_ohm(TARGET_MAX_C):.0f} Ω"
    if not least_ohm <= series_ohm <= most_ohm:
        return (
            f"{series_ohm:g} Ω with this thermistor makes temperatures of 5 to 70 °C look like a broken "
            f"or shorted wire; use {least_ohm:.0f} to {most_ohm:.0f} Ω, {best}"
        )
    below, above = (curve.resistance_ohm(TARGET_MAX_C + step) for step in (-0.5, 0.5))
    codes_per_c = (1 << bits) * (below / (below + series_ohm) - above / (above + series_ohm))
    if codes_per_c * RESOLUTION_MAX_C < 1:
        return (
            f"{series_ohm:g} Ω resolves only {1 / codes_per_c:.2g} °C at {TARGET_MAX_C:g} °C with "
            f"{bits} bits (at most {RESOLUTION_MAX_C:g}); use another resistor, {best}"
        )
    return None
