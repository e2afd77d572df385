"""A terminal that is drawn on in place, and given back as it was."""

import contextlib
import os
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self, TextIO

from controller.demo.frame import compose
from controller.demo.track import Track

# The alternate screen keeps what was on the terminal; without wrapping a frame that is too wide for a
# window that has shrunk is cut off instead of pushing everything down.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME, _TO_END_OF_LINE, _TO_END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


class Screen(AbstractContextManager["Screen"]):
    """Draws the newest frame, and writes only when it differs from the last one."""

    def __init__(self, out: TextIO, *, colour: bool) -> None:
        """Draw on ``out``, a terminal."""
        self._out = out
        self._colour = colour
        self._drawn = ""

    def show(self, track: Track) -> None:
        """Draw the track as it is now."""
        size = os.get_terminal_size(self._out.fileno())
        lines = compose(track, size.columns, size.lines, colour=self._colour)[: size.lines]
        frame = _HOME + "\r\n".join(line + _TO_END_OF_LINE for line in lines) + _TO_END_OF_SCREEN
        if frame != self._drawn:
            self._drawn = frame
            self._write(frame)

    def __enter__(self) -> Self:
        """Take the terminal over."""
        self._write(_ENTER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        with contextlib.suppress(OSError):  # a window that was closed
            self._write(_LEAVE)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
