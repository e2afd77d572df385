"""The table of sessions for a terminal: by day with each day's sum, or by body area. 80 columns.

Pure: text in, lines out.
"""

from collections.abc import Iterator, Sequence

from config.limits import Limits
from controller.records import words
from controller.records.entry import SessionRecord
from controller.records.ink import Ink, fitted
from controller.records.sums import Total, area_of, by_area, by_day, limits_of, total

_STYLES = {"done": "plain", "early": "caution", "safety": "alarm"}
_ID = 8
_DAY_HEAD = ("TIME", "AREA", "TARGET", "PEAK", "HEATED", "CEM43", "ENDED", "ID")
_DAY_WIDTHS = (5, 13, -6, -5, -6, -5, 16, _ID)
_AREA_HEAD = ("AREA", "SESSIONS", "HEATED", "CEM43", "HIGHEST", "LAST", "PROTECTED")
_AREA_WIDTHS = (18, -8, -10, -6, -7, 10, -9)


def days(sessions: Sequence[SessionRecord], ink: Ink) -> Iterator[str]:
    """Give the lines of the sessions, which come newest first: day by day, each under its sum."""
    yield ink.paint("quiet", "  " + _row(_DAY_HEAD, _DAY_WIDTHS))
    groups = by_day(sessions)
    letters = _letters([session.row.id for session in sessions])
    for number, (day_s, group) in enumerate(groups.items()):
        if number:
            yield ""
        yield _day(day_s, total(group), limits_of(group[0]), ink)
        for session in group:
            yield "  " + _session(session, letters, ink)
    if len(groups) > 1:
        yield ""
        yield ink.paint("strong", _summed(f"{len(groups)} days", total(sessions), "CEM43"))


def areas(sessions: Sequence[SessionRecord], ink: Ink) -> Iterator[str]:
    """Give a line for each body area, the one with the most heat first."""
    yield ink.paint("quiet", _row(_AREA_HEAD, _AREA_WIDTHS))
    for area, group in by_area(sessions).items():
        sum = total(group)
        cells = (
            area,
            f"{sum.sessions}",
            words.duration(round(sum.heated_s / 60) * 60.0),
            words.dose(sum.dose_cem43),
            _degrees(sum.peak_c),
            words.moment(group[0].row.requested_wall_s, "%Y-%m-%d"),
            f"{sum.protections}" if sum.protections else "–",
        )
        yield ink.paint("caution" if sum.protections else "plain", _row(cells, _AREA_WIDTHS))


def _day(day_s: float, sum: Total, limits: Limits, ink: Ink) -> str:
    line = _summed(words.moment(day_s, "%A, %-d %B %Y"), sum, f"of {limits.day_dose_cem43:g} CEM43")
    return ink.paint("alarm" if sum.dose_cem43 >= limits.day_dose_cem43 else "strong", line)


def _summed(name: str, sum: Total, unit: str) -> str:
    minutes = words.duration(round(sum.heated_s / 60) * 60.0)
    sessions = f"{sum.sessions} session{'s' * (sum.sessions != 1)}"
    return f"{fitted(name, 34)}{sessions:<14}{minutes:>9}{words.dose(sum.dose_cem43):>8} {unit}"


def _session(session: SessionRecord, letters: int, ink: Ink) -> str:
    row, end = session.row, session.end
    ended = "no end" if end is None else words.reason(end.reason)
    cells = (
        words.moment(row.requested_wall_s, "%H:%M"),
        area_of(session),
        _degrees(row.target_c),
        "" if end is None else _degrees(end.peak_c),
        "" if end is None else words.clock(end.heated_s),
        "" if end is None else words.dose(end.dose_cem43),
        ended,
    )
    style = "caution" if end is None else _STYLES[words.outcome(end.reason)]
    # An id that is cut is still good for `heatpack report`: the beginning of one is enough.
    return ink.paint(style, _row((*cells, words.printable(row.id)[:letters]), (*_DAY_WIDTHS[:-1], letters)))


def _letters(ids: Sequence[str]) -> int:
    """Return how much of the ids tells them apart."""
    longest = max(map(len, ids), default=_ID)
    return next((n for n in range(_ID, longest) if len({id[:n] for id in ids}) == len(set(ids))), longest)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return cells side by side; a negative width is one for figures, which end at its right."""
    return "  ".join(map(_cell, cells, widths)).rstrip()


def _cell(cell: str, columns: int) -> str:
    return fitted(cell, columns) if columns > 0 else cell.rjust(-columns)


def _degrees(temperature_c: float | None) -> str:
    return "–" if temperature_c is None else f"{temperature_c:.1f}°"
