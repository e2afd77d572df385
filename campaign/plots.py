"""A distribution as a small SVG: bars for how many runs, a line for the limit, a dot for the highest.

Bars grow with the logarithm of the count, so that a single run among thousands is seen. Colours come from
the page's style sheet by class.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from campaign.measures import BASAL, DOSE, FACE, OFF, Measure, Row
from controller.records.svg import label, line, scale

WIDTH, HEIGHT = 216.0, 62.0
_LEFT, _RIGHT, _TOP, _BASE = 10.0, 208.0, 14.0, 44.0
_BINS = 51
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of values that all plots of one measure share. What is beyond lies at its edge."""

    measure: Measure
    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool

    def share(self, value: float) -> float:
        """Return where a value lies, 0 at ``low`` and 1 at ``high``."""
        place = min(max(value, self.low), self.high)
        if self.logarithmic:
            return math.log(place / self.low) / math.log(self.high / self.low)
        return (place - self.low) / (self.high - self.low)


def axes(found: Sequence[Row]) -> tuple[Axis, ...]:
    """Return the axes that have room for all rows and for the limits."""
    return (_celsius(FACE, found), _celsius(BASAL, found), _decades(DOSE, found), _decades(OFF, found))


def _celsius(measure: Measure, found: Sequence[Row]) -> Axis:
    values = [value for row in found for value in row.values(measure)]
    assert measure.most is not None
    low = 5 * math.floor(min([*values, 39.0]) / 5)
    high = max(math.ceil(max([*values, 0.0])), measure.most + 2)
    step = 5 if high - low <= 25 else 10
    return Axis(measure, low, high, tuple(range(low, int(high) + 1, step)), logarithmic=False)


def _decades(measure: Measure, found: Sequence[Row]) -> Axis:
    values = [value for row in found for value in row.values(measure)]
    first, last = (-3, 1) if measure is DOSE else (-1, 2)
    last = max(last, math.ceil(math.log10(max([*values, 1.0]))))
    step = 1 if last - first <= 3 else 2
    ticks = tuple(10.0**power for power in range(first, last + 1, step))
    high = max(10.0**last, 2 * (measure.most or 0.0))
    return Axis(measure, 10.0**first, high, ticks, logarithmic=True)


def strip(row: Row, axis: Axis) -> str:
    """Return the ``<svg>`` of one row and one measure; empty when no run has the measure."""
    values = row.values(axis.measure)
    if not values:
        return ""
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img"'
        f' aria-label="{escape(_in_words(row, axis.measure))}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(_parts(values, axis))}</svg>"
    )


def _parts(values: Sequence[float], axis: Axis) -> Iterator[str]:
    x = scale(0.0, 1.0, _LEFT, _RIGHT)
    limit = axis.measure.most
    yield line("axis", _LEFT, _BASE, _RIGHT, _BASE)
    for tick in axis.ticks:
        at = x(axis.share(tick))
        yield line("axis", at, _BASE, at, _BASE + 3)
        yield label("tick", at, _BASE + 14, _tick(tick), "end" if at > _RIGHT - 4 else "middle")
    yield _bars(values, axis)
    if limit is not None:
        at = x(axis.share(limit))
        yield line("limit", at, _TOP, at, _BASE)
        yield label("limit", at, _TOP - 4, f"{limit:g}", "middle")
    most = max(values)
    kind = "most over" if limit is not None and most > limit else "most"
    yield f'<circle class="{kind}" cx="{x(axis.share(most)):.1f}" cy="{_BASE:g}" r="3"/>'


def _bars(values: Sequence[float], axis: Axis) -> str:
    counts = Counter(min(int(axis.share(value) * _BINS), _BINS - 1) for value in values)
    width = (_RIGHT - _LEFT) / _BINS
    height = scale(0.0, math.log1p(max(counts.values())), 0.0, _BASE - _TOP - 2)
    bars = (
        f"M{_LEFT + number * width:.1f} {_BASE:g}v{-height(math.log1p(count)):.1f}"
        f"h{width - 0.6:.1f}V{_BASE:g}z"
        for number, count in sorted(counts.items())
    )
    return f'<path class="bars" d="{"".join(bars)}"/>'


def _tick(value: float) -> str:
    if value < 10_000:
        return f"{value:g}"
    return "10" + str(round(math.log10(value))).translate(_SUPERSCRIPT)


def _in_words(row: Row, measure: Measure) -> str:
    spread = row.spread(measure)
    assert spread is not None
    limit = "" if measure.most is None else f", limit {measure.most:g} {measure.unit}"
    return (
        f"{measure.title}: half of {len(row.runs)} runs up to {spread.p50:.{measure.digits}f} {measure.unit},"
        f" 99 % up to {spread.p99:.{measure.digits}f}, highest {spread.most:.{measure.digits}f}{limit}"
    )
