"""What a check can say, and which of several verdicts wins."""

import enum
from dataclasses import dataclass
from typing import Final


class Action(enum.IntEnum):
    """What a verdict does to the heater, ordered so that arbitration is ``max``."""

    NONE = 0
    #: Tell the person, go on heating.
    WARN = 1
    #: Heater off while the condition lasts; the session and its clock go on.
    INHIBIT = 2
    #: Heater off, session over, not resumed.
    END_SESSION = 3
    #: Heater off, session over, locked until a person resets; survives restart and power loss.
    LATCH = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check's finding. ``code`` is stable for programs; ``message`` is a sentence for a person."""

    action: Action
    code: str
    message: str


CLEAR: Final = Verdict(Action.NONE, "", "")


def worst(verdicts: "tuple[Verdict, ...]") -> Verdict:
    """Return the verdict with the highest action; among equals the first."""
    found = CLEAR
    for verdict in verdicts:  # a loop, because a healthy cycle has none, three times over
        if verdict.action > found.action:
            found = verdict
    return found
