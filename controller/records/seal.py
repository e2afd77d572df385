"""Digests of a session and of its samples. The entry of its end carries them: the chain covers both."""

import hashlib
import sqlite3

from controller.records import samples, schema
from controller.records.chain import encoded

SESSION, SAMPLES = "session_sha256", "samples_sha256"
#: The digest of no samples at all.
NO_SAMPLES = hashlib.sha256().hexdigest()


def of_session(db: sqlite3.Connection, session_id: str) -> str | None:
    """Return the digest of a session's facts as they stand, in hex; None if it is not there."""
    row = db.execute(
        f"SELECT number, {schema.SESSION}, {schema.END} FROM session WHERE id = ?", (session_id,)
    ).fetchone()
    return None if row is None else hashlib.sha256(encoded(row)).hexdigest()


def of_samples(db: sqlite3.Connection, number: int) -> str:
    """Return the digest of the samples of session ``number``, in hex."""
    digest = hashlib.sha256()
    for batch in samples.batches(db, number):
        digest.update(encoded(batch))
    return digest.hexdigest()


def of_both(db: sqlite3.Connection, session_id: str) -> dict[str, str]:
    """Return what the entry of a session's end carries."""
    (number,) = db.execute("SELECT number FROM session WHERE id = ?", (session_id,)).fetchone()
    return {SESSION: of_session(db, session_id) or "", SAMPLES: of_samples(db, number)}
