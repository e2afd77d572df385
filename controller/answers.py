"""How commands are answered: on MQTT, in the log, and how often."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from controller.heating import Verdict, refused
from controller.mqtt.commands import CommandGate, as_repeat
from controller.mqtt.inbound import BadMessage, Command, Incoming
from controller.mqtt.messages import PastSession, ResultMessage
from controller.mqtt.pace import Pace
from controller.mqtt.parsing import sender_of
from controller.notes import Notes
from controller.past import within_bounds
from hardware.clock import Instant

#: Faster than any person for longer than a moment; beyond it messages are counted and passed over.
MESSAGES_PER_S = 2.0
MESSAGES_AT_ONCE = 20
_TOO_MANY = f"Too many messages: {MESSAGES_PER_S:g} a second are looked into, and every stop. Try again"
#: Of what is passed over, so many a second get an answer that says so.
_TOLD_PER_S = 1.0
#: Malformed messages are answered one by one, but the log takes only one note of them in this time.
_NOISE_EVERY_S = 10.0
#: What changed nothing and was answered so before is noted so often, and then once in this time: with a note
#: for each, a program that does not give up would push the sessions out of a log of bounded size.
_SAME_AT_ONCE, _SAME_EVERY_S = 20, 60.0


class Results(Protocol):
    """Where answers go: ``controller.mqtt.client.Bridge``."""

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        """Publish an answer."""
        ...


@dataclass(slots=True)
class _Same:
    """Answers of one code to one kind of command: how many since the last note."""

    pace: Pace
    unnoted: int = 0


class Answers:
    """Counts every refusal in the gate, and keeps floods out of the outbox and off the disk."""

    def __init__(
        self,
        results: Results,
        *,
        gate: CommandGate,
        notes: Notes,
        now: Callable[[], Instant],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``now`` is device time, ``monotonic_s`` real time, by which floods are judged."""
        self._results = results
        self._gate = gate
        self._notes = notes
        self._now = now
        self._told = Pace(_TOLD_PER_S, 1, monotonic_s)
        self._noise = Pace(1.0 / _NOISE_EVERY_S, 1, monotonic_s)
        self._monotonic_s = monotonic_s
        self._same: dict[tuple[str, str], _Same] = {}

    def finish(self, command: Command, incoming: Incoming, verdict: Verdict) -> None:
        """Answer a command that does something: once, in the log, and to all who repeated it."""
        result = self._result(command.id, command.action, verdict)
        self._note_answer(result)
        self._results.result(result, incoming)
        for waiting in self._gate.remember(command.id, result):
            self._results.result(as_repeat(result), waiting)

    def repeat(self, result: ResultMessage, incoming: Incoming) -> None:
        """Give the first answer once more."""
        self._results.result(result, incoming)

    def tell(
        self,
        command: Command,
        incoming: Incoming,
        verdict: Verdict,
        sessions: tuple[PastSession, ...] | None = None,
    ) -> None:
        """Answer a command that may be repeated without harm: each time anew, and not in the log."""
        if not verdict.accepted:
            self._gate.count(verdict.code)
        result = self._result(command.id, command.action, verdict)
        self._results.result(within_bounds(result.model_copy(update={"sessions": sessions})), incoming)

    def noise(self, bad: BadMessage, incoming: Incoming | None = None) -> None:
        """Refuse what is no message of the contract; answered if it came on ``command``."""
        self._gate.count(bad.code)
        self._note(bad)
        if incoming is not None:
            verdict = refused(bad.code, bad.sentence)
            self._results.result(self._result(bad.id, bad.action, verdict), incoming)

    def pass_over(self, incoming: Incoming | None = None) -> None:
        """Too many came: they are counted, and now and then one is told."""
        self._gate.count("rate_limited")
        if incoming is not None and self._told.admits():
            self._note(BadMessage("rate_limited", _TOO_MANY))
            action, id = sender_of(incoming.payload)
            verdict = refused("rate_limited", _TOO_MANY)
            self._results.result(self._result(id, action, verdict), incoming)

    def _note_answer(self, result: ResultMessage) -> None:
        data = result.model_dump(include={"id", "action", "accepted", "code", "message", "session_id"})
        if not result.accepted or (result.action == "stop" and result.session_id is None):
            key = (result.action, result.code)
            if key not in self._same:
                self._same[key] = _Same(Pace(1.0 / _SAME_EVERY_S, _SAME_AT_ONCE, self._monotonic_s))
            same = self._same[key]
            if not same.pace.admits():
                same.unnoted += 1
                return
            if same.unnoted:
                data["unnoted"], same.unnoted = same.unnoted, 0
        self._notes.add("command", result.code, result.message, data, result.session_id)

    def _note(self, bad: BadMessage) -> None:
        if self._noise.admits():
            data = {"refused": self._gate.refused.total()}
            self._notes.add("message_refused", bad.code, bad.sentence, data)

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
