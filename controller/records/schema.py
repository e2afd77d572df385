"""The tables of the log database, and the rows as values and back."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRecord, SessionRow

VERSION = 1

# A guard whose ledger was lost counts from 1 again: its new events must not pass for old ones, so
# that an event is known by its time and kind as well as by its number.
TABLES = """
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    wall_s REAL NOT NULL,
    mono_s REAL NOT NULL,
    boot_id TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('controller', 'guard')),
    guard_seq INTEGER,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    session_id TEXT,
    data TEXT
) STRICT;
CREATE UNIQUE INDEX event_of_guard ON event (guard_seq, wall_s, kind) WHERE source = 'guard';
CREATE INDEX event_of_session ON event (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX event_of_command ON event (wall_s) WHERE kind = 'command';

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    area TEXT NOT NULL,
    target_c REAL NOT NULL,
    duration_s REAL,
    requested_wall_s REAL NOT NULL,
    trigger_id TEXT,
    settings TEXT NOT NULL,
    version TEXT NOT NULL,
    ended_wall_s REAL,
    reason TEXT,
    message TEXT,
    started_wall_s REAL,
    heated_s REAL,
    time_to_target_s REAL,
    peak_c REAL,
    overshoot_c REAL,
    dose_cem43 REAL,
    energy_j REAL
) STRICT;
CREATE INDEX session_by_time ON session (requested_wall_s);
CREATE INDEX session_unfinished ON session (id) WHERE ended_wall_s IS NULL;

CREATE TABLE sample (
    session_id TEXT NOT NULL,
    elapsed_s REAL NOT NULL,
    temperature_c REAL,
    target_c REAL NOT NULL,
    duty REAL NOT NULL,
    heater INTEGER NOT NULL,
    dose_cem43 REAL NOT NULL,
    PRIMARY KEY (session_id, elapsed_s)
) STRICT, WITHOUT ROWID;
"""

EVENT = "seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data"
SESSION = "id, origin, area, target_c, duration_s, requested_wall_s, trigger_id, settings, version"
END = (
    "ended_wall_s, reason, message, started_wall_s, heated_s, time_to_target_s,"
    " peak_c, overshoot_c, dose_cem43, energy_j"
)
SAMPLE = "session_id, elapsed_s, temperature_c, target_c, duty, heater, dose_cem43"


def create(db: sqlite3.Connection) -> None:
    """Make the tables in an empty database, all or none."""
    db.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")


def event_values(entry: Entry) -> tuple[Any, ...]:
    """Return the columns of ``EVENT`` after ``seq``."""
    return (
        entry.wall_s,
        entry.mono_s,
        entry.boot_id,
        entry.source,
        entry.guard_seq,
        _text(entry.kind),
        _text(entry.code),
        _text(entry.message),
        None if entry.session_id is None else _text(entry.session_id),
        _json(entry.data) if entry.data else None,
    )


def session_values(row: SessionRow) -> tuple[Any, ...]:
    """Return the columns of ``SESSION``."""
    return (
        _text(row.id),
        row.origin,
        _text(row.area),
        row.target_c,
        row.duration_s,
        row.requested_wall_s,
        None if row.trigger_id is None else _text(row.trigger_id),
        _json(row.settings),
        row.version,
    )


def end_values(end: SessionEnd) -> tuple[Any, ...]:
    """Return the columns of ``END``."""
    return (
        end.ended_wall_s,
        _text(end.reason),
        _text(end.message),
        end.started_wall_s,
        end.heated_s,
        end.time_to_target_s,
        end.peak_c,
        end.overshoot_c,
        end.dose_cem43,
        end.energy_j,
    )


def sample_values(sample: Sample) -> tuple[Any, ...]:
    """Return the columns of ``SAMPLE``, rounded to what the pad can mean: 0.001 °C and duty, 1 ms."""
    temperature_c = sample.temperature_c
    return (
        _text(sample.session_id),
        round(sample.elapsed_s, 3),
        None if temperature_c is None else round(temperature_c, 3),
        sample.target_c,
        round(sample.duty, 3),
        int(sample.heater),
        sample.dose_cem43,
    )


def logged_from(columns: tuple[Any, ...]) -> Logged:
    """Build from the columns of ``EVENT``."""
    seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data = columns
    entry = Entry(wall_s, mono_s, kind, code, message, session_id, _object(data), source, guard_seq, boot_id)
    return Logged(seq, entry)


def session_from(columns: tuple[Any, ...]) -> SessionRecord:
    """Build from the columns of ``SESSION`` and then ``END``."""
    asked, end = (*columns[:7], _object(columns[7]), columns[8]), columns[9:]
    row = SessionRow(*asked)
    return SessionRecord(row, None if end[0] is None else SessionEnd(*end))


def sample_from(columns: tuple[Any, ...]) -> Sample:
    """Build from the columns of ``SAMPLE``."""
    session_id, elapsed_s, temperature_c, target_c, duty, heater, dose_cem43 = columns
    return Sample(session_id, elapsed_s, temperature_c, target_c, duty, bool(heater), dose_cem43)


def _text(text: str) -> str:
    # JSON from the network can carry half a surrogate pair, which no database stores.
    return text.encode("utf-8", "replace").decode()


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _object(text: str | None) -> dict[str, Any]:
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}
