"""How much heat a pad may put out before it must have shown that it needs it. Pure.

A leaky bucket over the heat flux: ``BURST_J_M2`` to warm up with, and ``SUSTAINED_W_M2`` for as long
as the session lasts. Whatever the sensors say, a pad that has used its burst is then hardly
stronger than one of the lowest heat flux class, for which one thermistor is enough. The numbers come
from the fault campaign (docs/decisions/0008): fewer than one wearer in thirty needs more.
"""

from dataclasses import dataclass
from typing import Final

SUSTAINED_W_M2: Final = 300.0
BURST_J_M2: Final = 40_000.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """``left_j_m2``: what is left of the burst, J/m², 0 to ``BURST_J_M2``."""

    left_j_m2: float = BURST_J_M2

    def share(self, flux_w_m2: float) -> float:
        """Return the highest duty (0-1) for a pad of ``flux_w_m2`` W/m² at full power."""
        return 1.0 if self.left_j_m2 > 0.0 or flux_w_m2 <= SUSTAINED_W_M2 else SUSTAINED_W_M2 / flux_w_m2

    def use(self, heat_w_m2: float, passed_s: float) -> "Allowance":
        """Return what is left after ``passed_s`` seconds at ``heat_w_m2`` W/m²."""
        left_j_m2 = self.left_j_m2 - (heat_w_m2 - SUSTAINED_W_M2) * passed_s
        if left_j_m2 >= BURST_J_M2:
            return self if self.left_j_m2 == BURST_J_M2 else Allowance()
        return Allowance(max(left_j_m2, 0.0))
