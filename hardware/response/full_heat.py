"""Does the pad warm up when all the heat that is allowed goes in?"""

from dataclasses import dataclass
from typing import Final

from hardware.response.question import ASKED_FROM_W_M2
from hardware.response.seconds import Seconds, latest_c

#: Fallen by this much under full heat: no pad does that. One that is lifted for 20 s falls by up to 0.5 °C.
FALL_C: Final = 0.6
_FULL_S = 10
#: When its heat has just been limited, a pad may cool towards what it can hold.
_LIMITED_S = 60
#: A pad that has answered a question is a little cooler for so long.
_RECOVER_S = 40
#: Too little rise in a minute of full heat to ever arrive. No fault: some pads are too weak for their place.
WEAK_C: Final = 0.3
_WEAK_S = 60


@dataclass(frozen=True, slots=True)
class FullHeat:
    """The stretch of full heat that is under way.

    Attributes:
        full_s: how long it is. Heat that the guard withholds itself does not end it.
        top_c: the highest reading that a fall is measured from, °C.
        minute_c: the reading at the last full minute, °C.
        falling: the reading has fallen.
        weak: it has not risen enough in the last full minute.
    """

    full_s: int = 0
    top_c: float = 0.0
    minute_c: float = 0.0
    falling: bool = False
    weak: bool = False

    def step(
        self, seconds: Seconds, reached: bool, question_open: bool, answered_ago_s: int | None
    ) -> "FullHeat":
        """Take one more second of a session."""
        now_c, full_s = latest_c(seconds), self.full_s
        if not question_open:
            full_s = full_s + 1 if seconds[-1].full and _same_limit(seconds) else 0
        needed_s = _LIMITED_S if seconds[-1].allowed < 1.0 else _FULL_S
        recovering = answered_ago_s is not None and answered_ago_s < _RECOVER_S
        judged = not question_open and not recovering and full_s >= needed_s
        top_c = max(self.top_c, now_c) if judged else now_c
        falling = self.falling or now_c < top_c - FALL_C
        minute_c, weak = self.minute_c, self.weak
        if full_s % _WEAK_S == 0:
            asked = full_s > 0 and not reached and seconds[-1].heat_w_m2 >= ASKED_FROM_W_M2
            minute_c, weak = now_c, asked and now_c < self.minute_c + WEAK_C
        return FullHeat(full_s, top_c, minute_c, falling, weak)


def _same_limit(seconds: Seconds) -> bool:
    return len(seconds) > 1 and (seconds[-2].allowed < 1.0) == (seconds[-1].allowed < 1.0)
