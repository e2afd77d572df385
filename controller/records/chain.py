"""The chain of the safety log: each entry carries a hash over itself and over the one before.

It shows accidents and careless edits. It has no key: somebody who may write the whole file can count it
again, except for the hashes that were noted elsewhere (docs/decisions/0011).
"""

import hashlib
import sqlite3
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from controller.records import schema
from controller.records.entry import Entry, Logged
from controller.records.trouble import DamagedError

#: What the first entry follows.
GENESIS = bytes(32)

Value = None | int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: its number and its hash."""

    seq: int
    hash: bytes


def encoded(values: Iterable[Value]) -> bytes:
    """Return columns as bytes that no other columns have.

    Each is a letter for its kind and its content: ``n`` nothing, ``i`` 8 bytes of a signed integer, ``r`` 8
    bytes of an IEEE 754 double, ``t`` and ``b`` a length of 8 bytes and UTF-8 text or bytes. Big endian.
    """
    return b"".join([_ENCODED[type(value)](value) for value in values])


def _counted(letter: bytes, content: bytes) -> bytes:
    return letter + len(content).to_bytes(8, "big") + content


_ENCODED: Final[Mapping[type, Callable[[Any], bytes]]] = {
    type(None): lambda nothing: b"n",
    int: lambda number: b"i" + number.to_bytes(8, "big", signed=True),
    float: lambda number: b"r" + struct.pack(">d", number),
    # Bytes that are no text, where there should be some, must have a hash as well.
    str: lambda text: _counted(b"t", text.encode("utf-8", "surrogateescape")),
    bytes: lambda content: _counted(b"b", content),
}


def link(previous: bytes, values: Iterable[Value]) -> bytes:
    """Return the hash of the entry with these columns of ``schema.EVENT`` after the one with ``previous``."""
    return hashlib.sha256(previous + encoded(values)).digest()


def head(db: sqlite3.Connection) -> Head:
    """Return the end of the chain as the log itself keeps it.

    Raises:
        DamagedError: it was never written so.
    """
    match db.execute("SELECT seq, hash FROM chain").fetchone():
        case (int(seq), bytes(digest)):
            return Head(seq, digest)
    raise DamagedError("the end of the chain is gone")


def append(db: sqlite3.Connection, entry: Entry) -> Logged:
    """Write an entry behind the newest one, within the caller's transaction."""
    newest = head(db)
    values = (newest.seq + 1, *schema.event_values(entry))
    return insert(db, newest.hash, values, entry)


def insert(db: sqlite3.Connection, previous: bytes, values: tuple[Value, ...], entry: Entry) -> Logged:
    """Write the columns of ``schema.EVENT`` with their hash, and move the head there."""
    digest = link(previous, values)
    places = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO event ({schema.EVENT}, hash) VALUES ({places}, ?)", (*values, digest))
    db.execute("UPDATE chain SET seq = ?, hash = ?", (values[0], digest))
    return Logged(int(values[0] or 0), entry, digest)
