"""A week as an SVG: minutes of heat by day, in the colours of the areas, and the dose of each day below.

Colours come from the page's style sheet by class, as in ``controller.records.chart``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from controller.records import words
from controller.records.svg import Scale, label, line, rect, scale
from controller.records.week import Week


@dataclass(frozen=True, slots=True)
class Size:
    """A layout in SVG units, about one CSS pixel each. ``name`` tells two charts on a page apart."""

    name: str
    width: float
    left: float = 34.0
    right: float = 120.0
    top: float = 34.0
    heat_height: float = 120.0
    gap: float = 46.0
    dose_height: float = 66.0
    bottom: float = 24.0

    @property
    def heat_bottom(self) -> float:
        """Lower edge of the upper plot."""
        return self.top + self.heat_height

    @property
    def dose_bottom(self) -> float:
        """Lower edge of the lower plot."""
        return self.heat_bottom + self.gap + self.dose_height


WIDE = Size("wide", 720.0)
NARROW = Size("narrow", 372.0, left=26.0, right=72.0)


def render(week: Week, size: Size) -> str:
    """Return the ``<svg>`` element."""
    limits = week.limits
    most_min = max([limits.day_heated_s / 60, *(day.sum.heated_s / 60 for day in week.days)]) * 1.06
    most_dose = max([limits.day_dose_cem43, *(day.sum.dose_cem43 for day in week.days)]) * 1.1
    minutes = scale(0.0, most_min, size.heat_bottom, size.top)
    dose = scale(0.0, most_dose, size.dose_bottom, size.heat_bottom + size.gap)
    height = size.dose_bottom + size.bottom
    parts = [
        f'<svg class="chart week {size.name}" viewBox="0 0 {size.width:g} {height:g}" role="img"'
        f' aria-labelledby="{size.name}-title {size.name}-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{size.name}-title">Heat and dose by day</title>',
        f'<desc id="{size.name}-desc">{escape(_description(week))}</desc>',
        *_axis(size, minutes, most_min, 20, "heat, minutes", 10.0),
        *_axis(size, dose, most_dose, 2, "dose, CEM43", size.heat_bottom + 28.0),
        *_budget(size, minutes, limits.day_heated_s / 60, f"{limits.day_heated_s / 60:g} min"),
        *_budget(size, dose, limits.day_dose_cem43, f"{limits.day_dose_cem43:g} CEM43"),
        *_bars(week, size, minutes, dose),
        "</svg>",
    ]
    return "\n".join(parts)


def _description(week: Week) -> str:
    days = (
        f"{words.moment(day.start_s, '%A')} {day.sum.heated_s / 60:.0f} minutes and"
        f" {words.dose(day.sum.dose_cem43)} CEM43"
        for day in week.days
        if day.sum.sessions
    )
    return "; ".join(days) + "." if week.sessions else "No heat."


def _axis(size: Size, y: Scale, most: float, step: int, unit: str, unit_y: float) -> Iterator[str]:
    right = size.width - size.right
    for tick in range(0, int(most) + 1, step):
        yield line("grid", size.left, y(tick), right, y(tick))
        yield label("tick", size.left - 7, y(tick) + 4, f"{tick}", "end")
    yield label("unit", 0, unit_y, unit, "start")


def _budget(size: Size, y: Scale, limit: float, text: str) -> Iterator[str]:
    right = size.width - size.right
    yield line("cutoff", size.left, y(limit), right, y(limit))
    yield label("cutoff", right + 6, y(limit) + 4, f"at most {text}" if size is WIDE else text, "start")


def _bars(week: Week, size: Size, minutes: Scale, dose: Scale) -> Iterator[str]:
    step = (size.width - size.right - size.left) / 7
    half = min(step * 0.32, 22.0)
    for number, day in enumerate(week.days):
        middle = size.left + step * (number + 0.5)
        left, right, below_s = middle - half, middle + half, 0.0
        for area, heated_s in enumerate(day.heated_s):
            if heated_s > 0.0:
                top, bottom = minutes((below_s + heated_s) / 60), minutes(below_s / 60)
                yield rect(f"area-{area}", left, top, right, bottom)
                below_s += heated_s
        if day.sum.sessions:
            yield label("value", middle, minutes(below_s / 60) - 5, f"{below_s / 60:.0f}", "middle")
            top = dose(day.sum.dose_cem43)
            yield rect("dose", left, top, right, size.dose_bottom)
            yield label("value", middle, top - 5, words.dose(day.sum.dose_cem43), "middle")
        name = words.moment(day.start_s, "%a %-d" if size is WIDE else "%a")
        yield label("tick", middle, size.dose_bottom + 17, name, "middle")
