"""What one session came to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.control.bound import BAND_C, SESSION_S
from bench.control.pad import TICK_S
from bench.control.session import Session

_HOLDS_AFTER_S = 30.0
#: The hold is judged over this much at least, however late the pad settled.
_HOLD_LEAST_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One law in one session.

    Attributes:
        run: the device's number.
        law: the law's key.
        bits: of the converter.
        target_c: °C.
        bound_s: full power until target − 0.3 °C.
        arrive_s: until the pad first came within ±0.3 °C; the session's length for a pad that never did.
        settle_s: until the pad stayed within ±0.3 °C; the session's length for a pad that never did.
        overshoot_c: the most above the target.
        hold_rms_c: of the true temperature's distance from the target, from 30 s after settling, or from
            twice the bound for a pad that never did.
        energy_j: into the heater.
        switches: of the heater, on and off.
        basal_max_c: peak of the skin's basal layer.
    """

    run: int
    law: str
    bits: int
    target_c: float
    bound_s: float
    arrive_s: float
    settle_s: float
    overshoot_c: float
    hold_rms_c: float
    energy_j: float
    switches: int
    basal_max_c: float

    @property
    def settled(self) -> bool:
        """Whether the pad ever came to stay."""
        return self.settle_s < SESSION_S - TICK_S / 2

    @property
    def arrive_ratio(self) -> float:
        """Time of arrival over the bound."""
        return self.arrive_s / self.bound_s

    @property
    def settle_ratio(self) -> float:
        """Settling time over the bound."""
        return self.settle_s / self.bound_s


def arrive_s(true_c: Sequence[float], target_c: float) -> float:
    """Return when the pad first came within ±0.3 °C; the length of the session for never."""
    for tick, value_c in enumerate(true_c):
        if value_c >= target_c - BAND_C:
            return (tick + 1) * TICK_S
    return len(true_c) * TICK_S


def settle_s(true_c: Sequence[float], target_c: float) -> float | None:
    """Return when the pad came within ±0.3 °C to stay; None for never."""
    for tick in range(len(true_c) - 1, -1, -1):
        if abs(true_c[tick] - target_c) > BAND_C:
            # A value is that at the end of its tick; the next one is the first inside.
            return None if tick == len(true_c) - 1 else (tick + 2) * TICK_S
    return TICK_S


def hold_rms_c(true_c: Sequence[float], target_c: float, from_s: float) -> float:
    """Return the RMS distance from the target from a time on, at least over the last minute."""
    begin = max(0, min(round(from_s / TICK_S), len(true_c) - round(_HOLD_LEAST_S / TICK_S)))
    held = true_c[begin:]
    return math.sqrt(sum([(c - target_c) ** 2 for c in held]) / len(held))


def outcome(session: Session, *, run: int, law: str, bits: int, bound_s: float) -> Outcome:
    """Judge a session."""
    true_c, target_c = session.true_c, session.target_c
    settled_s = settle_s(true_c, target_c)
    held_from_s = 2.0 * bound_s if settled_s is None else settled_s + _HOLDS_AFTER_S
    return Outcome(
        run=run,
        law=law,
        bits=bits,
        target_c=target_c,
        bound_s=bound_s,
        arrive_s=arrive_s(true_c, target_c),
        settle_s=len(true_c) * TICK_S if settled_s is None else settled_s,
        overshoot_c=max(0.0, max(true_c) - target_c),
        hold_rms_c=hold_rms_c(true_c, target_c, held_from_s),
        energy_j=session.energy_j,
        switches=session.switches,
        basal_max_c=session.basal_max_c,
    )
