"""The database file of the safety log: one writer, whole transactions.

Not responsible for threads, queues or retries: see ``controller.records.log``.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from controller.records import migration, retention, samples, schema
from controller.records.changes import Change, Close, Open, Outcome, Written, apply, transaction
from controller.records.entry import Entry, Logged, Sample, SessionRow, StorageError
from controller.records.removal import remove
from controller.records.retention import Retention
from controller.records.trouble import UNREADABLE, is_damage

BUSY_S = 1.0


class Store:
    """Owns the writing connection. All methods belong to one thread.

    A damaged file is set aside under a new name, never deleted, and a new one begun; the running
    session goes on in it. Damage is found when it is met: checking the whole file at each start
    would take longer with every year of records.
    """

    def __init__(self, path: Path, stamp: Callable[[], Entry] | None = None) -> None:
        """Prepare; nothing is opened yet.

        Args:
            path: ``log.db``.
            stamp: gives an entry with the time of now, for what the log has to say about itself; without it
                the time is the machine's.
        """
        self._path = path
        self._stamp = stamp or _stamp
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._running: SessionRow | None = None
        #: Files that were set aside and not yet reported.
        self.set_aside: list[Path] = []
        #: Entries that the log has made by itself and not yet reported.
        self.told: list[Logged] = []

    def connection(self) -> sqlite3.Connection:
        """Return the open connection, opening, creating or replacing the file as needed.

        Raises:
            sqlite3.Error, OSError: the file cannot be used.
            StorageError: it was written by a newer version.
        """
        if self._db is not None and self._inode != _inode(self._path):
            self.close()  # somebody removed the file: what is written to it now would be lost
        if self._db is None:
            try:
                self._db = self._open()
            except UNREADABLE as error:
                if not is_damage(error):
                    raise
                self._move_away()
                self._db = self._open()
            self._inode = _inode(self._path)
        return self._db

    def write(self, changes: Sequence[Change], taken: Sequence[Sample]) -> list[Outcome]:
        """Write all in one transaction; on return it survives a power cut.

        Raises:
            sqlite3.Error, OSError, StorageError: nothing was written.
        """
        try:
            return self._transaction(changes, taken)
        except UNREADABLE as error:
            if not is_damage(error):
                raise
        self.close()
        self._move_away()
        return self._transaction(changes, taken)

    def read(self, ask: Callable[[sqlite3.Connection], None]) -> None:
        """Let ``ask`` read. What it cannot make sense of is damage: it asks once more, in a new file.

        Raises:
            sqlite3.Error, OSError, StorageError: the file cannot be read, as it is now.
        """
        try:
            return ask(self.connection())
        except UNREADABLE as error:
            if not is_damage(error):
                raise
        self.close()
        self._move_away()
        return ask(self.connection())

    def probe(self) -> None:
        """Write a page that changes nothing.

        Raises:
            sqlite3.Error, OSError, StorageError: the file cannot be written.
        """
        self.connection().execute(f"PRAGMA user_version = {schema.VERSION}")

    def tidy(self, keep: Retention) -> bool:
        """Remove a step of what is too old or too much, unless a session runs; tell whether there was any.

        Raises:
            sqlite3.Error, OSError, StorageError: nothing was removed.
        """
        if self._running is not None:
            return False
        db, stamp = self.connection(), self._stamp()
        with transaction(db):
            counts = remove(db, retention.choice(db, keep, stamp), "retention", stamp)
        if counts.logged is not None:
            self.told.append(counts.logged)
        retention.shrink(db)
        return counts.logged is not None

    def close(self) -> None:
        """Close the file. What was written stays written."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _transaction(self, changes: Sequence[Change], taken: Sequence[Sample]) -> list[Outcome]:
        db = self.connection()
        with transaction(db):
            samples.add(db, taken)  # first: the end of a session seals what is there
            outcomes = [apply(db, change) for change in changes]
        self._remember_running(changes, outcomes)
        return outcomes

    def _remember_running(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(change, Open) and isinstance(outcome, Written):
                self._running = change.row
            elif isinstance(change, Close) and self._running and self._running.id == change.session_id:
                self._running = None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o640)  # health data: not for everyone
        db = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > schema.VERSION:
                raise StorageError(
                    f"The log {self._path} has format {version}, but this version of Heatpack only"
                    f" knows {schema.VERSION}: update Heatpack, or move the file away."
                )
            db.execute("PRAGMA page_size = 1024")  # a commit writes whole pages: small ones spare the card
            if version < schema.VERSION:
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # so that the file can become smaller
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")  # what was removed is not to be found in the file
            db.execute("PRAGMA journal_size_limit = 1048576")
            db.execute("PRAGMA cache_size = -512")
            if version == 0:
                schema.create(db)
            elif version < schema.VERSION:
                self.told += migration.migrate(db, self._stamp())
                with contextlib.suppress(sqlite3.Error):  # without room for it the file is larger, no more
                    db.execute("VACUUM")
            db.execute(f"SELECT {schema.EVENT} FROM event ORDER BY seq DESC LIMIT 20").fetchall()
            self._carry_over(db)
        except BaseException:
            db.close()
            raise
        return db

    def _carry_over(self, db: sqlite3.Connection) -> None:
        """Begin the running session once more, in a log that has taken the place of the one that had it."""
        if self._running is None:
            return
        if db.execute("SELECT 1 FROM session WHERE id = ?", (self._running.id,)).fetchone() is None:
            words = "The session goes on in a new log; its begin was in the one before"
            entry = replace(
                self._stamp(), kind="session_carried_over", message=words, session_id=self._running.id
            )
            with transaction(db):
                self.told.append(Open(self._running, entry).apply(db).logged)

    def _move_away(self) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        aside = self._path.with_name(f"{self._path.name}.corrupt-{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = self._path.with_name(f"{self._path.name}.corrupt-{stamp}-{number}")
        # The write-ahead log goes with its database: together they may still be salvaged.
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{self._path}{suffix}")
            if part.exists():
                os.rename(part, f"{aside}{suffix}")
        self.set_aside.append(aside)


def _stamp() -> Entry:
    return Entry(time.time(), time.monotonic(), "")


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
