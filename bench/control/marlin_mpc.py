"""Marlin's model predictive control: a block, its sensor and the air around.

Marlin temperature.cpp (MPCTEMP), version 2.1: the model is advanced with the power that went in and moved
by half of what the reading differs; the air's temperature takes the same correction, at least 1 °C/s of it,
while the output is not clipped or the model is at rest; the power is what brings the block to the target in
2 s, and the loss.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.control.marlin_pid import PERIOD_S, SAMPLES, quantised
from bench.control.marlin_tune import Block, tune
from bench.control.pairs import Device

__all__ = ["PERIOD_S", "SAMPLES", "MarlinMpc", "build"]

_FULL = 255.0
_SMOOTHING = 0.5
_AMBIENT_LEAST_C_S = 1.0
_AT_REST_C_S = 0.5
_ARRIVES_S = 2.0
_AMBIENT_MOST_C = 30.0


@dataclass(slots=True)
class MarlinMpc:
    """The law between two readings: its constants and the temperatures of its model, °C."""

    constants: Block
    block_c: float | None = None
    sensor_c: float = 0.0
    ambient_c: float = 0.0
    duty: float = 0.0

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        m = self.constants
        if self.block_c is None:
            self.block_c = self.sensor_c = temperature_c
            self.ambient_c = min(_AMBIENT_MOST_C, temperature_c)
        loss_w = (self.block_c - self.ambient_c) * m.ambient_w_k
        rise_c = (self.duty * m.power_w - loss_w) * PERIOD_S / m.block_j_k
        block_c = self.block_c + rise_c
        self.sensor_c += (block_c - self.sensor_c) * m.sensor_per_s * PERIOD_S
        moved_c = (temperature_c - self.sensor_c) * _SMOOTHING
        block_c += moved_c
        self.sensor_c += moved_c
        if 0.0 < self.duty < 1.0 or abs(rise_c + moved_c) < _AT_REST_C_S * PERIOD_S:
            least_c = _AMBIENT_LEAST_C_S * PERIOD_S
            self.ambient_c += max(moved_c, least_c) if moved_c > 0.0 else min(moved_c, -least_c)
        power_w = (target_c - block_c) * m.block_j_k / _ARRIVES_S + (block_c - self.ambient_c) * m.ambient_w_k
        self.block_c = block_c
        self.duty = quantised(min(max(power_w * (_FULL - 1.0) / m.power_w + 1.0, 0.0), _FULL))
        return self.duty


def build(device: Device) -> Callable[[], MarlinMpc]:
    """Tune as M306 T does."""
    constants = tune(device.trial("marlin mpc"), device.parameters.power_w, device.tuned_at_c, MarlinMpc)
    return lambda: MarlinMpc(constants)
