"""The PID of the hold phase: two degrees of freedom, filtered derivative, back-calculation.

    u = Kp·(b·(r − y₀) − (y − y₀)) + I − Kp·Td·y'f
    dI/dt = Kp/Ti·(r − y) + (v − u)/Tt

r is the target and y the pad temperature in °C, u the wanted and v the applied duty (0-1), y₀ the
pad when the session began. See Åström & Hägglund, Advanced PID Control (2006), ch. 3: the setpoint
weight b softens the step from y₀ to the target, the derivative acts on the measurement alone, and
the tracking term (v − u)/Tt bleeds the integral while the duty is saturated or the guard gave less
than was asked.
"""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Gains:
    """Parameters. ``kp`` in duty per °C, times in s, ``setpoint_weight`` 0-1."""

    kp: float
    ti_s: float
    td_s: float
    derivative_filter_s: float
    setpoint_weight: float
    tracking_s: float


@dataclass(frozen=True, slots=True)
class Pid:
    """The controller between two samples. ``step`` returns the next one; nothing reads a clock.

    ``integral`` is in duty, ``origin_c`` is y₀, ``filtered_c`` the measurement behind the
    derivative's filter, ``asked`` the last wanted duty before it was limited to 0-1.
    """

    gains: Gains
    integral: float = 0.0
    origin_c: float | None = None
    filtered_c: float | None = None
    asked: float = 0.0

    @property
    def duty(self) -> float:
        """The wanted duty, limited to 0-1."""
        return min(self.asked, 1.0) if self.asked > 0.0 else 0.0  # also for NaN, after absurd numbers

    def step(self, target_c: float, temperature_c: float | None, dt_s: float, applied: float) -> "Pid":
        """Take one sample.

        Args:
            target_c: the target, °C.
            temperature_c: the pad, °C; None or not finite asks for nothing and learns nothing.
            dt_s: seconds since the last sample, > 0.
            applied: the duty (0-1) that the guard really gave since then.
        """
        if temperature_c is None or not _usable(target_c, temperature_c, dt_s, applied):
            return replace(self, filtered_c=None, asked=0.0)
        g = self.gains
        origin_c = temperature_c if self.origin_c is None else self.origin_c
        if self.filtered_c is None:  # no slope is known yet, and nothing was asked that could be tracked
            filtered_c, integral = temperature_c, self.integral
        else:
            share = dt_s / (g.derivative_filter_s + dt_s)
            filtered_c = self.filtered_c + share * (temperature_c - self.filtered_c)
            tracking = (applied - self.asked) / g.tracking_s
            integral = self.integral + dt_s * (g.kp / g.ti_s * (target_c - temperature_c) + tracking)
        slope_c_per_s = (temperature_c - filtered_c) / g.derivative_filter_s
        asked = self._proportional(target_c, temperature_c, origin_c) + integral
        return Pid(g, integral, origin_c, filtered_c, asked - g.kp * g.td_s * slope_c_per_s)

    def take_over(self, target_c: float, temperature_c: float, duty: float) -> "Pid":
        """Return a PID whose next output at this temperature is ``duty``, whatever ran before it."""
        origin_c = temperature_c if self.origin_c is None else self.origin_c
        integral = duty - self._proportional(target_c, temperature_c, origin_c)
        return Pid(self.gains, integral, origin_c, None, duty)

    def _proportional(self, target_c: float, temperature_c: float, origin_c: float) -> float:
        weighted_c = self.gains.setpoint_weight * (target_c - origin_c) - (temperature_c - origin_c)
        return self.gains.kp * weighted_c


def _usable(target_c: float, temperature_c: float, dt_s: float, applied: float) -> bool:
    return dt_s > 0.0 and all(math.isfinite(n) for n in (target_c, temperature_c, dt_s, applied))
