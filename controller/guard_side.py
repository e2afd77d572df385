"""What every program that asks for heat has to do with the guard, whoever the heat is for.

Each status of the guard is one tick: it is answered with a demand first, then sampled for the log. Heat that
this controller did not ask for is stopped, and a guard that falls silent is lost.
"""

import asyncio
import contextlib
from collections.abc import Callable

from controller.chronicle import Chronicle
from controller.device_time import DeviceTime
from controller.guard_link import GuardLink
from controller.heating import Heating, Standing
from controller.questions import Questions
from controller.records.entry import Entry, Sample
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Event, Report, Status, Stop

SAMPLE_S = 1.0
TICK_S = 0.1
#: A living guard sends a status every 0.1 s; after this many real seconds of silence it is lost.
SILENT_S = 1.0
#: After a connection, statuses to wait before old sessions are judged: the guard's events come first.
_SETTLED = 10
#: Real seconds that a clean exit may take to see the session's end on disk.
_SETTLE_S = 1.0


class GuardSide:
    """The link, the session, and the log of both. ``run`` until cancelled.

    Attributes:
        link: to the guard.
        chronicle: brings the guard's events into the log.
        heating: the session.
        status: the guard's newest, None while it is lost.
    """

    def __init__(
        self,
        standing: Standing,
        *,
        runtime_dir: str,
        device_id: str,
        recorder: Recorder,
        time: DeviceTime,
        on_tick: Callable[[Status], None],
        on_lost: Callable[[], None],
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> None:
        """Wire the parts; nothing happens before ``run``.

        Args:
            standing: what the settings say about a start.
            runtime_dir: the folder of the guard's socket.
            device_id: of this pack.
            recorder: the safety log, open before ``run``.
            time: follows the guard's clock.
            on_tick: called after each status has been answered.
            on_lost: called when the guard is lost: there is no status and no session any more.
            on_event: called with each event that goes to the log.
        """
        self.status: Status | None = None
        self._time = time
        self._recorder = recorder
        self._on_tick = on_tick
        self._on_lost = on_lost
        self._on_event = on_event
        self._ticks = 0
        self._sampled: tuple[str, float] = ("", 0.0)
        self._questions = Questions()
        self.link = GuardLink(runtime_dir, device_id, on_report=self._hear, on_lost=self._lose)
        self.chronicle = Chronicle(recorder, self.link)
        self.heating = Heating(
            standing,
            link=self.link,
            recorder=recorder,
            chronicle=self.chronicle,
            now=time.now,
            status=lambda: self.status,
        )

    async def run(self) -> None:
        """Serve until cancelled. The guard ends a running session when the link closes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run())
            group.create_task(self.chronicle.run())
            group.create_task(self._watch())

    async def settle(self) -> None:
        """After a stop: give the session's end a moment to reach the log."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                while self.status is not None and self.status.session is not None:
                    await asyncio.sleep(_SETTLE_S / 50)
                await self.chronicle.drain()

    def _hear(self, report: Report) -> None:
        if isinstance(report, Status):
            self._tick(report)
        elif isinstance(report, Event):
            self.chronicle.hear(report)
            self._on_event(report)

    def _tick(self, status: Status) -> None:
        if self.status is not None and self._time.silent_s() > SILENT_S:
            # This process was stopped or hung: what was counting down or pressed meanwhile is past.
            self._lose()
        self._time.hear(Instant(status.mono_s, status.wall_s))
        self.status = status
        active = self.heating.active
        asked = self._questions.hear(status, 0.0 if active is None else active.duty)
        if asked is not None:
            self._recorder.note(asked)
        if active is not None:
            demand = active.tick(status)
            if demand is not None:
                self.link.send(demand)
            elif active.granted:
                self.heating.drop()  # the guard has ended it; its event says why
        if status.session is not None and (active is None or active.id != status.session.session_id):
            self.link.send(Stop("not asked for"))
        self._ticks += 1
        if self._ticks == _SETTLED:
            self.chronicle.sweep(status.session.session_id if status.session else None, self._time.now())
        self._watch_battery(status)
        self._sample(status)
        self._on_tick(status)

    def _watch_battery(self, status: Status) -> None:
        battery, session = self.heating.battery, status.session
        warning = None if battery is None else battery.hear(status)
        if warning is not None:
            session_id = None if session is None else session.session_id
            data = {"supply_v": status.supply_v}
            self._recorder.note(
                Entry(status.wall_s, status.mono_s, "warning", "battery_low", warning, session_id, data)
            )

    def _sample(self, status: Status) -> None:
        session = status.session
        if session is None or session.elapsed_s <= 0.0:
            return
        last_id, last_s = self._sampled
        if last_id == session.session_id and session.elapsed_s - last_s < SAMPLE_S - TICK_S / 2:
            return
        self._sampled = (session.session_id, session.elapsed_s)
        self._recorder.sample(
            Sample(
                session.session_id,
                round(session.elapsed_s, 1),
                status.temperature_c,
                session.target_c,
                status.duty,
                status.heater,
                status.dose_cem43,
            )
        )

    def _lose(self) -> None:
        self.status = None
        self._ticks = 0
        self.heating.drop()
        self._on_lost()

    async def _watch(self) -> None:
        """Notice a guard that hangs."""
        while True:
            await asyncio.sleep(SILENT_S / 4)
            if self.status is not None and self._time.silent_s() > SILENT_S:
                self._lose()
