"""One picture of the session, as lines of a terminal: pure, from the track and the size."""

import math
from itertools import groupby

from controller import glyphs
from controller.demo.plain import clock
from controller.demo.track import Moment, Track
from controller.records import words

_BOLD, _DIM, _RED, _GREEN, _YELLOW, _CYAN = "1", "2", "31", "32", "33", "36"
_PHASE_COLOURS = {"warming": _YELLOW, "holding": _GREEN, "cooling": _CYAN, "resting": _CYAN, "fault": _RED}
_MARGIN = " "
_LABEL = 5
_EVENTS = 5
#: Head, figures, axis, and the empty lines between them.
_FIXED = 10
_BAR = 20
_BESIDE_BAR = 48


def compose(track: Track, columns: int, lines: int, *, colour: bool) -> list[str]:
    """Return at most ``lines`` lines of ``columns`` characters, without escape codes if no colour."""
    paint = _Paint(colour)
    chart_rows = max(4, min(14, lines - _FIXED - _EVENTS))
    width = min(columns, 110)
    newest = sorted(track.moments, key=lambda moment: moment.ts)[-_EVENTS:]
    return [
        _head(track, width, paint),
        "",
        *_figures(track, width, paint),
        "",
        *_chart(track, width, chart_rows, paint),
        "",
        *(_moment(track, moment, width, paint) for moment in newest),
    ]


class _Paint:
    """Wraps text in an escape code, or does not."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._colour and codes else text


def _head(track: Track, width: int, paint: _Paint) -> str:
    left, right = "Heatpack demo", "Ctrl-C stops"
    middle = f"  simulated pad, {track.plan.speed:g}× real time"
    gap = max(2, width - len(_MARGIN + left + middle + right) - 1)
    return _MARGIN + paint(left, _BOLD) + paint(middle + " " * gap + right, _DIM)


def _figures(track: Track, width: int, paint: _Paint) -> list[str]:
    state = track.state
    known = state is not None and state.temperature_c is not None and state.guard == "ok"
    shown = f"{state.temperature_c:.1f}" if known and state is not None else "––.–"
    phase = "starting" if state is None else "guard lost" if state.guard == "lost" else state.phase
    colour = _RED if phase == "guard lost" else _PHASE_COLOURS.get(phase, _BOLD)
    duty = 0.0 if state is None else state.duty
    session = None if state is None else state.session
    total_s = track.plan.duration_s
    left_s = session.remaining_s if session is not None else 0.0 if track.ended else total_s
    heater = "on " if state is not None and state.heater else "off"
    dose = 0.0 if state is None else state.dose_cem43
    room = min(_BAR, width - _BESIDE_BAR)
    rows = [
        paint(phase.upper(), _BOLD, colour),
        f"{paint('target ', _DIM)} {track.target_c:.1f} °C",
        f"{paint('duty   ', _DIM)} {paint(glyphs.bar(duty, room), _YELLOW)} {duty * 100:3.0f} %",
        f"{paint('left   ', _DIM)} {glyphs.bar(left_s / total_s, room)} {clock(left_s)}",
        f"{paint('dose   ', _DIM)} {words.dose(dose)} CEM43   {paint('heater', _DIM)} {heater}",
    ]
    digits = glyphs.big(shown)
    units = ["°C", "", "", "", ""]
    return [
        f"{_MARGIN}{paint(digit, colour)}{unit:<6}{row}"
        for digit, unit, row in zip(digits, units, rows, strict=True)
    ]


def _chart(track: Track, width: int, rows: int, paint: _Paint) -> list[str]:
    plot = width - _LABEL - 4
    temperatures = [temperature_c for _, temperature_c in track.curve]
    low_c = math.floor(min([*temperatures, track.target_c - 12.0]))
    high_c = math.ceil(max([*temperatures, track.cutoff_c]))
    total_s, span_c = track.plan.duration_s, high_c - low_c
    target_row, cutoff_row = (
        round((high_c - line_c) / span_c * (rows * 4 - 1)) // 4 for line_c in (track.target_c, track.cutoff_c)
    )
    points = [(at_s / total_s, (c - low_c) / span_c) for at_s, c in track.curve]
    colour = _PHASE_COLOURS.get("" if track.state is None else track.state.phase, _BOLD)
    struck = None if track.struck_ts is None else int(track.at(track.struck_ts) / total_s * (plot - 1))
    labels = {
        rows - 1: f"{low_c} °C",
        cutoff_row: f"{track.cutoff_c:g} °C",
        target_row: f"{track.target_c:g} °C",
    }
    levels = {cutoff_row: ("╌", _RED), target_row: ("┄", _DIM)}
    lines = []
    for row, dots in enumerate(glyphs.curve(points, plot, rows)):
        ground, line_colour = levels.get(row, (" ", ""))
        styled = [
            (colour, dot) if dot != " " else (_RED, "┊") if column == struck else (line_colour, ground)
            for column, dot in enumerate(dots)
        ]
        cells = [
            paint("".join(text for _, text in group), *filter(None, [style]))
            for style, group in groupby(styled, key=lambda cell: cell[0])
        ]
        label = paint(f"{labels.get(row, ''):>{_LABEL}}", _DIM)
        lines.append(f"{_MARGIN}{label} {paint('┤' if row in labels else '│', _DIM)}{''.join(cells)}")
    minutes = _axis(total_s, plot)
    return [*lines, f"{_MARGIN}{'':{_LABEL}} {paint('└' + minutes, _DIM)}"]


def _axis(total_s: float, plot: int) -> str:
    minutes = math.ceil(total_s / 60.0)
    axis = ["─"] * plot
    for minute in range(0, minutes + 1):
        text = f"{minute} min" if minute == minutes else str(minute)
        at = min(round(minute * 60.0 / total_s * (plot - 1)), plot - len(text))
        axis[at : at + len(text)] = text
    return "".join(axis)


def _moment(track: Track, moment: Moment, width: int, paint: _Paint) -> str:
    text = moment.text
    room = width - 9
    if len(text) > room:
        text = text[: room - 1] + "…"
    when = paint(clock(track.at(moment.ts)), _DIM)
    return f"{_MARGIN}{when}  {paint(text, _RED) if moment.alarming else text}"
