"""The relay experiment: on below one edge, off above the other, and what the oscillation says.

Åström & Hägglund, Automatica 20 (1984) 645: the describing function of a relay with amplitude d gives the
ultimate gain Ku = 4d/(π·a) for an oscillation of amplitude a; its period is the ultimate period Tu.
"""

import math
from dataclasses import dataclass
from typing import Final

from bench.control.pad import TICK_S, Pad

#: A person waits no longer than this for a relay test, s.
PATIENCE_S: Final = 7200.0


@dataclass(frozen=True, slots=True)
class HalfCycle:
    """Between two switchings: when it began, s, and the furthest reading in it, °C and s.

    While the heater is on that is the lowest, for the pad goes on cooling at first; while off the highest.
    """

    heating: bool
    began_s: float
    extreme_c: float
    extreme_s: float


@dataclass(frozen=True, slots=True)
class Gains:
    """Of a PID in its parallel form: duty per °C, per °C·s, and duty·s per °C."""

    kp: float
    ki: float
    kd: float


def oscillate(
    pad: Pad,
    low_c: float,
    high_c: float,
    half_cycles: int,
    period_s: float,
    samples: int,
    patience_s: float = PATIENCE_S,
) -> list[HalfCycle]:
    """Switch on at ``low_c`` and off at ``high_c`` and return the half cycles that are over.

    The first is the warm-up. There are fewer than ``half_cycles`` when ``patience_s`` ran out.
    """
    found: list[HalfCycle] = []
    every = max(round(period_s / TICK_S), 1)
    heating, began_s, extreme_c, extreme_s = True, 0.0, math.inf, 0.0
    for tick in range(round(patience_s / TICK_S)):
        if tick % every == 0:
            now_s, reading_c = tick * TICK_S, pad.read(samples)
            if reading_c >= high_c if heating else reading_c <= low_c:
                found.append(HalfCycle(heating, began_s, extreme_c, extreme_s))
                if len(found) == half_cycles:
                    break
                heating, began_s, extreme_c, extreme_s = not heating, now_s, reading_c, now_s
            elif reading_c < extreme_c if heating else reading_c > extreme_c:
                extreme_c, extreme_s = reading_c, now_s
        pad.advance(1.0 if heating else 0.0)
    return found


def ultimate_gain(relay_amplitude: float, amplitude_c: float) -> float:
    """Return Ku in duty per °C."""
    return 4.0 * relay_amplitude / (math.pi * amplitude_c)


def ziegler_nichols(ku: float, tu_s: float) -> Gains:
    """Return the classic PID: Kp = 0.6 Ku, Ti = Tu/2, Td = Tu/8."""
    kp = 0.6 * ku
    return Gains(kp, kp / (0.5 * tu_s), kp * 0.125 * tu_s)
