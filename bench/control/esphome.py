"""ESPHome's PID climate and its relay autotune.

ESPHome pid_controller.cpp and pid_autotuner.cpp, as of 2024-10: the integral is clamped to ±1; the
derivative acts on the error, from which steps of the setpoint are taken out; within a deadband the three
terms are weakened to 0.1, 0 and 0. Its thresholds are zero unless configured, so there is none here.
Autotune: on below target − 0.25 °C, off above target + 0.25 °C, and the classic rule from the mean period
and amplitude.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from bench.control.pairs import Device
from bench.control.relay import Gains, HalfCycle, oscillate, ultimate_gain

PERIOD_S = 1.0

_NOISE_BAND_C = 0.25
_HALF_CYCLES = 7  # three minima and three maxima after the warm-up
_WEAKENED = (0.1, 0.0, 0.0)


@dataclass(slots=True)
class EspHomePid:
    """The law between two readings. ``deadband_c`` is how far from the target the terms are weakened."""

    gains: Gains
    deadband_c: float = 0.0
    integral: float = 0.0
    before_c: float | None = None
    target_c: float = 0.0

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        g, error_c = self.gains, target_c - temperature_c
        quiet = abs(error_c) < self.deadband_c
        by_p, by_i, by_d = _WEAKENED if quiet else (1.0, 1.0, 1.0)
        proportional = by_p * g.kp * error_c
        if not quiet:  # no jump at the deadband's edge
            edge_c = self.deadband_c if error_c > 0.0 else -self.deadband_c
            proportional -= (1.0 - _WEAKENED[0]) * edge_c * g.kp
        self.integral = min(max(self.integral + by_i * g.ki * error_c * dt_s, -1.0), 1.0)
        slope = 0.0
        if self.before_c is not None:
            slope = (error_c - (self.before_c + target_c - self.target_c)) / dt_s
        self.before_c, self.target_c = error_c, target_c
        return min(max(proportional + self.integral + by_d * g.kd * slope, 0.0), 1.0)


def gains(halves: list[HalfCycle]) -> Gains:
    """Return the gains by ESPHome's rule: 0.6 Ku, 1.2 Ku/Tu, 0.075 Ku·Tu."""
    later = halves[1:]  # the warm-up is no half cycle
    tu_s = 2.0 * (later[-1].began_s - later[0].began_s) / (len(later) - 1)
    swings = [abs(a.extreme_c - b.extreme_c) for a, b in pairwise(later)]
    ku = ultimate_gain(0.5, 0.5 * sum(swings) / len(swings))
    return Gains(0.6 * ku, 1.2 * ku / tu_s, 0.075 * ku * tu_s)


def build(device: Device) -> Callable[[], EspHomePid]:
    """Tune as the action climate.pid.autotune does."""
    pad = device.trial("esphome")
    tuned = gains(
        oscillate(
            pad,
            device.tuned_at_c - _NOISE_BAND_C,
            device.tuned_at_c + _NOISE_BAND_C,
            _HALF_CYCLES,
            PERIOD_S,
            1,
        )
    )
    return lambda: EspHomePid(tuned)
