"""Slow time-proportioning: a duty becomes on or off, one judged cycle at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SigmaDelta:
    """First-order sigma-delta modulator over the guard's cycle.

    The pad's time constant is about 100 s, so switching at the 10 Hz cycle is smooth to skin, and
    unlike a PWM peripheral or thread it stops when the loop that judges the pad stops.
    ``debt`` is the heat still owed, in cycles, 0 ≤ debt < 1.
    """

    debt: float = 0.0

    def step(self, duty: float) -> "tuple[SigmaDelta, bool]":
        """Return the next modulator and whether this cycle is on, for a duty of 0-1."""
        if not duty > 0.0:  # also for NaN: what is not a positive number does not heat
            return SigmaDelta(), False
        # The epsilon keeps e.g. ten times 0.1 from waiting for an eleventh cycle.
        owed = self.debt + min(duty, 1.0)
        on = owed >= 1.0 - 1e-9
        return SigmaDelta(max(owed - 1.0, 0.0) if on else owed), on
