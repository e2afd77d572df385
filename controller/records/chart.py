"""One session as an SVG: temperature against its limits above, heating power below.

Colours come from the page's style sheet by class, so that the chart follows it to dark and to print.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from config.limits import Limits
from controller.records.entry import Sample
from controller.records.svg import MAX_POINTS, Point, Scale, apart, label, line, path, rect, scale, thinned

#: Labels one above the other need so much room.
_LINE = 12.5
_STEPS_MIN = (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Mark:
    """A numbered moment on the time axis; seconds since the first energised tick."""

    number: int
    elapsed_s: float
    alarming: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What the chart shows. ``ended_s`` None: the session has no end."""

    samples: tuple[Sample, ...]
    target_c: float
    limits: Limits
    planned_s: float | None
    ended_s: float | None
    marks: tuple[Mark, ...]
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Size:
    """A layout in SVG units, about one CSS pixel each. ``name`` tells two charts on a page apart."""

    name: str
    width: float
    temperature_height: float
    duty_height: float
    most_ticks: int
    left: float = 40.0
    right: float = 94.0
    top: float = 56.0
    gap: float = 38.0
    bottom: float = 38.0

    @property
    def height(self) -> float:
        """All of it."""
        return self.duty_bottom + self.bottom

    @property
    def temperature_bottom(self) -> float:
        """Lower edge of the upper plot."""
        return self.top + self.temperature_height

    @property
    def duty_top(self) -> float:
        """Upper edge of the lower plot."""
        return self.temperature_bottom + self.gap

    @property
    def duty_bottom(self) -> float:
        """Lower edge of the lower plot."""
        return self.duty_top + self.duty_height


WIDE = Size("wide", 720.0, 204.0, 44.0, most_ticks=11)
NARROW = Size("narrow", 372.0, 228.0, 44.0, most_ticks=6, left=28.0, right=94.0)


def render(story: Story, size: Size) -> str:
    """Return the ``<svg>`` element. Empty when there are no samples.

    Series longer than ``MAX_POINTS`` are thinned so that each peak and trough stays.
    """
    if not story.samples:
        return ""
    end_s = max(story.samples[-1].elapsed_s, story.planned_s or 0.0, 60.0)
    low_c, high_c = _range_c(story)
    x = scale(0.0, end_s, size.left, size.width - size.right)
    y = scale(low_c, high_c, size.temperature_bottom, size.top)
    parts = [
        f'<svg class="chart {size.name}" viewBox="0 0 {size.width:g} {size.height:g}" role="img"'
        f' aria-labelledby="{size.name}-title {size.name}-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{size.name}-title">{escape(story.title)}</title>',
        f'<desc id="{size.name}-desc">{escape(story.description)}</desc>',
        *_zones(story, size, x, y),
        *_marks(story.marks, size, x, end_s),
        *_axes(size, x, y, end_s, low_c, high_c),
        *_limit_lines(story, size, x, y),
        *_duty(story, size, x),
        *_curve(story, x, y),
        *_peak(story, size, x, y),
        "</svg>",
    ]
    return "\n".join(parts)


def _range_c(story: Story) -> tuple[float, float]:
    seen = [sample.temperature_c for sample in story.samples if sample.temperature_c is not None]
    low_c = min([*seen, story.target_c - 4.0])
    high_c = max([*seen, story.limits.cutoff_c + 0.5])
    return math.floor(low_c - 0.5), math.ceil(high_c + 0.5)


def _zones(story: Story, size: Size, x: Scale, y: Scale) -> Iterable[str]:
    right = size.width - size.right
    top, inhibit, cutoff = size.top, y(story.limits.inhibit_c), y(story.limits.cutoff_c)
    yield rect("zone-inhibit", size.left, cutoff, right, inhibit)
    yield rect("zone-cutoff", size.left, top, right, cutoff)
    if story.ended_s is not None and story.planned_s and story.planned_s - story.ended_s > 5.0:
        begin, end = x(story.ended_s), x(story.planned_s)
        yield rect("unheated", begin, size.duty_top, end, size.duty_bottom)
        if end - begin > 60:
            middle, baseline = (begin + end) / 2, (size.duty_top + size.duty_bottom) / 2 + 4
            yield label("quiet", middle, baseline, "not heated", "middle")


def _axes(size: Size, x: Scale, y: Scale, end_s: float, low_c: float, high_c: float) -> Iterable[str]:
    right = size.width - size.right
    step_c = 5 if high_c - low_c > 10 else 2
    first_c = math.ceil(low_c / step_c) * step_c
    for tick_c in range(first_c, int(high_c) + 1, step_c):
        yield line("grid", size.left, y(tick_c), right, y(tick_c))
        yield label("tick", size.left - 7, y(tick_c) + 4, f"{tick_c}", "end")
    yield label("unit", 0, 10, "pad temperature, °C", "start")
    for share in (0, 1):
        height = size.duty_bottom - share * size.duty_height
        yield line("grid", size.left, height, right, height)
        yield label("tick", size.left - 7, height + 4, f"{share * 100}", "end")
    yield label("unit", 0, size.duty_top - 12, "heating power, %", "start")
    step_min = next((step for step in _STEPS_MIN if end_s / 60 / step < size.most_ticks), 120)
    tick = 0
    while tick * step_min * 60 <= end_s + 1e-6:
        at = x(tick * step_min * 60)
        yield line("tick-mark", at, size.duty_bottom, at, size.duty_bottom + 4)
        yield label("tick", at, size.duty_bottom + 17, f"{tick * step_min:g}", "middle")
        tick += 1
    middle = (size.left + right) / 2
    yield label("unit", middle, size.duty_bottom + 33, "minutes since the first heat", "middle")


def _limit_lines(story: Story, size: Size, x: Scale, y: Scale) -> Iterable[str]:
    right = size.width - size.right
    limits, below = story.limits, 0.0
    for name, words, value_c in (
        ("cutoff", "cutoff", limits.cutoff_c),
        ("inhibit", "pause", limits.inhibit_c),
        ("target", "target", story.target_c),
    ):
        end = right
        if name == "target" and story.planned_s:
            end = x(story.planned_s)
        yield line(name, size.left, y(value_c), end, y(value_c))
        below = max(below + _LINE, y(value_c) + 4)
        yield label(name, right + 6, below, f"{words} {value_c:g} °C", "start")


def _curve(story: Story, x: Scale, y: Scale) -> Iterable[str]:
    run: list[Point] = []
    runs = [run]
    for sample in story.samples:
        if sample.temperature_c is None:  # a faulty sensor leaves a gap, not a line across it
            run = []
            runs.append(run)
        else:
            run.append((sample.elapsed_s, sample.temperature_c))
    share = MAX_POINTS / max(1, sum(map(len, runs)))
    for points in filter(None, runs):
        kept = thinned(points, max(8, int(share * len(points))))
        yield f'<path class="temperature" d="M{path(kept, x, y)}"/>'


def _duty(story: Story, size: Size, x: Scale) -> Iterable[str]:
    duty_y = scale(0.0, 1.0, size.duty_bottom, size.duty_top)
    parts = min(len(story.samples), MAX_POINTS)
    points: list[Point] = []
    for number in range(parts):
        part = story.samples[
            number * len(story.samples) // parts : (number + 1) * len(story.samples) // parts
        ]
        mean = sum(sample.duty for sample in part) / len(part)
        points += [(part[0].elapsed_s, points[-1][1] if points else 0.0), (part[0].elapsed_s, mean)]
    last_s = story.samples[-1].elapsed_s
    points += [(last_s, points[-1][1]), (last_s, 0.0)]
    yield f'<path class="duty" d="M{path(points, x, duty_y)}Z"/>'


def _peak(story: Story, size: Size, x: Scale, y: Scale) -> Iterable[str]:
    seen = [(s.temperature_c, s.elapsed_s) for s in story.samples if s.temperature_c is not None]
    if not seen:
        return
    peak_c, at_s = max(seen, key=lambda pair: pair[0])
    left, right = size.left + 34, size.width - size.right - 34
    yield f'<circle class="peak" cx="{x(at_s):.1f}" cy="{y(peak_c):.1f}" r="3.5"/>'
    yield label("peak", min(max(x(at_s), left), right), y(peak_c) - 10, f"peak {peak_c:.1f} °C", "middle")


def _marks(marks: Sequence[Mark], size: Size, x: Scale, end_s: float) -> Iterable[str]:
    shown = [mark for mark in marks if 0.0 <= mark.elapsed_s <= end_s]
    places = apart([x(mark.elapsed_s) for mark in shown], size.left, size.width - size.right)
    top = size.top - 20
    for mark, place in zip(shown, places, strict=True):
        at, kind = x(mark.elapsed_s), "mark alarm" if mark.alarming else "mark"
        yield (
            f'<path class="{kind}" d="M{place:.1f} {top + 9:.1f}L{at:.1f} {size.top - 4:.1f}'
            f'V{size.duty_bottom:.1f}"/>'
            f'<circle class="{kind}" cx="{place:.1f}" cy="{top:.1f}" r="8.5"/>'
            + label(kind, place, top + 3.8, str(mark.number), "middle")
        )
