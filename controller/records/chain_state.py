"""What a report says of the chain that holds the log together.

The whole chain would take longer with every year of records. A report checks the entries that it is made
of, the sessions that they seal, and that the log still ends where its chain ends; and it says so.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.records import chain, removal, schema, seal
from controller.records.entry import SessionRecord
from controller.records.verify import one_moment, verdict

#: A log of so few entries is verified as a whole: that takes no longer than to draw the page.
_WHOLE = 600
#: Entries that a report walks along at most.
_MOST = 5000


@dataclass(frozen=True, slots=True)
class ChainState:
    """How much of the chain was checked for a report.

    Attributes:
        ok: nothing wrong was found.
        sentence: what was checked, and what came of it.
        head: number and hash of the log's newest entry, to be compared later; empty if there is none.
    """

    ok: bool
    sentence: str
    head: str = ""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return names and what there is to say."""
        return (("Chain", self.sentence), *((("Head", self.head),) if self.head else ()))


def state_of(db: sqlite3.Connection, sessions: Sequence[SessionRecord]) -> ChainState:
    """Check the entries of these sessions, or the whole log where it is small.

    Args:
        db: a connection of ``query.reading``, in no transaction.
        sessions: those that the report is about.
    """
    with one_moment(db):  # what the daemon writes meanwhile is no damage
        return _state_of(db, sessions)


def _state_of(db: sqlite3.Connection, sessions: Sequence[SessionRecord]) -> ChainState:
    head = chain.head(db)
    shown = f"{head.seq}:{head.hash.hex()}" if head.seq else ""
    (oldest,) = db.execute("SELECT min(seq) FROM event").fetchone()
    if head.seq - (oldest or head.seq) < _WHOLE:
        whole = verdict(db)
        found = whole.problem or f"The whole log was verified: all {whole.entries} entries hold together."
        return ChainState(whole.ok, found, shown)
    first, last = _span(db, sessions)
    problem = next(_problems(db, head, first, min(last, first + _MOST), sessions), None)
    if problem is not None:
        return ChainState(False, f"{problem} More says: heatpack log verify.", shown)
    part = f"entries {first} to {last} hold together" if first else "there is no entry to check"
    return ChainState(
        True,
        f"Checked for this page: {part}, and its sessions and readings are what was sealed at their end; the"
        " log ends where its chain ends. The rest is checked by: heatpack log verify.",
        shown,
    )


def _span(db: sqlite3.Connection, sessions: Sequence[SessionRecord]) -> tuple[int, int]:
    """Return the numbers of the first and the last entry of the sessions, 0 without any."""
    spans = [
        db.execute("SELECT min(seq), max(seq) FROM event WHERE session_id = ?", (session.row.id,)).fetchone()
        for session in sessions
    ]
    found = [span for span in spans if span[0] is not None]
    return min((span[0] for span in found), default=0), max((span[1] for span in found), default=0)


def _problems(
    db: sqlite3.Connection, head: chain.Head, first: int, last: int, sessions: Sequence[SessionRecord]
) -> Iterator[str]:
    newest = db.execute(
        "SELECT seq, hash FROM event WHERE seq >= ? ORDER BY seq DESC LIMIT 1", (head.seq,)
    ).fetchone()
    if newest is None or tuple(newest) != (head.seq, head.hash):
        yield "The log does not end where its chain ends: entries are missing or were added."
    previous, due = _before(db, first), first
    for *values, digest in db.execute(
        f"SELECT {schema.EVENT}, hash FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq", (first, last)
    ):
        if values[0] != due:
            previous = _before(db, values[0])
        if previous is None:
            yield f"The entry before entry {values[0]} is missing."
        elif chain.link(previous, values) != digest:
            yield f"Entry {values[0]} was changed."
        previous, due = digest, values[0] + 1
    for session in sessions:
        yield from _unsealed(db, session)


def _before(db: sqlite3.Connection, seq: int) -> bytes | None:
    """Return the hash that entry ``seq`` follows, None if it is lost."""
    if seq <= 1:
        return chain.GENESIS
    found = db.execute("SELECT hash FROM event WHERE seq = ?", (seq - 1,)).fetchone()
    if found is not None:
        return bytes(found[0])
    return next((gap.hash for gap in removal.newest_removed(db).gaps if gap.last == seq - 1), None)


def _unsealed(db: sqlite3.Connection, session: SessionRecord) -> Iterator[str]:
    """Compare a session and its samples with the digests that the entry of its end carries."""
    name, sealed = session.row.id, False
    if session.end is None or seal.of_session(db, name) is None:
        return  # it runs, or was removed since it was read
    for (data,) in db.execute("SELECT data FROM event WHERE session_id = ? ORDER BY seq", (name,)):
        seals = _seals(data)
        if seal.SAMPLES not in seals:
            continue
        sealed = True
        found = seal.of_both(db, name)
        if found[seal.SESSION] != seals.get(seal.SESSION):
            yield f"Session {name} is not what was sealed at its end."
        gone = found[seal.SAMPLES] == seal.NO_SAMPLES != seals[seal.SAMPLES]
        if gone and session.row.requested_wall_s < removal.newest_removed(db).samples_before_s:
            continue
        if found[seal.SAMPLES] != seals[seal.SAMPLES]:
            yield f"The readings of session {name} are not what was sealed at its end."
    if not sealed:
        yield f"No entry seals session {name} any more."


def _seals(data: str | None) -> Mapping[str, Any]:
    """Return the digests that an entry carries, none if it has none; what is no JSON was changed."""
    if not data or seal.SAMPLES not in data:
        return {}
    try:
        seals = json.loads(data)
    except ValueError:
        return {}
    return seals if isinstance(seals, dict) else {}
