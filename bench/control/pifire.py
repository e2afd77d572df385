"""PiFire's standard PID of a pellet grill.

PiFire controller/pid.py and control.py, as of 2026-06: every 25 s u = 0.5 + e/PB + ∫e/(PB·Ti) − Td·T'/PB
with a proportional band of 60, Ti 180 s and Td 45 s; the integral's share is clamped to ±0.5 and the output
to 0.1-0.9; it is that share of a cycle of 25 s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.pairs import Device

PERIOD_S = 25.0

_BAND_C, _TI_S, _TD_S, _CENTRE = 60.0, 180.0, 45.0, 0.5
_LEAST, _MOST = 0.1, 0.9


@dataclass(slots=True)
class PiFirePid:
    """The law between two cycles. ``integral`` is in duty."""

    integral: float = 0.0
    before_c: float | None = None

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        error_c = target_c - temperature_c
        # PiFire starts with a "last reading" of 150 degrees; a derivative of nothing is meant here.
        slope = 0.0 if self.before_c is None else (temperature_c - self.before_c) / dt_s
        self.before_c = temperature_c
        added = error_c * dt_s / (_BAND_C * _TI_S)
        self.integral = min(max(self.integral + added, -_CENTRE), _CENTRE)
        duty = _CENTRE + error_c / _BAND_C + self.integral - _TD_S * slope / _BAND_C
        return min(max(duty, _LEAST), _MOST)


def build(device: Device) -> Callable[[], PiFirePid]:
    """Nothing is tuned."""
    return PiFirePid
