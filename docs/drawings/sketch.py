"""Boxes, lines and words, for what is no circuit. Coordinates are those of SVG: y grows downwards."""

from collections.abc import Sequence
from html import escape
from typing import Final

from docs.drawings.paper import page

Place = tuple[float, float]
_SIZE: Final = 14.0


class Sketch:
    """A sheet to put things on, in order."""

    def __init__(self) -> None:
        """Begin with an empty sheet."""
        self._parts: list[str] = []

    def box(
        self,
        low: Place,
        high: Place,
        *,
        fill: str = "wash",
        stroke: str = "soft",
        dashed: bool = False,
        radius: float = 4,
    ) -> None:
        """Draw a rectangle between its upper left and lower right corner."""
        (x1, y1), (x2, y2) = low, high
        dash = ";stroke-dasharray:5 4" if dashed else ""
        self._parts.append(
            f'<rect x="{x1:g}" y="{y1:g}" width="{x2 - x1:g}" height="{y2 - y1:g}" rx="{radius:g}"'
            f' style="fill:var(--{fill});stroke:var(--{stroke});stroke-width:1.2{dash}"/>'
        )

    def line(self, *places: Place, colour: str = "ink", width: float = 1.7, arrow: bool = False) -> None:
        """Draw a line through places, with an arrow at its end if that is wanted."""
        self._parts.append(
            f'<path d="M{"L".join(f"{x:g} {y:g}" for x, y in places)}"'
            f' style="fill:none;stroke:var(--{colour});stroke-width:{width:g};stroke-linejoin:round"/>'
        )
        if arrow:
            (x1, y1), (x2, y2) = places[-2:]
            length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
            ux, uy = (x2 - x1) / length, (y2 - y1) / length
            wings = [(x2 - 9 * ux + side * 4 * uy, y2 - 9 * uy - side * 4 * ux) for side in (1, -1)]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x2, y2), *wings])
            self._parts.append(f'<polygon points="{points}" style="fill:var(--{colour})"/>')

    def dot(self, at: Place, colour: str = "ink", radius: float = 3.5) -> None:
        """Draw a filled circle."""
        self._parts.append(
            f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="{radius:g}" style="fill:var(--{colour})"/>'
        )

    def text(
        self,
        at: Place,
        words: str | Sequence[str],
        *,
        colour: str = "ink",
        anchor: str = "start",
        size: float = _SIZE,
    ) -> None:
        """Write one or several lines; ``at`` is on the first one's baseline."""
        for n, line in enumerate([words] if isinstance(words, str) else words):
            self._parts.append(
                f'<text x="{at[0]:g}" y="{at[1] + 1.25 * size * n:g}" font-size="{size:g}"'
                f' text-anchor="{anchor}" style="fill:var(--{colour})">{escape(line)}</text>'
            )

    def finished(self, width: float, height: float, says: str) -> str:
        """Return the sheet as an SVG file; ``says`` is what it shows."""
        return page("\n".join(self._parts), (0.0, 0.0, width, height), says)
