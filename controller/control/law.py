"""From target and reading to duty: the heat that holds the pad where it should be, plus a PID.

    φ·u = q + hb·(H*−Ta) + φ·PID(T*, T* − ΔT)
    ΔT  = (Ch·(H*−H) + Cs·(S*−S)) / (Ch + Cs)

The first two terms are the heat that keeps a pad at its target once it is there: what flows into the skin,
which the estimator has found, and what the back loses. What is left for the PID is the heat that the pad's
own capacities lack, seen as one temperature: that of the whole pad if its heat were spread out now. A heater
that is hotter than its face counts as heat to come. So one law drives the pad at full power for as long as
that is right, coasts, and holds, with nothing to hand over.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from controller.control.estimator import Estimator
from controller.control.pad_model import PadModel
from controller.control.pid import Gains, Pid

#: Proportional gain as a heat flux per °C that the pad lacks, W/m²K. Stronger is faster, and overshoots on a
#: pad that is not as its model says; so a pad that was tuned gets more. docs/control.md has the margins.
TUNED_W_M2K: Final = 600.0
UNTUNED_W_M2K: Final = 220.0
#: The estimator finds what a PI controller has its integral for; this one only takes up the rest.
TI_S: Final = 600.0


def gains(model: PadModel, *, tuned: bool) -> Gains:
    """Return the PID that suits a pad, by whether its model was measured or is that of a typical one."""
    return Gains(kp=(TUNED_W_M2K if tuned else UNTUNED_W_M2K) / model.flux_w_m2, ti_s=TI_S)


@dataclass(slots=True)
class HeatLaw:
    """What one session's duty comes from.

    Attributes:
        model: the pad.
        gains: of the PID.
    """

    model: PadModel
    gains: Gains
    estimator: Estimator = field(init=False)
    pid: Pid = field(init=False)
    _steady: float = 0.0

    def __post_init__(self) -> None:
        """Begin with nothing known about the wearer."""
        self.estimator, self.pid = Estimator(self.model), Pid(self.gains)

    def step(
        self, target_c: float, temperature_c: float | None, dt_s: float, applied: float, power: float = 1.0
    ) -> float:
        """Take one sample and return the wanted duty, 0-1.

        Args:
            target_c: the target, °C.
            temperature_c: the reading, °C; None without a valid one.
            dt_s: seconds since the last sample.
            applied: the duty (0-1) that really went in since then.
            power: power at the supply's voltage as a share of that at the rated one, > 0.

        Without a reading, with numbers that are none, or where no time has passed, nothing is asked for.
        """
        if temperature_c is None or not _usable(target_c + temperature_c + applied, dt_s):
            return 0.0
        e, m = self.estimator, self.model
        flux_w_m2 = m.flux_w_m2 * power
        e.step(temperature_c, dt_s, flux_w_m2 * applied)
        if e.heater_c is None:
            return 0.0
        # Once it is at its target: the face, and the heater that is warmer by what flows through.
        flow_w_m2 = e.flow_w_m2 if e.flow_w_m2 > 0.0 else 0.0
        drop_c = flow_w_m2 * m.heater_face_m2k_w
        face_c = target_c - m.sensor_heater_share * drop_c
        heater_c = face_c + drop_c
        steady = (flow_w_m2 + m.back_w_m2k * (heater_c - m.ambient_c)) / flux_w_m2
        lacks_c = (m.heater_j_m2k * (heater_c - e.heater_c) + m.face_j_m2k * (face_c - e.face_c)) / (
            m.heater_j_m2k + m.face_j_m2k
        )
        followed = (applied - self._steady) * power
        asked = steady + self.pid.step(target_c, target_c - lacks_c, dt_s, followed) / power
        self._steady = steady
        if asked > 1.0:
            return 1.0
        return asked if asked > 0.0 else 0.0


def _usable(numbers: float, dt_s: float) -> bool:
    return dt_s > 0.0 and math.isfinite(numbers + dt_s)
