"""Marlin's PID of the heated bed, with the gains that its example configuration has.

Marlin temperature.cpp (PIDRunner) and Configuration.h, version 2.1: a reading every 0.16 s of sixteen
conversions; further than 10 °C below the target full power, further above none, and both reset the integral;
the derivative acts on the measurement through an exponential mean of 0.95; output 0-255, halved to 0-127.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.pairs import Device

PERIOD_S = 0.16
SAMPLES = 16
LEVELS = 127  # of the software PWM

_KP, _KI, _KD = 10.0, 0.023, 305.4  # per °C, °C·s and °C/s, on 0-255
_FULL = 255.0
_RANGE_C = 10.0
_KEPT = 0.95


def quantised(output: float) -> float:
    """Return the duty that an output of 0-255 becomes."""
    return (int(output) >> 1) / LEVELS


@dataclass(slots=True)
class MarlinPid:
    """The law between two readings. ``errors_c`` is the sum of the errors, as Marlin keeps it."""

    errors_c: float = 0.0
    before_c: float = 0.0
    derivative: float = 0.0
    outside: bool = True

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        error_c = target_c - temperature_c
        if abs(error_c) > _RANGE_C:
            self.outside = True
            return 1.0 if error_c > 0.0 else 0.0
        if self.outside:
            # Marlin keeps the reading of the last time it was inside, from which the derivative then jumps.
            # Not here: on a printer that has been in use the jump is small.
            self.outside, self.errors_c, self.derivative, self.before_c = False, 0.0, 0.0, temperature_c
        ki = _KI * PERIOD_S
        self.errors_c = min(max(self.errors_c + error_c, 0.0), _FULL / ki)
        slope = (self.before_c - temperature_c) / PERIOD_S
        self.derivative += (1.0 - _KEPT) * (_KD * slope - self.derivative)
        self.before_c = temperature_c
        output = _KP * error_c + ki * self.errors_c + self.derivative
        return quantised(min(max(output, 0.0), _FULL))


def build(device: Device) -> Callable[[], MarlinPid]:
    """Nothing is tuned."""
    return MarlinPid
