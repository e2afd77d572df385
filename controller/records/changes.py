"""What can be written into the log, each as one step of a transaction."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.records import chain, schema, seal
from controller.records.entry import Entry, Logged, RefusedError, SessionEnd, SessionRow, StorageError

# Programming errors and broken constraints concern one change; anything else concerns the file.
_OF_ONE_CHANGE = (sqlite3.IntegrityError, sqlite3.ProgrammingError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it stands in the log; ``new`` is False for a guard event that was there before."""

    logged: Logged
    new: bool = True


Outcome = Written | StorageError


@dataclass(frozen=True, slots=True)
class Put:
    """Append an entry."""

    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction."""
        known = _known(db, self.entry)
        return Written(known, new=False) if known else Written(chain.append(db, self.entry))


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a session, together with its entry."""

    row: SessionRow
    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction; a used id breaks a constraint."""
        schema.insert_session(db, self.row)
        return _append_sealed(db, self.entry, {seal.SESSION: seal.of_session(db, self.row.id)})


@dataclass(frozen=True, slots=True)
class Close:
    """End a session, together with its entry. An end that is there already is kept."""

    session_id: str
    end: SessionEnd
    entry: Entry

    def apply(self, db: sqlite3.Connection) -> Written:
        """Write within the caller's transaction."""
        end = replace(self.end, faults=self.end.faults or faults_of(db, self.session_id))
        places = ", ".join("?" * len(schema.END.split(",")))
        ended = db.execute(
            f"UPDATE session SET ({schema.END}) = ({places}) WHERE id = ? AND ended_wall_s IS NULL",
            (*schema.end_values(end), self.session_id),
        )
        if not ended.rowcount:
            return Put(self.entry).apply(db)
        return _append_sealed(db, self.entry, seal.of_both(db, self.session_id))


Change = Put | Open | Close


def faults_of(db: sqlite3.Connection, session_id: str) -> tuple[str, ...]:
    """Return the codes of the faults that the log has of a session, each once, in their order."""
    rows = db.execute(
        "SELECT code FROM event WHERE session_id = ? AND kind = 'fault' ORDER BY seq", (session_id,)
    )
    return tuple(dict.fromkeys(code for (code,) in rows))


def _known(db: sqlite3.Connection, entry: Entry) -> Logged | None:
    """Return the guard's event as it was logged before, if it was."""
    if entry.source != "guard":
        return None
    found = db.execute(
        f"SELECT {schema.EVENT}, hash FROM event WHERE session_id IS ? AND guard_seq = ?"
        " AND wall_s = ? AND kind = ? AND source = 'guard'",
        (entry.session_id, entry.guard_seq, entry.wall_s, entry.kind),
    ).fetchone()
    return schema.logged_from(found) if found else None


def _append_sealed(db: sqlite3.Connection, entry: Entry, seals: Mapping[str, Any]) -> Written:
    """Append an entry that carries digests: the chain then covers what they are of."""
    if _known(db, entry):  # what the guard said is logged, but the end was not: say that of our own
        entry = replace(entry, kind="session_sealed", source="controller", guard_seq=None)
    return Written(chain.append(db, replace(entry, data={**entry.data, **seals})))


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside, or nothing of it; once left, it survives a power cut."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


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
        outcome = RefusedError(_refusal(change, error))
    db.execute("RELEASE change")
    return outcome


def _refusal(change: Change, error: Exception) -> str:
    if isinstance(change, Open) and isinstance(error, sqlite3.IntegrityError):
        return f"The session id {change.row.id!r} was used before."
    return f"The log cannot hold the entry {change.entry.kind!r}: {error}."
