"""The autotune of Marlin's MPC, M306 T.

Marlin temperature.cpp (MPC_autotune), version 2.1: full power from ambient; three equally spaced readings
of the upper half give the asymptote and the time constant of a first-order block, or, where they make no
sense, the fastest rise and its moment do; then 20 s to settle under the law itself and 20 s in which the
power that keeps it there is measured, and the constants once more. The hotend's 100-200 °C are here the
upper half of the way from ambient to the target, and ambient is what a pad has that was worn for five
minutes: the model knows no skin that warms a cold pad.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bench.control.marlin_pid import PERIOD_S, SAMPLES
from bench.control.pad import TICK_S, Pad

_WORN_S = 300.0
_WAITED_S = 10
_PATIENCE_S = 900
_SETTLES_S = 20.0
_MEASURED_S = 20.0
#: A sensor that is faster cannot be told from one without lag, and the model would no longer be stable.
_SENSOR_MOST_PER_S = 1.0


@dataclass(frozen=True, slots=True)
class Block:
    """The model's constants: heater power, W; J/K; sensor's 1/s; W/K to the air."""

    power_w: float
    block_j_k: float
    sensor_per_s: float
    ambient_w_k: float


class Steps(Protocol):
    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float: ...


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Readings at full power: ``readings_c`` each second since its begin, from ``ambient_c``."""

    ambient_c: float
    readings_c: list[float]


def tune(pad: Pad, power_w: float, target_c: float, law: Callable[[Block], Steps]) -> Block:
    """Return the constants of a pad, °C and s as above, with ``power_w`` as its maker says."""
    warm_up = _warm_up(pad, target_c)
    guess = constants(warm_up, power_w)
    return constants(warm_up, power_w, _loss_w_k(pad, target_c, warm_up.ambient_c, guess, law(guess)))


def constants(warm_up: WarmUp, power_w: float, ambient_w_k: float | None = None) -> Block:
    """Return the constants that a warm-up shows, with the loss as it was measured, once it was."""
    ambient_c, readings_c = warm_up.ambient_c, warm_up.readings_c
    begin = next(n for n, c in enumerate(readings_c) if c >= 0.5 * (ambient_c + readings_c[-1]))
    half = (len(readings_c) - 1 - begin) // 2
    t1, t2, t3 = (readings_c[begin + n * half] for n in range(3))
    curved = 2.0 * t2 - t1 - t3
    if ambient_w_k is not None and ambient_w_k > 0.0:
        asymptote_c = ambient_c + power_w / ambient_w_k
    else:
        asymptote_c = (t2 * t2 - t1 * t3) / curved if curved > 0.0 else math.inf
    if half and t3 < asymptote_c < math.inf and t2 > t1:
        loss = power_w / (asymptote_c - ambient_c)
        rate = -math.log((t2 - asymptote_c) / (t1 - asymptote_c)) / half
        lag = 1.0 - (ambient_c - asymptote_c) * math.exp(-rate * begin) / (t1 - asymptote_c)
        if lag > 0.0:
            return Block(power_w, loss / rate, min(rate / lag, _SENSOR_MOST_PER_S), loss)
    return _steepest(warm_up, power_w, ambient_w_k)


def _steepest(warm_up: WarmUp, power_w: float, ambient_w_k: float | None) -> Block:
    readings_c = warm_up.readings_c
    rises = [0.5 * (after - before) for before, after in zip(readings_c, readings_c[2:], strict=False)]
    n = max(range(len(rises)), key=rises.__getitem__)
    fastest = rises[n]
    behind_c = fastest * (n + 1) + warm_up.ambient_c - readings_c[n + 1]
    sensor_per_s = fastest / behind_c if behind_c > 0.0 else math.inf
    return Block(power_w, power_w / fastest, min(sensor_per_s, _SENSOR_MOST_PER_S), ambient_w_k or 0.0)


def _warm_up(pad: Pad, target_c: float) -> WarmUp:
    _pass(pad, _WORN_S, 0.0)
    before_c = pad.read(SAMPLES)
    for _ in range(_PATIENCE_S // _WAITED_S):  # until it no longer cools
        _pass(pad, _WAITED_S, 0.0)
        now_c = pad.read(SAMPLES)
        if now_c >= before_c:
            break
        before_c = now_c
    readings_c = [now_c]
    while readings_c[-1] < target_c and len(readings_c) < _PATIENCE_S:
        _pass(pad, 1.0, 1.0)
        readings_c.append(pad.read(SAMPLES))
    return WarmUp(0.5 * (before_c + now_c), readings_c)


def _loss_w_k(pad: Pad, target_c: float, ambient_c: float, guess: Block, law: Steps) -> float:
    duty = energy_j = due_s = 0.0
    begin_c = before_c = pad.read(SAMPLES)
    for tick in range(round((_SETTLES_S + _MEASURED_S) / TICK_S)):
        now_s = tick * TICK_S
        if now_s >= due_s:
            before_c = pad.read(SAMPLES)
            duty = law.step(target_c, before_c, PERIOD_S, duty)
            due_s += PERIOD_S
        if now_s < _SETTLES_S:
            begin_c = before_c
        else:
            energy_j += guess.power_w * duty * TICK_S
        pad.advance(duty)
    energy_j += (begin_c - before_c) * guess.block_j_k
    return energy_j / _MEASURED_S / (target_c - ambient_c)


def _pass(pad: Pad, seconds: float, duty: float) -> None:
    for _ in range(round(seconds / TICK_S)):
        pad.advance(duty)
