"""Does a reading that stands still under heat move when the heat is withheld?

A pad that is held at its target stands still, and so does a sensor that is stuck. The one cools
without heat, the other does not. One that cools already, because its heater is broken, cools on as it
did: what counts is how far the reading leaves the line that it was on.
"""

from dataclasses import dataclass
from typing import Final

from hardware.response.seconds import Seconds, latest_c, mean_c, mean_w_m2, slope_c_per_s

#: A reading stands still when two means over 4 s differ by less than this, in °C per second.
STILL_C_PER_S: Final = 0.02
_STILL_S = 4
#: A session's first heat takes a while to reach the sensor.
_FIRST_S = 20
#: Asked only above this heat (mean of 10 s): with less, a pad cannot become hot, nor answer in time.
ASKED_FROM_W_M2: Final = 150.0
#: The mean over 6 s without heat must leave its line by this much. With heat in it, it would move with the
#: ground of the converter, which the heater's current may shift; over fewer seconds, with noise.
ANSWER_C: Final = 0.08
_ANSWER_S = 6
_LINE_S = 16
#: Most pads of the campaign answer in 10 to 15 s, the slowest in 30 s. What does not answer is without heat
#: meanwhile, so there is no hurry.
ANSWER_WITHIN_S: Final = 40
#: An answer holds for so long; after a while at full heat for half of it.
_ASK_AGAIN_S = 120
#: Without an answer it is asked once more, this soon, and if only this much heat goes in. A pad that needed
#: heat for a moment, and is as warm without it, takes hardly any by then.
_ASK_TWICE_S = 15
_ASK_TWICE_FROM_W_M2 = 50.0
_FULL_S = 20
#: When the reading has not risen by this since the session began, it is the heat that does not arrive.
_ROSE_C = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """The question, and when it was answered last.

    Attributes:
        asked_s: for how long heat has been withheld, None when it is not.
        line_c_per_s: how fast the reading fell before, °C/s, ≤ 0. One that rose may have got stuck.
        low_c: lowest mean reading over 6 s without heat, less what the line adds since the question, °C.
        high_c: highest of them, °C.
        answered_ago_s: since the last answer, None without one.
        began_c: the reading when the session began, °C.
        peak_c: the highest since then, °C.
        missed: the last question had no answer.
        unanswered: the one after it had none either.
    """

    asked_s: int | None = None
    line_c_per_s: float = 0.0
    low_c: float = 0.0
    high_c: float = 0.0
    answered_ago_s: int | None = None
    began_c: float | None = None
    peak_c: float = 0.0
    missed: bool = False
    unanswered: bool = False

    @property
    def open(self) -> bool:
        """Whether heat is withheld."""
        return self.asked_s is not None

    @property
    def cold(self) -> bool:
        """Whether the reading has never risen in this session."""
        return self.began_c is not None and self.peak_c - self.began_c < _ROSE_C

    def step(self, seconds: Seconds, full_s: int) -> "Question":
        """Take one more second; ``full_s``: for how long all the heat that is allowed has gone in."""
        now_c = latest_c(seconds)
        began_c = now_c if self.began_c is None else self.began_c
        peak_c, ago_s = max(self.peak_c, now_c), self.answered_ago_s
        ago_s = None if ago_s is None else ago_s + 1
        if self.asked_s is None:
            from_w_m2 = _ASK_TWICE_FROM_W_M2 if self.missed else ASKED_FROM_W_M2
            if not (_stands_still(seconds, from_w_m2) and self._is_due(ago_s, full_s)):
                return Question(None, 0.0, now_c, now_c, ago_s, began_c, peak_c, self.missed, self.unanswered)
            line = min(0.0, max(slope_c_per_s(seconds), slope_c_per_s(seconds[-_LINE_S:])))
            return Question(0, line, now_c, now_c, ago_s, began_c, peak_c, self.missed, self.unanswered)
        asked_s, line = self.asked_s + 1, self.line_c_per_s
        mean_now_c = mean_c(seconds[-_ANSWER_S:]) - line * asked_s
        low_c, high_c = self.low_c, self.high_c
        if asked_s <= _ANSWER_S:
            low_c = high_c = mean_now_c
        elif len(seconds) >= _ANSWER_S:  # fewer after a gap
            low_c, high_c = min(low_c, mean_now_c), max(high_c, mean_now_c)
        if high_c - low_c > ANSWER_C:
            return Question(None, 0.0, low_c, high_c, 0, began_c, peak_c, False, self.unanswered)
        if asked_s < ANSWER_WITHIN_S:
            return Question(
                asked_s, line, low_c, high_c, ago_s, began_c, peak_c, self.missed, self.unanswered
            )
        unanswered, soon_s = self.unanswered or self.missed, _ASK_AGAIN_S - _ASK_TWICE_S
        return Question(None, 0.0, low_c, high_c, soon_s, began_c, peak_c, True, unanswered)

    def _is_due(self, ago_s: int | None, full_s: int) -> bool:
        if ago_s is None or ago_s > _ASK_AGAIN_S:
            return True
        return full_s >= _FULL_S and ago_s > _ASK_AGAIN_S // 2


def _stands_still(seconds: Seconds, from_w_m2: float) -> bool:
    if len(seconds) < _FIRST_S or mean_w_m2(seconds[-10:]) < from_w_m2:
        return False
    moved_c = mean_c(seconds[-_STILL_S:]) - mean_c(seconds[-2 * _STILL_S : -_STILL_S])
    return abs(moved_c) < STILL_C_PER_S * _STILL_S
