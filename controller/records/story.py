"""What a session's records tell: the outcome in a sentence, and the moments worth marking."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.limits import Limits
from controller.records import words
from controller.records.chart import Mark, Story
from controller.records.entry import Logged, Sample, SessionEnd, SessionRecord

_MARKED = frozenset({"heat_on", "target_reached", "warning", "inhibit", "fault", "session_ended"})
#: More than the guard ever has to say of a session, and as many as a narrow chart has room for.
_MOST_MARKS = 12
_ALARMING = frozenset({"fault"})


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the report's list of events; those with a number are marked in the chart."""

    number: int | None
    elapsed_s: float | None
    clock: str
    what: str
    message: str
    alarming: bool


def verdict(session: SessionRecord) -> tuple[str, str]:
    """Return the outcome as a style class and in two words."""
    if session.end is None:
        return "open", "No end recorded"
    kind = words.outcome(session.end.reason)
    labels = {"done": "Completed as planned", "early": "Ended early", "safety": "Ended by a protection"}
    return kind, labels[kind]


def headline(session: SessionRecord, samples: Sequence[Sample]) -> str:
    """Say in a sentence or two what happened."""
    row, end = session.row, session.end
    target = words.celsius(row.target_c)
    if end is None:
        return (
            f"A session at {target} was begun, and its end is not in the records:"
            " it still runs, or power was lost."
        )
    heated = words.duration(end.heated_s)
    if end.time_to_target_s is None:
        warmed = f"The pad did not reach its target of {target}"
    else:
        warmed = f"The pad reached {target} after {words.duration(end.time_to_target_s)}"
    if end.reason == "completed":
        joint = "and" if end.time_to_target_s is not None else "but"
        return f"{warmed} {joint} switched off after {heated} as planned."
    if not end.heated_s and not samples:
        return f"The session ended before any heat{_why(end)}"
    planned = "" if row.duration_s is None else f" of the planned {words.duration(row.duration_s)}"
    return f"Heat ended after {heated}{planned}{_why(end)} {warmed}."


def moments(session: SessionRecord, events: Sequence[Logged]) -> tuple[Moment, ...]:
    """Return the events in the order of their time, the ones to mark numbered from 1."""
    start_s = session.end.started_wall_s if session.end else None
    if start_s is None:
        start_s = next((e.entry.wall_s for e in events if e.entry.kind == "heat_on"), None)
    found: list[Moment] = []
    number = 0
    for logged in sorted(events, key=lambda logged: (logged.entry.wall_s, logged.seq)):
        entry = logged.entry
        if entry.kind == "questions":  # sums up the session: told with the checks
            continue
        elapsed_s = None if start_s is None else entry.wall_s - start_s
        marked = entry.kind in _MARKED and elapsed_s is not None
        marked = marked and (number < _MOST_MARKS or entry.kind in _ALARMING)
        number += marked
        found.append(
            Moment(
                number=number if marked else None,
                elapsed_s=elapsed_s,
                clock=words.moment(entry.wall_s, "%H:%M:%S"),
                what=words.spaced(entry.kind).capitalize(),
                message=words.printable(entry.message or words.reason(entry.code)),
                alarming=entry.kind in _ALARMING,
            )
        )
    return tuple(found)


def chart_story(
    session: SessionRecord, samples: Sequence[Sample], limits: Limits, timeline: Sequence[Moment]
) -> Story:
    """Gather what the chart shows."""
    row, end = session.row, session.end
    marks = [
        Mark(moment.number, max(0.0, moment.elapsed_s), moment.alarming)
        for moment in timeline
        if moment.number is not None and moment.elapsed_s is not None
    ]
    first, last = (samples[0], samples[-1]) if samples else (None, None)
    description = f"Target {words.celsius(row.target_c)}, cutoff {words.celsius(limits.cutoff_c)}."
    if first and last and first.temperature_c is not None:
        description = f"From {words.celsius(first.temperature_c)} at the start. {description}"
    if end and end.peak_c is not None:
        description += f" The peak was {words.celsius(end.peak_c)}."
    return Story(
        samples=tuple(samples),
        target_c=row.target_c,
        limits=limits,
        planned_s=row.duration_s,
        ended_s=end.heated_s if end else None,
        marks=tuple(marks),
        title="Pad temperature and heating power over time",
        description=description,
    )


def _why(end: SessionEnd) -> str:
    """Give the reason as what follows a statement: a sentence of its own, or words after a colon."""
    message = words.printable(end.message).strip().rstrip(".")
    return f". {message}." if message else f": {words.reason(end.reason)}."
