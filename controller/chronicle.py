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
    """Close what has no end, is not the guard's running session, and is not ``younger`` than this."""

    running: str | None
    now: Instant
    younger: set[str]

    @property
    def key(self) -> str:
        return "sweep"


@dataclass(frozen=True, slots=True)
class _Told:
    """An event of the guard. One that lost its ledger counts from 1 again: the number is not enough."""

    event: Event

    @property
    def key(self) -> tuple[int, str, float]:
        return self.event.seq, self.event.kind, self.event.wall_s


class Chronicle:
    """Keeps the order of events. ``run`` it as a task.

    The guard sends again what is not acknowledged. While the log cannot be written, each event waits here
    once, and the newest sweep alone: what waits does not grow with time.
    """

    def __init__(self, recorder: Recorder, link: GuardLink) -> None:
        """``recorder`` must be open before ``run``."""
        self._recorder = recorder
        self._link = link
        self._waiting: dict[object, _Told | _Sweep] = {}
        self._something = asyncio.Event()
        self._nothing = asyncio.Event()
        self._nothing.set()
        self._stories: dict[str, _Story] = {}
        self._younger: set[str] = set()
        #: Held while a session's row is being opened, so that its end cannot come first.
        self.opening = asyncio.Lock()

    def opened(self, session_id: str, target_c: float) -> None:
        """A session's row is in the log: its end belongs there too."""
        self._stories[session_id] = _Story(target_c)
        self._younger.add(session_id)

    @property
    def waiting(self) -> int:
        """How many things are not in the log yet."""
        return len(self._waiting)

    def hear(self, event: Event) -> None:
        """Queue an event of the guard, unless it waits already; never blocks."""
        told = _Told(event)
        if told.key not in self._waiting:
            self._queue(told)

    def sweep(self, running: str | None, now: Instant) -> None:
        """After a (re)connection: sessions that the guard does not know any more were interrupted."""
        self._younger = set()
        sweep = _Sweep(running, now, self._younger)
        self._waiting.pop(sweep.key, None)  # the newer one comes after what the guard has told since
        self._queue(sweep)

    def _queue(self, item: _Told | _Sweep) -> None:
        self._waiting[item.key] = item
        self._nothing.clear()
        self._something.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._something.wait()
            item = next(iter(self._waiting.values()))
            await self._until_written(item)
            if self._waits(item):
                del self._waiting[item.key]
            if not self._waiting:
                self._something.clear()
                self._nothing.set()

    async def drain(self) -> None:
        """Wait until all that was heard is in the log, however long the disk takes."""
        await self._nothing.wait()

    def _waits(self, item: _Told | _Sweep) -> bool:
        return self._waiting.get(item.key) is item

    async def _until_written(self, item: _Told | _Sweep) -> None:
        """Try until it is in the log: to acknowledge a later event is to acknowledge this one."""
        complained = False
        while self._waits(item):  # a newer sweep takes the place of this one
            try:
                async with self.opening:
                    if isinstance(item, _Told):
                        await self._write(item.event)
                    elif self._waits(item):
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
            if left.row.id == sweep.running or left.row.id in sweep.younger:
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
