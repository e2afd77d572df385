"""The controller daemon: every status of the guard is one tick.

A tick answers with a demand first; state and samples follow into bounded queues that it never
waits for (``controller.guard_side``). Commands come in between ticks (``controller.orders``).
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Protocol

from controller.answers import Results
from controller.device_time import DeviceTime
from controller.guard_side import SILENT_S, TICK_S, GuardSide
from controller.heating import Standing
from controller.mqtt.commands import CommandGate
from controller.mqtt.inbound import Incoming
from controller.mqtt.messages import EventMessage, PreparedState, StateMessage
from controller.orders import Orders
from controller.post_session import PostSession
from controller.presence import Presence
from controller.records.entry import Logged
from controller.records.log import Recorder
from controller.session import Event, Phase, advance, observe
from controller.telemetry import state_message, view_of
from hardware.link import Status
from hardware.notify import notify

_log = logging.getLogger(__name__)

#: Device seconds between two publications of the state: while something happens, and otherwise.
BUSY_S = 1.0
CALM_S = 30.0


class Publisher(Results, Protocol):
    """The way to the phone: ``controller.mqtt.client.Bridge``."""

    def state(self, message: StateMessage) -> None:
        """Publish the state."""
        ...

    def event(self, message: EventMessage) -> None:
        """Publish an entry of the log."""
        ...

    async def run(self) -> None:
        """Serve until cancelled."""
        ...


class Daemon:
    """The parts of the controller, wired. ``run`` until cancelled."""

    def __init__(
        self,
        standing: Standing,
        *,
        runtime_dir: str,
        device_id: str,
        recorder: Recorder,
        gate: CommandGate,
        countdown: PostSession | None,
        time: DeviceTime,
        presence: Presence | None = None,
    ) -> None:
        """Wire the parts; ``connect`` gives it its publisher, nothing happens before ``run``."""
        self.phase = Phase.IDLE
        self._time = time
        self._publisher: Publisher | None = None
        self._presses: int | None = None
        self._published: tuple[object, ...] = ()
        self._published_s = float("-inf")
        self._refused = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._guard = GuardSide(
            standing,
            runtime_dir=runtime_dir,
            device_id=device_id,
            recorder=recorder,
            time=time,
            on_tick=self._tick,
            on_lost=self._lose,
        )
        self.heating = self._guard.heating
        self.orders = Orders(
            standing,
            heating=self.heating,
            link=self._guard.link,
            recorder=recorder,
            gate=gate,
            countdown=countdown,
            results=self,
            now=time.now,
            status=lambda: self._guard.status,
            spawn=self._spawn,
            presence=presence,
        )

    def connect(self, publisher: Publisher) -> None:
        """Say where state, events and results go."""
        self._publisher = publisher

    def connection(self, is_up: bool) -> None:
        """Hear that the phone can be reached, or not: what it finds there has to be of this moment."""
        if is_up:
            self._published_s = float("-inf")
            self._publish()

    def result(self, message: Any, reply_to: Incoming | None = None) -> None:
        """Pass an answer on, with the state that it led to."""
        if self._publisher is not None:
            self._publisher.result(message, reply_to)
        self._publish()

    def logged(self, logged: Logged) -> None:
        """Publish an entry that is durable now, with its hash: a copy of it out of the log's reach."""
        entry = logged.entry
        if self._publisher is not None:
            self._publisher.event(
                EventMessage(
                    ts=entry.wall_s,
                    seq=logged.seq,
                    kind=entry.kind,
                    code=entry.code,
                    message=entry.message,
                    session_id=entry.session_id,
                    data=dict(entry.data),
                    hash=logged.hash.hex(),
                )
            )

    async def run(self) -> None:
        """Serve until cancelled. The guard ends a running session when the link closes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._guard.run())
            group.create_task(self._stay_alive())
            if self._publisher is not None:
                group.create_task(self._publisher.run())
            self._publish()
            notify("READY=1")

    async def wind_down(self) -> None:
        """Before ``run`` is cancelled: stop the heat, and give its end a moment to reach the log."""
        self.orders.stop("the controller is shutting down")
        await self._guard.settle()

    # --- the tick ---------------------------------------------------------------------------------

    def _tick(self, status: Status) -> None:
        if self._presses is not None and status.button_presses > self._presses:
            self.orders.button()
        self._presses = status.button_presses
        self.orders.tick()
        self._publish()

    def _publish(self) -> None:
        """Move the phase on, and publish the state if it changed or is due."""
        status, active, now = self._guard.status, self.heating.active, self._time.now()
        starts_in_s = self.orders.starts_in_s()
        if status is None:
            self.phase = advance(self.phase, Event.GUARD_LOST)
        else:
            waits = starts_in_s is not None or (self.phase is Phase.WAITING and self.orders.beginning > 0)
            self.phase = observe(self.phase, view_of(status, waits))
        battery_low = self.heating.battery is not None and self.heating.battery.low
        prepared, present_s = self.orders.prepared, self.orders.presence.left_s(now.mono_s)
        key = (
            self.phase,
            status is None,
            status and status.session and status.session.session_id,
            status and status.fault,
            status and status.notice,
            battery_low,
            prepared,
            present_s is not None,
        )
        refusals = self.orders.gate.refused
        busy = starts_in_s is not None or (status is not None and status.session is not None)
        # What strangers cause is told once a second at most, or a flood of theirs would be one of ours.
        busy = busy or refusals.total() != self._refused
        # Half a tick early is in time: ticks are a little more than 0.1 s apart, and ten of them a second.
        due_s = self._published_s + (BUSY_S if busy else CALM_S) - TICK_S / 2
        if self._publisher is None or (key == self._published and now.mono_s < due_s):
            return
        self._published, self._published_s, self._refused = key, now.mono_s, refusals.total()
        next_start = PreparedState(target_c=prepared.target_c, duration_s=prepared.duration_s)
        self._publisher.state(
            state_message(
                now, self.phase, status, active, starts_in_s, refusals, next_start, present_s, battery_low
            )
        )

    # --- the guard is gone ------------------------------------------------------------------------

    def _lose(self) -> None:
        self._presses = None
        self.orders.guard_lost()
        self._publish()

    async def _stay_alive(self) -> None:
        """Publish when nothing ticks, and tell the watchdog."""
        while True:
            await asyncio.sleep(SILENT_S / 4)
            if self._guard.status is None:
                self._publish()
            notify("WATCHDOG=1")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_survive(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _survive(work: Coroutine[Any, Any, None]) -> None:
    """A command that trips over a mistake of ours must not take a running session down with it."""
    try:
        await work
    except Exception:
        _log.exception("a command could not be carried out")
