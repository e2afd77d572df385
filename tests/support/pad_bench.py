"""A guard and its controller on a modelled pad: what happens to the skin is told by the pad itself.

The rig is that of the fault campaign; here the pad and its wearer are the nominal ones, so that a story
says in one line what is different. Time moves in the campaign's cycles of 0.2 s.
"""

from collections.abc import Callable
from dataclasses import replace

from campaign.draws import Draw, Lift
from campaign.rig import RIG_CYCLE_S, Rig, plan
from controller.active import ActiveSession
from hardware.ledger import Latch
from hardware.link import Request, Reset, Start, Status
from hardware.simulated.plant import PlantParameters

#: The strongest pad for which one thermistor is enough.
WEAK_W_M2, STRONG_W_M2 = 300.0, 667.0


class PadBench:
    """One build on one wearer, and the session they have.

    Attributes:
        rig: everything; its pad may be broken at any time.
        face_peak_c: the highest temperature of the pad's face so far.
    """

    def __init__(
        self,
        *,
        sensors: int = 1,
        bits: int = 12,
        flux_w_m2: float | None = None,
        series_switch: bool = False,
        target_c: float | None = None,
        duration_s: float = 600.0,
        lift: Lift | None = None,
        seed: int = 1,
        **wearer: float,
    ) -> None:
        """Put a pad on. ``wearer`` changes single values of the plant; the pad is cold."""
        nominal = PlantParameters()
        if flux_w_m2 is None:
            flux_w_m2 = WEAK_W_M2 if sensors == 1 else STRONG_W_M2
        if target_c is None:
            target_c = 38.0 if sensors == 1 else 40.0  # a weak pad takes long to get further
        parameters = replace(nominal, power_w=flux_w_m2 * nominal.area_m2, **wearer)
        draw = Draw(parameters, sensors, bits, series_switch, "103AT-2", target_c, duration_s, 0.0, 0.0, lift)
        self.rig = Rig.of(draw, seed)
        self.rig.pad.adc.glitch_probability = 0.0
        self.face_peak_c = 0.0

    # --- time ---------------------------------------------------------------------------------------

    def run(self, seconds: float) -> "PadBench":
        """Let so much time pass."""
        for _ in range(round(seconds / RIG_CYCLE_S)):
            self._cycle()
        return self

    def until(self, happened: Callable[[], bool], at_most_s: float) -> float:
        """Let time pass until something has happened; return how long that took."""
        for n in range(round(at_most_s / RIG_CYCLE_S)):
            if happened():
                return n * RIG_CYCLE_S
            self._cycle()
        raise AssertionError(f"not within {at_most_s:g} s: {self.codes}, {self.reading_c} °C")

    def until_off(self, at_most_s: float) -> float:
        """Let time pass until the session is over; return how long that took."""
        return self.until(lambda: not self.rig.on, at_most_s)

    def _cycle(self) -> None:
        self.rig.cycle()
        self.face_peak_c = max(self.face_peak_c, self.rig.pad.plant.face_c)

    # --- what a person does -------------------------------------------------------------------------

    def heat(self) -> "PadBench":
        """Start the session and see that it heats."""
        self.rig.start()
        self.until(lambda: self.rig.heater, 10.0)
        return self

    def hold(self, seconds: float = 60.0) -> "PadBench":
        """Heat until the target was reached, and for so long after that."""
        self.heat()
        self.until(self._reached, 300.0)
        return self.run(seconds)

    def ask(self, request: Request) -> tuple[bool, str]:
        """Ask for something; return whether it was granted, and the code of the answer."""
        self.rig.requests = (request,)
        for _ in range(20):
            self._cycle()
            assert self.rig.out is not None
            for answer in self.rig.out.answers:
                return answer.accepted, answer.code
        raise AssertionError(f"{request} was not answered")

    def reset(self) -> tuple[bool, str]:
        """Reset the fault."""
        return self.ask(Reset("reset"))

    def start_again(self, session_id: str) -> tuple[bool, str]:
        """Ask for another session when rest is over."""
        while (self._status.ready_at_wall_s or 0.0) > self.rig.now.wall_s:
            self.rig.cycle(1.0)
        draw = self.rig.draw
        active = ActiveSession.begin(
            session_id, "phone", None, draw.target_c, draw.duration_s, plan(self.rig.settings)
        )
        active.granted = active.recorded = True
        self.rig.active = active
        return self.ask_for_heat(session_id)

    def ask_for_heat(self, session_id: str) -> tuple[bool, str]:
        """Ask for a session like the one before."""
        draw = self.rig.draw
        return self.ask(Start(session_id, draw.target_c, draw.duration_s))

    # --- what happened --------------------------------------------------------------------------------

    @property
    def reading_c(self) -> float | None:
        """What the guard reads."""
        return self._status.temperature_c

    @property
    def latches(self) -> tuple[Latch, ...]:
        """All that is latched, in order."""
        return self.rig.state.ledger.latches

    @property
    def fault(self) -> str | None:
        """The code that the phone is told."""
        return None if self._status.fault is None else self._status.fault.code

    @property
    def told(self) -> str:
        """The sentence that the phone is told."""
        assert self._status.fault is not None
        return self._status.fault.message

    @property
    def codes(self) -> list[str]:
        """What was latched, in order."""
        return [latch.code for latch in self.latches]

    @property
    def questioned(self) -> bool:
        """Whether heat is withheld now to see if the reading moves."""
        return self.rig.state.response.question.open

    def _reached(self) -> bool:
        return self.rig.state.phase is not None and self.rig.state.phase.reached

    @property
    def _status(self) -> Status:
        assert self.rig.out is not None
        return self.rig.out.status
