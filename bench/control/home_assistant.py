"""Home Assistant's generic thermostat: on below the target's lower edge, off above the upper one.

Home Assistant climate.py of generic_thermostat, as of 2026: tolerances of 0.3 °C; here with a reading a
second.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.pairs import Device

PERIOD_S = 1.0
TOLERANCE_C = 0.3


@dataclass(slots=True)
class Thermostat:
    """The law between two readings."""

    on: bool = False

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        if self.on:
            self.on = temperature_c < target_c + TOLERANCE_C
        else:
            self.on = temperature_c <= target_c - TOLERANCE_C
        return 1.0 if self.on else 0.0


def build(device: Device) -> Callable[[], Thermostat]:
    """Nothing is tuned."""
    return Thermostat
