"""A guard on the bench: temperatures go in, a controller answers, the story moves the time by hand.

No process, no socket, no disk: only ``step()``. The bench plays the three things around it. The
*controller* answers each status with a demand, as long as it is ``alive``. The *disk* takes each
ledger that must be saved, as long as it is not ``full``. The *pad* has whatever the story sets.
"""

from dataclasses import replace

from config.limits import Limits
from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from hardware.clock import ManualClock
from hardware.cycle import Inputs, Outputs, State, initial
from hardware.guard import step
from hardware.ledger import Ledger, wake
from hardware.ledger_file import parse, serialise
from hardware.link import Answer, Demand, Event, Request, Start, Status
from hardware.self_test import Levels, Switch
from hardware.settings import AdcSettings, GuardSettings, PadSettings, PinSettings, ThermistorSettings

CURVE = fit(PARTS["103AT-2"])
#: What a 12-bit converter gives for a torn wire and for two wires that touch.
OPEN, SHORT = 4095, 0
#: From the save to the answer at most.
SELF_TEST_CYCLES = 9

#: A temperature in °C (float), a raw code (int), or no answer from the converter (None).
Sense = float | int | None


def settings(sensors: int = 1, limits: Limits | None = None, enable: int | None = None) -> GuardSettings:
    thermistor = ThermistorSettings(0, 5600.0, CURVE.a, CURVE.b, CURVE.c)
    return GuardSettings(
        device_id="bench",
        limits=limits or Limits(),
        pins=PinSettings("simulated", heater=17, enable=enable),
        adc=AdcSettings("MCP3208", 0, 0),
        thermistors=tuple(replace(thermistor, channel=channel) for channel in range(sensors)),
        # So weak that nobody asks why a story's temperature stands still under heat.
        pad=PadSettings(power_w=8.0, supply_v=5.0, area_m2=0.08, thermal_cutout=False),
        state_dir="/nowhere",
        runtime_dir="/nowhere",
    )


class Bench:
    def __init__(
        self,
        *senses: Sense,
        limits: Limits | None = None,
        ledger: Ledger | None = None,
        clock: ManualClock | None = None,
        button: bool = False,
        settle_s: float = 0.3,
        enable: int | None = None,
    ) -> None:
        """Power up a guard whose sensors say ``senses`` (33 °C, skin, without).

        ``enable`` is the pin of its series switch, if it has one. Pins follow what they are told.
        It runs for ``settle_s`` first: no sample is believed before a second one agrees.
        """
        self.senses: tuple[Sense, ...] = senses or (33.0,)
        self.settings = settings(len(self.senses), limits, enable)
        self.levels: Levels = (False, None if enable is None else False)
        self.clock = clock or ManualClock()
        self.state: State = initial(self.settings, ledger or Ledger())
        self.on_disk: bytes | None = None
        self.full = False
        self.linked = True
        self.alive = True
        self.duty = 1.0
        self.button = button
        self.answers: list[Answer] = []
        self.events: list[Event] = []
        self._ledger_error: str | None = None
        self.out: Outputs
        self.run(settle_s)

    # --- time -------------------------------------------------------------------------------------

    def cycle(self, *requests: Request, dt: float = 0.1, demand: bool = True) -> Outputs:
        """Let ``dt`` seconds pass, then run one judged cycle with ``requests`` and the demand."""
        self.clock.advance(dt)
        if demand and self.alive and self.linked and self.state.phase is not None:
            requests = (*requests, self.demand())
        now = self.clock.now()
        codes = tuple(self._code(n, sense) for n, sense in enumerate(self.senses))
        inputs = Inputs(
            now, codes, requests, self.linked, self._ledger_error, self.button, levels=self.levels
        )
        self.state, self.out = step(self.state, inputs)
        self.levels = (
            self.out.heater or self.out.exercise is Switch.MOSFET,
            None
            if self.settings.pins.enable is None
            else self.out.enable or self.out.exercise is Switch.SERIES,
        )
        if self.out.save:
            self._save(now.wall_s)
        self.answers += self.out.answers
        known = {event.seq for event in self.events}
        self.events += [event for event in self.out.events if event.seq not in known]
        return self.out

    def run(self, seconds: float, dt: float = 0.1) -> Outputs:
        """Run cycles for so long."""
        for _ in range(round(seconds / dt)):
            self.cycle(dt=dt)
        return self.out

    def run_until_over(self, at_most_s: float = 700.0, dt: float = 0.1) -> float:
        """Run until the session is over; return how long that took."""
        began_s = self.clock.now().mono_s
        while self.state.phase is not None:
            assert self.clock.now().mono_s - began_s < at_most_s, "the session goes on and on"
            self.cycle(dt=dt)
        return self.clock.now().mono_s - began_s

    def warm_to(self, *goals_c: float, rate_c_per_s: float = 1.0, dt: float = 0.1) -> Outputs:
        """Move the sensors to ``goals_c`` (one for all, or one for each) at a pace that a pad can have."""
        goals_c = goals_c * len(self.senses) if len(goals_c) == 1 else goals_c
        most_c = rate_c_per_s * dt
        while self.senses != goals_c:
            senses = [sense for sense in self.senses if isinstance(sense, float)]
            self.senses = tuple(
                sense + max(-most_c, min(most_c, goal_c - sense))
                for sense, goal_c in zip(senses, goals_c, strict=True)
            )
            self.cycle(dt=dt)
        return self.out

    def wait(self, seconds: float) -> Outputs:
        """Let time pass at a stroke, and run one cycle. Only between sessions."""
        assert self.state.phase is None, "a gap inside a session is an overrun"
        return self.cycle(dt=seconds)

    # --- the controller ---------------------------------------------------------------------------

    def start(
        self, session_id: str = "s1", target_c: float = 40.0, duration_s: float | None = 480.0
    ) -> Answer:
        """Ask for a session; return the answer: in the cycle after the save, or after a self-test."""
        before = len(self.answers)
        self.cycle(Start(session_id, target_c, duration_s))
        for _ in range(SELF_TEST_CYCLES):
            if len(self.answers) == before:
                self.cycle()
        return self.answers[-1]

    def heat(self, duration_s: float | None = 480.0, session_id: str = "s1", target_c: float = 40.0) -> None:
        """Start a session and see that it heats."""
        answer = self.start(session_id, target_c, duration_s)
        assert answer.accepted, answer
        assert self.cycle().heater

    def demand(self, duty: float | None = None, tick: int | None = None) -> Demand:
        """Build the demand that answers the last status (or an older one)."""
        assert self.state.phase is not None
        return Demand(
            self.state.phase.session_id,
            self.duty if duty is None else duty,
            self.state.tick - 1 if tick is None else tick,
        )

    # --- the disk ---------------------------------------------------------------------------------

    def _save(self, wall_s: float) -> None:
        if self.full:
            self._ledger_error = "/nowhere/ledger.json: No space left on device"
            return
        self._ledger_error = None
        self.state = replace(self.state, ledger=replace(self.state.ledger, saved_wall_s=wall_s))
        self.on_disk = serialise(self.state.ledger)

    def reboot(self, off_s: float = 5.0, wall_s: float | None = None, button: bool = False) -> "Bench":
        """Pull the plug now, and power up ``off_s`` later from what is on the disk."""
        assert self.on_disk is not None
        now = self.clock.now()
        clock = ManualClock(50.0, now.wall_s + off_s if wall_s is None else wall_s)
        ledger = wake(parse(self.on_disk), clock.now().wall_s, self.settings.limits.rest_s)
        limits, enable = self.settings.limits, self.settings.pins.enable
        return Bench(*self.senses, limits=limits, ledger=ledger, clock=clock, button=button, enable=enable)

    # --- what happened ----------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        return self.out.status

    @property
    def fault(self) -> str | None:
        return None if self.status.fault is None else self.status.fault.code

    def codes(self, kind: str) -> list[str]:
        """Return the codes of all events of a kind, in order."""
        return [event.code for event in self.events if event.kind == kind]

    def ends(self) -> list[str]:
        """Return why sessions ended, in order."""
        return self.codes("session_ended")

    def _code(self, number: int, sense: Sense) -> int | None:
        if isinstance(sense, float):
            return round(self.state.thermistors[number].code_for(sense))
        return sense
