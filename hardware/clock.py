"""Time as an input: the machine's own clock, or a faster one for a simulated pad."""

import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Instant:
    """One reading of both clocks: monotonic seconds, and Unix seconds."""

    mono_s: float
    wall_s: float


class Clock(Protocol):
    """Gives device time.

    ``speed`` is device seconds per real second. ``patience_s`` is how many real seconds a guard
    cycle may wait for the controller's answer to the one before: none on a real pad.
    """

    speed: float
    patience_s: float

    def now(self) -> Instant:
        """Read both clocks."""
        ...


class SystemClock:
    """The machine's own clock."""

    speed = 1.0
    patience_s = 0.0

    def now(self) -> Instant:
        """Read CLOCK_MONOTONIC and the wall clock."""
        return Instant(time.monotonic(), time.time())


class ScaledClock:
    """Runs ``speed`` times faster than the machine. For simulated pads only.

    At 20x a host's ordinary 60 ms hiccup would look like a hang of 1.2 s, which no Pi had. A gap of
    less than ``STALL_S`` real seconds between two readings therefore counts as at most ``HICCUP_S``
    device seconds; a longer one is a real stall and counts in full.
    """

    STALL_S = 1.0
    HICCUP_S = 0.2
    patience_s = 0.5

    def __init__(self, speed: float, *, not_before_wall_s: float = 0.0) -> None:
        """Start at the machine's time, or at ``not_before_wall_s`` if that is later.

        Args:
            speed: device seconds per real second, > 0.
            not_before_wall_s: the last wall time that an earlier, faster run has recorded.
        """
        self.speed = speed
        self._real_s = time.monotonic()
        self._now = Instant(self._real_s, max(time.time(), not_before_wall_s))

    def now(self) -> Instant:
        """Advance by the scaled real time since the last reading."""
        real_s = time.monotonic()
        gap_s = real_s - self._real_s
        step_s = gap_s * self.speed
        if gap_s < self.STALL_S:
            step_s = min(step_s, self.HICCUP_S)
        self._real_s = real_s
        self._now = Instant(self._now.mono_s + step_s, self._now.wall_s + step_s)
        return self._now


class ManualClock:
    """Stands still until told. For tests and for computing sessions faster than any clock."""

    speed = 1.0
    patience_s = 0.0

    def __init__(self, mono_s: float = 1000.0, wall_s: float = 1_800_000_000.0) -> None:
        """Start at the given monotonic and Unix seconds."""
        self._now = Instant(mono_s, wall_s)

    def now(self) -> Instant:
        """Return the instant that was last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now = Instant(self._now.mono_s + seconds, self._now.wall_s + seconds)

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock alone, forward or back, as time synchronisation does."""
        self._now = Instant(self._now.mono_s, self._now.wall_s + seconds)
