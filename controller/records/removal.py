"""Removing records so that the chain still holds: an entry says which, and their last hash."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from controller.records import chain, samples, seal
from controller.records.entry import Entry, Logged

KIND = "records_removed"
Who = Literal["retention", "user"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries ``first`` to ``last`` are gone; ``hash`` is that of the last of them."""

    first: int
    last: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Removed:
    """What is not there any more, by the newest entry about it, number ``seq`` (0: there is none).

    Sessions asked for before ``samples_before_s`` (Unix seconds) may be without their samples.
    """

    seq: int = 0
    gaps: tuple[Gap, ...] = ()
    samples_before_s: float = 0.0

    def gap_at(self, first: int) -> Gap | None:
        """Return the gap that begins with entry ``first``."""
        return next((gap for gap in self.gaps if gap.first == first), None)

    def covers(self, seq: int) -> bool:
        """Tell whether entry ``seq`` was removed."""
        return any(gap.first <= seq <= gap.last for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to remove, oldest first.

    Attributes:
        before_s: entries and ended sessions of before; an entry of a session counts by its session's time.
            Unix seconds.
        samples_before_s: samples of ended sessions asked for before.
        below_seq: only entries with smaller numbers.
        samples_below_seq: samples only of sessions whose entries all have smaller numbers.
        below_number: only sessions with smaller numbers, and their entries.
        most: entries, and sessions without samples, at a time; None is all.
    """

    before_s: float
    samples_before_s: float = 0.0
    below_seq: int | None = None
    samples_below_seq: int | None = None
    below_number: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was removed; ``logged`` is the entry that says so, None if there was nothing."""

    entries: int = 0
    sessions: int = 0
    without_samples: int = 0
    logged: Logged | None = None

    @property
    def words(self) -> str:
        """Return "12 entries, 1 session and the samples of 3 sessions"."""
        parts = [
            *[plural(self.entries, "entry")] * bool(self.entries),
            *[plural(self.sessions, "session")] * bool(self.sessions),
            *[f"the samples of {plural(self.without_samples, 'session')}"] * bool(self.without_samples),
        ]
        return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else "nothing"


def newest_removed(db: sqlite3.Connection) -> Removed:
    """Return what the newest entry about removed records says; one that says nonsense says nothing."""
    found = db.execute(
        f"SELECT seq, data FROM event WHERE kind IN ('{KIND}', 'log_migrated') ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    if found is None:
        return Removed()
    try:
        data = json.loads(found[1])
        gaps = tuple(Gap(int(first), int(last), bytes.fromhex(text)) for first, last, text in data["gaps"])
        return Removed(found[0], gaps, float(data.get("samples_before_s", 0.0)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Removed(found[0])


def remove(db: sqlite3.Connection, choice: Choice, who: Who, stamp: Entry) -> Counts:
    """Remove what is chosen and append the entry that says so, within the caller's transaction.

    Args:
        db: the writing connection.
        choice: of what. A session without an end is never touched.
        who: asked for it.
        stamp: time and boot of the entry.
    """
    known = newest_removed(db)
    doomed = _doomed(db, choice)
    gaps = _merged([*known.gaps, *_runs(db, [seq for seq, _ in doomed])])
    db.executemany("DELETE FROM event WHERE seq = ?", ((seq,) for seq, _ in doomed))
    sessions = _remove_sessions(db, choice)
    bare, bare_before_s = _remove_samples(db, choice)
    db.execute("DELETE FROM settings WHERE number NOT IN (SELECT settings_number FROM session)")
    counts = Counts(len(doomed), sessions, bare)
    if counts == Counts():
        return counts
    times = [wall_s for _, wall_s in doomed]
    data: dict[str, Any] = {
        "by": who,
        "before_s": choice.before_s,
        "entries": len(doomed),
        "sessions": sessions,
        "samples_of_sessions": bare,
        "samples_before_s": max(known.samples_before_s, bare_before_s),
        "gaps": [(gap.first, gap.last, gap.hash.hex()) for gap in gaps],
    }
    if times:
        data |= {"first_s": min(times), "last_s": max(times)}
    why = "A person asked for it" if who == "user" else "They were as old, or the log as large, as it may be"
    entry = replace(stamp, kind=KIND, code=who, message=f"Removed: {counts.words}. {why}", data=data)
    return replace(counts, logged=chain.append(db, entry))


def plural(count: int, noun: str) -> str:
    """Return "1 entry", "2 entries", "3 sessions"."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else many}"


def _doomed(db: sqlite3.Connection, choice: Choice) -> list[tuple[int, float]]:
    return db.execute(
        "SELECT event.seq, event.wall_s FROM event LEFT JOIN session ON session.id = event.session_id"
        " WHERE event.seq < :below AND CASE WHEN session.number IS NULL THEN event.wall_s < :before"
        " ELSE session.requested_wall_s < :before AND session.ended_wall_s IS NOT NULL"
        " AND session.number < :below_number END"
        " ORDER BY event.seq LIMIT :most",
        {
            "before": choice.before_s,
            "below": _or_all(choice.below_seq),
            "below_number": _or_all(choice.below_number),
            "most": -1 if choice.most is None else choice.most,
        },
    ).fetchall()


def _runs(db: sqlite3.Connection, doomed: Sequence[int]) -> Iterable[Gap]:
    """Give the runs of consecutive numbers as gaps."""
    first = None
    for seq, following in zip(doomed, (*doomed[1:], None), strict=False):
        first = seq if first is None else first
        if following != seq + 1:
            (digest,) = db.execute("SELECT hash FROM event WHERE seq = ?", (seq,)).fetchone()
            yield Gap(first, seq, digest)
            first = None


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    merged: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.first):
        if merged and merged[-1].last + 1 == gap.first:
            gap = replace(gap, first=merged.pop().first)
        merged.append(gap)
    return merged


def _remove_sessions(db: sqlite3.Connection, choice: Choice) -> int:
    """Remove the ended sessions that no entry seals any more: without it nobody can tell what they were.

    Entries that came after the seal may stay for another step. They count by their own time then.
    """
    found = db.execute(
        "SELECT number FROM session WHERE requested_wall_s < ? AND ended_wall_s IS NOT NULL AND number < ?"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE event.session_id = session.id AND instr(data, ?))",
        (choice.before_s, _or_all(choice.below_number), f'"{seal.SAMPLES}"'),
    ).fetchall()
    for (number,) in found:
        db.execute("DELETE FROM sample WHERE place >= ? AND place < ?", samples.places(number))
        db.execute("DELETE FROM session WHERE number = ?", (number,))
    return len(found)


def _remove_samples(db: sqlite3.Connection, choice: Choice) -> tuple[int, float]:
    """Remove samples alone; return of how many sessions, and the time before which that may have been."""
    old = db.execute(
        "SELECT number, requested_wall_s FROM session WHERE requested_wall_s < ? AND ended_wall_s IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM sample WHERE place >= number << 20 AND place < (number + 1) << 20)"
        " AND NOT EXISTS (SELECT 1 FROM event WHERE event.session_id = session.id AND seq >= ?)"
        " ORDER BY requested_wall_s LIMIT ?",
        (
            choice.samples_before_s,
            _or_all(choice.samples_below_seq),
            -1 if choice.most is None else choice.most,
        ),
    ).fetchall()
    for number, _ in old:
        db.execute("DELETE FROM sample WHERE place >= ? AND place < ?", samples.places(number))
    if len(old) == choice.most:  # there may be more, which still have theirs
        return len(old), old[-1][1] + 1e-3
    return len(old), choice.samples_before_s if old else 0.0


def _or_all(below: int | None) -> int:
    return 1 << 62 if below is None else below
