"""The session's state table: what a person is told the pack is doing.

The guard decides what happens; this table follows it. Everything that changes the phase is here, as
data, and ``observe`` turns one status of the guard into the events that it implies.
"""

import enum
from dataclasses import dataclass
from typing import Final

from config.limits import RESET_BELOW_C


class Phase(enum.StrEnum):
    """The phase in the MQTT state."""

    IDLE = "idle"
    WAITING = "waiting"
    WARMING = "warming"
    HOLDING = "holding"
    COOLING = "cooling"
    RESTING = "resting"
    FAULT = "fault"


class Event(enum.StrEnum):
    """What moves it."""

    COUNTDOWN = "countdown"
    COUNTDOWN_OVER = "countdown over"
    STARTED = "session started"
    REACHED = "target reached"
    ENDED = "session ended"
    COOLED = "below 38 °C"
    REST_DUE = "rest due"
    RESTED = "rest over"
    GUARD_LOST = "guard lost"
    FAULT = "fault latched"
    CLEARED = "fault reset"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in ``source``, ``event`` leads to ``target``."""

    source: Phase
    event: Event
    target: Phase


def _rows() -> tuple[Transition, ...]:
    calm = (Phase.IDLE, Phase.WAITING, Phase.COOLING, Phase.RESTING)
    return (
        *(Transition(p, Event.COUNTDOWN, Phase.WAITING) for p in calm if p is not Phase.WAITING),
        Transition(Phase.WAITING, Event.COUNTDOWN_OVER, Phase.IDLE),
        *(Transition(p, Event.STARTED, Phase.WARMING) for p in calm),
        Transition(Phase.WARMING, Event.REACHED, Phase.HOLDING),
        Transition(Phase.WARMING, Event.ENDED, Phase.COOLING),
        Transition(Phase.HOLDING, Event.ENDED, Phase.COOLING),
        # Nothing heats without the guard, and nothing counts down; what else it knew stands as it was.
        Transition(Phase.WARMING, Event.GUARD_LOST, Phase.COOLING),
        Transition(Phase.HOLDING, Event.GUARD_LOST, Phase.COOLING),
        Transition(Phase.WAITING, Event.GUARD_LOST, Phase.IDLE),
        Transition(Phase.COOLING, Event.COOLED, Phase.RESTING),
        Transition(Phase.IDLE, Event.REST_DUE, Phase.RESTING),
        Transition(Phase.RESTING, Event.RESTED, Phase.IDLE),
        *(Transition(p, Event.FAULT, Phase.FAULT) for p in Phase if p is not Phase.FAULT),
        Transition(Phase.FAULT, Event.CLEARED, Phase.COOLING),
    )


TRANSITIONS: Final = _rows()
_TABLE: Final = {(row.source, row.event): row.target for row in TRANSITIONS}


@dataclass(frozen=True, slots=True)
class View:
    """What a status means for the phase. ``counting``: heat after a countdown is on its way."""

    heating: bool
    reached: bool
    resting: bool
    fault: bool
    counting: bool
    temperature_c: float | None


def advance(phase: Phase, event: Event) -> Phase:
    """Return the phase after an event; one that has no row here changes nothing."""
    return _TABLE.get((phase, event), phase)


def observe(phase: Phase, view: View) -> Phase:
    """Return the phase that a view leads to, through as many rows as it implies."""
    for _ in Phase:  # no view leads further than once around
        event = _implied(phase, view)
        if event is None or advance(phase, event) is phase:
            break
        phase = advance(phase, event)
    return phase


def _implied(phase: Phase, view: View) -> Event | None:
    if view.fault != (phase is Phase.FAULT):
        return Event.FAULT if view.fault else Event.CLEARED
    if phase is Phase.FAULT:
        return None
    heated = phase in (Phase.WARMING, Phase.HOLDING)
    if view.heating != heated:
        return Event.STARTED if view.heating else Event.ENDED
    if heated:
        return Event.REACHED if view.reached else None
    if view.counting != (phase is Phase.WAITING):
        return Event.COUNTDOWN if view.counting else Event.COUNTDOWN_OVER
    match phase:
        case Phase.COOLING if view.temperature_c is not None and view.temperature_c < RESET_BELOW_C:
            return Event.COOLED
        case Phase.RESTING if not view.resting:
            return Event.RESTED
        case Phase.IDLE if view.resting:
            return Event.REST_DUE
    return None
