"""One session for a trial's sake: asked for, recorded and guarded like any other, steered by the trial."""

import asyncio
import contextlib
import enum
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from config.settings import Settings
from controller.app import standing
from controller.control.hottest import Hottest
from controller.device_time import DeviceTime
from controller.guard_side import GuardSide
from controller.heating import Verdict, Wish
from controller.records.log import Recorder
from controller.tuning.steering import Trial, TrialLaw
from hardware.link import Event, Status, Stop

AREA: Final = "tune"
#: Real seconds in which a living guard has sent a reading.
FIRST_READING_S: Final = 5.0
#: Real seconds for a wish that was overtaken by an interrupt, and for word of why a session ended.
_FAREWELL_S: Final = 1.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending(enum.Enum):
    """How a session for a trial came to its end."""

    OVER = enum.auto()
    REFUSED = enum.auto()
    CUT_SHORT = enum.auto()
    NO_GUARD = enum.auto()
    INTERRUPTED = enum.auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. ``message`` is a sentence; ``session_id`` None: nothing has begun.

    ``supply``: power at full duty over the rated one, None where nothing measures the voltage.
    """

    ending: Ending
    message: str
    session_id: str | None = None
    supply: float | None = None


class TrialSession:
    """Runs a trial once. The caller is the only controller of the state folder."""

    def __init__(
        self,
        settings: Settings,
        trial: Trial,
        *,
        target_c: float,
        duration_s: float,
        speed: float,
        on_status: Callable[[Status], None],
    ) -> None:
        """Prepare.

        Args:
            settings: the pack.
            trial: says how much heat, from tick to tick.
            target_c: for the guard: the trial does not heat further, °C.
            duration_s: the longest that it may take, s.
            speed: device seconds per second, as the guard was started with.
            on_status: called with each status of the running session; an ``OSError`` ends it.
        """
        time = DeviceTime(speed)
        self._wish = Wish("cli", target_c, duration_s, AREA)
        rules = standing(settings)
        hottest = Hottest(rules.control.half_steps_c)
        self._law = TrialLaw(trial, hottest, settings.pad.power_w, settings.pad.supply_v, self._energy_j)
        self._on_status = on_status
        self._recorder = Recorder(settings.paths.state / "log.db", now=time.now)
        self._side = GuardSide(
            rules,
            runtime_dir=str(settings.paths.runtime),
            device_id=settings.device.id,
            recorder=self._recorder,
            time=time,
            on_tick=self._tick,
            on_lost=self._lose,
            on_event=self._hear,
        )
        self._news = asyncio.Event()
        self._lost = False
        self._interrupted = False
        self._blind: OSError | None = None
        self._ends: dict[str | None, Event] = {}

    async def run(self) -> Outcome:
        """Run it. The heater is off when this returns, and the end is in the log if the guard told it.

        Raises:
            OSError: of ``on_status``.
        """
        await self._recorder.open()
        try:
            with self._signals():
                serving = asyncio.create_task(self._side.run())
                serving.add_done_callback(lambda _: self._news.set())
                try:
                    outcome = await self._through(serving)
                finally:
                    serving.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await serving
        finally:
            await self._recorder.close()
        if self._blind is not None:
            raise self._blind
        return outcome

    async def _through(self, serving: asyncio.Task[None]) -> Outcome:
        side = self._side

        def hopeless() -> bool:
            return self._interrupted or serving.done()

        def reads() -> bool:
            return side.status is not None and side.status.temperature_c is not None

        await self._until(lambda: reads() or hopeless(), FIRST_READING_S)
        if self._interrupted:
            return Outcome(Ending.INTERRUPTED, "Interrupted: nothing was heated")
        if side.status is None:
            return Outcome(Ending.NO_GUARD, "The guard does not answer, so nothing was heated")
        self._lost = False
        starting = asyncio.create_task(side.heating.start(self._wish, self._law))
        starting.add_done_callback(lambda _: self._news.set())
        await self._until(lambda: starting.done() or hopeless())
        if not starting.done():
            return await self._withdraw(starting)
        verdict = starting.result()
        if not verdict.accepted:
            ending = Ending.NO_GUARD if verdict.code == "guard_lost" else Ending.REFUSED
            return Outcome(ending, verdict.message)
        session_id = verdict.session_id
        await self._until(lambda: self._law.over or side.heating.active is None or hopeless())
        self._stop()
        await side.settle()
        return await self._conclude(session_id)

    async def _conclude(self, session_id: str | None) -> Outcome:
        if self._interrupted:
            return Outcome(Ending.INTERRUPTED, "Interrupted: the heater is off", session_id)
        if self._lost:
            message = "The guard was lost; it gives no heat without this command"
            return Outcome(Ending.NO_GUARD, message, session_id)
        if self._law.over:
            return Outcome(Ending.OVER, "The trial is over", session_id, self._law.supply)
        await self._until(lambda: session_id in self._ends, _FAREWELL_S)
        end = self._ends.get(session_id)
        if end is None:
            return Outcome(Ending.CUT_SHORT, "The guard ended the session", session_id)
        ending = Ending.OVER if end.code == "completed" else Ending.CUT_SHORT
        message = f"The guard ended the session: {end.message}"
        return Outcome(ending, message, session_id, self._law.supply)

    async def _withdraw(self, starting: asyncio.Task[Verdict]) -> Outcome:
        """Somebody changed their mind before the guard and the disk have answered."""
        self._stop()
        await asyncio.wait({starting}, timeout=_FAREWELL_S)
        starting.cancel()
        await asyncio.wait({starting})
        await self._side.settle()
        return Outcome(Ending.INTERRUPTED, "Interrupted: nothing was heated")

    def _energy_j(self) -> float:
        return 0.0 if self._side.status is None else self._side.status.energy_j

    def _stop(self) -> None:
        self._side.heating.drop()
        tuned = self._law.over and self._law.trial.verdict is None
        self._side.link.send(Stop("tuned" if tuned else "tuning broken off"))

    # --- what comes in ----------------------------------------------------------------------------

    def _tick(self, status: Status) -> None:
        if status.session is not None and self._side.heating.active is not None:
            try:
                self._on_status(status)
            except OSError as error:  # nobody can see any more what the pad does
                self._blind = error
                self._interrupt()
        self._news.set()

    def _lose(self) -> None:
        self._lost = True
        self._news.set()

    def _hear(self, event: Event) -> None:
        if event.kind == "session_ended":
            self._ends[event.session_id] = event
            self._news.set()

    def _interrupt(self) -> None:
        self._interrupted = True
        self._news.set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._interrupt)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    async def _until(self, holds: Callable[[], bool], within_s: float | None = None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
