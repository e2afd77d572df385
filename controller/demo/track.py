"""What the phone has been told so far, and the moments that matter in it. No I/O."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.demo.phone import Heard
from controller.demo.plan import Plan
from controller.mqtt.messages import EventMessage, ResultMessage, StateMessage
from controller.records import words

#: The answer to the phone says the same as these.
_UNSAID = {"session_requested", "session_started", "guard_started"}
#: Notices that take no heat away from a person.
_HARMLESS = {"dose_warning", "completed", "battery_low"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something happened, at ``ts`` device Unix seconds."""

    ts: float
    text: str
    alarming: bool = False


@dataclass(slots=True)
class Track:
    """Everything the views and the summary need.

    ``curve`` has session seconds and °C. ``heat_on_ts``, ``struck_ts`` (the fault), ``off_ts`` (heater
    off after the fault) are device Unix seconds, None before they are known. ``real_s`` is the machine's
    clock, by which device time goes on between two states.
    """

    plan: Plan
    target_c: float
    cutoff_c: float
    state: StateMessage | None = None
    online: bool = False
    result: ResultMessage | None = None
    ended: EventMessage | None = None
    heat_on_ts: float | None = None
    struck_ts: float | None = None
    off_ts: float | None = None
    moments: list[Moment] = field(default_factory=list)
    reactions: list[Moment] = field(default_factory=list)
    curve: list[tuple[float, float]] = field(default_factory=list)
    real_s: Callable[[], float] = time.monotonic
    heard_s: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether the pack would take a start."""
        return self.online and self.state is not None and self.state.guard == "ok"

    @property
    def idle(self) -> bool:
        """Whether no session runs."""
        return self.state is not None and self.state.session is None

    @property
    def due(self) -> bool:
        """Whether the fault's time has come, or never will."""
        at_s = math.inf if self.plan.fault is None else self.plan.fault.at_s
        return self.ended is not None or (self.heat_on_ts is not None and self.elapsed_s >= at_s)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first heat, 0 before it."""
        if self.heat_on_ts is None or self.state is None:
            return 0.0
        return max(0.0, self.state.ts - self.heat_on_ts)

    def at(self, ts: float) -> float:
        """Return session seconds of a device time, 0 before the first heat."""
        return 0.0 if self.heat_on_ts is None else max(0.0, ts - self.heat_on_ts)

    def hear(self, heard: Heard) -> None:
        """Take what the phone was told."""
        match heard:
            case StateMessage():
                self._take_state(heard)
            case EventMessage():
                self._take_event(heard)
            case ResultMessage():
                self.result = heard
            case bool():
                self._take_presence(heard)

    def strike(self) -> None:
        """A process is being broken just now."""
        self._strike(self._now_ts())

    def _now_ts(self) -> float:
        if self.state is None:
            return 0.0
        return self.state.ts + (self.real_s() - self.heard_s) * self.plan.speed

    def _strike(self, ts: float) -> None:
        if self.struck_ts is None and self.plan.fault is not None:
            self.struck_ts = ts
            self.moments.append(Moment(ts, f"Fault: {self.plan.fault.says}", alarming=True))

    def _strike_if_due(self, ts: float) -> None:
        """The simulator strikes by itself; nobody tells the phone."""
        fault = self.plan.fault
        if fault is None or not fault.on_the_pad or self.heat_on_ts is None or self.ended is not None:
            return
        if ts >= self.heat_on_ts + fault.at_s:
            self._strike(self.heat_on_ts + fault.at_s)

    def _take_state(self, state: StateMessage) -> None:
        before, self.state, self.heard_s = self.state, state, self.real_s()
        self._strike_if_due(state.ts)
        if self.heat_on_ts is not None and self.ended is None and state.temperature_c is not None:
            self.curve.append((self.elapsed_s, state.temperature_c))
        if before is not None and before.guard != state.guard and self.result is not None:
            lost = state.guard == "lost"
            text = "The controller does not hear the guard" if lost else "The controller hears the guard"
            self._happened(Moment(state.ts, text, alarming=lost))
        if self.struck_ts is not None and state.guard == "ok":
            self._watch_heater(state)

    def _watch_heater(self, state: StateMessage) -> None:
        """Note when the guard took the heat away, and each reason for it once."""
        held = state.notice is not None and state.notice not in _HARMLESS
        if held and state.session is not None:
            off = f"Heater off: {words.reason(state.notice or '')}"
            if off not in {reaction.text for reaction in self.reactions}:
                self.reactions.append(Moment(state.ts, off))
        if (held or state.fault is not None) and not state.heater:
            self._off(state.ts)

    def _take_event(self, event: EventMessage) -> None:
        if event.kind == "heat_on" and self.heat_on_ts is None:
            self.heat_on_ts = event.ts
        self._strike_if_due(event.ts)
        if event.kind == "session_ended":
            self.ended = event
        cut_off = event.kind == "session_ended" and event.code != "completed"
        if event.kind not in _UNSAID:
            self.moments.append(Moment(event.ts, _sentence(event), cut_off or event.kind == "fault"))
        if self.struck_ts is not None and (cut_off or event.kind in {"fault", "warning"}):
            self.reactions.append(Moment(event.ts, _sentence(event)))
        if self.struck_ts is not None and cut_off:
            self._off(event.ts)

    def _take_presence(self, online: bool) -> None:
        if self.online != online and self.state is not None and self.result is not None:
            text = "is back" if online else "is gone: the broker says so"
            self._happened(Moment(self._now_ts(), f"The controller {text}", alarming=not online))
        self.online = online

    def _happened(self, moment: Moment) -> None:
        self.moments.append(moment)
        if self.struck_ts is not None:
            self.reactions.append(moment)

    def _off(self, ts: float) -> None:
        self.off_ts = min(ts, math.inf if self.off_ts is None else self.off_ts)


def _sentence(event: EventMessage) -> str:
    message = words.printable(event.message)
    match event.kind:
        case "command":
            return f"Phone: {event.data.get('action', 'command')}. Pack: {message}"
        case "fault":
            return f"Locked: {message}"
        case "session_ended" if event.code != "completed":
            return f"Heat ended: {words.reason(event.code)}"
    return message or words.spaced(event.kind).capitalize()
