"""The session that this controller asked for, from the wish to its end."""

from dataclasses import dataclass

from controller.control.pid import Gains, Pid
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
    pid: Pid
    granted: bool = False
    recorded: bool = False
    last_mono_s: float | None = None

    @classmethod
    def begin(
        cls, id: str, origin: Origin, area: str | None, target_c: float, duration_s: float, gains: Gains
    ) -> "ActiveSession":
        """Return a new wish; °C and seconds, judged by the caller."""
        return cls(id, origin, area, target_c, duration_s, Pid(gains))

    def tick(self, status: Status) -> Demand | None:
        """Answer one status with a demand; None while the guard does not run this session."""
        running = status.session
        if running is None or running.session_id != self.id:
            return None
        dt_s = 0.0 if self.last_mono_s is None else status.mono_s - self.last_mono_s
        self.last_mono_s = status.mono_s
        if self.recorded and dt_s > 0.0:
            self.pid = self.pid.step(self.target_c, status.temperature_c, dt_s, status.duty)
        return Demand(self.id, self.pid.duty if self.recorded else 0.0, status.tick)
