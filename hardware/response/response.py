"""All the answers of a pad, second by second. Pure."""

from dataclasses import dataclass, replace

from hardware.response.cooling import Cooling
from hardware.response.full_heat import FullHeat
from hardware.response.hold import Hold
from hardware.response.question import Question
from hardware.response.recovery import Recovery
from hardware.response.runaway import Runaway
from hardware.response.seconds import KEPT, Second, Seconds

_NO_QUESTION, _NO_HOLD, _NO_FULL_HEAT = Question(), Hold(), FullHeat()
_NO_RECOVERY, _NO_RUNAWAY, _NO_COOLING = Recovery(), Runaway(), Cooling()


@dataclass(frozen=True, slots=True)
class Response:
    """What is known of the pad's answers. Four of them count in a session only."""

    seconds: Seconds = ()
    question: Question = _NO_QUESTION
    recovery: Recovery = _NO_RECOVERY
    full_heat: FullHeat = _NO_FULL_HEAT
    hold: Hold = _NO_HOLD
    runaway: Runaway = _NO_RUNAWAY
    cooling: Cooling = _NO_COOLING

    def begin(self) -> "Response":
        """Return the response at a session's first heat: nothing is taken over but how the pad cooled."""
        return Response(cooling=self.cooling)

    def lost(self) -> "Response":
        """Return the response after a second without a valid sample: no mean is taken across a gap."""
        return replace(self, seconds=())

    def step(self, second: Second, target_c: float | None, reached: bool) -> "Response":
        """Take one more second. ``target_c``, °C, is None without a session that has heated."""
        seconds = (*self.seconds, second)[-KEPT:]
        was_open = self.question.open
        cooling = self.cooling.step(seconds, target_c, was_open)
        runaway = self.runaway.step(seconds, target_c, cooling.off_s)
        if target_c is None:
            return Response(seconds, runaway=runaway, cooling=cooling)
        full_heat = self.full_heat.step(seconds, reached, was_open, self.question.answered_ago_s)
        question = self.question.step(seconds, full_heat.full_s)
        recovery = self.recovery.step(
            seconds, question.open and not was_open, question.open, full_heat.full_s
        )
        hold = self.hold.step(seconds, target_c, reached, question.open or was_open)
        return Response(seconds, question, recovery, full_heat, hold, runaway, cooling)
