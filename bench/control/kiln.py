"""kiln-controller's PID.

kiln-controller oven.py and config.py, as of 2024-08: every 2 s, from ten readings; further than 5 °C from the
target full power or none; inside 10·e + ∫e/80 + 220.83·de/dt in percent, the sum clamped to ±100 but not the
integral; the output is that share of a window of 2 s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.pairs import Device

PERIOD_S = 2.0
#: Its median of ten readings is a mean here, which is kinder to a coarse converter.
SAMPLES = 10

_KP, _KI, _KD = 10.0, 80.0, 220.83497910261562
_WINDOW_C = 5.0
_PERCENT = 100.0


@dataclass(slots=True)
class KilnPid:
    """The law between two readings. ``integral`` is in percent."""

    integral: float = 0.0
    before_c: float | None = None

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        error_c = target_c - temperature_c
        slope = 0.0 if self.before_c is None else (error_c - self.before_c) / dt_s
        self.before_c = error_c
        if abs(error_c) > _WINDOW_C:
            return 1.0 if error_c > 0.0 else 0.0
        self.integral += error_c * dt_s / _KI
        percent = _KP * error_c + self.integral + _KD * slope
        return min(max(percent / _PERCENT, 0.0), 1.0)


def build(device: Device) -> Callable[[], KilnPid]:
    """Nothing is tuned."""
    return KilnPid
