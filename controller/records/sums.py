"""Sessions taken together: by day, by body area, and within any 24 hours. Pure."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from config.limits import ABSOLUTE, DAY_S, Limits
from controller.records import words
from controller.records.entry import SessionRecord
from hardware.codec import CodecError, from_plain

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Total:
    """Some sessions; seconds, CEM43 minutes, °C. ``protections`` is how many ended by one."""

    sessions: int
    heated_s: float
    dose_cem43: float
    peak_c: float | None
    protections: int


def total(sessions: Iterable[SessionRecord]) -> Total:
    """Return the sum of sessions; what has no end yet counts without heat."""
    ends = [session.end for session in sessions]
    known = [end for end in ends if end is not None]
    return Total(
        sessions=len(ends),
        heated_s=sum(end.heated_s for end in known),
        dose_cem43=sum(end.dose_cem43 for end in known),
        peak_c=max((end.peak_c for end in known if end.peak_c is not None), default=None),
        protections=sum(words.outcome(end.reason) == "safety" for end in known),
    )


def by_day(sessions: Sequence[SessionRecord]) -> dict[float, list[SessionRecord]]:
    """Group by local day, each known by its first second; the order stays."""
    return _grouped(sessions, lambda session: day_start_s(session.row.requested_wall_s))


def by_area(sessions: Sequence[SessionRecord]) -> dict[str, list[SessionRecord]]:
    """Group by body area, whatever its case, under the spelling that comes first; most heat first."""
    groups = _grouped(sessions, lambda session: area_of(session).casefold())
    most_first = sorted(groups.values(), key=lambda group: -total(group).heated_s)
    return {area_of(group[0]): group for group in most_first}


def area_of(session: SessionRecord) -> str:
    """Return the body area, "not named" if nobody said."""
    return " ".join(words.printable(session.row.area).split()) or "not named"


def most_in_a_day(sessions: Sequence[SessionRecord], from_s: float) -> Total:
    """Return the largest dose of any 24 hours that end with a session asked for from ``from_s`` on.

    ``sessions`` must reach back for a day before ``from_s``.
    """
    ended = [(session.end.ended_wall_s, session) for session in sessions if session.end is not None]
    windows = (
        total(session for ended_s, session in ended if last_s - DAY_S < ended_s <= last_s)
        for last_s, last in ended
        if last.row.requested_wall_s >= from_s
    )
    return max(windows, key=lambda window: window.dose_cem43, default=total(()))


def limits_of(session: SessionRecord) -> Limits:
    """Return the limits that were recorded with the session (``settings.limits``), else the absolute."""
    try:
        return from_plain(Limits, session.row.settings.get("limits"))
    except CodecError:
        return ABSOLUTE


def day_start_s(wall_s: float, days: int = 0) -> float:
    """Return the first second of the local day of ``wall_s``, or of one so many days later."""
    local = time.localtime(wall_s)
    return time.mktime((local.tm_year, local.tm_mon, local.tm_mday + days, 0, 0, 0, 0, 0, -1))


def _grouped(
    sessions: Sequence[SessionRecord], key: Callable[[SessionRecord], K]
) -> dict[K, list[SessionRecord]]:
    groups: dict[K, list[SessionRecord]] = {}
    for session in sessions:
        groups.setdefault(key(session), []).append(session)
    return groups
