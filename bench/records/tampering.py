"""What somebody might do to a log: one thing changed behind its back.

What nobody can find without a copy is not among it: a tail that was cut off together with the note of the
chain's end, and samples of a session that has no end yet.
"""

import contextlib
import random
import sqlite3
import struct
from pathlib import Path

_ENDED = "(SELECT number FROM session WHERE ended_wall_s IS NOT NULL)"
#: Rows that the chain answers for: those of all tables, but for the samples of a session that still runs.
_SEALED = {
    "event": "1",
    "session": "1",
    "settings": "1",
    "chain": "1",
    "sample": f"place >> 20 IN {_ENDED}",
}


def tampered(path: Path, rng: random.Random) -> str:
    """Change one thing in the log at ``path`` that its chain answers for; say what it was."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        while True:
            before = _content(db)
            act = rng.choice((_flip, _flip, _delete, _insert, _swap, _cut))
            db.execute("BEGIN IMMEDIATE")
            try:
                told = act(db, rng)
            except sqlite3.Error:
                told = None  # the tables themselves do not allow that
            if told is not None and _content(db) != before:
                db.execute("COMMIT")
                return told
            db.execute("ROLLBACK")


def _content(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    db.text_factory = bytes
    try:
        return [
            row for table in _SEALED for row in db.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")
        ]
    finally:
        db.text_factory = str


def _row(db: sqlite3.Connection, rng: random.Random, table: str) -> int | None:
    rows = db.execute(f"SELECT rowid FROM {table} WHERE {_SEALED[table]} ORDER BY rowid").fetchall()
    return rng.choice(rows)[0] if rows else None


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]


def _flip(db: sqlite3.Connection, rng: random.Random) -> str | None:
    table = rng.choice(list(_SEALED))
    rowid, column = _row(db, rng, table), rng.choice(_columns(db, table))
    if rowid is None:
        return None
    (value,) = db.execute(
        f"SELECT CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"
        f" FROM {table} WHERE rowid = ?",
        (rowid,),
    ).fetchone()
    (kind,) = db.execute(f"SELECT typeof({column}) FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
    changed = _flipped(value, rng)
    place = "CAST(? AS TEXT)" if kind == "text" else "?"
    db.execute(f"UPDATE {table} SET {column} = {place} WHERE rowid = ?", (changed, rowid))
    return f"flip {table}.{column} of row {rowid}: {value!r} to {changed!r}"


def _flipped(value: object, rng: random.Random) -> object:
    match value:
        case None:
            return rng.choice(("x", 1, 0.5))
        case int():
            return value ^ (1 << rng.randrange(40))
        case float():
            return struct.unpack(">d", _bit_flipped(struct.pack(">d", value), rng))[0]
        case bytes():
            return _bit_flipped(value, rng) if value else b"x"
    raise AssertionError(value)


def _bit_flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _delete(db: sqlite3.Connection, rng: random.Random) -> str | None:
    table = rng.choice(("event", "event", "session", "sample", "chain", "settings"))
    rowid = _row(db, rng, table)
    if rowid is None:
        return None
    db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
    return f"delete {table} row {rowid}"


def _insert(db: sqlite3.Connection, rng: random.Random) -> str | None:
    table = rng.choice(("event", "event", "session", "sample", "settings"))
    rowid = _row(db, rng, table)
    if rowid is None:
        return None
    if table == "event":
        new = rng.choice(_free_numbers(db))
        if rng.random() < 0.5:  # make room in the middle
            new = rowid
            db.execute("UPDATE event SET seq = -seq - 1 WHERE seq >= ?", (rowid,))
            db.execute("UPDATE event SET seq = -seq WHERE seq < 0")
            db.execute("UPDATE chain SET seq = seq + 1")
            rowid += 1
    elif table == "sample":  # behind the others of a session that has ended
        new = db.execute(
            "SELECT max(place) + 1 FROM sample WHERE place >> 20 = ? >> 20", (rowid,)
        ).fetchone()[0]
    else:
        new = db.execute(f"SELECT max(rowid) + 1 FROM {table}").fetchone()[0]
    others = [column for column in _columns(db, table) if column not in ("seq", "number", "place")]
    values = ["id || '-2'" if column == "id" else column for column in others]
    key = {"event": "seq", "sample": "place"}.get(table, "number")
    db.execute(
        f"INSERT INTO {table} ({key}, {', '.join(others)}) SELECT ?, {', '.join(values)} FROM {table}"
        f" WHERE {key} = ?",
        (new, rowid),
    )
    return f"insert {table} row {new}, a copy of {rowid}"


def _free_numbers(db: sqlite3.Connection) -> list[int]:
    taken = {seq for (seq,) in db.execute("SELECT seq FROM event")}
    return [seq for seq in range(0, max(taken) + 2) if seq not in taken]


def _swap(db: sqlite3.Connection, rng: random.Random) -> str | None:
    table, key = rng.choice(
        (("event", "seq"), ("sample", "place"), ("session", "number"), ("settings", "number"))
    )
    one, other = _row(db, rng, table), _row(db, rng, table)
    if one is None or one == other:
        return None
    for old, new in ((one, 1 << 50), (other, one), (1 << 50, other)):
        db.execute(f"UPDATE {table} SET {key} = ? WHERE {key} = ?", (new, old))
    return f"swap {table} rows {one} and {other}"


def _cut(db: sqlite3.Connection, rng: random.Random) -> str | None:
    rowid = _row(db, rng, "event")
    where = rng.choice(("seq >= ?", "seq <= ?"))
    db.execute(f"DELETE FROM event WHERE {where}", (rowid,))
    return f"cut off all entries with {where.replace('?', str(rowid))}"
