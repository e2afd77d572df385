"""The thread that owns the database: takes what is queued, writes it, and keeps what it cannot."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.records.changes import Change, Close, Outcome, Written
from controller.records.entry import Entry, Sample, StorageError
from controller.records.retention import Retention
from controller.records.store import Store
from controller.records.trouble import free_bytes, sentence

BATCH_S = 60.0
MAX_SAMPLES = 1200
MAX_ITEMS = 2000
RETRY_S = 5.0
#: How often to look for what is too old, s.
TIDY_S = 3600.0


@dataclass(slots=True, eq=False)
class Item:
    """One thing to do. ``keep``: try again after a fault, even if its waiter was told of it."""

    change: Change | None
    keep: bool = False
    read: Callable[[sqlite3.Connection], None] | None = None
    future: asyncio.Future[int] | None = None


Settle = Callable[[Sequence[Item], Sequence[Outcome | None]], None]


class Writer:
    """A bounded queue and its thread. Callbacks run in the event loop."""

    def __init__(
        self,
        path: Path,
        min_free_bytes: int,
        settle: Settle,
        set_fault: Callable[[str | None], None],
        tell: Callable[[str, str, str], None],
        stamp: Callable[[], Entry],
        keep: Retention | None = None,
    ) -> None:
        """Prepare.

        Args:
            path: the database.
            min_free_bytes: less room on the disk than this is a fault.
            settle: gets items that are done with their outcomes (None: there was nothing to write).
            set_fault: gets each new state of the log.
            tell: gets kind, code and message of what the log should say about itself.
            stamp: gives an entry with the time of now; called in the thread.
            keep: what stays when the log is tidied; None is all.
        """
        self._path = path
        self._min_free_bytes = min_free_bytes
        self._settle, self._set_fault, self._tell = settle, set_fault, tell
        self._store = Store(path, stamp)
        self._changed = threading.Condition()
        self._items: deque[Item] = deque()
        self._samples: deque[Sample] = deque()
        self._due = False
        self._stopping = False
        self._keep = keep
        self._tidy_at_s = time.monotonic()
        self._lost_entries = 0
        self._lost_samples = 0
        self._fault: str | None = None
        self._fault_since_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._finished: asyncio.Future[None] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread."""
        self._loop = loop
        self._finished = loop.create_future()
        self._thread = threading.Thread(target=self._run, name="heatpack-log", daemon=True)
        self._thread.start()

    async def stop(self) -> str:
        """Write what waits and end the thread; return in words what could not be written."""
        with self._changed:
            self._stopping = self._due = True
            self._changed.notify()
        if self._thread is None or self._finished is None:
            return ""
        await self._finished
        self._thread.join()
        return self._losses(self._lost_entries + len(self._items), self._lost_samples + len(self._samples))

    def put(self, item: Item) -> None:
        """Queue an item. Never blocks for longer than the thread takes to empty the queue."""
        with self._changed:
            self._items.append(item)
            self._trim()
            self._due = True
            self._changed.notify()

    def sample(self, sample: Sample) -> None:
        """Queue a sample; they wait for each other."""
        with self._changed:
            self._samples.append(sample)
            self._trim()
            first = self._samples[0]
            span_s = sample.elapsed_s - first.elapsed_s
            if not self._fault and (span_s >= BATCH_S or sample.session_id != first.session_id):
                self._due = True
                self._changed.notify()

    def _trim(self) -> None:
        while len(self._samples) > MAX_SAMPLES:
            self._samples.popleft()
            self._lost_samples += 1
        if len(self._items) > MAX_ITEMS:
            # Whoever waits for an item is answered in any case: only a note can be dropped.
            oldest = next((item for item in self._items if item.future is None), None)
            if oldest is not None:
                self._items.remove(oldest)
                self._lost_entries += 1

    # --- in the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        stopping = False
        while not stopping:
            with self._changed:
                if not self._due:
                    self._changed.wait(RETRY_S)
                items: list[Item] = []
                samples: list[Sample] = []
                if self._due or self._fault:
                    items.extend(self._items)
                    samples.extend(self._samples)
                    self._items.clear()
                    self._samples.clear()
                idle, stopping = not self._due, self._stopping
                self._due = False
            self._attempt(items, samples)
            if idle and not stopping and self._fault is None:
                self._tidy()
        self._store.close()
        self._post(self._finish)

    def _attempt(self, items: list[Item], samples: list[Sample]) -> None:
        writing = [item for item in items if item.change]
        try:
            if writing or samples:
                outcomes = self._store.write([item.change for item in writing if item.change], samples)
            else:
                outcomes = []
                self._store.connection()
                if self._fault:
                    self._store.probe()
        except Exception as error:  # whatever it is, whoever waits must get an answer
            self._failed(items, samples, sentence(error, self._path))
            return
        trouble = self._trouble()  # of the next write: what is written is not written again
        self._tell_what_was_set_aside()
        self._report_own()
        self._now_in(trouble)
        self._post(self._settle, writing, outcomes)
        self._answer([item for item in items if not item.change])

    def _tidy(self) -> None:
        """Remove a little of what is too old, when there is nothing else to do."""
        if self._keep is None or time.monotonic() < self._tidy_at_s:
            return
        more = False
        # Whatever it is, it can wait: what cannot be written shows at the next entry.
        with contextlib.suppress(sqlite3.Error, OSError, StorageError):
            more = self._store.tidy(self._keep)
        if not more:
            self._tidy_at_s = time.monotonic() + TIDY_S
        self._report_own()

    def _report_own(self) -> None:
        told = [Written(logged) for logged in self._store.told]
        self._store.told.clear()
        self._post(self._settle, [Item(None) for _ in told], told)

    def _answer(self, items: list[Item]) -> None:
        for item in items:
            outcome: Outcome | None = None
            if item.read:
                try:
                    self._store.read(item.read)
                except Exception as error:  # as above
                    outcome = StorageError(sentence(error, self._path))
            self._tell_what_was_set_aside()
            self._post(self._settle, [item], [outcome])

    def _tell_what_was_set_aside(self) -> None:
        for aside in self._store.set_aside:
            message = f"The damaged log was set aside as {aside}; a new one has begun."
            self._post(self._tell, "log_set_aside", "log_damaged", message)
        self._store.set_aside.clear()

    def _failed(self, items: list[Item], samples: list[Sample], words: str) -> None:
        self._now_in(words)
        waiting = [item for item in items if item.future]
        self._post(self._settle, waiting, [StorageError(words) for _ in waiting])
        kept: list[Item] = []
        for item in items:
            # Who was told that an end is not written yet may ask again: it is one end all the same.
            again = isinstance(item.change, Close) and any(item.change == other.change for other in kept)
            if item.keep and not again:
                kept.append(Item(item.change, keep=True))
        with self._changed:
            self._items.extendleft(reversed(kept))
            self._samples.extendleft(reversed(samples))
            self._trim()

    def _now_in(self, fault: str | None) -> None:
        before, self._fault = self._fault, fault
        if fault == before:
            return
        self._post(self._set_fault, fault)
        if before is None:
            self._fault_since_s = time.monotonic()
        elif fault is None:
            with self._changed:
                losses = self._losses(self._lost_entries, self._lost_samples)
                self._lost_entries = self._lost_samples = 0
            seconds = time.monotonic() - self._fault_since_s
            message = (
                f"The log can be written again after {seconds:.0f} s. Lost: {losses or 'nothing'}. {before}"
            )
            self._post(self._tell, "log_restored", "log_fault", message)

    def _trouble(self) -> str | None:
        """Say what keeps the next session from being written, although this worked."""
        try:
            self._store.connection()
            return self._nearly_full()
        except (sqlite3.Error, OSError, StorageError) as error:
            return sentence(error, self._path)

    def _nearly_full(self) -> str | None:
        free = free_bytes(self._path)
        if free >= self._min_free_bytes:
            return None
        return (
            f"The disk is nearly full: {free / 1e6:.2f} MB left for the log {self._path},"
            f" a session needs {self._min_free_bytes / 1e6:.2f} MB."
        )

    def _finish(self) -> None:
        if self._finished and not self._finished.done():
            self._finished.set_result(None)

    def _post(self, callback: Callable[..., None], *args: object) -> None:
        # A loop that was closed in the middle of it has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            if self._loop:
                self._loop.call_soon_threadsafe(callback, *args)

    @staticmethod
    def _losses(entries: int, samples: int) -> str:
        parts = [f"{entries} entries"] * bool(entries) + [f"{samples} samples"] * bool(samples)
        return " and ".join(parts)
