"""A hash of the log that was noted elsewhere: what shows that a log was counted again as a whole."""

import sqlite3
from dataclasses import dataclass

from controller.records.removal import newest_removed


@dataclass(frozen=True, slots=True)
class Noted:
    """What somebody has noted of the newest entry of then: its hash or how that begins, and its number."""

    hash: str
    seq: int | None = None


def against(db: sqlite3.Connection, noted: Noted) -> str | None:
    """Return in a sentence what contradicts the hash that was noted, None if the log still has it.

    A log that somebody has counted again is as good as any other, but for a hash that lies elsewhere.
    """
    removed = newest_removed(db)
    if noted.seq is None:
        known = any(digest.hex().startswith(noted.hash) for (digest,) in db.execute("SELECT hash FROM event"))
        if known or any(gap.hash.hex().startswith(noted.hash) for gap in removed.gaps):
            return None
        why = "it may be one of those that were removed" if removed.gaps else "this is not the log of then"
        return f"No entry has the hash that was noted: {why}."
    found = db.execute("SELECT hash FROM event WHERE seq = ?", (noted.seq,)).fetchone()
    last = next((gap for gap in removed.gaps if gap.last == noted.seq), None)
    digest = found[0] if found else last.hash if last else None
    if digest is not None:
        same = digest.hex().startswith(noted.hash)
        return (
            None if same else f"Entry {noted.seq} is not the one that was noted: its hash is {digest.hex()}."
        )
    if removed.covers(noted.seq):
        return (
            f"Entry {noted.seq} was removed, so that the hash that was noted says nothing: note a newer one."
        )
    return f"Entry {noted.seq}, which was noted, is missing."
