"""A gentle rise: the target comes nearer at a rate that a person has chosen."""

from dataclasses import dataclass


@dataclass(slots=True)
class Ramp:
    """From where the pad is to the target.

    Attributes:
        c_per_min: the rate, °C/min, > 0; None goes to the target at once.
        setpoint_c: what the pad should have now, °C; None before the first reading.
    """

    c_per_min: float | None = None
    setpoint_c: float | None = None

    def step(self, target_c: float, temperature_c: float | None, dt_s: float) -> float:
        """Return what the pad should have after ``dt_s`` seconds more, °C; never above the target."""
        if self.c_per_min is None:
            return target_c
        if self.setpoint_c is None:
            if temperature_c is None:
                return target_c  # nothing heats without a reading
            self.setpoint_c = temperature_c
        self.setpoint_c = min(target_c, self.setpoint_c + self.c_per_min / 60.0 * dt_s)
        return self.setpoint_c
