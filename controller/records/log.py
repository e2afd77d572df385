"""The safety log as the controller uses it: an event loop on one side, a writing thread on the other.

The tick loop never waits for the disk: ``note`` and ``sample`` only queue. What must be on disk
before something may happen (no heat before its session is) is awaited by ``record``,
``open_session`` and ``close_session``.
"""

import asyncio
import contextlib
import dataclasses
import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from controller.records import query
from controller.records.changes import Change, Close, Open, Outcome, Put
from controller.records.entry import (
    CommandAnswer,
    Entry,
    Logged,
    Sample,
    SessionEnd,
    SessionRow,
    StorageError,
    Unfinished,
)
from controller.records.retention import Retention
from controller.records.writer import Item, Writer
from hardware.clock import Instant, SystemClock

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Recorder:
    """Writes the safety log. All methods belong to one event loop.

    While the disk is full, read-only or locked, ``fault`` says so and what has been noted waits in
    a bounded queue (the oldest samples go first, entries last); writing is tried again with each
    new entry and every few seconds. Nothing that was written before is touched.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], Instant] | None = None,
        on_entry: Callable[[Logged], None] | None = None,
        min_free_bytes: int = 1_000_000,
        keep: Retention | None = None,
    ) -> None:
        """Prepare; nothing is opened before ``open``.

        Args:
            path: the database, ``<state>/log.db``.
            now: device time, for the log's own entries; called in the event loop and in the log's thread.
            on_entry: called in the event loop with each new entry, its number and its hash, once it is
                durable.
            min_free_bytes: with less room than this on the disk, ``fault`` says so although writing
                still works: a session that begins must be able to end in the log.
            keep: how long records are kept; None is for ever.
        """
        self._path = path
        self._now = now or SystemClock().now
        self._on_entry = on_entry
        self._boot_id = boot_id()
        self._writer = Writer(
            path, min_free_bytes, self._settle, self._set_fault, self._tell, self._stamp, keep
        )
        self._fault: str | None = None
        #: What has to be known of earlier runs and could not be read yet, as a sentence: a fault as well.
        self.unread: str | None = None

    @property
    def fault(self) -> str | None:
        """What keeps the log from being used, as a sentence; None if nothing does."""
        return self._fault or self.unread

    @property
    def healthy(self) -> bool:
        """Whether heat may start as far as the log is concerned."""
        return self.fault is None

    async def open(self) -> None:
        """Start writing. Trouble with the file does not raise: it shows as ``fault``."""
        self._writer.start(asyncio.get_running_loop())
        await self.flush()

    async def close(self) -> None:
        """Write all that waits, and close the file. What cannot be written is lost and counted."""
        lost = await self._writer.stop()
        if lost:
            logger.error("Not written into the log: %s. %s", lost, self._fault)

    async def flush(self) -> bool:
        """Wait until all that was noted so far has been tried; tell whether it is on disk."""
        try:
            await self._ask(Item(None))
        except StorageError:
            return False
        return True

    async def record(self, entry: Entry) -> int:
        """Write an entry, and return its sequence number once it would survive a power cut.

        Raises:
            StorageError: it was not written and will not be.
        """
        return await self._write(Put(self._stamped(entry)), keep=False)

    def note(self, entry: Entry) -> None:
        """Write an entry soon. Never blocks; while the log has a fault the entry waits."""
        self._writer.put(Item(Put(self._stamped(entry)), keep=True))

    def sample(self, sample: Sample) -> None:
        """Keep a sample, one per second at most. Written once a minute and with each entry."""
        self._writer.sample(sample)

    async def open_session(self, row: SessionRow, entry: Entry) -> int:
        """Write a session's begin together with its entry; return the entry's number when durable.

        Raises:
            StorageError: neither was written, and neither will be. The session must not start.
        """
        return await self._write(Open(row, self._stamped(entry)), keep=False)

    async def close_session(self, session_id: str, end: SessionEnd, entry: Entry) -> int:
        """Write a session's end together with its samples and its entry. The first end counts.

        Raises:
            StorageError: not written yet. It waits like a note, and is written when that works again.
        """
        return await self._write(Close(session_id, end, self._stamped(entry)), keep=True)

    async def unfinished(self) -> tuple[Unfinished, ...]:
        """Return the sessions that have no end: a power cut or a crash came first.

        Raises:
            StorageError: the log cannot be read.
        """
        return await self.read(query.unfinished)

    async def newest_command_answers(self, most: int) -> tuple[CommandAnswer, ...]:
        """Return the answers to the newest commands with an id, oldest first (entries of kind ``command``).

        Raises:
            StorageError: the log cannot be read.
        """
        return await self.read(lambda db: query.command_answers(db, most))

    async def newest_command_ids(self, most: int) -> tuple[str, ...]:
        """Return the ids of the newest commands that had one, oldest first.

        Raises:
            StorageError: the log cannot be read.
        """
        return await self.read(lambda db: query.command_ids(db, most))

    async def newest_trigger_ids(self, most: int) -> tuple[str, ...]:
        """Return the newest post-session triggers that had a countdown or a session, oldest first.

        Raises:
            StorageError: the log cannot be read.
        """
        return await self.read(lambda db: query.trigger_ids(db, most))

    async def read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function of ``controller.records.query`` in the writing thread, after what waits.

        Raises:
            StorageError: the log cannot be read.
        """
        answer: list[T] = []
        await self._ask(Item(None, read=lambda db: answer.append(ask(db))))
        return answer[0]

    async def _write(self, change: Change, *, keep: bool) -> int:
        return await self._ask(Item(change, keep))

    async def _ask(self, item: Item) -> int:
        item.future = asyncio.get_running_loop().create_future()
        self._writer.put(item)
        return await item.future

    def _stamped(self, entry: Entry) -> Entry:
        if entry.boot_id or entry.source == "guard":
            return entry
        return dataclasses.replace(entry, boot_id=self._boot_id)

    # Called by the writer, in the event loop.

    def _settle(self, items: Sequence[Item], outcomes: Sequence[Outcome | None]) -> None:
        for item, outcome in zip(items, outcomes, strict=True):
            if isinstance(outcome, StorageError):
                if item.future is None or item.future.done():
                    logger.error("%s", outcome)
                else:
                    item.future.set_exception(outcome)
                continue
            if item.future is not None and not item.future.done():
                item.future.set_result(outcome.logged.seq if outcome else 0)
            if outcome and outcome.new and self._on_entry:
                self._on_entry(outcome.logged)

    def _set_fault(self, fault: str | None) -> None:
        if fault and fault != self._fault:
            logger.error("%s", fault)
        self._fault = fault

    def _tell(self, kind: str, code: str, message: str) -> None:
        logger.warning("%s", message)
        self.note(dataclasses.replace(self._stamp(), kind=kind, code=code, message=message))

    def _stamp(self) -> Entry:
        now = self._now()
        return Entry(now.wall_s, now.mono_s, "", boot_id=self._boot_id)


def boot_id() -> str:
    """Return the kernel's id of this boot, empty where there is none."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
