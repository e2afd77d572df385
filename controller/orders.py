"""What people and other programs want: judged, carried out, answered and noted.

Here are the rules that need the message itself. A wish for heat goes to ``controller.heating``, what
follows a trigger-point session to ``controller.after_session``.
"""

import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from controller.after_session import PRESS_FIRST, AfterSession
from controller.answers import MESSAGES_AT_ONCE, MESSAGES_PER_S, Answers, Results
from controller.guard_link import GuardLink
from controller.heating import Heating, Standing, Verdict, Wish, refused
from controller.mqtt.commands import (
    CommandGate,
    Refusal,
    Repeat,
    judge_freshness,
    judge_start,
)
from controller.mqtt.inbound import (
    BadMessage,
    Command,
    HistoryCommand,
    Incoming,
    PrepareCommand,
    ResetCommand,
    StartCommand,
    StopCommand,
)
from controller.mqtt.pace import Pace
from controller.mqtt.parsing import may_say, parse_command, parse_trigger
from controller.notes import Notes
from controller.past import past_sessions
from controller.post_session import Cause, PostSession
from controller.presence import Presence
from controller.records.entry import StorageError
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Reset, Status, Stop

#: The pad may have a guard all the same: one that serves another controller.
NO_GUARD: Final = (
    "Nothing is asked for any more, but this controller has no guard. Heat ends by itself without a "
    "controller; if the pad stays warm, press the pack's button or unplug it"
)
#: For so long after a stop or a cancel a press of the button starts nothing. Device seconds.
SURE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a start with ``prepared`` means. °C and seconds, within the limits."""

    target_c: float
    duration_s: float


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
        presence: Presence | None = None,
        unix_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
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
            presence: whether a start from afar needs the button; without it, it does not.
            unix_s: real Unix seconds, to judge the age of messages.
            monotonic_s: real monotonic seconds, to judge how many come.
        """
        self.gate = gate
        self.presence = presence or Presence(required=False)
        self.prepared = Prepared(standing.target_c, standing.duration_s)
        self._stops = 0
        self._ended_s = float("-inf")
        #: Wishes of the button and the countdown that still wait for the guard's and the disk's consent.
        self.beginning = 0
        self._standing = standing
        self._heating = heating
        self._link = link
        self._recorder = recorder
        self._now = now
        self._status = status
        self._spawn = spawn
        self._unix_s = unix_s
        self._notes = Notes(recorder, now)
        self._answers = Answers(results, gate=gate, notes=self._notes, now=now, monotonic_s=monotonic_s)
        self._after = AfterSession(
            countdown,
            standing,
            heating=heating,
            presence=self.presence,
            gate=gate,
            notes=self._notes,
            now=now,
            status=status,
            unix_s=unix_s,
            begin=self._begin,
            stop=self.stop,
        )
        # A flood of one kind must not use up what another kind may have, least of all a stop's answer.
        self._commands, self._triggers, self._stop_answers = (
            Pace(MESSAGES_PER_S, MESSAGES_AT_ONCE, monotonic_s) for _ in range(3)
        )

    # --- what comes in ----------------------------------------------------------------------------

    def command(self, incoming: Incoming) -> None:
        """Take a message of the command topic. An empty one only clears what the broker has kept."""
        if not incoming.payload:
            return
        in_pace = self._commands.admits()
        if not in_pace and not may_say(incoming.payload, "stop"):
            return self._answers.pass_over(incoming)
        try:
            command = parse_command(incoming.payload)
        except BadMessage as bad:
            return self._answers.noise(bad, incoming) if in_pace else self._answers.pass_over(incoming)
        if isinstance(command, StopCommand):
            verdict = self.stop(command.origin)
            if self._stop_answers.admits():
                self._answers.finish(command, incoming, verdict)
        elif in_pace:
            self._judge(command, incoming)
        else:
            self._answers.pass_over(incoming)

    def trigger(self, incoming: Incoming) -> None:
        """Take a message of the post-session topic."""
        if self._after.countdown is None or not incoming.payload:
            return
        in_pace = self._triggers.admits()
        if not in_pace and not may_say(incoming.payload, "cancelled"):
            return self._answers.pass_over()
        try:
            trigger = parse_trigger(incoming.payload)
        except BadMessage as bad:
            return self._answers.noise(bad) if in_pace else self._answers.pass_over()
        if in_pace:
            self._after.take(trigger, incoming)
        elif trigger.event == "cancelled":
            self._after.take_cancel(trigger, retained=incoming.retained)
        else:
            self._answers.pass_over()

    def button(self) -> None:
        """A short press on the pack itself: ends what is on its way to heat, else starts heat."""
        now_s = self._now().mono_s
        means_more = self.presence.press(now_s)
        if self.beginning or self._heating.busy:
            # The guard stops a session that it has as the button goes down: this press was before that.
            self._notes.add("button", "stopped", "Stopped before the heat began", {})
            self.stop("button")
        elif not means_more:
            message = "Somebody is with the pack: a start from afar is taken for two minutes"
            self._notes.add("button", "present", message, {})
        elif self.starts_in_s() is not None:
            self._after.cancel(Cause.CANCELLED)
        elif now_s < max(self._ended_s, self._after.ended_s) + SURE_S:
            # Whoever presses again to be sure, or together with a phone's stop, does not want heat.
            self._ended_s = now_s
            message = f"Ended a moment ago: to start heat, wait {SURE_S:g} s and press again"
            self._notes.add("button", "ended", message, {})
        else:
            self._begin(Wish("button", self._standing.target_c, self._standing.duration_s))

    def tick(self) -> None:
        """Let the countdown pass; called with every status."""
        self._after.tick()

    def guard_lost(self) -> None:
        """Nobody heats any more; what was counting down must not start later by surprise."""
        self._heating.drop()
        self._after.cancel()
        self.presence.forget()

    def stop(self, who: str) -> Verdict:
        """Stop everything, at once and always; also what was asked for before and has not begun."""
        self._stops += 1
        self._ended_s = self._now().mono_s
        session = None if self._heating.active is None else self._heating.active.id
        self._after.cancel()
        self._heating.drop()
        sent = self._link.send(Stop(who))
        status = self._status()
        if status is None or not sent:
            return Verdict(True, "ok", NO_GUARD, session)
        if status.session is None:
            return Verdict(True, "ok", "The heater is off", session)
        return Verdict(True, "ok", "Stopped, the heater is off", session)

    def starts_in_s(self) -> float | None:
        """Seconds until the countdown heats, or None."""
        return self._after.starts_in_s()

    # --- carrying out -----------------------------------------------------------------------------

    def _judge(self, command: Command, incoming: Incoming) -> None:
        now_s = self._unix_s()
        if isinstance(command, PrepareCommand | HistoryCommand):
            stale = judge_freshness(command, incoming, now_s)
            if stale is not None:
                self._answers.tell(command, incoming, refused(stale.code, stale.message))
            elif isinstance(command, PrepareCommand):
                self._answers.tell(command, incoming, self._prepare(command))
            else:
                self._spawn(self._tell_past(command, incoming))
            return
        judged = self.gate.judge(command, incoming, now_s)
        if isinstance(judged, Repeat):
            if judged.result is not None:
                self._answers.repeat(judged.result, incoming)
        elif isinstance(judged, Refusal):
            self._answers.finish(command, incoming, refused(judged.code, judged.message))
        else:
            self._spawn(self._carry_out(command, incoming, self._stops))

    async def _carry_out(self, command: Command, incoming: Incoming, stops: int) -> None:
        if isinstance(command, ResetCommand):
            self._answers.finish(command, incoming, await self._reset())
        elif isinstance(command, StartCommand):
            defaults = self.prepared if command.prepared else self._standing
            values = judge_start(command, defaults, self._standing.limits)
            if isinstance(values, Refusal):
                verdict = refused(values.code, values.message)
            else:
                verdict = await self._start(Wish(command.origin, *values, command.area), stops)
            self._answers.finish(command, incoming, verdict)

    async def _start(self, wish: Wish, stops: int) -> Verdict:
        """Carry out a wish that was made after so many stops. A later stop or cancel has overtaken it."""
        stands = self._after.hand_over(wish)
        if stops != self._stops or not stands:
            return refused("stopped", "Stopped before the heat began")
        from_afar = wish.origin != "button"
        # Who is told to press while it heats would stop it by that: then the other reason goes first.
        if from_afar and not self._heating.busy and not self.presence.attended(self._now().mono_s):
            return refused("presence_required", PRESS_FIRST)
        verdict = await self._heating.start(wish)
        if verdict.accepted:
            self._after.cancel()
        return verdict

    async def _reset(self) -> Verdict:
        request_id = secrets.token_hex(8)
        answer = await self._link.ask(request_id, Reset(request_id))
        if answer is None:
            return refused("guard_lost", "The guard does not answer; nothing was reset")
        return Verdict(answer.accepted, answer.code, answer.message)

    def _prepare(self, command: PrepareCommand) -> Verdict:
        values = judge_start(command, self.prepared, self._standing.limits)
        if isinstance(values, Refusal):
            return refused(values.code, values.message)
        self.prepared = Prepared(*values)
        minutes = self.prepared.duration_s / 60
        return Verdict(True, "ok", f"Prepared: {self.prepared.target_c:g} °C for {minutes:.3g} minutes")

    async def _tell_past(self, command: HistoryCommand, incoming: Incoming) -> None:
        try:
            found = await past_sessions(self._recorder, command.count)
        except StorageError as error:
            self._answers.tell(command, incoming, refused("storage_failed", str(error)))
        else:
            verdict = Verdict(True, "ok", f"The last {len(found)} sessions" if found else "No sessions yet")
            self._answers.tell(command, incoming, verdict, found)

    def _begin(self, wish: Wish) -> None:
        """Carry out a wish that no message waits for the answer to."""
        self.beginning += 1
        self._spawn(self._start_and_note(wish, self._stops))

    async def _start_and_note(self, wish: Wish, stops: int) -> None:
        try:
            verdict = await self._start(wish, stops)
        finally:
            self.beginning -= 1
        if not verdict.accepted:
            self.gate.count(verdict.code)
        self._notes.add("start", verdict.code, verdict.message, {"origin": wish.origin}, verdict.session_id)
