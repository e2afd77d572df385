"""The PID: setpoint weight, filtered derivative on the measurement, an integral that cannot wind up.

    u = Kp·(b·(r − y₀) − (y − y₀)) + I − Kp·Td·y'f
    dI/dt = Kp/Ti·(r − y)        while what was asked for is what goes in

r is the target and y the measurement in °C, u the wanted duty, y₀ the measurement at the first sample. See
Åström & Hägglund, Advanced PID Control (2006), ch. 3: the setpoint weight b softens the step from y₀ to the
target, the derivative acts on the measurement alone, and the integral waits while the duty is saturated or
the guard gives less than was asked (conditional integration).
"""

import math
from dataclasses import dataclass
from typing import Final

#: What goes in counts as what was asked for within this, duty.
_FOLLOWED: Final = 0.02


@dataclass(frozen=True, slots=True)
class Gains:
    """Parameters. ``kp`` in duty per °C, times in s, ``setpoint_weight`` 0-1."""

    kp: float
    ti_s: float
    td_s: float = 0.0
    derivative_filter_s: float = 3.0
    setpoint_weight: float = 1.0


@dataclass(slots=True)
class Pid:
    """The controller between two samples. Nothing in it reads a clock.

    ``integral`` is in duty, ``origin_c`` is y₀, ``filtered_c`` the measurement behind the derivative's
    filter, ``asked`` the last output, which may lie outside 0-1.
    """

    gains: Gains
    integral: float = 0.0
    origin_c: float | None = None
    filtered_c: float | None = None
    asked: float = 0.0

    def step(self, target_c: float, measured_c: float, dt_s: float, applied: float) -> float:
        """Take one sample and return the wanted duty, which may lie outside 0-1.

        Args:
            target_c: the target, °C.
            measured_c: the measurement, °C.
            dt_s: seconds since the last sample, > 0.
            applied: what really went in since then of what was asked for.

        An argument that is not finite, or a time that does not pass, asks for nothing and teaches nothing.
        """
        # A sum is finite only if all of it is: one test instead of four, ten times a second.
        if not (dt_s > 0.0 and math.isfinite(target_c + measured_c + dt_s + applied)):
            self.filtered_c, self.asked = None, 0.0
            return 0.0
        g = self.gains
        slope_c_per_s = 0.0
        if self.origin_c is None:
            self.origin_c = measured_c
        if self.filtered_c is None:  # no slope is known yet, and nothing was asked that could be followed
            self.filtered_c = measured_c
        else:
            self.filtered_c += dt_s / (g.derivative_filter_s + dt_s) * (measured_c - self.filtered_c)
            slope_c_per_s = (measured_c - self.filtered_c) / g.derivative_filter_s
            if abs(applied - self.asked) < _FOLLOWED:
                self.integral += dt_s * g.kp / g.ti_s * (target_c - measured_c)
        weighted_c = g.setpoint_weight * (target_c - self.origin_c) - (measured_c - self.origin_c)
        self.asked = g.kp * weighted_c + self.integral - g.kp * g.td_s * slope_c_per_s
        return self.asked
