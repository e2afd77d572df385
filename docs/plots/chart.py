"""A chart as an SVG file that stands alone: a pair of axes, curves, bands, words. Light and dark."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from controller.records.svg import Point, Scale, label, line, path, rect, scale, thinned

_STYLE: Final = """
svg { color-scheme: light dark; font: 12px system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
  --paper: #fbfaf8; --ink: #1e2429; --soft: #5b646c; --rule: #e3e0da;
  --pad: #c2410c; --found: #1d5fa8; --read: #8b949c; --heater: #8a5a00; --flow: #1f6f43; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #121518; --ink: #ece9e4; --soft: #a3abb2; --rule: #2e343a;
    --pad: #ff9455; --found: #7db4f0; --read: #848d95; --heater: #e3b34f; --flow: #7fd6a2; } }
.paper { fill: var(--paper); }
text { fill: var(--soft); }
.title { fill: var(--ink); font-weight: 600; }
.grid { stroke: var(--rule); fill: none; }
.frame { stroke: var(--soft); fill: none; }
.curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.thin { stroke-width: 1; }
.dashed { stroke-dasharray: 5 4; }
.pad { stroke: var(--pad); } .found { stroke: var(--found); } .read { stroke: var(--read); }
.heater { stroke: var(--heater); } .flow { stroke: var(--flow); }
text.pad { fill: var(--pad); stroke: none; } text.found { fill: var(--found); stroke: none; }
text.read { fill: var(--read); stroke: none; } text.heater { fill: var(--heater); stroke: none; }
text.flow { fill: var(--flow); stroke: none; } .mark { fill: var(--ink); }
.band { stroke: none; opacity: 0.16; } .band.pad { fill: var(--pad); } .band.found { fill: var(--found); }
"""
_POINTS: Final = 400


@dataclass(frozen=True, slots=True)
class Panel:
    """A pair of axes.

    Attributes:
        left: edge, in the drawing's units, like the other three.
        right: edge.
        top: edge.
        bottom: edge.
        xs: the least and the most of the horizontal axis.
        ys: of the vertical one.
        place: of a horizontal value, for an axis that is not linear.
    """

    left: float
    right: float
    top: float
    bottom: float
    xs: tuple[float, float]
    ys: tuple[float, float]
    place: Callable[[float], float] = float

    @property
    def x(self) -> Scale:
        """From horizontal values to the drawing."""
        inner = scale(self.place(self.xs[0]), self.place(self.xs[1]), self.left, self.right)
        return lambda value: inner(self.place(value))

    @property
    def y(self) -> Scale:
        """From vertical values to the drawing."""
        return scale(*self.ys, self.bottom, self.top)

    def axes(
        self, title: str, xs: Iterable[float], ys: Iterable[float], x_title: str = "", number: str = "g"
    ) -> str:
        """Return grid, frame and words; ``xs`` and ``ys`` are where the numbers stand."""
        parts = [label("title", self.left, self.top - 8, title, "start")]
        for value in ys:
            at = self.y(value)
            parts += [line("grid", self.left, at, self.right, at)]
            parts += [label("tick", self.left - 6, at + 4, f"{value:g}", "end")]
        for value in xs:
            at = self.x(value)
            parts += [line("grid", at, self.top, at, self.bottom)]
            parts += [label("tick", at, self.bottom + 16, f"{value:{number}}", "middle")]
        parts.append(rect("frame", self.left, self.top, self.right, self.bottom))
        if x_title:
            parts.append(label("tick", (self.left + self.right) / 2.0, self.bottom + 34, x_title, "middle"))
        return "".join(parts)

    def curve(self, kind: str, points: Sequence[Point]) -> str:
        """Return a curve from where it comes into the panel; where it leaves it runs along the edge."""
        low, high = self.ys
        begun = next(n for n, (_, y) in enumerate(points) if low <= y <= high)
        return f'<path class="curve {kind}" d="M{self._path(thinned(points[begun:], _POINTS))}"/>'

    def band(self, kind: str, lower: Sequence[Point], upper: Sequence[Point]) -> str:
        """Return what lies between two curves."""
        return f'<path class="band {kind}" d="M{self._path([*lower, *reversed(upper)])}z"/>'

    def word(self, kind: str, x: float, y: float, text: str, anchor: str = "start") -> str:
        """Return a text at a value of each axis."""
        return label(kind, self.x(x), self.y(y), text, anchor)

    def _path(self, points: Sequence[Point]) -> str:
        (left, right), (low, high) = self.xs, self.ys
        inside = [(min(max(x, left), right), min(max(y, low), high)) for x, y in points]
        return path(inside, self.x, self.y)


def drawing(width: float, height: float, says: str, parts: Iterable[str]) -> str:
    """Return an SVG file; ``says`` is what it shows, for those who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" role="img" aria-label="{escape(says)}">\n<style>{_STYLE}</style>\n'
        f"{rect('paper', 0.0, 0.0, width, height)}\n" + "\n".join(parts) + "\n</svg>\n"
    )
