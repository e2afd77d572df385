"""What the controller does with its log after the power is back, and what then stands in it."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from controller.chronicle import Chronicle
from controller.guard_link import GuardLink
from controller.records import query
from controller.records.entry import Entry, Logged, Sample, SessionRecord
from controller.records.log import Recorder
from controller.records.verify import verify
from hardware.clock import Instant

NAME = "log.db"
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """A log after a restart. ``fault`` is what keeps it from being written, ``aside`` what was set aside.

    ``wrong`` is what `heatpack log verify` has to say against it, empty if nothing.
    """

    fault: str | None
    aside: tuple[Path, ...]
    log: tuple[Logged, ...]
    sessions: tuple[SessionRecord, ...]
    samples: tuple[Sample, ...]
    wrong: str

    @property
    def unfinished(self) -> list[str]:
        """The sessions without an end."""
        return [session.row.id for session in self.sessions if session.end is None]


class _NoGuard:
    """Nobody hears what is acknowledged."""

    def send(self, _: object) -> None:
        """Lose it."""


async def restart(folder: Path, now: Instant) -> Found:
    """Open the log in ``folder``, close what was interrupted, and write on, as after a power cut."""
    recorder = Recorder(folder / NAME, now=lambda: now, min_free_bytes=0)
    await recorder.open()
    chronicle = Chronicle(recorder, cast(GuardLink, _NoGuard()))
    serving = asyncio.create_task(chronicle.run())
    try:
        chronicle.sweep(None, now)
        with contextlib.suppress(TimeoutError):  # a log that stays unwritable is found by its fault
            await asyncio.wait_for(chronicle.drain(), _PATIENCE_S)
        recorder.note(Entry(now.wall_s, now.mono_s, "restarted"))
        await recorder.flush()
        fault = recorder.fault
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        await recorder.close()
    return found_in(folder, fault)


def found_in(folder: Path, fault: str | None = None) -> Found:
    """Read the log in ``folder``, also while a daemon writes it."""
    aside = tuple(sorted(path for path in folder.glob(f"{NAME}.corrupt-*") if path.suffix[-4:] != "-wal"))
    with query.reading(folder / NAME) as db:
        sessions = query.sessions(db)
        samples = [sample for session in sessions for sample in query.samples(db, session.row.id)]
        log = tuple(query.events(db))
        return Found(fault, aside, log, sessions, tuple(samples), verify(db).problem or "")
