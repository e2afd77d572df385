"""Does a pad that is held at its target need more and more heat?

Skin that warms and widens its vessels takes up to 90 W/m² more than it did. A reading that lags
behind its pad takes more, and without end. So a held pad gets no more than that, and may not ask for
more for long.
"""

from dataclasses import dataclass, replace
from typing import Final

from hardware.response.seconds import KEPT, Seconds, latest_c, mean_w_m2

#: A pad that is held gets at most this much more heat than the least that held it (mean of 30 s) ...
CLIMB_W_M2: Final = 100.0
#: ... and may ask for as much for so long. A pad that was lifted for a moment is back by then.
CLIMB_S: Final = 30
_AT_LIMIT_W_M2 = 10.0
#: The heat of a hold counts from so long after the target was reached, or after a question.
_SETTLED_S = 30
#: After a question a pad makes up for the heat that it missed.
_RECOVERED_S = 20
_BELOW_TARGET_C = 0.5
_HELD_WITHIN_C = 0.7


@dataclass(frozen=True, slots=True)
class Hold:
    """The heat that holds this pad on this wearer.

    Attributes:
        settled_s: since the target was reached or a question was open.
        least_w_m2: least mean heat of 30 s, None before there is one.
        climbed_s: for how long all the heat that a hold may have has gone in.
        climbing: that was too long.
        cold: and the reading is below the target.
    """

    settled_s: int = 0
    least_w_m2: float | None = None
    climbed_s: int = 0
    climbing: bool = False
    cold: bool = False

    def share(self, flux_w_m2: float) -> float:
        """Return the highest duty (0-1) for a pad of ``flux_w_m2`` W/m² at full power."""
        return 1.0 if self.least_w_m2 is None else min(1.0, (self.least_w_m2 + CLIMB_W_M2) / flux_w_m2)

    def step(self, seconds: Seconds, target_c: float, reached: bool, question_open: bool) -> "Hold":
        """Take one more second of a session."""
        if not reached:
            return self
        settled_s = 0 if question_open else self.settled_s + 1
        least_w_m2 = self.least_w_m2
        if settled_s > _SETTLED_S and len(seconds) == KEPT and _is_held(seconds, target_c):
            heat_w_m2 = mean_w_m2(seconds)
            least_w_m2 = heat_w_m2 if least_w_m2 is None else min(least_w_m2, heat_w_m2)
        if least_w_m2 is None:
            return replace(self, settled_s=settled_s)
        at_limit = seconds[-1].heat_w_m2 >= least_w_m2 + CLIMB_W_M2 - _AT_LIMIT_W_M2
        climbed_s = self.climbed_s + 1 if at_limit and settled_s > _RECOVERED_S else 0
        climbing = self.climbing or climbed_s >= CLIMB_S
        cold = self.cold or (climbing and latest_c(seconds) < target_c - _BELOW_TARGET_C)
        return Hold(settled_s, least_w_m2, climbed_s, climbing, cold)


def _is_held(seconds: Seconds, target_c: float) -> bool:
    # A pad that is too warm, by other heat or while it is inhibited, takes less than what holds it.
    return all(abs(second.temperature_c - target_c) <= _HELD_WITHIN_C for second in seconds)
