"""Thermal dose: CEM43, the minutes at 43 °C that would do the same to tissue.

Sapareto & Dewey 1984: CEM43 = Σ Δt[min]·R^(43−T), with R = 0.5 from 43 °C and 0.25 below. Ten minutes
are 0.625 at 41 °C, 10 at 43 °C and 320 at 48 °C.
"""

from typing import Final

REFERENCE_C: Final = 43.0
R_FROM_REFERENCE: Final = 0.5
R_BELOW_REFERENCE: Final = 0.25


def cem43_per_minute(temperature_c: float) -> float:
    """Return the dose rate in CEM43 minutes per minute at a temperature in °C."""
    ratio = R_FROM_REFERENCE if temperature_c >= REFERENCE_C else R_BELOW_REFERENCE
    return float(ratio ** (REFERENCE_C - temperature_c))


def cem43(temperature_c: float, duration_s: float) -> float:
    """Return the dose in CEM43 minutes of ``duration_s`` seconds at a temperature in °C."""
    return cem43_per_minute(temperature_c) * duration_s / 60.0
