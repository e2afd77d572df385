"""Heat that follows a trigger-point session: its messages, its countdown, and the wish at the end.

The countdown itself is ``controller.post_session``; here it meets the network, the guard and the log.
"""

from collections.abc import Callable

from controller.heating import Heating, Standing, Wish
from controller.mqtt.commands import CommandGate, Refusal, judge_freshness
from controller.mqtt.inbound import Incoming, Trigger
from controller.notes import Notes
from controller.post_session import Cause, Change, Outcome, PostSession
from controller.presence import Presence
from hardware.clock import Instant
from hardware.link import Status

PRESS_FIRST = "Press the pack's button first: a start from afar needs it within the two minutes before"


class AfterSession:
    """Takes triggers; ``begin`` gets the wish for heat. With no countdown it is silent."""

    def __init__(
        self,
        countdown: PostSession | None,
        standing: Standing,
        *,
        heating: Heating,
        presence: Presence,
        gate: CommandGate,
        notes: Notes,
        now: Callable[[], Instant],
        status: Callable[[], Status | None],
        unix_s: Callable[[], float],
        begin: Callable[[Wish], None],
        stop: Callable[[str], object],
    ) -> None:
        """Wire it up; ``countdown`` None is ``[post_session] enabled = false``.

        ``unix_s`` is real Unix seconds, to judge the age of messages. ``stop`` is told who stops.
        """
        self.countdown = countdown
        self._standing = standing
        self._heating = heating
        self._presence = presence
        self._gate = gate
        self._notes = notes
        self._now = now
        self._status = status
        self._unix_s = unix_s
        self._begin = begin
        self._stop = stop
        #: When somebody last ended a countdown or took its wish back, device seconds.
        self.ended_s = float("-inf")
        #: The wish that the countdown has made and that ``hand_over`` has not let go of yet.
        self._made: Wish | None = None
        #: Which session the newest heat follows, if its release said.
        self._heat_of: str | None = None

    def take(self, trigger: Trigger, incoming: Incoming) -> None:
        """Take a trigger. One that the broker kept is ignored, one that is too old is refused.

        What is refused leaves its session unused: whoever meant it may say it again.
        """
        cause, data, retained = Cause(trigger.event), {"session_id": trigger.session_id}, incoming.retained
        why = None if retained or cause is Cause.CANCELLED else self._refusal(trigger, incoming)
        if why is not None:
            self._gate.count(why.code)
            self._notes.add("post_session", why.code, why.message, data)
            return
        outcome = self._handle(trigger, retained)
        if cause is Cause.RELEASED and outcome.change is Change.IGNORED and not retained:
            self._gate.count("repeat")
        if cause is Cause.CANCELLED and trigger.session_id is not None and not retained:
            # Noted for the next run as well: its release may still be on the way.
            self._notes.add("post_session", "cancelled", outcome.message, data)
            return
        self._note(outcome)
        if outcome.change is Change.COUNTING and not self._presence.attended(self._now().mono_s):
            self._notes.add("post_session", "press_button", PRESS_FIRST, data)

    def take_cancel(self, trigger: Trigger, *, retained: bool) -> None:
        """Take one of very many cancels: it counts, but the log only gets what it changed."""
        outcome = self._handle(trigger, retained)
        if outcome.change is Change.ENDED:
            self._note(outcome)

    def _handle(self, trigger: Trigger, retained: bool) -> Outcome:
        if self.countdown is None:
            return Outcome(Change.IGNORED, trigger.session_id, "Nothing follows a trigger-point session here")
        if retained:
            self._gate.count("retained")
        now_s = self._now().mono_s
        outcome = self.countdown.handle(Cause(trigger.event), now_s, trigger.session_id, retained=retained)
        self._remember(outcome)
        if trigger.event == "cancelled" and not retained and self._stop_heat_of(trigger.session_id):
            return Outcome(Change.ENDED, self._heat_of, "Cancelled: the heat after this session is stopped")
        return outcome

    def _stop_heat_of(self, session_id: str | None) -> bool:
        """Stop what this session has led to, not what a person started. Without an id it is any session."""
        active = self._heating.active
        heats = active is not None and active.origin == "post_session"
        is_meant = session_id is None or self._heat_of is None or session_id == self._heat_of
        if not is_meant or not (heats or self._made):
            return False
        self._made, self.ended_s = None, self._now().mono_s
        if heats:
            self._stop("trigger")
        return True

    def hand_over(self, wish: Wish) -> bool:
        """Let go of a wish that is about to be carried out; tell whether it still stands."""
        if wish.origin != "post_session":
            return True
        stands, self._made = wish is self._made, None
        return stands

    def tick(self) -> None:
        """Let the countdown pass."""
        outcome = None if self.countdown is None else self.countdown.step(self._now().mono_s)
        if outcome is None:
            return
        self._note(outcome)
        if outcome.change is Change.FIRE:
            s, self._heat_of = self._standing, outcome.session_id
            self._made = Wish("post_session", s.post_target_c, s.post_duration_s, None, outcome.session_id)
            self._begin(self._made)

    def cancel(self, cause: Cause = Cause.STOP) -> None:
        """Somebody stopped or cancelled, something else heats, or the guard is lost."""
        if self.countdown is not None and self.starts_in_s() is not None:
            outcome = self.countdown.handle(cause, self._now().mono_s)
            self._remember(outcome)
            self._note(outcome)

    def _remember(self, outcome: Outcome) -> None:
        if outcome.change is Change.ENDED:
            self.ended_s = self._now().mono_s

    def starts_in_s(self) -> float | None:
        """Seconds until the countdown heats, or None."""
        return None if self.countdown is None else self.countdown.starts_in_s(self._now().mono_s)

    def _refusal(self, trigger: Trigger, incoming: Incoming) -> Refusal | None:
        late = judge_freshness(trigger, incoming, self._unix_s())
        return self._no_countdown() if late is None and trigger.event == "released" else late

    def _no_countdown(self) -> Refusal | None:
        status = self._status()
        if status is None:
            return Refusal("guard_lost", "The guard does not answer, so nothing will be heated")
        if status.fault is not None:
            return Refusal("fault", f"Locked: {status.fault.message}")
        if status.session is not None or self._heating.busy or self._made is not None:
            return Refusal("heating", "A session is running; it is not lengthened or changed")
        return None

    def _note(self, outcome: Outcome) -> None:
        data = {"session_id": outcome.session_id}
        self._notes.add("post_session", outcome.change.value, outcome.message, data)
