"""The last ten minutes of the pad as a picture of characters. Pure."""

import math
from collections import deque
from dataclasses import dataclass

from controller import glyphs
from controller.mqtt.messages import StateMessage

SPAN_S = 600.0
_LABEL = 6
_MOST = 4000
#: Less than this between top and bottom, and the noise of a converter would fill the picture.
_LEAST_C = 4.0


@dataclass(frozen=True, slots=True)
class _Point:
    ts: float
    temperature_c: float
    target_c: float | None


class Curve:
    """Temperatures as they were told, the last ten minutes of them."""

    def __init__(self) -> None:
        """Begin empty."""
        self._points: deque[_Point] = deque(maxlen=_MOST)

    def add(self, state: StateMessage) -> None:
        """Take a state; one without a temperature leaves nothing."""
        if state.temperature_c is not None:
            target_c = None if state.session is None else state.session.target_c
            self._points.append(_Point(state.ts, state.temperature_c, target_c))
        while self._points and self._points[0].ts < state.ts - SPAN_S:
            self._points.popleft()

    def picture(self, columns: int, rows: int) -> list[str]:
        """Return ``rows`` lines of at most ``columns`` characters, none before there is a temperature.

        The newest is at the right edge. The target of the running session is a dotted line.
        """
        if not self._points:
            return []
        newest, plot, lines = self._points[-1], columns - _LABEL - 2, rows - 1
        low_c, high_c = self._range()
        points = [
            (1.0 - (newest.ts - point.ts) / SPAN_S, (point.temperature_c - low_c) / (high_c - low_c))
            for point in self._points
        ]
        labels = {0: high_c, lines - 1: low_c}
        target_row = None
        if newest.target_c is not None:
            height = (newest.target_c - low_c) / (high_c - low_c)
            target_row = round((1.0 - height) * (lines * 4 - 1)) // 4  # four dots a row, as in the curve
            labels[target_row] = newest.target_c
        drawn = []
        for row, dots in enumerate(glyphs.curve(points, plot, lines)):
            label = f"{labels[row]:g} °C" if row in labels else ""
            ground = "┄" if row == target_row else " "
            drawn.append(f"{label:>{_LABEL}}{'┤' if row in labels else '│'}{dots.replace(' ', ground)}")
        return [*drawn, f"{'':{_LABEL}}└{_axis(plot)}"]

    def _range(self) -> tuple[float, float]:
        shown = [point.temperature_c for point in self._points]
        shown += [point.target_c for point in self._points if point.target_c is not None]
        low_c, high_c = math.floor(min(shown) - 0.5), math.ceil(max(shown) + 0.5)
        return low_c, max(high_c, low_c + _LEAST_C)


def _axis(plot: int) -> str:
    before, now = f"{SPAN_S / 60:g} min ago", "now"
    return before + "─" * max(0, plot - len(before) - len(now)) + now
