"""From the guard's events to the safety log: each is made durable, then acknowledged."""

import asyncio
import logging
from dataclasses import dataclass

from controller.guard_link import GuardLink
from controller.records.entry import Entry, RefusedError, SessionEnd, StorageError, Unfinished, from_guard
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Ack, Event

_log = logging.getLogger(__name__)

#: Real seconds until what the disk refused is tried again.
RETRY_S = 0.5


@dataclass(slots=True)
class _Story:
    """What the guard has told of one session so far."""

    target_c: float
    started_wall_s: float | None = None
    time_to_target_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Sweep:
    """Close what has no end and is not the guard's running session."""

    running: str | None
    now: Instant


class Chronicle:
    """Keeps the order of events. ``run`` it as a task."""

    def __init__(self, recorder: Recorder, link: GuardLink) -> None:
        """``recorder`` must be open before ``run``."""
        self._recorder = recorder
        self._link = link
        self._queue: asyncio.Queue[Event | _Sweep] = asyncio.Queue()
        self._stories: dict[str, _Story] = {}
        self._newer_than_sweep: set[str] = set()
        #: Held while a session's row is being opened, so that its end cannot come first.
        self.opening = asyncio.Lock()

    def opened(self, session_id: str, target_c: float) -> None:
        """A session's row is in the log: its end belongs there too."""
        self._stories[session_id] = _Story(target_c)
        self._newer_than_sweep.add(session_id)

    def hear(self, event: Event) -> None:
        """Queue an event of the guard; never blocks."""
        self._queue.put_nowait(event)

    def sweep(self, running: str | None, now: Instant) -> None:
        """After a (re)connection: sessions that the guard does not know any more were interrupted."""
        self._newer_than_sweep.clear()
        self._queue.put_nowait(_Sweep(running, now))

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            item = await self._queue.get()
            try:
                await self._until_written(item)
            finally:
                self._queue.task_done()

    async def drain(self) -> None:
        """Wait until what was heard so far is in the log, however long the disk takes."""
        await self._queue.join()

    async def _until_written(self, item: Event | _Sweep) -> None:
        """Try until it is in the log: to acknowledge a later event is to acknowledge this one."""
        complained = False
        while True:
            try:
                async with self.opening:
                    if isinstance(item, Event):
                        await self._write(item)
                    else:
                        await self._close_interrupted(item)
                return
            except RefusedError as error:
                _log.error("something of the guard's cannot be logged: %s", error)
                return
            except StorageError as error:
                if not complained:
                    _log.error("an event of the guard is not in the log yet: %s", error)
                complained = True
            await asyncio.sleep(RETRY_S)

    async def _write(self, event: Event) -> None:
        entry = from_guard(event)
        story = self._stories.get(event.session_id or "")
        if story is not None and event.kind == "heat_on":
            story.started_wall_s = event.wall_s
        if story is not None and event.kind == "target_reached":
            story.time_to_target_s = event.elapsed_s
        if event.kind != "session_ended" or event.session_id is None:
            await self._recorder.record(entry)
        elif story is not None and event.elapsed_s is not None:
            await self._recorder.close_session(event.session_id, _end(event, story), entry)
        else:
            await self._close_unfinished(event.session_id, event, entry)
        if event.kind == "session_ended":
            self._stories.pop(event.session_id or "", None)
        self._link.send(Ack(event.seq))

    async def _close_unfinished(self, session_id: str, event: Event, entry: Entry) -> None:
        """The end of a session of which an earlier run of the controller, or of the guard, knew more."""
        for left in await self._recorder.unfinished():
            if left.row.id == session_id:
                await self._recorder.close_session(session_id, _end_of(left, event), entry)
                return
        await self._recorder.record(entry)

    async def _close_interrupted(self, sweep: _Sweep) -> None:
        for left in await self._recorder.unfinished():
            if left.row.id == sweep.running or left.row.id in self._newer_than_sweep:
                continue
            message = "The session was interrupted; this is what is known of it"
            wall_s = sweep.now.wall_s
            end = left.last_known_end("interrupted", message, wall_s)
            entry = Entry(wall_s, sweep.now.mono_s, "session_ended", "interrupted", message, left.row.id)
            await self._recorder.close_session(left.row.id, end, entry)
            self._stories.pop(left.row.id, None)


def _end_of(left: Unfinished, event: Event) -> SessionEnd:
    if event.elapsed_s is None:  # a guard that was restarted knows that it ended, and no more
        return left.last_known_end(event.code, event.message, event.wall_s)
    heat_on_s = None if left.heat_on is None else left.heat_on.entry.wall_s
    return _end(event, _Story(left.row.target_c, heat_on_s, left.time_to_target_s))


def _end(event: Event, story: _Story) -> SessionEnd:
    overshoot_c = None if event.peak_c is None else max(0.0, event.peak_c - story.target_c)
    return SessionEnd(
        ended_wall_s=event.wall_s,
        reason=event.code,
        message=event.message,
        started_wall_s=story.started_wall_s,
        heated_s=event.elapsed_s or 0.0,
        time_to_target_s=story.time_to_target_s,
        peak_c=event.peak_c,
        overshoot_c=overshoot_c,
        dose_cem43=event.dose_cem43 or 0.0,
        energy_j=event.energy_j or 0.0,
    )
