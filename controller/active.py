"""The session that this controller asked for, from the wish to its end."""

from dataclasses import dataclass

from controller.control.pad_controller import ControlPlan, PadController
from hardware.link import Demand, Origin, Status


@dataclass(slots=True)
class ActiveSession:
    """One wish for heat.

    ``recorded``: its start is durable in the log; until then the demand stays zero. ``granted``:
    the guard has taken it.
    """

    id: str
    origin: Origin
    area: str | None
    target_c: float
    duration_s: float
    control: PadController
    duty: float = 0.0
    granted: bool = False
    recorded: bool = False
    last_mono_s: float | None = None

    @classmethod
    def begin(
        cls, id: str, origin: Origin, area: str | None, target_c: float, duration_s: float, plan: ControlPlan
    ) -> "ActiveSession":
        """Return a new wish; °C and seconds, judged by the caller."""
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
            self.duty = self.control.step(self.target_c, readings_c, dt_s, status.duty, status.supply_v)
        return Demand(self.id, self.duty if self.recorded else 0.0, status.tick)
