"""The hottest thermistor, without what noise and rounding add to it.

The guard takes the higher of two readings, each rounded towards the hotter end of its step: right for a
limit, but a pad that is held by it stays up to 0.1 °C too cool. Here thermistors are compared by what they
differ in on average, and a reading is the middle of its step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hardware.thermistor import Thermistor

#: Over how long thermistors are compared, s.
COMPARED_S: Final = 10.0
#: Where a step is looked at, °C: in the middle of what targets may be. It changes by 3 % to either end.
_STEP_AT_C: Final = 39.0


def half_step_c(thermistor: Thermistor) -> float:
    """Return half of what one step of the converter means near the target, °C."""
    level = thermistor.code_for(_STEP_AT_C)
    next_c = thermistor.coefficients.temperature_c(thermistor.resistance_ohm(level + 1.0))
    return (_STEP_AT_C - next_c) / 2.0


@dataclass(slots=True)
class Hottest:
    """What one pad's thermistors say together.

    Attributes:
        half_steps_c: for each thermistor, half of its converter's step near the target, °C.
    """

    half_steps_c: Sequence[float]
    _above_c: list[float] = field(init=False, repr=False)
    _half_c: float = field(init=False, repr=False)
    _passed_s: float = 0.0

    def __post_init__(self) -> None:
        """Begin with thermistors that agree. Of different steps the finest counts: it cools the least."""
        self._above_c = [0.0] * len(self.half_steps_c)
        self._half_c = min(self.half_steps_c)

    def step(self, readings_c: Sequence[float | None], dt_s: float) -> float | None:
        """Return the pad's temperature, °C, from one reading of each thermistor; None without a valid one.

        Args:
            readings_c: °C, as the guard gives them, or None.
            dt_s: seconds since the last readings.
        """
        # Plain loops: this is half of what one step of the control costs.
        count, mean_c = 0, 0.0
        for reading_c in readings_c:
            if reading_c is not None:
                count += 1
                mean_c += reading_c
        if not count:
            return None
        mean_c /= count
        passed_s = self._passed_s
        if passed_s < COMPARED_S:  # a running mean until there is enough of it, then an exponential one
            self._passed_s = passed_s = passed_s + dt_s
        share = dt_s / passed_s if 0.0 < dt_s < passed_s else 1.0
        above_c, most_c = self._above_c, 0.0
        for n, reading_c in enumerate(readings_c):
            if reading_c is not None:
                above_c[n] = mine_c = above_c[n] + share * (reading_c - mean_c - above_c[n])
                if mine_c > most_c:
                    most_c = mine_c
        return mean_c + most_c - self._half_c
