"""A clock that only runs when it is read, so that minutes of a conversation take no time."""

from hardware.clock import Instant

_TICK_S = 0.02


class TickingClock:
    """Device time goes on by a fiftieth of a second with each look at it; nobody has to wait."""

    speed = 1e9
    patience_s = 0.0

    def __init__(self, wall_s: float = 1_800_000_000.0) -> None:
        self._mono_s, self._wall_s = 1000.0, wall_s

    def now(self) -> Instant:
        self._mono_s += _TICK_S
        self._wall_s += _TICK_S
        return Instant(self._mono_s, self._wall_s)

    def passes(self, seconds: float) -> None:
        """Let time pass between two looks: a hang."""
        self._mono_s += seconds
        self._wall_s += seconds
