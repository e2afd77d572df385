"""Lines that stay, above a live part that is drawn again and again."""

import os
from typing import Protocol, TextIO

_LEAST_COLUMNS, _LEAST_LINES = 50, 16
_MOST_COLUMNS = 110
_CHART_ROWS = 10
_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"


class Picture(Protocol):
    """Something to draw above the live line: ``controller.terminal.chart.Curve``."""

    def picture(self, columns: int, rows: int) -> list[str]:
        """Return at most ``rows`` lines of at most ``columns`` characters."""
        ...


class Screen:
    """On a terminal the live part is rewritten in place; elsewhere each live line is a line."""

    def __init__(self, out: TextIO) -> None:
        """Print on ``out``."""
        self._out = out
        self._is_terminal = out.isatty()
        self._live: list[str] = []

    @property
    def rewrites(self) -> bool:
        """Whether the live part takes the place of the one before."""
        return self._is_terminal

    def line(self, text: str) -> None:
        """Print a line that stays."""
        live, above = self._live, self._to_top()
        self._live = []
        self._write(f"{above}{text}\n")
        if live:
            self._draw(live)

    def live(self, text: str, picture: Picture | None = None, *, whole: bool = False) -> None:
        """Show the newest state, with a picture above it if there is room for one.

        ``whole``: the picture may take the whole terminal.
        """
        if not self._is_terminal:
            return self._write(f"{text}\n")
        size = self._size()
        if size is None:
            return self._draw([text])
        columns, rows = min(size.columns, _MOST_COLUMNS), _CHART_ROWS
        if whole:
            columns, rows = size.columns - 1, size.lines - 2
        lines = [] if picture is None else picture.picture(columns, rows)
        self._draw([*lines, text[: size.columns - 1]])

    def close(self) -> None:
        """Leave the last picture where it is."""
        if self._live:
            self._write("\n" + _SHOW * (len(self._live) > 1))

    def _draw(self, lines: list[str]) -> None:
        hide = _HIDE * (len(lines) > 1)
        self._write(self._to_top() + hide + "\n".join(f"\r\x1b[K{line}" for line in lines))
        self._live = lines

    def _to_top(self) -> str:
        """Return what leads from the end of the live part to its begin, and clears it."""
        if not self._live:
            return ""
        up = len(self._live) - 1
        return f"\r\x1b[{up}A\x1b[J" if up else "\r\x1b[K"

    def _size(self) -> os.terminal_size | None:
        """Return the size of a terminal that can show a picture."""
        if os.environ.get("TERM", "dumb") == "dumb":
            return None
        if (self._out.encoding or "").lower().replace("-", "") != "utf8":
            return None
        try:
            size = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            return None
        fits = size.columns >= _LEAST_COLUMNS and size.lines >= _LEAST_LINES
        return size if fits else None

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
