"""One session's control, from the thermistors to the duty."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from controller.control.hottest import Hottest
from controller.control.law import HeatLaw
from controller.control.pad_model import PadModel
from controller.control.pid import Gains
from controller.control.ramp import Ramp
from controller.supply import power_share


@dataclass(frozen=True, slots=True)
class ControlPlan:
    """What is known before a session.

    Attributes:
        model: the pad.
        gains: of the PID.
        half_steps_c: for each thermistor, half of its converter's step near the target, °C.
        rated_v: the supply's voltage for which the model's heat flux holds, V, > 0.
        ramp_c_per_min: how fast the target may come nearer, °C/min; None for at once.
    """

    model: PadModel
    gains: Gains
    half_steps_c: tuple[float, ...]
    rated_v: float
    ramp_c_per_min: float | None = None


@dataclass(slots=True)
class PadController:
    """What one session's duty comes from."""

    plan: ControlPlan
    hottest: Hottest = field(init=False)
    ramp: Ramp = field(init=False)
    law: HeatLaw = field(init=False)

    def __post_init__(self) -> None:
        """Begin a session."""
        plan = self.plan
        self.hottest, self.ramp = Hottest(plan.half_steps_c), Ramp(plan.ramp_c_per_min)
        self.law = HeatLaw(plan.model, plan.gains)

    def step(
        self,
        target_c: float,
        readings_c: Sequence[float | None],
        dt_s: float,
        applied: float,
        supply_v: float | None = None,
    ) -> float:
        """Take one reading of each thermistor and return the wanted duty, 0-1.

        Args:
            target_c: of the session, °C.
            readings_c: °C, as the guard gives them; None for one that is not valid.
            dt_s: seconds since the last readings, > 0.
            applied: the duty (0-1) that really went in since then.
            supply_v: the supply's voltage under load, V; None where nothing measures it.
        """
        temperature_c = self.hottest.step(readings_c, dt_s)
        setpoint_c = self.ramp.step(target_c, temperature_c, dt_s)
        return self.law.step(
            setpoint_c, temperature_c, dt_s, applied, power_share(supply_v, self.plan.rated_v)
        )
