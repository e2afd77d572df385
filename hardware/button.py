"""The push button: debounced, polled once a cycle. Pure."""

import enum
from dataclasses import dataclass

#: A press this long asks for a reset instead.
LONG_PRESS_S = 3.0


class Press(enum.Enum):
    """What one cycle of the button means."""

    NONE = enum.auto()
    #: The button went down: stops a running session at once.
    DOWN = enum.auto()
    #: It was let go soon: a wish to start.
    SHORT = enum.auto()
    #: It has been held for three seconds: a wish to reset.
    LONG = enum.auto()


@dataclass(frozen=True, slots=True)
class Button:
    """Two equal samples in a row are a level, so one spike on the wire is nothing."""

    raw: bool = False
    down_s: float | None = None
    spent: bool = False

    def step(self, now_s: float, raw: bool) -> "tuple[Button, Press]":
        """Take one sample at ``now_s`` (monotonic seconds)."""
        if raw != self.raw:
            return Button(raw, self.down_s, self.spent), Press.NONE
        if raw and self.down_s is None:
            return Button(raw, now_s), Press.DOWN
        if raw and self.down_s is not None and not self.spent and now_s - self.down_s >= LONG_PRESS_S:
            return Button(raw, self.down_s, spent=True), Press.LONG
        if not raw and self.down_s is not None:
            return Button(raw), Press.NONE if self.spent else Press.SHORT
        return self, Press.NONE

    def consume(self) -> "Button":
        """Return the button with its press used up: letting go or holding on means nothing more."""
        return Button(self.raw, self.down_s, spent=True)


#: How a guard starts: as if held and used up, so that a shorted wire never asks for anything.
UNKNOWN = Button(raw=True, down_s=0.0, spent=True)
