"""The course of the demo: wait until all is up, ask for heat, strike if asked to, see the end."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable

from config.settings import Settings
from controller.demo import stage
from controller.demo.crew import Crew, DemoError
from controller.demo.phone import Heard, Phone, connect
from controller.demo.plan import Plan
from controller.demo.track import Track
from controller.demo.view import View
from controller.mqtt.messages import EventMessage
from controller.state_words import event_line

#: How often the demo looks, in real seconds.
TICK_S = 0.05
#: Real seconds that a busy machine may take for what takes none.
START_WITHIN_S = 30.0
ANSWER_WITHIN_S = 10.0
#: Such a machine also slows the device's clock down, up to here.
SLOWEST = 5.0
#: After a fault the pack is watched for so many more real seconds: the heat must stay off.
AFTER_FAULT_S = 3.0
GONE_S = 0.5
FROZEN_S = 3.0


class Play:
    """One performance. Broker and guard have been started before."""

    def __init__(self, plan: Plan, settings: Settings, crew: Crew, view: View) -> None:
        """Prepare."""
        self._plan = plan
        self._settings = settings
        self._crew = crew
        self._view = view
        self._track = Track(plan, settings.heat.target_c, settings.limits.resolved().cutoff_c)
        self._phone: Phone | None = None

    async def perform(self) -> Track:
        """Run the session; return what the phone was told.

        Raises:
            DemoError: a process ended, or something did not happen in time.
        """
        track = self._track
        await self._until(self._broker_listens, START_WITHIN_S, "the broker does not listen")
        self._start_controller()
        async with connect(self._settings, track.hear) as self._phone:
            await self._until(
                lambda: track.ready, START_WITHIN_S, "guard and controller do not find each other"
            )
            await self._phone.start(track.target_c, self._plan.duration_s, "neck")
            await self._until(lambda: track.result is not None, ANSWER_WITHIN_S, "the pack gives no answer")
            if track.result is not None and not track.result.accepted:
                raise DemoError(f"the pack refused the start: {track.result.message}")
            await self._see_it_through()
        return track

    async def _see_it_through(self) -> None:
        track, plan = self._track, self._plan
        patience_s = plan.duration_s / plan.speed * SLOWEST + START_WITHIN_S
        if plan.fault is not None and not plan.fault.on_the_pad:
            await self._until(lambda: track.due, patience_s, "the session does not get to its fault")
            await self._break_process(plan.fault.name)
        await self._until(lambda: track.ended is not None, patience_s, "the session does not end")
        if plan.fault is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AFTER_FAULT_S):
                    await self._until(lambda: False, float("inf"), "")
        await self._until(lambda: track.ready and track.idle, START_WITHIN_S, "the pack does not come back")

    async def _break_process(self, name: str) -> None:
        if self._track.ended is not None:
            return
        self._track.strike()
        if name == "controller_lost":
            self._crew.kill("controller")
            await self._pass(GONE_S)
            self._start_controller()
        else:
            self._crew.freeze("guard")
            await self._pass(FROZEN_S)
            self._crew.thaw("guard")

    def _start_controller(self) -> None:
        folder = self._settings.paths.state.parent
        self._crew.start("controller", *stage.daemon("run", self._plan, folder))

    async def _pass(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        await self._until(lambda: time.monotonic() >= end_s, 2 * seconds, "time does not pass")

    async def _until(self, true: Callable[[], bool], within_s: float, problem: str) -> None:
        """Wait, show what there is to see, and notice whoever dies meanwhile."""
        deadline_s = time.monotonic() + within_s
        while not true():
            self._crew.check()
            if self._phone is not None:
                self._phone.check()
            if time.monotonic() > deadline_s:
                raise DemoError(f"{problem} within {within_s:.0f} s. {self._crew.tails()}")
            self._view.show(self._track)
            await asyncio.sleep(TICK_S)
        self._view.show(self._track)

    def _broker_listens(self) -> bool:
        address = stage.LOCALHOST, self._settings.mqtt.port
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0):
            return True
        return False


async def linger(settings: Settings, crew: Crew) -> None:
    """Print what happens until cancelled, and start nothing.

    Raises:
        DemoError: a process ended.
    """

    def hear(heard: Heard) -> None:
        if isinstance(heard, EventMessage):
            print(event_line(heard), flush=True)

    async with connect(settings, hear) as phone:
        while True:
            crew.check()
            phone.check()
            await asyncio.sleep(TICK_S)
