"""The session that this controller asked for, from the wish to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controller.control.pad_controller import ControlPlan, PadController
from hardware.link import Demand, Origin, Status


class Law(Protocol):
    """Where the wanted duty of one session comes from: ``PadController``, or a trial of the pad."""

    def step(
        self,
        target_c: float,
        readings_c: Sequence[float | None],
        dt_s: float,
        applied: float,
        supply_v: float | None,
        /,
    ) -> float:
        """Return the wanted duty, 0-1, ``dt_s`` seconds (> 0) after the last step.

        One reading of each thermistor, °C, None for one that is not valid; the duty (0-1) that really went
        in; the supply under load, V, None where nothing measures it.
        """
        ...


@dataclass(slots=True)
class ActiveSession:
    """One wish for heat; °C and seconds, judged by the caller.

    ``recorded``: its start is durable in the log; until then the demand stays zero. ``granted``:
    the guard has taken it.
    """

    id: str
    origin: Origin
    area: str | None
    target_c: float
    duration_s: float
    law: Law
    duty: float = 0.0
    granted: bool = False
    recorded: bool = False
    last_mono_s: float | None = None

    @classmethod
    def begin(
        cls, id: str, origin: Origin, area: str | None, target_c: float, duration_s: float, plan: ControlPlan
    ) -> "ActiveSession":
        """Return a new wish that the pad's own control steers."""
        return cls(id, origin, area, target_c, duration_s, PadController(plan))

    def tick(self, status: Status) -> Demand | None:
        """Answer one status with a demand; None while the guard does not run this session."""
        running = status.session
        if running is None or running.session_id != self.id:
            return None
        dt_s = 0.0 if self.last_mono_s is None else status.mono_s - self.last_mono_s
        self.last_mono_s = status.mono_s
        if self.recorded and dt_s > 0.0:
            readings_c = [sensor.temperature_c for sensor in status.sensors]
            self.duty = self.law.step(self.target_c, readings_c, dt_s, status.duty, status.supply_v)
        return Demand(self.id, self.duty if self.recorded else 0.0, status.tick)
