"""Is the pad as warm as it was before a question, once it has its heat back?

A reading that drifts answers every question, because it falls whatever the heat does. But what it loses
while it is asked, it does not get back.
"""

from dataclasses import dataclass, replace
from typing import Final

from hardware.response.seconds import Seconds, latest_c, mean_w_m2, slope_c_per_s

#: With as much heat as before, a pad comes back to within this of where it was ...
RECOVERED_C: Final = 0.6
#: ... between so many seconds after its answer and so many. One that is lifted for a moment still has time.
_FROM_S, _UNTIL_S = 20, 55
_BEFORE_S = 10
#: A pad whose heat was limited cools towards what it can hold, and has got there after so long.
_SETTLED_S = 90
_AS_MUCH = 0.98


@dataclass(frozen=True, slots=True)
class Recovery:
    """The last question, seen from after its answer.

    Attributes:
        was_c: the reading when the question was asked, °C; None before the first.
        was_w_m2: the heat that brought it there, W/m²: the higher mean of the 10 s and the 30 s before.
        fell_c_per_s: how fast it fell all the same, as it may before it has settled, °C/s, ≥ 0.
        waited_s: how long the question was open.
        after_s: since the answer.
        high_c: the highest reading from 20 s after the answer on, °C; None before that.
        missed: the pad did not come back.
    """

    was_c: float | None = None
    was_w_m2: float = 0.0
    fell_c_per_s: float = 0.0
    waited_s: int = 0
    after_s: int = 0
    high_c: float | None = None
    missed: bool = False

    def step(self, seconds: Seconds, asked: bool, question_open: bool, full_s: int) -> "Recovery":
        """Take one more second of a session.

        Args:
            seconds: the last ones.
            asked: in this second a question was asked.
            question_open: and was not answered yet.
            full_s: for how long all the heat that is allowed has gone in, s.
        """
        now_c = latest_c(seconds)
        if asked:
            fell = 0.0 if full_s >= _SETTLED_S else max(0.0, -slope_c_per_s(seconds))
            held_w_m2 = max(mean_w_m2(seconds[-_BEFORE_S:]), mean_w_m2(seconds))
            return Recovery(now_c, held_w_m2, fell, missed=self.missed)
        if self.was_c is None or self.after_s >= _UNTIL_S:
            return self
        if question_open:
            return replace(self, waited_s=self.waited_s + 1)
        after_s, high_c, missed = self.after_s + 1, self.high_c, self.missed
        if after_s >= _FROM_S:
            high_c = now_c if high_c is None else max(high_c, now_c)
        if after_s == _UNTIL_S and high_c is not None:
            least_c = self.was_c - RECOVERED_C - self.fell_c_per_s * (self.waited_s + _UNTIL_S)
            missed = missed or (mean_w_m2(seconds) >= _AS_MUCH * self.was_w_m2 and high_c < least_c)
        return replace(self, after_s=after_s, high_c=high_c, missed=missed)
