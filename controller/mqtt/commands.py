"""Which commands count: freshness, de-duplication, and limits. Pure: time is an input.

A stop always counts. A start or a reset counts once, and only as a fresh message: one that a broker
kept, that was late on its way, or that was answered before must not heat anybody now.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from config.limits import SESSION_MIN_S, TARGET_MIN_C, Limits
from controller.mqtt.inbound import Command, Incoming, PrepareCommand, StartCommand, StopCommand, Trigger
from controller.mqtt.messages import ResultMessage

#: CONTRACT: older than this by its ``issued_at``, a command is stale.
MAX_AGE_S = 10.0
#: Further ahead than this, the sender's clock is wrong and its age cannot be judged.
MAX_AHEAD_S = 10.0
MAX_ANSWERS = 256
MAX_SPENT_IDS = 4096
MAX_WAITING = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a code for programs and a sentence for a person."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """The id is known. ``result`` is its first answer, or None while that is still to come."""

    result: ResultMessage | None


@dataclass(slots=True)
class _Answer:
    result: ResultMessage | None
    issued_at: float | None
    waiting: list[Incoming] = field(default_factory=list)


class CommandGate:
    """Remembers which commands were seen, and refuses what is not fresh.

    The first answers to the last ``MAX_ANSWERS`` ids are kept, and after those the bare ids of
    ``MAX_SPENT_IDS`` more, which are refused instead of answered again. An id is forgotten for good only
    if its ``issued_at`` has become stale, or when that many newer ids have been seen; so a replay never
    starts a session within that window, and the ids in the log are taken over at start-up (``preload``).
    """

    def __init__(self) -> None:
        """Start with nothing known."""
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._spent: OrderedDict[str, None] = OrderedDict()
        #: Refused commands by code; ``refused.total()`` is the figure for the state.
        self.refused: Counter[str] = Counter()

    def preload(self, known: Mapping[str, ResultMessage | None]) -> None:
        """Take over ids that an earlier run has answered, oldest first; None if the answer is lost."""
        for id, result in known.items():
            if result is None:
                self._spend(id)
            else:
                self._keep(id, _Answer(result, None), 0.0)

    def count(self, code: str) -> None:
        """Count a refusal that never came to be judged, e.g. a malformed payload."""
        self.refused[code] += 1

    def judge(self, command: Command, incoming: Incoming, now_s: float) -> Refusal | Repeat | None:
        """Judge one command. None means: go ahead.

        What becomes of it, be it refused here or later, goes into ``remember``, once. Only a
        ``Repeat`` does not: it has been answered, or will be with the first one.

        Args:
            command: what was parsed.
            incoming: how it arrived; kept, to be answered later, if it repeats a pending command.
            now_s: real Unix seconds.
        """
        if isinstance(command, StopCommand):
            return None
        if incoming.retained:
            return judge_freshness(command, incoming, now_s)
        if command.id is not None:
            known = self._known(command.id, incoming)
            if known is not None:
                return known
            self._keep(command.id, _Answer(None, command.issued_at), now_s)
        return judge_freshness(command, incoming, now_s)

    def remember(self, id: str | None, result: ResultMessage) -> tuple[Incoming, ...]:
        """Keep the first answer to a judged command, and count it if it is a refusal.

        Returns:
            The repeats that arrived while it was pending: answer each with ``as_repeat(result)``.
        """
        if not result.accepted:
            self.count(result.code)
        answer = None if id is None else self._answers.get(id)
        if answer is None or answer.result is not None:
            return ()
        answer.result = result
        waiting, answer.waiting = tuple(answer.waiting), []
        return waiting

    def _known(self, id: str, incoming: Incoming) -> Refusal | Repeat | None:
        if id in self._spent:
            return Refusal("repeat", "This command was answered before: send a new one with a new id")
        answer = self._answers.get(id)
        if answer is None:
            return None
        self.count("repeat")
        if answer.result is None:
            if len(answer.waiting) < MAX_WAITING:
                answer.waiting.append(incoming)
            return Repeat(None)
        return Repeat(as_repeat(answer.result))

    def _keep(self, id: str, answer: _Answer, now_s: float) -> None:
        self._answers[id] = answer
        while len(self._answers) > MAX_ANSWERS:
            oldest, gone = self._answers.popitem(last=False)
            if gone.issued_at is None or now_s - gone.issued_at <= MAX_AGE_S:
                self._spend(oldest)

    def _spend(self, id: str) -> None:
        self._spent[id] = None
        while len(self._spent) > MAX_SPENT_IDS:
            self._spent.popitem(last=False)


def as_repeat(result: ResultMessage) -> ResultMessage:
    """Return the answer marked as given before."""
    return result.model_copy(update={"repeat": True})


def judge_freshness(message: Command | Trigger, incoming: Incoming, now_s: float) -> Refusal | None:
    """Judge only whether the message is new. ``now_s`` is real Unix seconds."""
    word = f'"{message.event}"' if isinstance(message, Trigger) else message.action
    if incoming.retained:
        return Refusal(
            "retained", f"The broker kept this {word}, so it may be old: send it without the retain flag"
        )
    if incoming.expiry_s is not None and now_s - incoming.received_wall_s >= incoming.expiry_s:
        return Refusal("expired", f"This {word} has passed its own expiry: send it again")
    if message.issued_at is None:
        return None
    age_s = now_s - message.issued_at
    if age_s > MAX_AGE_S:
        return Refusal(
            "stale", f"This {word} is {_span(age_s)} old, at most {MAX_AGE_S:g} s is allowed: send anew"
        )
    if age_s < -MAX_AHEAD_S:
        return Refusal(
            "clock_skew",
            f"This {word} was issued {_span(-age_s)} ahead of the pack's clock, "
            f"at most {MAX_AHEAD_S:g} s are allowed: check both clocks",
        )
    return None


def _span(seconds: float) -> str:
    for limit, unit_s, unit in ((120, 1, "s"), (7200, 60, "minutes"), (172800, 3600, "hours")):
        if seconds < limit:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds / 86400:.3g} days"


# --- limits ---------------------------------------------------------------------------------------


class HeatDefaults(Protocol):
    """``[heat]``: what a start without its own values means. °C and seconds."""

    @property
    def target_c(self) -> float:
        """Target in °C."""
        ...

    @property
    def duration_s(self) -> float:
        """Duration in seconds."""
        ...


def judge_start(
    command: StartCommand | PrepareCommand, heat: HeatDefaults, limits: Limits
) -> tuple[float, float] | Refusal:
    """Fill in the defaults and judge the values against the limits. Nothing is clamped.

    Returns:
        Target in °C and duration in seconds, or why not.
    """
    target_c = heat.target_c if command.target_c is None else command.target_c
    duration_s = heat.duration_s if command.duration_s is None else command.duration_s
    if not TARGET_MIN_C <= target_c <= limits.target_max_c:
        return Refusal(
            "out_of_range", f"Target {target_c:g} °C is outside {TARGET_MIN_C:g}–{limits.target_max_c:g} °C"
        )
    if not SESSION_MIN_S <= duration_s <= limits.session_max_s:
        return Refusal(
            "out_of_range",
            f"Duration {duration_s / 60:.3g} min is outside "
            f"{SESSION_MIN_S / 60:g}–{limits.session_max_s / 60:g} min",
        )
    return target_c, duration_s
