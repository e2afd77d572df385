"""The package simple-pid, once a second, with the classic gains from a relay test.

simple-pid 2.0.1 has no autotune. The relay is that of ESPHome's; the rule is that of Ziegler and Nichols for
the relay's true amplitude.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simple_pid import PID

from bench.control.pairs import Device
from bench.control.relay import Gains, oscillate, ultimate_gain, ziegler_nichols

PERIOD_S = 1.0

_BAND_C = 0.25
_HALF_CYCLES = 7


@dataclass(slots=True)
class SimplePid:
    """The package behind the interface of all laws."""

    pid: PID

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        self.pid.setpoint = target_c
        duty = self.pid(temperature_c, dt=dt_s)
        return 0.0 if duty is None else float(duty)


def law(gains: Gains) -> SimplePid:
    """Return the package's PID for outputs of 0-1."""
    return SimplePid(PID(gains.kp, gains.ki, gains.kd, output_limits=(0.0, 1.0), sample_time=None))


def build(device: Device) -> Callable[[], SimplePid]:
    """Find the gains by a relay test."""
    pad = device.trial("simple_pid")
    halves = oscillate(
        pad, device.tuned_at_c - _BAND_C, device.tuned_at_c + _BAND_C, _HALF_CYCLES, PERIOD_S, 1
    )[1:]
    tu_s = 2.0 * (halves[-1].began_s - halves[0].began_s) / (len(halves) - 1)
    high_c = max(half.extreme_c for half in halves)
    low_c = min(half.extreme_c for half in halves)
    gains = ziegler_nichols(ultimate_gain(0.5, 0.5 * (high_c - low_c)), tu_s)
    return lambda: law(gains)
