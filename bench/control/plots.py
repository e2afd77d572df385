"""The page's drawings as SVG: a distribution for each law, and sessions over time. Colours come by class."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bench.control.bound import BAND_C, SESSION_S
from bench.control.figures import Measure
from bench.report import percentile
from controller.records.svg import Point, Scale, label, line, path, rect, scale, thinned

_WIDTH = 360.0
_LEFT, _RIGHT, _ROW, _TOP = 126.0, 348.0, 22.0, 6.0
_TICKS_MOST = 6
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)

_PANEL_WIDTH, _PANEL_HEIGHT = 190.0, 124.0
_PANEL = (20.0, 186.0, 6.0, 106.0)  # left, right, top, bottom
_BELOW_C, _ABOVE_C = 5.0, 3.0


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one law."""

    title: str
    ours: bool
    values: Sequence[float]


def distribution(measure: Measure, groups: Sequence[Group], *, logarithmic: bool) -> str:
    """Return a chart with a row for each law: 5-95 % as a line, 25-75 % as a bar, median, extremes."""
    values = [value for group in groups for value in group.values]
    bottom = _TOP + _ROW * len(groups)
    low, high, ticks = _decade(values) if logarithmic else _linear(values)
    x = (
        scale(math.log(low), math.log(high), _LEFT, _RIGHT)
        if logarithmic
        else scale(low, high, _LEFT, _RIGHT)
    )
    parts = []
    for tick in ticks:
        at = x(math.log(tick) if logarithmic else tick)
        parts.append(line("grid", at, _TOP, at, bottom))
        parts.append(label("tick", at, bottom + 14, f"{tick:g}", "middle"))
    for number, group in enumerate(groups):
        placed = [math.log(value) for value in group.values] if logarithmic else group.values
        parts.extend(_row(group, placed, x, _TOP + _ROW * (number + 0.5)))
    return (
        f'<svg class="spread" viewBox="0 0 {_WIDTH:g} {bottom + 20:g}" role="img"'
        f' aria-label="{escape(_in_words(measure, groups))}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _row(group: Group, placed: Sequence[float], x: Scale, y: float) -> Iterator[str]:
    kind = "ours" if group.ours else "peer"
    yield label(f"name {kind}", _LEFT - 8, y + 4, group.title, "end")
    if not placed:
        return
    p5, p25, p50, p75, p95 = (x(percentile(placed, share)) for share in _SHARES)
    yield line(f"whisker {kind}", p5, y, p95, y)
    yield rect(f"box {kind}", p25, y - 5, max(p75, p25 + 1.0), y + 5)
    yield line(f"median {kind}", p50, y - 7, p50, y + 7)
    for extreme in {min(placed), max(placed)}:
        yield f'<circle class="extreme {kind}" cx="{x(extreme):.1f}" cy="{y:.1f}" r="1.8"/>'


def _linear(values: Sequence[float]) -> tuple[float, float, list[float]]:
    low, high = min(values), max(values)
    step = _step((high - low) / 5 or 1.0)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return first * step, last * step, [round(n * step, 6) for n in range(first, last + 1)]


def _step(least: float) -> float:
    decade: float = 10.0 ** math.floor(math.log10(least))
    return next(decade * factor for factor in (1.0, 2.0, 5.0, 10.0) if decade * factor >= least * 0.999)


def _decade(values: Sequence[float]) -> tuple[float, float, list[float]]:
    most = max(values)
    marks = [mantissa * 10.0**power for power in range(-3, 5) for mantissa in (1.0, 2.0, 5.0)]
    low = max(mark for mark in marks if mark <= min(values) * 1.001)
    high = min(mark for mark in marks if mark >= most)
    high = high if high > low else marks[marks.index(low) + 1]
    ticks = [round(mark, 6) for mark in marks if low <= mark <= high]
    if len(ticks) > _TICKS_MOST:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    return low, high, ticks


def _in_words(measure: Measure, groups: Sequence[Group]) -> str:
    told = (
        f"{group.title}: median {measure.text(percentile(group.values, 0.5))},"
        f" 95 % up to {measure.text(percentile(group.values, 0.95))}"
        for group in groups
        if group.values
    )
    return f"{measure.title}. {'; '.join(told)}"


def session(
    shown: str, ours: bool, curves: Mapping[str, Sequence[float]], target_c: float, bound_s: float
) -> str:
    """Return one panel: the law ``shown`` over time, and all others behind it. ``curves`` are °C a second."""
    left, right, top, bottom = _PANEL
    x = scale(0.0, SESSION_S, left, right)
    y = scale(target_c - _BELOW_C, target_c + _ABOVE_C, bottom, top)
    parts = [rect("band", left, y(target_c + BAND_C), right, y(target_c - BAND_C))]
    for offset in (-4.0, -2.0, 0.0, 2.0):
        at = y(target_c + offset)
        parts.append(line("grid", left, at, right, at))
        parts.append(label("tick", left - 4, at + 3.5, f"{target_c + offset:g}", "end"))
    for minute in (0, 2, 4, 6, 8, 10):
        parts.append(label("tick", x(60.0 * minute), bottom + 14, f"{minute}", "middle"))
    parts.append(line("bound", x(bound_s), top, x(bound_s), bottom))
    others = (curve for title, curve in curves.items() if title != shown)
    parts.extend(f'<path class="other" d="{_curve(curve, target_c, x, y)}"/>' for curve in others)
    kind = "ours" if ours else "peer"
    parts.append(f'<path class="curve {kind}" d="{_curve(curves[shown], target_c, x, y)}"/>')
    most = max(curves[shown]) - target_c
    return (
        f'<svg class="panel" viewBox="0 0 {_PANEL_WIDTH:g} {_PANEL_HEIGHT:g}" role="img"'
        f' aria-label="{escape(shown)}: at most {max(0.0, most):.1f} °C above the target, and'
        f' {curves[shown][-1] - target_c:+.1f} °C at the end" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _curve(curve: Sequence[float], target_c: float, x: Scale, y: Scale) -> str:
    """Return the path of a curve; what is outside of the panel runs along its edge."""
    low, high = target_c - _BELOW_C, target_c + _ABOVE_C
    points: list[Point] = [
        (float(second), min(max(value, low), high)) for second, value in enumerate(curve) if value >= low
    ]
    return "M" + path(thinned(points), x, y) if points else ""
