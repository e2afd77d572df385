"""The trial as a picture of characters: reading and model above, the difference between them below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from controller import glyphs

_LABEL = 8
_ROWS, _DIFFERENCE_ROWS = 10, 3
_LEAST_DIFFERENCE_C = 0.1
_READING, _MODEL = "33", "36"


@dataclass(frozen=True, slots=True)
class Curves:
    """A trial and what the model makes of it: at each of the ``times_s``, °C, None without a reading."""

    times_s: Sequence[float]
    reading_c: Sequence[float | None]
    model_c: Sequence[float]


def plot(curves: Curves, columns: int, *, colour: bool) -> list[str]:
    """Return lines of at most ``columns`` characters; with colour the model is told from the reading."""
    width = columns - _LABEL - 2
    curves = _averaged(curves, math.ceil(len(curves.times_s) / (2 * width)))
    seen_c = [c for c in (*curves.reading_c, *curves.model_c) if c is not None]
    low_c, high_c = math.floor(min(seen_c)), math.ceil(max(seen_c) + 1e-9)
    high_c = max(high_c, low_c + 1)
    reading = _drawn(curves.times_s, curves.reading_c, low_c, high_c, width, _ROWS)
    model = _drawn(curves.times_s, curves.model_c, low_c, high_c, width, _ROWS)
    differences = [
        None if said is None else said - model
        for said, model in zip(curves.reading_c, curves.model_c, strict=True)
    ]
    most_c = max([_LEAST_DIFFERENCE_C, *(abs(each) for each in differences if each is not None)])
    most_c = math.ceil(most_c * 10.0) / 10.0
    below = _drawn(curves.times_s, differences, -most_c, most_c, width, _DIFFERENCE_ROWS)
    labels = {0: f"{high_c} °C", _ROWS - 1: f"{low_c} °C"}
    lines = [
        _line(labels.get(row, ""), _over(reading[row], model[row], colour=colour)) for row in range(_ROWS)
    ]
    lines.append(_line("", _axis(curves.times_s[-1] - curves.times_s[0], width)))
    labels = {0: f"+{most_c:.1f} °C", _DIFFERENCE_ROWS - 1: f"−{most_c:.1f} °C"}
    lines += [_line(labels.get(row, ""), below[row]) for row in range(_DIFFERENCE_ROWS)]
    key = f"{_paint('reading', _READING, colour)} and {_paint('model', _MODEL, colour)}"
    return [f"{'':{_LABEL}}  {key}, °C over minutes; below: reading − model", *lines]


def _averaged(curves: Curves, count: int) -> Curves:
    """Return one point for each ``count``: a dot is that wide, and noise is no news."""

    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    starts = range(0, len(curves.times_s), count)
    return Curves(
        [curves.times_s[at] for at in starts],
        [mean(curves.reading_c[at : at + count]) for at in starts],
        [sum(part) / len(part) for part in (curves.model_c[at : at + count] for at in starts)],
    )


def _drawn(
    times_s: Sequence[float], values: Sequence[float | None], low: float, high: float, width: int, rows: int
) -> list[str]:
    """Return the curve's braille; a reading that is missing is bridged."""
    first_s, span_s = times_s[0], max(times_s[-1] - times_s[0], 1e-9)
    points = [
        ((at_s - first_s) / span_s, (value - low) / (high - low))
        for at_s, value in zip(times_s, values, strict=True)
        if value is not None
    ]
    return glyphs.curve(points, width, rows)


def _over(reading: str, model: str, *, colour: bool) -> str:
    """Put one row over the other: what both have drawn is the reading's."""
    cells = [
        (_READING, both) if said != " " else (_MODEL, both)
        for said, both in zip(reading, glyphs.merged(reading, model), strict=True)
    ]
    return "".join(
        _paint("".join(cell for _, cell in group), style, colour)
        for style, group in groupby(cells, key=lambda cell: cell[0])
    )


def _paint(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour and text.strip() else text


def _line(label: str, drawn: str) -> str:
    return f"{label:>{_LABEL}} │{drawn}".rstrip()


def _axis(total_s: float, width: int) -> str:
    axis = ["─"] * width
    for minute in range(int(total_s // 60.0) + 1):
        text = str(minute)
        at = round(minute * 60.0 / total_s * (width - 1))
        axis[at : at + len(text)] = text
    return "".join(axis)[:width]
