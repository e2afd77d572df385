"""From the end of a trigger-point session to gentle heat: a countdown that a person can cancel.

``released`` gives time to stretch, then a window to cancel, then the heat phase starts. Every session
id gets one countdown, whatever becomes of it: a message that arrives twice, or after a cancel, does
not heat. Time is an input.
"""

import enum
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_USED_IDS = 1024


class Phase(enum.Enum):
    """Where the countdown is."""

    OFF = "off"
    WAITING_STRETCH = "waiting_stretch"
    CANCEL_WINDOW = "cancel_window"


class Cause(enum.Enum):
    """What moves it: the three triggers, a stop from anywhere, and the end of the phase's time."""

    RELEASED = "released"
    STRETCHED = "stretched"
    CANCELLED = "cancelled"
    STOP = "stop"
    ELAPSED = "elapsed"


class Change(enum.Enum):
    """What became of it, for the log and the phone."""

    COUNTING = "counting"
    WINDOW = "window"
    ENDED = "ended"
    FIRE = "fire"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in ``source``, ``cause`` leads to ``target`` and is reported as ``change``."""

    source: Phase
    cause: Cause
    target: Phase
    change: Change


TRANSITIONS: Final = (
    Transition(Phase.OFF, Cause.RELEASED, Phase.WAITING_STRETCH, Change.COUNTING),
    Transition(Phase.WAITING_STRETCH, Cause.STRETCHED, Phase.CANCEL_WINDOW, Change.WINDOW),
    Transition(Phase.WAITING_STRETCH, Cause.ELAPSED, Phase.CANCEL_WINDOW, Change.WINDOW),
    Transition(Phase.WAITING_STRETCH, Cause.CANCELLED, Phase.OFF, Change.ENDED),
    Transition(Phase.WAITING_STRETCH, Cause.STOP, Phase.OFF, Change.ENDED),
    Transition(Phase.CANCEL_WINDOW, Cause.ELAPSED, Phase.OFF, Change.FIRE),
    Transition(Phase.CANCEL_WINDOW, Cause.CANCELLED, Phase.OFF, Change.ENDED),
    Transition(Phase.CANCEL_WINDOW, Cause.STOP, Phase.OFF, Change.ENDED),
)
_TABLE: Final = {(row.source, row.cause): row for row in TRANSITIONS}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trigger or the passing of time did. ``message`` is a sentence; ``session_id`` may be unknown."""

    change: Change
    session_id: str | None
    message: str


class PostSession:
    """The countdown of one pack. Not responsible for whether the heat is allowed when it fires."""

    def __init__(self, stretch_s: float, cancel_window_s: float, used: Iterable[str] = ()) -> None:
        """Start idle.

        Args:
            stretch_s: time to stretch after the release, seconds ≥ 0.
            cancel_window_s: time to cancel after that, seconds ≥ 0.
            used: session ids, oldest first, that had their countdown in an earlier run.
        """
        self._duration_s = {Phase.WAITING_STRETCH: stretch_s, Phase.CANCEL_WINDOW: cancel_window_s}
        self._used: OrderedDict[str, None] = OrderedDict.fromkeys(used)
        self._ends_s = 0.0
        self.phase = Phase.OFF
        self.session_id: str | None = None

    def starts_in_s(self, now_s: float) -> float | None:
        """Return the seconds until heat if nobody cancels, or None without a countdown."""
        if self.phase is Phase.OFF:
            return None
        left_s = max(0.0, self._ends_s - now_s)
        ahead_s = self._duration_s[Phase.CANCEL_WINDOW] if self.phase is Phase.WAITING_STRETCH else 0.0
        return left_s + ahead_s

    def step(self, now_s: float) -> Outcome | None:
        """Let time pass. Call it at every tick, after ``handle``.

        A phase that ended while nobody called begins the next one now, not in the past: after a hang
        the window to cancel is there in full.
        """
        if self.phase is Phase.OFF or now_s < self._ends_s:
            return None
        return self._move(Cause.ELAPSED, self.session_id, now_s)

    def handle(
        self, cause: Cause, now_s: float, session_id: str | None = None, *, retained: bool = False
    ) -> Outcome:
        """Take a trigger or a stop.

        Args:
            cause: ``Cause(trigger.event)``, or ``Cause.STOP``.
            now_s: seconds on the clock that ``step`` uses.
            session_id: which session it is about; without one it is about the one that counts down.
            retained: the broker kept it; such a trigger is ignored.
        """
        if retained:
            return _ignored(session_id, f"A kept (retained) {cause.value} may be old and is ignored")
        if cause is Cause.RELEASED and session_id in self._used and self.phase is Phase.OFF:
            return _ignored(session_id, f"Session {session_id} already had its countdown")
        if cause is Cause.STRETCHED and not self._concerns(session_id):
            return _ignored(session_id, f"Session {session_id} is not the one that counts down")
        if cause is Cause.CANCELLED:
            self._use(session_id)  # a release that is late on its way must not heat any more
        return self._move(cause, session_id, now_s)

    def _concerns(self, session_id: str | None) -> bool:
        return session_id is None or self.session_id is None or session_id == self.session_id

    def _move(self, cause: Cause, session_id: str | None, now_s: float) -> Outcome:
        row = _TABLE.get((self.phase, cause))
        if row is None:
            return _ignored(session_id, _why_ignored(self.phase, cause))
        if row.source is Phase.OFF:
            self.session_id = session_id
            self._use(session_id)
        outcome = Outcome(row.change, self.session_id, self._say(row))
        self.phase = row.target
        if row.target is Phase.OFF:
            self.session_id = None
        else:
            self._ends_s = now_s + self._duration_s[row.target]
        return outcome

    def _use(self, session_id: str | None) -> None:
        if session_id is None:
            return
        self._used[session_id] = None
        if len(self._used) > MAX_USED_IDS:
            self._used.popitem(last=False)

    def _say(self, row: Transition) -> str:
        window_s = self._duration_s[Phase.CANCEL_WINDOW]
        match row.change:
            case Change.COUNTING:
                total_s = self._duration_s[Phase.WAITING_STRETCH] + window_s
                return f"Stretch now; heat starts in {total_s:g} s"
            case Change.WINDOW:
                return f"Heat starts in {window_s:g} s; cancel now if you do not want it"
            case Change.FIRE:
                return "The stretch is over and nobody cancelled: heat"
            case _:
                return "Stopped before the heat" if row.cause is Cause.STOP else "Cancelled before the heat"


def _ignored(session_id: str | None, message: str) -> Outcome:
    return Outcome(Change.IGNORED, session_id, message)


def _why_ignored(phase: Phase, cause: Cause) -> str:
    if phase is Phase.OFF:
        return f"Nothing counts down, so {cause.value} changes nothing"
    if cause is Cause.RELEASED:
        return "A countdown is running already"
    return "The stretch is over already"


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {Phase.OFF.value}"]
    for row in TRANSITIONS:
        effect = " / heat" if row.change is Change.FIRE else ""
        lines.append(f"    {row.source.value} --> {row.target.value}: {row.cause.value}{effect}")
    return "\n".join(lines)
