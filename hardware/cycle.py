"""What one guard cycle takes, remembers and gives; and the cycle in the making."""

from dataclasses import dataclass, fields, replace
from operator import attrgetter

from hardware import admission, stage
from hardware.allowance import Allowance
from hardware.button import UNKNOWN, Button
from hardware.checks import NO_RESPONSE, NO_TIMERS, Timers
from hardware.clock import Instant
from hardware.heat_phase import HeatPhase
from hardware.ledger import Ledger
from hardware.link import Answer, Event, Request, Status
from hardware.modulation import SigmaDelta
from hardware.response.response import Response
from hardware.response.seconds import Gathering
from hardware.self_test import Levels, Switch
from hardware.sensing import SensorTrack
from hardware.settings import GuardSettings
from hardware.supply import UNKNOWN as UNKNOWN_SUPPLY
from hardware.supply import Supply
from hardware.thermistor import Thermistor
from hardware.verdict import Verdict

_FULL = Allowance()
_NOTHING = Gathering()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one cycle gets.

    ``ledger_error``: why the last requested save failed, None if it is on disk. ``linked``: a
    controller is connected. ``rejected``: packets that were not frames, since the last cycle.

    ``supply`` is the code of the supply channel, None without one or without an answer. Only read
    while a session waits to be armed: ``levels`` of the pins of MOSFET and series switch, and the
    code of the ``reference`` channel.
    """

    now: Instant
    codes: tuple[int | None, ...]
    requests: tuple[Request, ...] = ()
    linked: bool = True
    ledger_error: str | None = None
    button: bool = False
    rejected: int = 0
    levels: Levels | None = None
    supply: int | None = None
    reference: int | None = None


@dataclass(slots=True)
class State:
    """Everything the guard remembers between cycles; only ``ledger`` survives a restart.

    Not frozen, because a cycle works on a copy of its own, field by field; between cycles nobody
    changes it.

    ``temperature_c`` is the hottest valid sample of this cycle, None without one.
    ``exercise_from_s`` is the monotonic second from which on a self-test may close a switch again.
    ``duty`` (0-1), ``full`` and ``allowed`` are of the last cycle: what was let in, whether that was all
    that was allowed, and how much was.
    """

    settings: GuardSettings
    thermistors: tuple[Thermistor, ...]
    ledger: Ledger
    tracks: tuple[SensorTrack, ...]
    temperature_c: float | None = None
    last: Instant | None = None
    tick: int = 0
    sent: tuple[tuple[int, float], ...] = ()
    timers: Timers = NO_TIMERS
    verdicts: tuple[Verdict, ...] = ()
    inhibited: bool = False
    dose_cem43: float = 0.0
    tail_dose_cem43: float = 0.0
    phase: HeatPhase | None = None
    told: tuple[str, ...] = ()
    modulator: SigmaDelta = SigmaDelta()
    heater: bool = False
    duty: float = 0.0
    full: bool = False
    allowed: float = 1.0
    allowance: Allowance = _FULL
    gathering: Gathering = _NOTHING
    response: Response = NO_RESPONSE
    rest_until_s: float = 0.0
    button: Button = UNKNOWN
    presses: int = 0
    rejected: int = 0
    settings_digest: str = ""
    exercise_from_s: float = 0.0
    supply: Supply = UNKNOWN_SUPPLY

    def copy(self) -> "State":
        """Return a state that may be changed without changing this one."""
        twin = State(*_STATE_FIELDS(self))
        if self.phase is not None:
            twin.phase = self.phase.copy()
        return twin


_STATE_FIELDS = attrgetter(*(field.name for field in fields(State)))


@dataclass(frozen=True, slots=True)
class Outputs:
    """What one cycle does.

    ``save``: the ledger must reach the disk; the pins are switched first. ``deadman``: toggle the
    dead-man pin; only a cycle that was judged to its end and is not latched does. ``exercise``: the
    switch that a self-test closes alone, with ``heater`` and ``enable`` both off.
    """

    heater: bool
    enable: bool
    deadman: bool
    led: bool
    save: bool
    status: Status
    answers: tuple[Answer, ...]
    events: tuple[Event, ...]
    exercise: Switch | None = None


def initial(settings: GuardSettings, ledger: Ledger) -> State:
    """Return the state before the first cycle: heater off, no session, whatever the ledger says."""
    curves = thermistors(settings)
    tracks = tuple(SensorTrack() for _ in curves)
    return State(settings, curves, ledger, tracks, settings_digest=stage.digest(settings))


def thermistors(settings: GuardSettings) -> tuple[Thermistor, ...]:
    """Return the curves from code to temperature that these settings describe."""
    return tuple(Thermistor.of(thermistor, settings.adc.bits) for thermistor in settings.thermistors)


@dataclass(slots=True)
class Cycle:
    """The one cycle in the making: the state being built and what will leave it."""

    s: State
    now: Instant
    save: bool = False
    answers: tuple[Answer, ...] = ()

    def log(self, kind: str, code: str, message: str) -> None:
        """Note an event with the facts of this moment."""
        s, phase = self.s, self.s.phase
        event = Event(
            seq=0,
            wall_s=self.now.wall_s,
            mono_s=self.now.mono_s,
            kind=kind,
            code=code,
            message=message,
            session_id=phase.session_id if phase else None,
            temperature_c=s.temperature_c,
            elapsed_s=phase.elapsed_s(self.now.mono_s) if phase else None,
            dose_cem43=s.dose_cem43,
            energy_j=phase.energy_j if phase else None,
            peak_c=phase.peak_c if phase else None,
        )
        self.s = replace(s, ledger=s.ledger.log(event))

    def answer(self, request_id: str, refusal: admission.Refusal | None, message: str) -> None:
        """Answer a start or a reset."""
        if refusal is None:
            reply = Answer(request_id, True, "ok", message)
        else:
            reply = Answer(request_id, False, refusal.code, refusal.message)
        self.answers = (*self.answers, reply)

    def end_session(self, code: str, message: str) -> None:
        """Close the running session: ledger, rest, event. The heater is off from this cycle."""
        s, phase = self.s, self.s.phase
        if phase is None:
            return
        if not phase.armed:
            self.answer(phase.session_id, admission.Refusal(code, message), "")
        self.log("session_ended", code, message)
        rest_s = s.settings.limits.rest_s
        heated_s = phase.elapsed_s(self.now.mono_s)
        ledger = self.s.ledger.close_session(self.now.wall_s, heated_s, s.dose_cem43, rest_s)
        rest_until_s = self.now.mono_s + rest_s if heated_s > 0.0 else s.rest_until_s
        self.s = replace(
            self.s,
            phase=None,
            ledger=ledger,
            rest_until_s=rest_until_s,
            tail_dose_cem43=0.0,
            modulator=SigmaDelta(),
        )
        self.save = True

    def rest_left_s(self) -> float:
        """Seconds of rest left, by the clock that says it is longer."""
        wall_s = (self.s.ledger.rest_until_wall_s or 0.0) - self.now.wall_s
        return max(0.0, wall_s, self.s.rest_until_s - self.now.mono_s)
