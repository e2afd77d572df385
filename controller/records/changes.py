"""What can be written into the log, each as one step of a transaction."""

import sqlite3
from dataclasses import dataclass

from controller.records import schema
from controller.records.entry import Entry, SessionEnd, SessionRow, StorageError

# Programming errors and broken constraints concern one change; anything else concerns the file.
_OF_ONE_CHANGE = (sqlite3.IntegrityError, sqlite3.ProgrammingError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Written:
    """The place of an entry in the log; ``new`` is False for a guard event that was there before."""

    seq: int
    new: bool


Outcome = Written | StorageError


@dataclass(frozen=True, slots=True)
class Put:
    """Append an entry."""

    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction."""
        entry = self.entry
        if entry.source == "guard":
            # Looked up first because a refused insertion would leave a gap in the sequence.
            known = db.execute(
                "SELECT seq FROM event WHERE source = 'guard' AND guard_seq = ? AND wall_s = ? AND kind = ?",
                (entry.guard_seq, entry.wall_s, entry.kind),
            ).fetchone()
            if known:
                return Written(known[0], new=False)
        inserted = db.execute(
            f"INSERT INTO event ({schema.EVENT}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            schema.event_values(entry),
        )
        return Written(inserted.lastrowid or 0, new=True)


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session, together with its entry."""

    row: SessionRow
    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction; a used id breaks a constraint."""
        insert_session(db, self.row)
        return Put(self.entry).apply(db)


@dataclass(frozen=True, slots=True)
class Close:
    """End a session, together with its entry. An end that is there already is kept."""

    session_id: str
    end: SessionEnd
    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction."""
        places = ", ".join("?" * len(schema.END.split(",")))
        db.execute(
            f"UPDATE session SET ({schema.END}) = ({places}) WHERE id = ? AND ended_wall_s IS NULL",
            (*schema.end_values(self.end), self.session_id),
        )
        return Put(self.entry).apply(db)


Change = Put | Open | Close


def insert_session(db: sqlite3.Connection, row: SessionRow) -> None:
    """Add a session without an end."""
    db.execute(
        f"INSERT INTO session ({schema.SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        schema.session_values(row),
    )


def apply(db: sqlite3.Connection, change: Change) -> Outcome:
    """Write a change within a transaction; one that cannot be written leaves the others alone.

    Raises:
        sqlite3.Error: the trouble is the file's.
    """
    db.execute("SAVEPOINT change")
    outcome: Outcome
    try:
        outcome = change.apply(db)
    except _OF_ONE_CHANGE as error:
        db.execute("ROLLBACK TO change")
        outcome = StorageError(_refusal(change, error))
    db.execute("RELEASE change")
    return outcome


def _refusal(change: Change, error: Exception) -> str:
    if isinstance(change, Open) and isinstance(error, sqlite3.IntegrityError):
        return f"The session id {change.row.id!r} was used before."
    return f"The log cannot hold the entry {change.entry.kind!r}: {error}."
