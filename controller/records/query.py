"""Questions to the records. Reading only: they work while the daemon writes.

The functions take a connection, so that a program of its own (``reading``) and the daemon's
``Recorder.read`` ask the same way.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from controller.records import samples as sample_table
from controller.records import schema
from controller.records.entry import (
    CommandAnswer,
    Entry,
    Logged,
    Sample,
    SessionRecord,
    StorageError,
    Unfinished,
)
from controller.records.trouble import sentence

_SESSION = f"SELECT {schema.SESSION}, {schema.END} FROM session"
_NEWEST_FIRST = "ORDER BY requested_wall_s DESC, number DESC"
# The pad counts as having reached its target half a degree below: the figure for a session that was
# cut off, when the controller's own can no longer be known.
_REACHED_WITHIN_C = 0.5


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the log at ``path`` for reading; nothing is created or changed.

    Raises:
        StorageError: it is absent, damaged, not allowed or of another format. Also raised for
            what goes wrong within the block.
    """
    if not path.exists():
        raise StorageError(f"There are no records yet: {path} does not exist.")
    try:
        with contextlib.closing(_connect(path)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > schema.VERSION:
                raise StorageError(
                    f"The log {path} has format {version}, but this version of Heatpack only knows"
                    f" {schema.VERSION}: update Heatpack."
                )
            if version == 0:
                raise StorageError(f"There are no records yet: {path} is empty.")
            if version < schema.VERSION:
                raise StorageError(
                    f"The log {path} has the older format {version}: start the controller once, it brings"
                    f" it to format {schema.VERSION}."
                )
            yield db
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise StorageError(sentence(error, path)) from None


def sessions(
    db: sqlite3.Connection, *, since_wall_s: float = 0.0, limit: int = -1
) -> tuple[SessionRecord, ...]:
    """Return the sessions, newest first; ``limit`` −1 is all."""
    rows = db.execute(
        f"{_SESSION} WHERE requested_wall_s >= ? {_NEWEST_FIRST} LIMIT ?", (since_wall_s, limit)
    )
    return tuple(map(schema.session_from, rows))


def session(db: sqlite3.Connection, name: str) -> SessionRecord:
    """Return the session with this id, or whose id alone begins so, or the ``last`` one.

    Raises:
        StorageError: there is none, or more than one.
    """
    if name == "last":
        found = sessions(db, limit=1)
    else:
        rows = db.execute(
            f"{_SESSION} WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 6", (name,)
        )
        found = tuple(map(schema.session_from, rows))
        found = tuple(record for record in found if record.row.id == name) or found
    if not found:
        raise StorageError(
            "There are no sessions yet." if name == "last" else f"There is no session {name!r}."
        )
    if len(found) > 1:
        ids = ", ".join(record.row.id for record in found[:5])
        raise StorageError(f"Several sessions begin with {name!r}: {ids}{', …' * (len(found) > 5)}.")
    return found[0]


def events(
    db: sqlite3.Connection,
    *,
    since_wall_s: float = 0.0,
    after_seq: int = 0,
    session_id: str | None = None,
) -> Iterator[Logged]:
    """Give the entries in the order of the log, of one session or of all."""
    of_session = "" if session_id is None else "session_id = :session_id AND"
    rows = db.execute(
        f"SELECT {schema.EVENT}, hash FROM event"
        f" WHERE {of_session} seq > :seq AND wall_s >= :since ORDER BY seq",
        {"session_id": session_id, "seq": after_seq, "since": since_wall_s},
    )
    yield from map(schema.logged_from, rows)


def samples(db: sqlite3.Connection, session_id: str) -> tuple[Sample, ...]:
    """Return a session's samples in the order of time.

    Raises:
        DamagedError: they are damaged.
    """
    return sample_table.of_session(db, session_id)


def unfinished(db: sqlite3.Connection) -> tuple[Unfinished, ...]:
    """Return the sessions without an end, oldest first, with the last facts known of each."""
    rows = db.execute(f"{_SESSION} WHERE ended_wall_s IS NULL ORDER BY requested_wall_s")
    return tuple(_unfinished(db, record) for record in map(schema.session_from, rows))


def command_answers(db: sqlite3.Connection, most: int) -> tuple[CommandAnswer, ...]:
    """Return the answers to the newest commands that had an id, oldest first."""
    found = {
        str(entry.data["id"]): CommandAnswer(
            id=str(entry.data["id"]),
            action=str(entry.data.get("action", "")),
            accepted=entry.data.get("accepted") is True,
            code=str(entry.data.get("code", entry.code)),
            message=str(entry.data.get("message", entry.message)),
            session_id=entry.data.get("session_id", entry.session_id),
            wall_s=entry.wall_s,
        )
        for entry in reversed(tuple(islice(_with_id(db), most)))
    }
    return tuple(found.values())


def command_ids(db: sqlite3.Connection, most: int) -> tuple[str, ...]:
    """Return the ids of the newest commands that had one, oldest first."""
    return _oldest_first((str(entry.data["id"]) for entry in _with_id(db)), most)


def trigger_ids(db: sqlite3.Connection, most: int) -> tuple[str, ...]:
    """Return the newest post-session triggers that had a countdown, were cancelled or had a session."""
    told = (
        str(entry.data["session_id"])
        for entry in _newest(db, "post_session")
        if entry.code in ("counting", "cancelled") and entry.data.get("session_id") is not None
    )
    heated = db.execute("SELECT trigger_id FROM session WHERE trigger_id IS NOT NULL ORDER BY number DESC")
    return _oldest_first(chain(told, (str(trigger_id) for (trigger_id,) in heated)), most)


def _with_id(db: sqlite3.Connection) -> Iterator[Entry]:
    return (entry for entry in _newest(db, "command") if entry.data.get("id"))


def _newest(db: sqlite3.Connection, kind: Literal["command", "post_session"]) -> Iterator[Entry]:
    """Give the entries of a kind, newest first. By their numbers: the clock may have been wrong."""
    # The index has the numbers, so that only what is asked for is read. It serves no kind that is bound.
    for (seq,) in db.execute(f"SELECT seq FROM event WHERE kind = '{kind}' ORDER BY seq DESC"):
        row = db.execute(f"SELECT {schema.EVENT} FROM event WHERE seq = ?", (seq,)).fetchone()
        yield schema.logged_from(row).entry


def _oldest_first(newest_first: Iterable[str], most: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for id in newest_first:
        found[id] = None
        if len(found) == most:
            break
    return tuple(reversed(found))


def _connect(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    db = sqlite3.connect(uri, uri=True, timeout=2.0, isolation_level=None)
    try:
        db.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        db.close()
        # A log at rest has no write-ahead files, and a reader who may not make them in its folder
        # is refused. Nobody is writing then: the file can be read as it stands.
        if not isinstance(error, sqlite3.OperationalError) or Path(f"{path}-wal").exists():
            raise
        db = sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    return db


def _unfinished(db: sqlite3.Connection, record: SessionRecord) -> Unfinished:
    row = record.row
    taken = samples(db, row.id)
    temperatures = [sample.temperature_c for sample in taken if sample.temperature_c is not None]
    reached = (
        sample.elapsed_s
        for sample in taken
        if sample.temperature_c is not None and sample.temperature_c >= row.target_c - _REACHED_WITHIN_C
    )
    said = {logged.entry.kind: logged for logged in events(db, session_id=row.id)}
    return Unfinished(
        row=row,
        last_sample=taken[-1] if taken else None,
        peak_c=max(temperatures, default=None),
        time_to_target_s=next(reached, None),
        heat_on=said.get("heat_on"),
        ended=said.get("session_ended"),
    )
