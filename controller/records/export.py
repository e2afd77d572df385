"""`heatpack export`: readings of a session, or a line for each of many sessions, for other programs.

Names carry units; times are UTC in ISO 8601; a temperature that was not known is an empty cell.
"""

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from controller.records import query
from controller.records.entry import Sample, SessionRecord

#: Text that a spreadsheet would take for a formula begins so (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

#: Columns and what they hold, "text", "time" (Unix seconds), "number" or "flag".
Columns = dict[str, str]
ABOUT: Columns = {
    "session_id": "text",
    "area": "text",
    "origin": "text",
    "requested_at": "time",
    "session_target_c": "number",
    "session_duration_s": "number",
    "software_version": "text",
}
READINGS: Columns = ABOUT | {
    "time": "time",
    "elapsed_s": "number",
    "temperature_c": "number",
    "target_c": "number",
    "duty_0_to_1": "number",
    "heater_on": "flag",
    "dose_cem43_min": "number",
}
SESSIONS: Columns = ABOUT | {
    "first_heat_at": "time",
    "ended_at": "time",
    "stop_reason": "text",
    "stop_message": "text",
    "heated_s": "number",
    "time_to_target_s": "number",
    "peak_c": "number",
    "overshoot_c": "number",
    "dose_cem43_min": "number",
    "energy_j": "number",
    "faults": "text",
}

Row = tuple[Any, ...]


def readings(db: sqlite3.Connection, sessions: Iterable[SessionRecord]) -> Iterator[Row]:
    """Give a row in the order of ``READINGS`` for each second of each session."""
    for session in sessions:
        about, started_s = _about(session), session.end.started_wall_s if session.end else None
        for sample in query.samples(db, session.row.id):
            yield about + _reading(sample, started_s)


def sessions(found: Iterable[SessionRecord]) -> Iterator[Row]:
    """Give a row in the order of ``SESSIONS`` for each session."""
    for session in found:
        end = session.end
        yield _about(session) + (
            (None,) * (len(SESSIONS) - len(ABOUT))
            if end is None
            else (
                end.started_wall_s,
                end.ended_wall_s,
                end.reason,
                end.message,
                end.heated_s,
                end.time_to_target_s,
                end.peak_c,
                end.overshoot_c,
                end.dose_cem43,
                end.energy_j,
                " ".join(end.faults),
            )
        )


def write_csv(file: IO[str], columns: Columns, rows: Iterable[Row]) -> None:
    """Write RFC 4180 with a header; text that looks like a formula gets an apostrophe in front."""
    kinds = tuple(columns.values())
    out = csv.writer(file)
    out.writerow(columns)
    for row in rows:
        out.writerow(map(_cell, kinds, row))


def _about(session: SessionRecord) -> Row:
    row = session.row
    asked = (row.id, row.area, row.origin, row.requested_wall_s, row.target_c, row.duration_s)
    return (*asked, row.version)


def _reading(sample: Sample, started_s: float | None) -> Row:
    return (
        None if started_s is None else started_s + sample.elapsed_s,
        sample.elapsed_s,
        sample.temperature_c,
        sample.target_c,
        sample.duty,
        sample.heater,
        sample.dose_cem43,
    )


def _cell(kind: str, value: Any) -> Any:
    if value is None:
        return ""
    if kind == "time":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds")
    if kind == "flag":
        return int(value)
    if kind == "text":
        text = str(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return round(value, 6)
