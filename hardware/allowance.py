"""How much heat a pad may put out before it must have shown that it needs it. Pure.

A leaky bucket over the heat flux: ``BURST_J_M2`` to warm up with, and ``SUSTAINED_W_M2`` for as long
as the session lasts. Whatever the sensors say, a pad that has used its burst is then hardly
stronger than one of the lowest heat flux class, for which one thermistor is enough. The numbers come
from the fault campaign (docs/decisions/0008): fewer than one wearer in twenty needs more.

What is booked is the pin's heat, and what was overdrawn is paid back first: no pattern of demands
gets more out of it.
"""

from dataclasses import dataclass
from typing import Final

SUSTAINED_W_M2: Final = 300.0
BURST_J_M2: Final = 36_000.0
#: A pad that has reached its target has warmed up. What the skin still takes is much less.
WARM_J_M2: Final = 7_000.0
#: The last of the burst is given out over about so long, so that the heat does not end with a step.
_EASE_S = 10.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """``left_j_m2``: what is left of the burst, J/m², at most ``BURST_J_M2``; below 0 it is overdrawn."""

    left_j_m2: float = BURST_J_M2

    def share(self, flux_w_m2: float) -> float:
        """Return the highest duty (0-1) for a pad of ``flux_w_m2`` W/m² at full power."""
        if flux_w_m2 <= SUSTAINED_W_M2:
            return 1.0
        return min(1.0, max(0.0, SUSTAINED_W_M2 + self.left_j_m2 / _EASE_S) / flux_w_m2)

    def warm(self) -> "Allowance":
        """Return what is left when the pad is at its target."""
        return self if self.left_j_m2 <= WARM_J_M2 else Allowance(WARM_J_M2)

    def use(self, heat_w_m2: float, passed_s: float) -> "Allowance":
        """Return what is left after ``passed_s`` seconds at ``heat_w_m2`` W/m²."""
        left_j_m2 = self.left_j_m2 - (heat_w_m2 - SUSTAINED_W_M2) * passed_s
        if left_j_m2 >= BURST_J_M2:
            return self if self.left_j_m2 == BURST_J_M2 else Allowance()
        return Allowance(left_j_m2)
