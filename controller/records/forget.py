"""A person's own records, removed for good: the chain goes on, and says that something was removed."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from controller.records import query, retention
from controller.records.changes import transaction
from controller.records.entry import Entry, StorageError
from controller.records.removal import Choice, Counts, remove
from controller.records.trouble import sentence

#: The controller needs the last day: a command that comes twice must not be carried out twice.
PROTECTED_S = retention.DAY_S
_BUSY_S = 10.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed. ``emptied``: no copy is left in the write-ahead log either."""

    counts: Counts
    emptied: bool


def forgettable(path: Path, before_s: float) -> Counts:
    """Count what ``forget`` would remove, without removing it.

    Raises:
        StorageError: the log cannot be read.
    """
    with query.reading(path) as db:
        (sessions,) = db.execute(
            "SELECT count(*) FROM session WHERE requested_wall_s < ? AND ended_wall_s IS NOT NULL",
            (before_s,),
        ).fetchone()
        (entries,) = db.execute(
            "SELECT count(*) FROM event LEFT JOIN session ON session.id = event.session_id"
            " WHERE CASE WHEN session.number IS NULL THEN wall_s ELSE requested_wall_s END < ?",
            (before_s,),
        ).fetchone()
    return Counts(entries, sessions)


def forget(path: Path, before_s: float, stamp: Entry) -> Forgotten:
    """Remove entries, sessions and samples of before ``before_s`` (Unix seconds), also while the daemon runs.

    Their bytes are overwritten in the file and in its write-ahead log. What a flash card keeps of blocks
    that it has replaced is out of reach.

    Args:
        path: the log.
        before_s: at least ``PROTECTED_S`` ago.
        stamp: time and boot of the entry about it.

    Raises:
        StorageError: a session runs, or the log cannot be written. Nothing was removed then.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            counts = _remove(db, before_s, stamp)
            return Forgotten(counts, _emptied(db))
    except sqlite3.Error as error:
        raise StorageError(sentence(error, path)) from None


def empty(path: Path) -> bool:
    """Finish what a ``forget`` began that was cut short or met a reader; tell whether no copy is left.

    Raises:
        StorageError: the log cannot be written.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as db:
            return _emptied(db)
    except sqlite3.Error as error:
        raise StorageError(sentence(error, path)) from None


def set_aside(path: Path) -> tuple[Path, ...]:
    """Return the damaged logs that were set aside: they may hold records as well."""
    return tuple(sorted(path.parent.glob(f"{path.name}.corrupt-*")))


def _emptied(db: sqlite3.Connection) -> bool:
    """Bring what is in the write-ahead log into the file, and leave nothing in the former."""
    retention.shrink(db, spare_pages=0, most=1 << 30)
    (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _remove(db: sqlite3.Connection, before_s: float, stamp: Entry) -> Counts:
    with transaction(db):
        running = db.execute("SELECT id FROM session WHERE ended_wall_s IS NULL LIMIT 1").fetchone()
        if running is not None:
            raise StorageError(
                f"Session {running[0]} has no end yet: wait until it is over. If it was interrupted, start"
                " the controller once."
            )
        return remove(db, Choice(before_s), "user", stamp)
