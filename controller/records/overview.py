"""Questions about many sessions at once. Reading only.

Each goes by an index, so that years of records cost no more than a week.
"""

import sqlite3

from controller.records import schema
from controller.records.entry import Logged, SessionRecord
from controller.records.sums import day_start_s

_SESSION = f"SELECT {schema.SESSION}, {schema.END} FROM session"
_NEVER_S = 1e12
_LAST_SEQ = (1 << 63) - 1


def between(
    db: sqlite3.Connection, from_s: float = 0.0, to_s: float = _NEVER_S, limit: int = -1
) -> tuple[SessionRecord, ...]:
    """Return the sessions asked for from ``from_s`` on and before ``to_s``, newest first; −1 is all."""
    rows = db.execute(
        f"{_SESSION} WHERE requested_wall_s >= ? AND requested_wall_s < ?"
        " ORDER BY requested_wall_s DESC, rowid DESC LIMIT ?",
        (from_s, to_s, limit),
    )
    return tuple(map(schema.session_from, rows))


def newest_days(db: sqlite3.Connection, since_s: float, limit: int) -> tuple[tuple[SessionRecord, ...], bool]:
    """Return the newest sessions, newest first, and whether there are older ones.

    ``limit`` counts sessions; the day in which it is reached is completed, so that its sum is right.
    """
    found = between(db, since_s, limit=limit)
    if len(found) == limit:
        since_s = max(since_s, day_start_s(found[-1].row.requested_wall_s))
        found = between(db, since_s)
    older = db.execute("SELECT 1 FROM session WHERE requested_wall_s < ? LIMIT 1", (since_s,))
    return found, older.fetchone() is not None


def troubles(db: sqlite3.Connection, from_s: float, to_s: float) -> tuple[Logged, ...]:
    """Return the faults and their resets from ``from_s`` on and before ``to_s``, in the order of time.

    Looked for between the entries of the sessions before and after: the log has no index by time.
    """
    before = db.execute(
        "SELECT id FROM session WHERE requested_wall_s < ? ORDER BY requested_wall_s DESC LIMIT 1", (from_s,)
    ).fetchone()
    after = db.execute(
        "SELECT id FROM session WHERE requested_wall_s >= ? ORDER BY requested_wall_s LIMIT 1", (to_s,)
    ).fetchone()
    first, last = (_entries_of(db, neighbour) for neighbour in (before, after))
    rows = db.execute(
        f"SELECT {schema.EVENT} FROM event WHERE seq BETWEEN ? AND ?"
        " AND wall_s >= ? AND wall_s < ? AND kind IN ('fault', 'fault_cleared') ORDER BY wall_s, seq",
        (first[0] or 0, last[1] or _LAST_SEQ, from_s, to_s),
    )
    return tuple(map(schema.logged_from, rows))


def _entries_of(db: sqlite3.Connection, session: tuple[str] | None) -> tuple[int | None, int | None]:
    """Return the numbers of a session's first and last entry."""
    if session is None:
        return None, None
    found: tuple[int | None, int | None] = db.execute(
        "SELECT min(seq), max(seq) FROM event WHERE session_id = ?", session
    ).fetchone()
    return found
