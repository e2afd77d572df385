"""Is the log still what was written? The chain is counted again, entry by entry."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from controller.records import chain, removal, schema, seal, words
from controller.records.removal import Removed, newest_removed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        ok: nothing was.
        entries: how many were read.
        first_seq: the number of the oldest entry, 0 without any.
        head_seq: the number of the newest.
        head_hash: its hash, None without any: the one to note elsewhere.
        checkpoints: how many entries say that older ones were removed.
        problem: a sentence about the first thing that is wrong.
        problem_seq: the entry that it is about, None where it is about none.
    """

    ok: bool
    entries: int
    first_seq: int
    head_seq: int
    head_hash: bytes | None
    checkpoints: int
    problem: str | None = None
    problem_seq: int | None = None


def verify(db: sqlite3.Connection) -> Verdict:
    """Check the whole log as it is at this moment, also while the daemon writes.

    Found are entries that were changed, removed, inserted or moved, a tail that was cut off, and changes of
    sessions, and of the samples of those that have ended. Memory does not grow with the log.

    Args:
        db: a connection of ``query.reading``, in no transaction.
    """
    with one_moment(db):
        return verdict(db)


def verdict(db: sqlite3.Connection) -> Verdict:
    """Check the log within ``one_moment``."""
    walk = _Walk(db, newest_removed(db))
    for row in db.execute(f"SELECT {schema.EVENT}, hash FROM event ORDER BY seq"):
        walk.step(row)
    walk.finish()
    return Verdict(
        ok=walk.problem is None,
        entries=walk.entries,
        first_seq=walk.first_seq,
        head_seq=walk.seq,
        head_hash=walk.hash if walk.entries else None,
        checkpoints=walk.checkpoints,
        problem=walk.problem,
        problem_seq=walk.problem_seq,
    )


@contextlib.contextmanager
def one_moment(db: sqlite3.Connection) -> Iterator[None]:
    """Read all from one state of the log, and text that is none as well."""
    before = db.text_factory
    db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.text_factory = before


@dataclass(slots=True)
class _Walk:
    """Where the way along the entries has come to, and the first thing that was wrong."""

    db: sqlite3.Connection
    removed: Removed
    seq: int = 0
    hash: bytes = chain.GENESIS
    entries: int = 0
    first_seq: int = 0
    checkpoints: int = 0
    problem: str | None = None
    problem_seq: int | None = None
    _at_gap: bool = False  # a changed entry about removed ones would explain the problem
    _sealed: int = 0

    def step(self, row: tuple[Any, ...]) -> None:
        """Take the next entry: the columns of ``schema.EVENT``, and its hash."""
        *values, digest = row
        seq, kind = values[0], values[6]
        if self.removed.covers(seq):
            words = f"Entry {seq} was inserted: the one with this number had been removed"
            self._blame(words, seq, at_gap=True)
        previous, at_gap = self._previous(seq)
        if previous is not None and chain.link(previous, values) != digest:
            self._blame(f"Entry {seq} of {_when(values[1])} ({_shown(kind)}) was changed", seq, at_gap=at_gap)
        self._check_seals(seq, values[9], values[10])
        self.first_seq = self.first_seq or seq
        self.checkpoints += kind == removal.KIND
        self.entries += 1
        self.seq, self.hash = seq, digest

    def finish(self) -> None:
        """After the last entry: is it the last one, and is there nothing beside the entries?"""
        head = self.db.execute("SELECT seq, hash FROM chain").fetchall()
        if len(head) != 1:
            self._blame("The end of the chain is not known any more", None)
        elif head[0][0] > self.seq:
            self._blame(_missing(self.seq + 1, head[0][0]), self.seq + 1)
        elif head[0][0] < self.seq:
            self._blame(f"Entry {head[0][0] + 1} was added behind the end of the log", head[0][0] + 1)
        elif head[0][1] != self.hash:
            self._blame(f"The end of the chain is not entry {self.seq}: one of the two was changed", self.seq)
        self._look_for_strangers()
        (state,) = self.db.execute("PRAGMA integrity_check(1)").fetchone()
        if state != "ok":
            self._blame(f"The file is damaged: {_shown(state)}", None)

    def _previous(self, seq: int) -> tuple[bytes | None, bool]:
        """Return the hash that entry ``seq`` follows, if it is known, and whether it comes after a gap."""
        due = self.seq + 1
        if seq == due:
            return self.hash, False
        gap = self.removed.gap_at(due)
        if gap is not None and gap.last == seq - 1:
            return gap.hash, True
        if gap is not None and gap.last < seq:
            due = gap.last + 1
        self._blame(_missing(due, seq - 1), due, at_gap=True)
        return None, True

    def _check_seals(self, seq: int, session_id: str | None, data: str | None) -> None:
        """Compare a session with the digests that an entry carries."""
        if session_id is None or data is None:
            return
        try:
            if seal.SESSION not in data:
                return
            seals = json.loads(data)
            facts, samples = seals[seal.SESSION], seals.get(seal.SAMPLES)
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # the entry itself was changed, and said to be
        found = self.db.execute(
            "SELECT number, ended_wall_s IS NOT NULL, requested_wall_s FROM session WHERE id = ?",
            # An id that is no text is nobody's: none was ever written.
            (session_id.encode("utf-8", "replace").decode(),),
        ).fetchone()
        if found is None:
            self._blame(f"Session {_shown(session_id)} was removed", seq)
            return
        number, ended, requested_s = found
        if ended and samples is None:
            return  # the entry of its end seals it
        self._sealed += 1
        if facts != seal.of_session(self.db, session_id):
            self._blame(f"Session {_shown(session_id)} was changed", seq)
        elif samples is not None and not self._are_sealed(number, requested_s, samples):
            self._blame(f"The samples of session {_shown(session_id)} were changed", seq)

    def _are_sealed(self, number: int, requested_s: float, digest: str) -> bool:
        found = seal.of_samples(self.db, number)
        gone = found == seal.NO_SAMPLES and requested_s < self.removed.samples_before_s
        return gone or found == digest

    def _look_for_strangers(self) -> None:
        (sessions,) = self.db.execute("SELECT count(*) FROM session").fetchone()
        if sessions != self._sealed:
            words = f"There are {sessions} sessions, and the log knows {self._sealed}"
            self._blame(f"{words}: one was inserted or changed", None)
        for table, number in (("sample", "place >> 20"), ("settings", "number")):
            owner = "number" if table == "sample" else "settings_number"
            stranger = f"SELECT 1 FROM {table} WHERE {number} NOT IN (SELECT {owner} FROM session) LIMIT 1"
            if self.db.execute(stranger).fetchone():
                plural = "samples" if table == "sample" else "settings"
                self._blame(f"There are {plural} of no session: they were inserted or moved", None)

    def _blame(self, words: str, seq: int | None, *, at_gap: bool = False) -> None:
        """Keep the first problem. One at a gap is explained if the entry about the gap was changed."""
        if self.problem is None or (self._at_gap and seq is not None and seq == self.removed.seq):
            self.problem, self.problem_seq, self._at_gap = f"{words}.", seq, at_gap


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing" if first == last else f"Entries {first} to {last} are missing"


def _when(wall_s: float) -> str:
    try:
        return words.moment(wall_s, "%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError, TypeError):
        return "a time that cannot be"


def _shown(text: object) -> str:
    return words.printable(str(text)[:80])
