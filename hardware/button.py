"""The push button: debounced, polled once a cycle. Pure."""

import enum
from dataclasses import dataclass, replace

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
    """The first sample that is down counts as down: a stop must not miss a quick tap.

    For what leads to heat, two equal samples in a row are a level, so a spike asks for nothing.
    """

    raw: bool = False
    down_s: float | None = None
    spent: bool = False
    sure: bool = False

    def step(self, now_s: float, raw: bool) -> "tuple[Button, Press]":
        """Take one sample at ``now_s`` (monotonic seconds)."""
        if raw and self.down_s is None:
            return Button(raw, now_s), Press.DOWN
        if raw != self.raw:
            return replace(self, raw=raw), Press.NONE
        if raw and self.down_s is not None:
            if not self.spent and now_s - self.down_s >= LONG_PRESS_S:
                return replace(self, spent=True), Press.LONG
            return replace(self, sure=True), Press.NONE
        if self.down_s is not None:
            return Button(raw), Press.SHORT if self.sure and not self.spent else Press.NONE
        return self, Press.NONE

    def consume(self) -> "Button":
        """Return the button with its press used up: letting go or holding on means nothing more."""
        return replace(self, spent=True)


#: How a guard starts: as if held and used up, so that a shorted wire never asks for anything.
UNKNOWN = Button(raw=True, down_s=0.0, spent=True)
