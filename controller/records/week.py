"""A week of heat as values: who warmed what, when, how much of the budget it took, what went wrong. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.limits import ABSOLUTE, Limits
from controller.records import words
from controller.records.entry import Logged, SessionRecord
from controller.records.sums import Total, area_of, by_area, day_start_s, limits_of, most_in_a_day, total

#: Areas with a colour and a row of their own; the rest is taken together.
MOST_AREAS = 5
OTHERS = "other areas"


@dataclass(frozen=True, slots=True)
class Day:
    """A local day. ``heated_s``: seconds of heat by area, in the order of ``Week.areas``."""

    start_s: float
    sum: Total
    heated_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday. ``sessions`` are in the order of time; ``worst`` is the 24 hours with most dose."""

    days: tuple[Day, ...]
    areas: tuple[str, ...]
    sessions: tuple[SessionRecord, ...]
    faults: tuple[Logged, ...]
    sum: Total
    worst: Total
    limits: Limits


def bounds_s(wall_s: float) -> tuple[float, float]:
    """Return the first second of the week's Monday, and of the next one."""
    monday_s = day_start_s(wall_s, -_weekday(wall_s))
    return monday_s, day_start_s(monday_s, 7)


def week_of(monday_s: float, sessions: Sequence[SessionRecord], faults: Sequence[Logged]) -> Week:
    """Return the week that begins then.

    Args:
        monday_s: from ``bounds_s``.
        sessions: those of the week and of the day before it, newest first.
        faults: the faults and resets of the week, in the order of time.
    """
    within = [session for session in sessions if session.row.requested_wall_s >= monday_s]
    groups = by_area(within)
    names = list(groups)
    if len(names) > MOST_AREAS:
        names = [*names[: MOST_AREAS - 1], OTHERS]
    place = {name.casefold(): min(number, len(names) - 1) for number, name in enumerate(groups)}
    days = []
    for number in range(7):
        start_s, end_s = day_start_s(monday_s, number), day_start_s(monday_s, number + 1)
        day = [session for session in within if start_s <= session.row.requested_wall_s < end_s]
        heated_s = [0.0] * len(names)
        for session in day:
            heated_s[place[area_of(session).casefold()]] += session.end.heated_s if session.end else 0.0
        days.append(Day(start_s, total(day), tuple(heated_s)))
    return Week(
        days=tuple(days),
        areas=tuple(names),
        sessions=tuple(reversed(within)),
        faults=tuple(faults),
        sum=total(within),
        worst=most_in_a_day(sessions, monday_s),
        limits=limits_of(within[0]) if within else ABSOLUTE,
    )


def headline(week: Week) -> tuple[str, str, str]:
    """Return the outcome as a style class, in a few words, and in a sentence or two."""
    if not week.sessions:
        return "open", "No heat", "No session was recorded in this week."
    days = sum(day.sum.sessions > 0 for day in week.days)
    count = len(week.sessions)
    sentence = (
        f"{count} session{'s' * (count != 1)} on {days} day{'s' * (days != 1)},"
        f" {words.duration(round(week.sum.heated_s / 60) * 60.0)} of heat. The most in any 24 hours was"
        f" {words.dose(week.worst.dose_cem43)} of {week.limits.day_dose_cem43:g} CEM43."
    )
    protected = week.sum.protections
    if protected:
        ended = "One session was" if protected == 1 else f"{protected} sessions were"
        return "safety", "A protection was needed", f"{sentence} {ended} ended by a protection."
    if any(logged.entry.kind == "fault" for logged in week.faults):
        return "safety", "A fault was found", f"{sentence} A fault was found while the pad did not heat."
    return "done", "No protection was needed", sentence


def _weekday(wall_s: float) -> int:
    return int(words.moment(wall_s, "%u")) - 1
