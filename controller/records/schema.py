"""The tables of the log database, and the rows as values and back."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from controller.records.entry import Entry, Logged, SessionEnd, SessionRecord, SessionRow
from controller.records.trouble import DamagedError

VERSION = 2

# The entries are numbered without a gap, and `chain` is the end of them: what was taken out or cut off is
# missed. A guard whose ledger was lost counts from 1 again: its new events must not pass for old ones, so an
# event is known by its time and kind as well.
#
# A commit writes whole pages. So one index serves the events of a session and those of the guard, settings
# that many sessions share are stored once, and samples are one row a batch in a table that grows at its end.
TABLES = """
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    wall_s REAL NOT NULL,
    mono_s REAL NOT NULL,
    boot_id TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('controller', 'guard')),
    guard_seq INTEGER,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    session_id TEXT,
    data TEXT,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX event_by_origin ON event (session_id, guard_seq)
    WHERE session_id IS NOT NULL OR guard_seq IS NOT NULL;
CREATE INDEX event_to_remember ON event (kind, wall_s) WHERE kind = 'command' OR kind = 'post_session';

CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO chain VALUES (1, 0, zeroblob(32));

CREATE TABLE settings (
    number INTEGER PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE session (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,
    area TEXT NOT NULL,
    target_c REAL NOT NULL,
    duration_s REAL,
    requested_wall_s REAL NOT NULL,
    trigger_id TEXT,
    settings_number INTEGER NOT NULL REFERENCES settings (number),
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
    energy_j REAL,
    faults TEXT
) STRICT;
CREATE INDEX session_by_time ON session (requested_wall_s);
CREATE INDEX session_unfinished ON session (id) WHERE ended_wall_s IS NULL;

CREATE TABLE sample (
    place INTEGER PRIMARY KEY,
    packed BLOB NOT NULL
) STRICT;
"""

EVENT = "seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data"
#: To select; ``settings`` comes from its own table.
SESSION = (
    "id, origin, area, target_c, duration_s, requested_wall_s, trigger_id,"
    " (SELECT json FROM settings WHERE settings.number = settings_number) AS settings, version"
)
_SESSION_COLUMNS = (
    "id, origin, area, target_c, duration_s, requested_wall_s, trigger_id, settings_number, version"
)
END = (
    "ended_wall_s, reason, message, started_wall_s, heated_s, time_to_target_s,"
    " peak_c, overshoot_c, dose_cem43, energy_j, faults"
)


def create(db: sqlite3.Connection) -> None:
    """Make the tables in an empty database, all or none."""
    db.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")


def event_values(entry: Entry) -> tuple[Any, ...]:
    """Return the columns of ``EVENT`` after ``seq``, exactly as they come back from the database."""
    return (
        _real(entry.wall_s),
        _real(entry.mono_s),
        _text(entry.boot_id),
        entry.source,
        entry.guard_seq,
        _text(entry.kind),
        _text(entry.code),
        _text(entry.message),
        None if entry.session_id is None else _text(entry.session_id),
        _json(entry.data) if entry.data else None,
    )


def insert_session(db: sqlite3.Connection, row: SessionRow) -> None:
    """Add a session without an end.

    Raises:
        sqlite3.IntegrityError: its id is in use.
    """
    values = (
        _text(row.id),
        row.origin,
        _text(row.area),
        row.target_c,
        row.duration_s,
        row.requested_wall_s,
        None if row.trigger_id is None else _text(row.trigger_id),
        _settings_number(db, _json(row.settings)),
        row.version,
    )
    places = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO session ({_SESSION_COLUMNS}) VALUES ({places})", values)


def _settings_number(db: sqlite3.Connection, text: str) -> int:
    # Settings change rarely: the newest ones are nearly always the ones.
    found = db.execute(
        "SELECT number FROM settings WHERE json = ? ORDER BY number DESC LIMIT 1", (text,)
    ).fetchone()
    if found is None:
        found = (db.execute("INSERT INTO settings (json) VALUES (?)", (text,)).lastrowid,)
    return int(found[0] or 0)


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
        faults_text(end.faults),
    )


def faults_text(faults: tuple[str, ...]) -> str:
    """Return the column ``faults``."""
    return json.dumps(faults, separators=(",", ":"))


# What a damaged page gives need not have the type of its column; what was written has.
_REAL, _TEXT, _MAYBE = (float,), (str,), (type(None),)
_EVENT_KINDS: Sequence[tuple[type, ...]] = (
    *((int,), _REAL, _REAL, _TEXT, _TEXT, (int, *_MAYBE), _TEXT, _TEXT, _TEXT),
    *((str, *_MAYBE), (str, *_MAYBE)),
)
_SESSION_KINDS: Sequence[tuple[type, ...]] = (
    *(_TEXT, _TEXT, _TEXT, _REAL, (float, *_MAYBE), _REAL, (str, *_MAYBE), _TEXT, _TEXT),
)
_END_KINDS: Sequence[tuple[type, ...]] = (
    *(_REAL, _TEXT, _TEXT, (float, *_MAYBE), _REAL, (float, *_MAYBE), (float, *_MAYBE), (float, *_MAYBE)),
    *(_REAL, _REAL, _TEXT),
)


def _check(columns: Iterable[object], kinds: Iterable[tuple[type, ...]]) -> None:
    # Not strict: some rows end with their hash.
    if not all(isinstance(value, kind) for value, kind in zip(columns, kinds, strict=False)):
        raise DamagedError("a row holds what was never written")


def logged_from(columns: tuple[Any, ...]) -> Logged:
    """Build from the columns of ``EVENT`` and, if it is there, ``hash``.

    Raises:
        DamagedError: they were never written so.
    """
    _check(columns, _EVENT_KINDS)
    seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data, *rest = columns
    entry = Entry(wall_s, mono_s, kind, code, message, session_id, _object(data), source, guard_seq, boot_id)
    return Logged(seq, entry, *rest)


def session_from(columns: tuple[Any, ...]) -> SessionRecord:
    """Build from the columns of ``SESSION`` and then ``END``.

    Raises:
        DamagedError: they were never written so.
    """
    _check(columns, _SESSION_KINDS)
    asked, end = (*columns[:7], _object(columns[7]), columns[8]), columns[9:]
    row = SessionRow(*asked)
    if end[0] is None:
        return SessionRecord(row, None)
    _check(end, _END_KINDS)
    told = (*end[:-1], tuple(_loaded(end[-1])))
    return SessionRecord(row, SessionEnd(*told))


def _text(text: str) -> str:
    # JSON from the network can carry half a surrogate pair, which no database stores.
    return text.encode("utf-8", "replace").decode()


def _real(number: float) -> float:
    return float(number) + 0.0  # no minus zero: the database has none


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def _object(text: str | None) -> dict[str, Any]:
    value = _loaded(text) if text else {}
    return value if isinstance(value, dict) else {}


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedError(str(error)) from None
