"""Does a warm pad cool when no heat goes in? Asked in a session, after it, and while idle."""

from dataclasses import dataclass
from typing import Final

from config.limits import RESET_BELOW_C
from hardware.response.runaway import RISE_C
from hardware.response.seconds import Seconds, latest_c

#: In its first 30 s without heat a pad still warms: its heater's heat comes through, and its sensor is
#: late. It may do so by this much.
SOAKED_C: Final = 2.5
#: In the next 30 s a pad that was heated cools by this much. The slowest of the campaign does by 0.19 °C;
#: 0.3 °C, a rounder number, would accuse one healthy session in two hundred.
COOLED_C: Final = 0.1
#: Later it may cool as slowly as it likes, but not warm up by this in 30 s.
WARMED_C: Final = 0.3
COOL_S: Final = 30


@dataclass(frozen=True, slots=True)
class Cooling:
    """The time without heat.

    Attributes:
        off_s: how long it is. Heat that the guard withholds to ask a question does not count.
        heated: there was heat before, as far as this guard knows: what another one did before a restart it
            does not.
        before_c: the reading 30 s ago, or when the heat ended, °C.
        stuck: a warm pad did not cool as it must, found at the last full 30 s.
    """

    off_s: int = 0
    heated: bool = False
    before_c: float = 0.0
    stuck: bool = False

    def step(self, seconds: Seconds, target_c: float | None, question_open: bool) -> "Cooling":
        """Take one more second."""
        now_c, off = latest_c(seconds), seconds[-1].off
        heated = self.heated or not off
        off_s = self.off_s + 1 if off and not question_open else 0
        if off_s <= 1:
            return Cooling(off_s, heated, now_c)
        if off_s % COOL_S:
            return Cooling(off_s, heated, self.before_c, self.stuck)
        warm = now_c >= RESET_BELOW_C or (target_c is not None and now_c >= target_c + RISE_C)
        stuck = now_c - self.before_c >= _least_rise_c(off_s, heated)
        return Cooling(off_s, heated, now_c, warm and stuck)


def _least_rise_c(off_s: int, heated: bool) -> float:
    """Return from which rise over the last 30 s on the heater must be stuck."""
    if off_s == COOL_S:
        return SOAKED_C
    return -COOLED_C if heated and off_s == 2 * COOL_S else WARMED_C
