"""Guard, controller and pad in one process, cycle by cycle, with no socket, no disk and no clock.

The guard's ``step`` and the controller's ``ActiveSession`` are those of the daemons. Below them lie
the simulated pad, its wires and its converter: the SPI words are left out, and nothing else.
"""

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from campaign.draws import GLITCH_PROBABILITY, Draw
from controller.active import ActiveSession
from controller.control.hottest import half_step_c
from controller.control.law import gains
from controller.control.pad_controller import ControlPlan
from controller.control.pad_model import PadModel
from hardware.clock import Instant
from hardware.cycle import Inputs, Outputs, State, initial, thermistors
from hardware.guard import step
from hardware.ledger import Ledger, wake
from hardware.link import Request, Start, Status
from hardware.self_test import Levels, Switch
from hardware.settings import GuardSettings
from hardware.simulated.pad import SimulatedPad

#: Twice the guard's own cycle. It is the harder case: half of the samples, so more noise in every mean,
#: and everything is noticed later.
RIG_CYCLE_S = 0.2
SESSION = "run"
_BEGAN_MONO_S, _BEGAN_WALL_S = 1000.0, 1.8e9
_SAG_OVER_S = 600.0
_ASKED_MOST = 20
#: What counts as a code in the log: not that something was asked for, nor that one sample was not believed.
_KINDS = frozenset(("fault", "session_ended", "warning"))

#: What a controller sends in answer to a status.
Controller = Callable[["Rig", Status], tuple[Request, ...]]


def healthy(rig: "Rig", status: Status) -> tuple[Request, ...]:
    """Answer each status of the session with the demand of the control law."""
    demand = rig.active.tick(status)
    return () if demand is None else (demand,)


@dataclass(slots=True)
class Rig:
    """One build on one wearer in one session. ``clone`` gives an independent twin.

    Attributes:
        controller: what answers; may be exchanged at any time.
        linked: whether it is connected.
        disk_full: whether saves fail.
        dead_codes: the converter does not answer.
        first_heat_s: monotonic second of the first heat, None before it.
        last_heat_s: end of the last slice in which current flowed, None before it.
        codes_logged: codes of all events, in their order of appearance.
    """

    draw: Draw
    settings: GuardSettings
    pad: SimulatedPad
    state: State
    active: ActiveSession
    rng: random.Random
    now: Instant
    controller: Controller = healthy
    linked: bool = True
    disk_full: bool = False
    dead_codes: bool = False
    saved: Ledger = field(default_factory=Ledger)
    requests: tuple[Request, ...] = ()
    heater: bool = False
    enable: bool = False
    exercise: Switch | None = None
    out: Outputs | None = None
    began_s: float = _BEGAN_MONO_S
    first_heat_s: float | None = None
    last_heat_s: float | None = None
    codes_logged: tuple[str, ...] = ()
    ended_by: str = ""
    _ledger_error: str | None = None

    @classmethod
    def of(cls, draw: Draw, seed: int) -> Self:
        """Put the pad on, and power the guard up."""
        settings, rng = draw.settings(), random.Random(seed)
        pad = SimulatedPad(settings, draw.parameters, seed=seed)
        pad.adc.glitch_probability = GLITCH_PROBABILITY
        pad.plant.advance(draw.worn_s, 0.0)
        active = ActiveSession.begin(SESSION, "phone", None, draw.target_c, draw.duration_s, plan(settings))
        active.granted = active.recorded = True
        now = Instant(_BEGAN_MONO_S, _BEGAN_WALL_S)
        return cls(draw, settings, pad, initial(settings, Ledger()), active, rng, now)

    def clone(self) -> Self:
        """Return a twin that shares nothing which changes."""
        twin = copy.copy(self)
        twin.pad, twin.active, twin.rng = copy.deepcopy((self.pad, self.active, self.rng))
        return twin

    @property
    def on(self) -> bool:
        """Whether a session is open."""
        return self.state.phase is not None

    @property
    def heated_s(self) -> float:
        """Seconds since the first heat, 0 before it."""
        return 0.0 if self.first_heat_s is None else self.now.mono_s - self.first_heat_s

    def start(self) -> None:
        """Let samples settle, then ask for the session; again if a glitch in that very cycle refused it."""
        for _ in range(5):
            self.cycle()
        self.began_s = self.now.mono_s
        for _ in range(_ASKED_MOST):
            self.requests = (Start(SESSION, self.draw.target_c, self.draw.duration_s),)
            self.cycle()
            if self.on:
                return
        raise RuntimeError(f"no start: {self.state.verdicts}")

    def cycle(self, passed_s: float = RIG_CYCLE_S) -> None:
        """Let time pass with the pins as they are, then run one cycle of guard and controller."""
        self.pass_time(passed_s)
        self._judge()

    def pass_time(self, passed_s: float) -> None:
        """Let time pass with the pins as they are, and nobody judging."""
        mono_s = self.now.mono_s + passed_s
        since_s = mono_s - self.began_s
        plant, lift = self.pad.plant, self.draw.lift
        plant.supply_v = self.draw.parameters.supply_v - self.draw.sag_v * min(since_s / _SAG_OVER_S, 1.0)
        plant.worn = lift is None or not lift.from_s <= since_s < lift.to_s
        gate, series = self._levels()
        self.pad.advance(passed_s, gate=gate, series_switch=series is not False)
        self.now = Instant(mono_s, self.now.wall_s + passed_s)
        if self.pad.energised:
            self.last_heat_s = mono_s
            if self.first_heat_s is None:
                self.first_heat_s = mono_s

    def power_off(self) -> None:
        """Drive every pin low, as the pull-downs do without power and ``heatpack off`` does after a kill."""
        self.heater, self.enable, self.exercise = False, False, None

    def boot(self, ledger: Ledger | None = None) -> None:
        """Start the guard anew from what is on the disk (or from ``ledger``). The controller reconnects."""
        self.power_off()
        stored = self.saved if ledger is None else ledger
        self.state = initial(self.settings, wake(stored, self.now.wall_s, self.settings.limits.rest_s))
        self.requests = ()

    def _levels(self) -> Levels:
        series = self.enable or self.exercise is Switch.SERIES
        return self.heater or self.exercise is Switch.MOSFET, series if self.draw.series_switch else None

    def _judge(self) -> None:
        convert = self.pad.adc.convert
        inputs = Inputs(
            now=self.now,
            codes=tuple(None if self.dead_codes else convert(n) for n in range(self.draw.sensors)),
            requests=self.requests,
            linked=self.linked,
            ledger_error=self._ledger_error,
            levels=self._levels(),
        )
        self.state, out = step(self.state, inputs)
        self.heater, self.enable, self.exercise, self.out = out.heater, out.enable, out.exercise, out
        if out.save:
            self._save()
        for event in out.events:
            if event.kind in _KINDS and event.code not in self.codes_logged:
                self.codes_logged = (*self.codes_logged, event.code)
            if event.kind == "session_ended":
                self.ended_by = event.code
        self.requests = self.controller(self, out.status) if self.linked else ()

    def _save(self) -> None:
        if self.disk_full:
            self._ledger_error = "/nowhere/ledger.json: No space left on device"
            return
        self._ledger_error = None
        self.saved = replace(self.state.ledger, saved_wall_s=self.now.wall_s)
        self.state = replace(self.state, ledger=self.saved)


def plan(settings: GuardSettings) -> ControlPlan:
    """Return the control of a pad that was never tuned."""
    model = PadModel(settings.pad.power_w / settings.pad.area_m2)
    steps_c = tuple(half_step_c(each) for each in thermistors(settings))
    return ControlPlan(model, gains(model, tuned=False), steps_c, settings.pad.supply_v)
