"""From a wish for heat to a session that heats: asked of the guard, on disk in the log, then warm.

Phone, countdown and button all come through ``start``. The guard has the last word on each wish;
here are only the rules that need the log.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.limits import Limits
from controller.active import ActiveSession, Law
from controller.battery import Battery, BatteryLevels
from controller.chronicle import Chronicle
from controller.control.pad_controller import ControlPlan, PadController
from controller.guard_link import GuardLink
from controller.records.entry import Entry, SessionRow, StorageError
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Origin, Start, Status, Stop


@dataclass(frozen=True, slots=True)
class Standing:
    """What the settings say about a start. ``record`` is what the log keeps of them.

    ``battery`` is None where no channel sees the pad's supply.
    """

    target_c: float
    duration_s: float
    post_target_c: float
    post_duration_s: float
    limits: Limits
    control: ControlPlan
    record: dict[str, Any]
    version: str
    battery: BatteryLevels | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish for heat, from wherever it comes. °C and seconds."""

    origin: Origin
    target_c: float
    duration_s: float
    area: str | None = None
    trigger_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a wish."""

    accepted: bool
    code: str
    message: str
    session_id: str | None = None


def refused(code: str, message: str) -> Verdict:
    """Return the verdict on a wish that is not granted."""
    return Verdict(False, code, message)


class Heating:
    """Has at most one session. ``active`` is it, from the wish to its end.

    ``battery`` has to be told each status; None where no channel sees the pad's supply.
    """

    def __init__(
        self,
        standing: Standing,
        *,
        link: GuardLink,
        recorder: Recorder,
        chronicle: Chronicle,
        now: Callable[[], Instant],
        status: Callable[[], Status | None],
    ) -> None:
        """Wire it up.

        Args:
            standing: limits, control, and what the log keeps of the settings.
            link: to the guard.
            recorder: the safety log.
            chronicle: told of each session whose row is in the log.
            now: device time.
            status: the guard's newest status, None while it is lost.
        """
        self.active: ActiveSession | None = None
        self.battery = None if standing.battery is None else Battery(standing.battery)
        self._standing = standing
        self._link = link
        self._recorder = recorder
        self._chronicle = chronicle
        self._now = now
        self._status = status
        self._one_start = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """Whether a session runs or is about to."""
        return self._one_start.locked() or self.active is not None

    def drop(self) -> None:
        """Demand nothing more: the session was stopped or is over, or the guard is lost."""
        self.active = None

    async def start(self, wish: Wish, law: Law | None = None) -> Verdict:
        """Carry a wish through; return when it heats, or why it does not.

        Args:
            wish: what is wanted.
            law: steers it, new for each wish; without one it is the controller's own.
        """
        if self.busy:
            return refused("heating", "A session is running; it is not lengthened or changed")
        async with self._one_start:
            return await self._start_alone(wish, law or PadController(self._standing.control))

    async def _start_alone(self, wish: Wish, law: Law) -> Verdict:
        if self._status() is None:
            return refused("guard_lost", "The guard does not answer, so nothing can heat")
        if self._recorder.fault is not None:
            return refused("storage_failed", f"The safety log cannot be written: {self._recorder.fault}")
        flat = None if self.battery is None else self.battery.refusal(wish.duration_s)
        if flat is not None:
            return refused("battery_low", flat)
        session_id = secrets.token_hex(8)
        active = ActiveSession(session_id, wish.origin, wish.area, wish.target_c, wish.duration_s, law)
        self.active = active
        async with self._chronicle.opening:
            if self.active is not active:  # stopped while an earlier session was being written
                return refused("stopped", "Stopped before the heat began")
            start = Start(session_id, wish.target_c, wish.duration_s, wish.origin)
            answer = await self._link.ask(session_id, start)
            if answer is None:
                return self._give_up(active, "guard_lost", "The guard does not answer, so nothing can heat")
            if not answer.accepted:
                return self._give_up(active, answer.code, answer.message)
            active.granted = True
            try:
                await self._open(active, wish)
            except StorageError as error:
                return self._give_up(active, "storage_failed", f"The safety log cannot be written: {error}")
            self._chronicle.opened(session_id, wish.target_c)
        if self.active is not active:  # stopped, or ended by the guard, while the log was being written
            return refused("stopped", "Stopped before the heat began")
        active.recorded = True
        return Verdict(True, "ok", answer.message, session_id)

    async def _open(self, active: ActiveSession, wish: Wish) -> None:
        now = self._now()
        row = SessionRow(
            id=active.id,
            origin=wish.origin,
            area=wish.area or "",
            target_c=wish.target_c,
            duration_s=wish.duration_s,
            requested_wall_s=now.wall_s,
            trigger_id=wish.trigger_id,
            settings=self._standing.record,
            version=self._standing.version,
        )
        message = f"Heat to {wish.target_c:g} °C for {wish.duration_s / 60:g} minutes ({wish.origin})"
        data = {"origin": wish.origin, "target_c": wish.target_c, "duration_s": wish.duration_s}
        entry = Entry(now.wall_s, now.mono_s, "session_requested", "ok", message, active.id, data)
        await self._recorder.open_session(row, entry)

    def _give_up(self, active: ActiveSession, code: str, message: str) -> Verdict:
        self._link.send(Stop(code))
        if self.active is active:
            self.active = None
        return refused(code, message)
