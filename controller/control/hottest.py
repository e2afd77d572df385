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
    _passed_s: float = 0.0

    def __post_init__(self) -> None:
        """Begin with thermistors that agree."""
        self._above_c = [0.0] * len(self.half_steps_c)

    def step(self, readings_c: Sequence[float | None], dt_s: float) -> float | None:
        """Return the pad's temperature, °C, from one reading of each thermistor; None without a valid one.

        Args:
            readings_c: °C, as the guard gives them, or None.
            dt_s: seconds since the last readings.
        """
        if len(readings_c) == 1:
            only_c = readings_c[0]
            return None if only_c is None else only_c - self.half_steps_c[0]
        middles_c = [
            None if reading_c is None else reading_c - half_c
            for reading_c, half_c in zip(readings_c, self.half_steps_c, strict=True)
        ]
        valid_c = [middle_c for middle_c in middles_c if middle_c is not None]
        if not valid_c:
            return None
        mean_c = sum(valid_c) / len(valid_c)
        # A running mean until there is enough of it, then an exponential one.
        self._passed_s = min(self._passed_s + max(dt_s, 0.0), COMPARED_S)
        share = min(dt_s / self._passed_s, 1.0) if self._passed_s > 0.0 else 1.0
        most_c = 0.0
        above_c = self._above_c
        for n, middle_c in enumerate(middles_c):
            if middle_c is not None:
                above_c[n] += share * (middle_c - mean_c - above_c[n])
                most_c = max(most_c, above_c[n])
        return mean_c + most_c
