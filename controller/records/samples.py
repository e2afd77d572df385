"""The samples in the database: one batch after the other, in a table that grows at its end."""

import math
import sqlite3
from collections.abc import Sequence
from itertools import groupby

from controller.records.entry import Sample
from controller.records.packing import pack, unpack

# A batch's place is its session's number and its own: the samples of a session lie together without an index.
_ROOM = 1 << 20


def places(number: int) -> tuple[int, int]:
    """Return where the samples of session ``number`` lie: from the first place up to before the second."""
    return number * _ROOM, (number + 1) * _ROOM


def add(db: sqlite3.Connection, samples: Sequence[Sample]) -> None:
    """Store samples within the caller's transaction. Only a session without an end takes any."""
    for session_id, group in groupby(filter(_is_sound, samples), key=lambda sample: sample.session_id):
        found = db.execute(
            "SELECT number FROM session WHERE id = ? AND ended_wall_s IS NULL", (session_id,)
        ).fetchone()
        if found is not None:
            add_batch(db, found[0], tuple(group))


def add_batch(db: sqlite3.Connection, number: int, samples: Sequence[Sample]) -> None:
    """Store samples of session ``number`` behind those it has."""
    first, beyond = places(number)
    (last,) = db.execute(
        "SELECT max(place) FROM sample WHERE place >= ? AND place < ?", (first, beyond)
    ).fetchone()
    place = first if last is None else last + 1
    db.execute("INSERT INTO sample (place, packed) VALUES (?, ?)", (place, pack(samples)))


def batches(db: sqlite3.Connection, number: int) -> list[tuple[int, bytes]]:
    """Return the batches of session ``number`` with their places, as they are stored."""
    return db.execute(
        "SELECT place, packed FROM sample WHERE place >= ? AND place < ? ORDER BY place", places(number)
    ).fetchall()


def of_session(db: sqlite3.Connection, session_id: str) -> tuple[Sample, ...]:
    """Return a session's samples in the order of time.

    Raises:
        DamagedError: they are damaged.
    """
    found = db.execute("SELECT number FROM session WHERE id = ?", (session_id,)).fetchone()
    if found is None:
        return ()
    taken = [sample for _, packed in batches(db, found[0]) for sample in unpack(session_id, packed)]
    return tuple(sorted(taken, key=lambda sample: sample.elapsed_s))


def _is_sound(sample: Sample) -> bool:
    figures = (sample.elapsed_s, sample.temperature_c or 0.0, sample.target_c, sample.duty, sample.dose_cem43)
    return all(map(math.isfinite, figures))
