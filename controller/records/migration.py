"""Brings a log of an older format to the present one: all of it, or nothing of it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from controller.records import chain, samples, schema, seal
from controller.records.changes import faults_of, transaction
from controller.records.entry import Entry, Logged, Sample

#: The format of version 0.1.0, the only one before the present one.
OLDEST = 1
_BATCH = 30
_ASIDE = ("event", "session", "sample")
_INDEXES = (
    *("event_of_guard", "event_of_session", "event_of_command"),
    *("session_by_time", "session_unfinished"),
)
_SAMPLE = "session_id, elapsed_s, temperature_c, target_c, duty, heater, dose_cem43"


def migrate(db: sqlite3.Connection, stamp: Entry) -> list[Logged]:
    """Bring format 1 to format 2 in one transaction; a power cut leaves format 1.

    The entries keep their numbers and are chained in their order. Sessions that have an end are sealed by an
    entry each, and the last one says what was done: what happened to the log before that nobody can tell.
    Returns these new entries.

    Args:
        db: the writing connection, in no transaction.
        stamp: time and boot of the entries about it.
    """
    with transaction(db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != OLDEST:
            return []  # another program was faster
        told = list(_rebuild(db, stamp))
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
        return told


def _rebuild(db: sqlite3.Connection, stamp: Entry) -> Iterator[Logged]:
    for index in _INDEXES:
        db.execute(f"DROP INDEX {index}")
    for table in _ASIDE:
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_1")
    for statement in schema.TABLES.split(";"):
        db.execute(statement)
    entries, gaps = _chain(db)
    _sessions(db)
    for number, session_id, ended in db.execute(
        "SELECT number, id, ended_wall_s IS NOT NULL FROM session ORDER BY number"
    ).fetchall():
        _samples(db, number, session_id)
        if ended:
            faults = schema.faults_text(faults_of(db, session_id))
            db.execute("UPDATE session SET faults = ? WHERE number = ?", (faults, number))
        yield _sealed(db, session_id, ended, stamp)
    for table in _ASIDE:
        db.execute(f"DROP TABLE {table}_1")
    words = f"The log was brought from format {OLDEST} to {schema.VERSION}: {entries} entries were chained"
    data = {"from": OLDEST, "to": schema.VERSION, "entries": entries, "gaps": gaps}
    yield chain.append(db, replace(stamp, kind="log_migrated", code="ok", message=words, data=data))


def _sealed(db: sqlite3.Connection, session_id: str, ended: bool, stamp: Entry) -> Logged:
    seals = seal.of_both(db, session_id) if ended else {seal.SESSION: seal.of_session(db, session_id)}
    words = f"The session was sealed as it was found in a log of format {OLDEST}"
    entry = replace(stamp, kind="session_sealed", code="migrated", message=words, session_id=session_id)
    return chain.append(db, replace(entry, data=seals))


def _chain(db: sqlite3.Connection) -> tuple[int, list[tuple[int, int, str]]]:
    """Chain the old entries. Format 1 promised no gaps; if there are some, the chain says so."""
    entries, gaps, newest = 0, [], chain.head(db)
    for columns in db.execute(f"SELECT {schema.EVENT} FROM event_1 ORDER BY seq"):
        logged = schema.logged_from(columns)
        if logged.seq != newest.seq + 1:
            gaps.append((newest.seq + 1, logged.seq - 1, newest.hash.hex()))
        written = chain.insert(db, newest.hash, columns, logged.entry)
        newest = chain.Head(written.seq, written.hash)
        entries += 1
    return entries, gaps


def _sessions(db: sqlite3.Connection) -> None:
    asked = "id, origin, area, target_c, duration_s, requested_wall_s, trigger_id"
    end = schema.END.removesuffix(", faults")
    db.execute("INSERT INTO settings (json) SELECT settings FROM session_1 GROUP BY settings")
    db.execute(
        f"INSERT INTO session ({asked}, settings_number, version, {end})"
        f" SELECT {asked}, (SELECT number FROM settings WHERE json = session_1.settings), version, {end}"
        " FROM session_1 ORDER BY rowid"
    )


def _samples(db: sqlite3.Connection, number: int, session_id: str) -> None:
    rows = db.execute(
        f"SELECT {_SAMPLE} FROM sample_1 WHERE session_id = ? ORDER BY elapsed_s", (session_id,)
    )
    taken = (
        Sample(session, elapsed_s, temperature_c, target_c, duty, bool(heater), dose)
        for session, elapsed_s, temperature_c, target_c, duty, heater, dose in rows
    )
    for batch in _chunks(taken):
        samples.add_batch(db, number, batch)


def _chunks(taken: Iterator[Sample]) -> Iterator[tuple[Sample, ...]]:
    while batch := tuple(islice(taken, _BATCH)):
        yield batch
