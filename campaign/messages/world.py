"""A controller between its messages and a guard that grants whatever it is asked for.

So what keeps a start away is the controller alone. Time is simulated; nothing touches a disk.
"""

import asyncio
import json
import random
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, cast

from campaign.messages.book import Book
from campaign.messages.inventing import Inventor, Said
from config.limits import Limits
from controller.chronicle import Chronicle
from controller.control.law import gains
from controller.control.pad_controller import ControlPlan
from controller.control.pad_model import PadModel
from controller.guard_link import GuardLink
from controller.heating import Heating, Standing
from controller.mqtt.commands import CommandGate
from controller.mqtt.inbound import Incoming
from controller.mqtt.messages import PreparedState, ResultMessage
from controller.orders import Orders
from controller.post_session import PostSession
from controller.records.entry import Entry, SessionRow
from controller.records.log import Recorder
from controller.session import Phase
from controller.telemetry import state_message
from hardware.clock import Instant
from hardware.link import Answer, DayStatus, FaultStatus, Request, SensorStatus, SessionStatus, Start, Status

#: Short, so that many a countdown reaches its end between all those messages.
STRETCH_S, WINDOW_S = 3.0, 2.0
_PAD = PadModel(667.0)
_CONTROL = ControlPlan(_PAD, gains(_PAD, tuned=False), (0.057,), 5.0)
_DEFAULT, _AFTER = (40.0, 480.0), (39.0, 360.0)
_WALL_S = 1_800_000_000.0
_SETTLE = 12
_IDLE = Status(
    tick=1,
    mono_s=0.0,
    wall_s=0.0,
    temperature_c=33.0,
    sensors=(SensorStatus(33.0),),
    duty=0.0,
    heater=False,
    session=None,
    dose_cem43=0.0,
    energy_j=0.0,
    day=DayStatus(0, 0.0, 0.0),
    ready_at_wall_s=None,
    notice=None,
    fault=None,
)
_FAULT = FaultStatus("sensor_open", "Sensor 1 is open", 0.0, True)


@dataclass(slots=True)
class Ran:
    """What became of a run."""

    messages: int
    starts: int
    #: Of these, after a session of another device.
    after_sessions: int
    refused: dict[str, int]
    mistakes: list[str]


class World:
    """Link, log and phone in one; the orders between them are the real ones."""

    def __init__(self, seed: int) -> None:
        """``seed`` decides messages and moods."""
        self.now_s = 1000.0
        self.book = Book(STRETCH_S, WINDOW_S, _DEFAULT, _AFTER)
        self.gate = CommandGate()
        self.starts = self.after_sessions = 0
        self.fault: str | None = None
        self._chance = random.Random(f"moods of {seed}")
        self._inventor = Inventor(seed, lambda: _WALL_S + self.now_s)
        self._status: Status | None = _IDLE
        self._session_ends_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        standing = Standing(*_DEFAULT, *_AFTER, Limits(), _CONTROL, {}, "campaign")
        link, recorder = cast(GuardLink, self), cast(Recorder, self)
        self._heating = Heating(
            standing,
            link=link,
            recorder=recorder,
            chronicle=Chronicle(recorder, link),
            now=self._now,
            status=lambda: self._status,
        )
        self._orders = Orders(
            standing,
            heating=self._heating,
            link=link,
            recorder=recorder,
            gate=self.gate,
            countdown=PostSession(STRETCH_S, WINDOW_S),
            results=self,
            now=self._now,
            status=lambda: self._status,
            spawn=self._spawn,
            unix_s=lambda: _WALL_S + self.now_s,
            monotonic_s=lambda: self.now_s,
        )

    async def run(self, messages: int, *, to_first_mistake: bool = False) -> Ran:
        """Hear so many messages.

        Raises:
            Exception: whatever the controller did not expect.
        """
        for number in range(messages):
            if number % 50 == 0:
                self._change_mood()
            said = self._inventor.next()
            await self._hear(said)
            await self._pass(said.then_s)
            if to_first_mistake and self.book.mistakes:
                break
        return Ran(number + 1, self.starts, self.after_sessions, dict(self.gate.refused), self.book.mistakes)

    async def _hear(self, said: Said) -> None:
        unix_s = _WALL_S + self.now_s
        self.book.hear(said, self.now_s, unix_s)
        incoming = Incoming(said.topic, said.payload, said.retained, unix_s, expiry_s=said.expiry_s)
        (self._orders.command if said.topic == "command" else self._orders.trigger)(incoming)
        await self._settle()

    async def _pass(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + 1.0)
            status = self._status
            if status is not None and status.session is not None and self.now_s >= self._session_ends_s:
                self._status = replace(status, session=None)
                self._heating.drop()  # as the daemon does at the next status
            self._orders.tick()
            await self._settle()

    def _change_mood(self) -> None:
        """Now and then the guard is lost or latched, or the disk is full."""
        if self._status is not None and self._status.session is not None:
            return
        self.fault = "The disk is full" if self._chance.random() < 0.05 else None
        before = self._status
        self._status = self._chance.choices((_IDLE, None, replace(_IDLE, fault=_FAULT)), (90, 5, 5))[0]
        if before is not None and self._status is None:
            self._orders.guard_lost()

    async def _settle(self) -> None:
        for _ in range(_SETTLE):
            await asyncio.sleep(0)
            if all(task.done() for task in self._tasks):
                break
        done = {task for task in self._tasks if task.done()}
        self._tasks -= done
        for task in done:
            task.result()
        orders, now = self._orders, self._now()
        prepared = PreparedState(target_c=orders.prepared.target_c, duration_s=orders.prepared.duration_s)
        state_message(
            now,
            Phase.IDLE,
            self._status,
            self._heating.active,
            orders.starts_in_s(),
            self.gate.refused,
            prepared,
        ).payload()

    def _now(self) -> Instant:
        return Instant(self.now_s, _WALL_S + self.now_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(work))

    # --- the guard's link ---------------------------------------------------------------------------

    def send(self, request: Request) -> bool:
        """Stop at once; whatever else is sent is no matter of messages."""
        if type(request).__name__ == "Stop" and self._status is not None:
            self._status = replace(self._status, session=None)
        return True

    async def ask(self, request_id: str, request: Request) -> Answer | None:
        """Grant everything, and have each start judged."""
        if isinstance(request, Start) and self._status is not None:
            busy = self._status.session is not None
            self.book.started(request.origin, request.target_c, request.duration_s, self.now_s, busy)
            self.starts += 1
            self.after_sessions += request.origin == "post_session"
            running = SessionStatus(
                request.session_id, request.origin, request.target_c, request.duration_s, 0.0, 1.0, 9.0, False
            )
            self._status = replace(self._status, session=running)
            self._session_ends_s = self.now_s + self._chance.uniform(0.0, 20.0)
        return Answer(request_id, True, "ok", "Granted")

    # --- the log ------------------------------------------------------------------------------------

    async def open_session(self, row: SessionRow, entry: Entry) -> int:
        """Pretend that it is on disk."""
        self.book.recorded(row.origin, row.trigger_id)
        self.note(entry)
        return 1

    def note(self, entry: Entry) -> None:
        """Check that it could be written."""
        json.dumps(dict(entry.data), allow_nan=False)
        f"{entry.kind}{entry.code}{entry.message}".encode("utf-8", "replace")

    async def read(self, ask: object) -> tuple[()]:
        """There are no sessions yet."""
        return ()

    # --- the phone ----------------------------------------------------------------------------------

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        """Check that it is an answer: JSON, small, with a sentence."""
        payload = message.payload()
        answer = json.loads(payload)
        if len(payload) > 4096 or not answer["code"] or not answer["message"]:
            self.book.mistakes.append(f"no fit answer: {payload[:200]!r}")
