"""The few SVG elements of a chart, and where its points go."""

from collections.abc import Callable, Sequence
from html import escape

MAX_POINTS = 240
_BADGE = 18.0

Scale = Callable[[float], float]
Point = tuple[float, float]


def scale(low: float, high: float, at_low: float, at_high: float) -> Scale:
    """Map a range of values to a range of coordinates, linearly."""
    slope = (at_high - at_low) / (high - low)
    return lambda value: at_low + (value - low) * slope


def thinned(points: Sequence[Point], most: int = MAX_POINTS) -> list[Point]:
    """Return at most ``most`` points that keep the first, the last, and each part's extremes."""
    if len(points) <= most:
        return list(points)
    inner = points[1:-1]
    buckets = max(1, (most - 2) // 2)
    kept = [points[0]]
    for number in range(buckets):
        part = inner[number * len(inner) // buckets : (number + 1) * len(inner) // buckets]
        if part:
            extremes = {min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])}
            kept.extend(sorted(extremes))
    return [*kept, points[-1]]


def apart(wanted: Sequence[float], left: float, right: float) -> list[float]:
    """Move badges so that none covers another, each as near to its place as order allows."""
    places = list(wanted)
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + _BADGE)
    limit = right + _BADGE
    for number in reversed(range(len(places))):
        places[number] = min(places[number], limit)
        limit = places[number] - _BADGE
    return [max(place, left) for place in places]


def path(points: Sequence[Point], x: Scale, y: Scale) -> str:
    """Return the points as the data of a path, after its "M"."""
    return "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in points)


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return a straight line of the class ``kind``."""
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def rect(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Return the rectangle between two corners, upper left and lower right."""
    width, height = max(0.0, x2 - x1), max(0.0, y2 - y1)
    return f'<rect class="{kind}" x="{x1:.1f}" y="{y1:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def label(kind: str, x: float, y: float, text: str, anchor: str) -> str:
    """Return a text on its baseline; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
