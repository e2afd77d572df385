"""Klipper's PID and its relay autotune.

Klipper heaters.py and pid_calibrate.py, as of 2026-08: a reading every 0.3 s of eight conversions; the
integral is clamped to what full power needs and kept only if the output is not saturated; the derivative
acts on the measurement, smoothed over 1 s; a new output that differs by less than 5 % waits for up to 4 s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.pairs import Device
from bench.control.relay import PATIENCE_S, Gains, HalfCycle, oscillate, ultimate_gain, ziegler_nichols

PERIOD_S = 0.3
SAMPLES = 8
PEAKS = 12
#: Klipper's own is 5 °C below the target, alone. A pad on a warm body does not always cool that far in half
#: an hour; then the largest of these that it does.
BANDS_C = (5.0, 2.5, 1.25)

_HALF_AN_HOUR_S = 1800.0
_SMOOTH_S = 1.0
_LEAST_CHANGE = 0.05
_HOLDS_S = 4.05  # 0.75 × 5 s after the 0.3 s by which an output is scheduled ahead


@dataclass(slots=True)
class KlipperPid:
    """The law between two readings. ``integral`` is in °C·s."""

    gains: Gains
    integral: float = 0.0
    before_c: float | None = None
    slope: float = 0.0
    output: float = 0.0
    held_s: float = 0.0

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        g, error_c = self.gains, target_c - temperature_c
        rise_c = 0.0 if self.before_c is None else temperature_c - self.before_c
        if dt_s >= _SMOOTH_S:
            self.slope = rise_c / dt_s
        else:
            self.slope = (self.slope * (_SMOOTH_S - dt_s) + rise_c) / _SMOOTH_S
        integral = min(max(self.integral + error_c * dt_s, 0.0), 1.0 / g.ki)
        wanted = g.kp * error_c + g.ki * integral - g.kd * self.slope
        duty = min(max(wanted, 0.0), 1.0)
        if duty == wanted:
            self.integral = integral
        self.before_c = temperature_c
        return self._scheduled(duty, dt_s)

    def _scheduled(self, duty: float, dt_s: float) -> float:
        self.held_s += dt_s
        small = abs(duty - self.output) < _LEAST_CHANGE
        if small and (self.held_s < _HOLDS_S or not self.output):
            return self.output
        self.output, self.held_s = duty, 0.0
        return duty


def gains(halves: list[HalfCycle]) -> Gains:
    """Return the gains of the cycle with the median length, leaving out the first two cycles."""
    lengths = sorted((halves[n].extreme_s - halves[n - 2].extreme_s, n) for n in range(4, len(halves)))
    tu_s, n = lengths[len(lengths) // 2]
    amplitude_c = 0.5 * abs(halves[n].extreme_c - halves[n - 1].extreme_c)
    # Klipper takes the full power for the relay's amplitude, though the relay swings by half of it.
    return ziegler_nichols(ultimate_gain(1.0, amplitude_c), tu_s)


def build(device: Device) -> Callable[[], KlipperPid]:
    """Tune as PID_CALIBRATE does."""
    halves: list[HalfCycle] = []
    for band_c in BANDS_C:
        pad = device.trial(f"klipper {band_c}")
        high_c, patience_s = device.tuned_at_c, PATIENCE_S if band_c == BANDS_C[-1] else _HALF_AN_HOUR_S
        halves = oscillate(pad, high_c - band_c, high_c, PEAKS, PERIOD_S, SAMPLES, patience_s)
        if len(halves) == PEAKS:
            break
    tuned = gains(halves)
    return lambda: KlipperPid(tuned)
