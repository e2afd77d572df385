"""What people, other programs and the countdown want: judged, carried out, answered and noted.

Here are the rules that need the message itself. A wish for heat goes to ``controller.heating``.
"""

import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from controller.guard_link import GuardLink
from controller.heating import Heating, Standing, Verdict, Wish, refused
from controller.mqtt.commands import CommandGate, Refusal, Repeat, as_repeat, judge_start
from controller.mqtt.inbound import (
    BadMessage,
    Command,
    Incoming,
    ResetCommand,
    StartCommand,
    StopCommand,
)
from controller.mqtt.messages import ResultMessage
from controller.mqtt.parsing import parse_command, parse_trigger
from controller.post_session import Cause, Change, Outcome, PostSession
from controller.records.entry import Entry
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Reset, Status, Stop

#: Malformed messages are answered one by one, but the log takes only one note of them in this time.
_NOISE_EVERY_S = 10.0


class Results(Protocol):
    """Where answers go: ``controller.mqtt.client.Bridge``."""

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        """Publish an answer."""
        ...


class Orders:
    """Takes messages as callbacks, answers them on ``results``. All methods belong to one event loop."""

    def __init__(
        self,
        standing: Standing,
        *,
        heating: Heating,
        link: GuardLink,
        recorder: Recorder,
        gate: CommandGate,
        countdown: PostSession | None,
        results: Results,
        now: Callable[[], Instant],
        status: Callable[[], Status | None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """Wire it up.

        Args:
            standing: defaults and limits.
            heating: carries wishes for heat through.
            link: to the guard.
            recorder: the safety log.
            gate: freshness and repetition.
            countdown: the post-session countdown, or None if it is off.
            results: where answers go.
            now: device time.
            status: the guard's newest status, None while it is lost.
            spawn: runs a coroutine as a task of the daemon.
        """
        self.countdown = countdown
        self.gate = gate
        self._stops = 0
        #: Wishes of the button and the countdown that still wait for the guard's and the disk's consent.
        self.beginning = 0
        self._standing = standing
        self._heating = heating
        self._link = link
        self._recorder = recorder
        self._results = results
        self._now = now
        self._status = status
        self._spawn = spawn
        self._noise_s = -_NOISE_EVERY_S

    # --- what comes in ----------------------------------------------------------------------------

    def command(self, incoming: Incoming) -> None:
        """Take a message of the command topic. An empty one only clears what the broker has kept."""
        if not incoming.payload:
            return
        try:
            command = parse_command(incoming.payload)
        except BadMessage as bad:
            self.gate.count(bad.code)
            self._note_noise(bad)
            self._results.result(self._result(bad.id, bad.action, refused(bad.code, bad.sentence)), incoming)
            return
        if isinstance(command, StopCommand):
            self._finish(command, incoming, self.stop(f"{command.origin}"))
            return
        judged = self.gate.judge(command, incoming, time.time())
        if isinstance(judged, Repeat):
            if judged.result is not None:
                self._results.result(judged.result, incoming)
        elif isinstance(judged, Refusal):
            self._finish(command, incoming, refused(judged.code, judged.message))
        else:
            self._spawn(self._carry_out(command, incoming, self._stops))

    def trigger(self, incoming: Incoming) -> None:
        """Take a message of the post-session topic."""
        if self.countdown is None or not incoming.payload:
            return
        try:
            trigger = parse_trigger(incoming.payload)
        except BadMessage as bad:
            self.gate.count(bad.code)
            self._note_noise(bad)
            return
        cause = Cause(trigger.event)
        if cause is Cause.RELEASED and (why := self._no_countdown()) is not None:
            self._note("post_session", why.code, why.message, {"session_id": trigger.session_id})
            return
        now_s = self._now().mono_s
        outcome = self.countdown.handle(cause, now_s, trigger.session_id, retained=incoming.retained)
        if cause is Cause.CANCELLED and trigger.session_id is not None and not incoming.retained:
            # Noted for the next run as well: its release may still be on the way.
            self._note("post_session", "cancelled", outcome.message, {"session_id": trigger.session_id})
            return
        self._note_countdown(outcome)

    def button(self) -> None:
        """A short press on the pack itself."""
        wish = Wish("button", self._standing.target_c, self._standing.duration_s)
        self._begin(wish)

    def tick(self) -> None:
        """Let the countdown pass; called with every status."""
        if self.countdown is None:
            return
        outcome = self.countdown.step(self._now().mono_s)
        if outcome is None:
            return
        self._note_countdown(outcome)
        if outcome.change is Change.FIRE:
            s = self._standing
            wish = Wish("post_session", s.post_target_c, s.post_duration_s, None, outcome.session_id)
            self._begin(wish)

    def guard_lost(self) -> None:
        """Nobody heats any more; what was counting down must not start later by surprise."""
        self._heating.drop()
        self._cancel_countdown()

    def stop(self, who: str) -> Verdict:
        """Stop everything, at once and always; also what was asked for before and has not begun."""
        self._stops += 1
        session = None if self._heating.active is None else self._heating.active.id
        self._cancel_countdown()
        self._heating.drop()
        sent = self._link.send(Stop(who))
        status = self._status()
        if status is None or not sent:
            return Verdict(True, "ok", "Stopped: the guard gives no heat without this controller", session)
        if status.session is None:
            return Verdict(True, "ok", "The heater is off", session)
        return Verdict(True, "ok", "Stopped, the heater is off", session)

    def starts_in_s(self) -> float | None:
        """Seconds until the countdown heats, or None."""
        return None if self.countdown is None else self.countdown.starts_in_s(self._now().mono_s)

    # --- carrying out -----------------------------------------------------------------------------

    async def _carry_out(self, command: Command, incoming: Incoming, stops: int) -> None:
        if isinstance(command, ResetCommand):
            self._finish(command, incoming, await self._reset())
        elif isinstance(command, StartCommand):
            values = judge_start(command, self._standing, self._standing.limits)
            if isinstance(values, Refusal):
                verdict = refused(values.code, values.message)
            else:
                verdict = await self._start(Wish(command.origin, *values, command.area), stops)
            self._finish(command, incoming, verdict)

    async def _start(self, wish: Wish, stops: int) -> Verdict:
        """Carry out a wish that was made after so many stops. A later stop has overtaken it."""
        if stops != self._stops:
            return refused("stopped", "Stopped before the heat began")
        verdict = await self._heating.start(wish)
        if verdict.accepted:
            self._cancel_countdown()
        return verdict

    async def _reset(self) -> Verdict:
        request_id = secrets.token_hex(8)
        answer = await self._link.ask(request_id, Reset(request_id))
        if answer is None:
            return refused("guard_lost", "The guard does not answer; nothing was reset")
        return Verdict(answer.accepted, answer.code, answer.message)

    def _begin(self, wish: Wish) -> None:
        """Carry out a wish that no message waits for the answer to."""
        self.beginning += 1
        self._spawn(self._start_and_note(wish, self._stops))

    async def _start_and_note(self, wish: Wish, stops: int) -> None:
        try:
            verdict = await self._start(wish, stops)
        finally:
            self.beginning -= 1
        self._note("start", verdict.code, verdict.message, {"origin": wish.origin}, verdict.session_id)

    def _no_countdown(self) -> Refusal | None:
        status = self._status()
        if status is None:
            return Refusal("guard_lost", "The guard does not answer, so nothing will be heated")
        if status.fault is not None:
            return Refusal("fault", f"Locked: {status.fault.message}")
        if status.session is not None or self._heating.busy:
            return Refusal("heating", "A session is running; it is not lengthened or changed")
        return None

    def _cancel_countdown(self) -> None:
        if self.countdown is not None and self.starts_in_s() is not None:
            self._note_countdown(self.countdown.handle(Cause.STOP, self._now().mono_s))

    # --- answering and noting ---------------------------------------------------------------------

    def _finish(self, command: Command, incoming: Incoming, verdict: Verdict) -> None:
        result = self._result(command.id, command.action, verdict)
        data = result.model_dump(include={"id", "action", "accepted", "code", "message", "session_id"})
        self._note("command", verdict.code, verdict.message, data, verdict.session_id)
        self._results.result(result, incoming)
        for waiting in self.gate.remember(command.id, result):
            self._results.result(as_repeat(result), waiting)

    def _result(self, id: str | None, action: str, verdict: Verdict) -> ResultMessage:
        return ResultMessage(
            ts=self._now().wall_s,
            id=id,
            action=action,
            accepted=verdict.accepted,
            code=verdict.code,
            message=verdict.message,
            session_id=verdict.session_id,
        )

    def _note_countdown(self, outcome: Outcome) -> None:
        data = {"session_id": outcome.session_id}
        self._note("post_session", outcome.change.value, outcome.message, data)

    def _note_noise(self, bad: BadMessage) -> None:
        now = time.monotonic()
        if now - self._noise_s >= _NOISE_EVERY_S:
            self._noise_s = now
            self._note("message_refused", bad.code, bad.sentence, {"refused": self.gate.refused.total()})

    def _note(
        self, kind: str, code: str, message: str, data: dict[str, Any], session_id: str | None = None
    ) -> None:
        now = self._now()
        self._recorder.note(Entry(now.wall_s, now.mono_s, kind, code, message, session_id, data))
