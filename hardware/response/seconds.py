"""Ten cycles a second become one: what the pad felt, and how much heat was let in. Pure.

The checks that judge a pad's answer to heat work on means over a second. The mean of ten noisy
samples resolves a few hundredths of a degree on a converter with steps of a tenth.
"""

from dataclasses import dataclass

_SECOND_S = 1.0 - 1e-6  # ten cycles of 0.1 s


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a pad.

    Attributes:
        temperature_c: mean of the valid pad temperatures, °C.
        heat_w_m2: mean heat flux that the guard let in, W/m² (≥ 0).
        full: in every cycle as much heat was let in as was allowed.
        allowed: least share of full power that was allowed, 0-1.
    """

    temperature_c: float
    heat_w_m2: float
    full: bool
    allowed: float

    @property
    def off(self) -> bool:
        """Whether there was no heat at all."""
        return self.heat_w_m2 == 0.0


@dataclass(frozen=True, slots=True)
class Gathering:
    """The second in the making. Sums over ``passed_s`` seconds so far."""

    passed_s: float = 0.0
    samples: int = 0
    sum_c: float = 0.0
    heat_j_m2: float = 0.0
    full: bool = True
    allowed: float = 1.0

    def add(
        self, passed_s: float, temperature_c: float | None, heat_w_m2: float, full: bool, allowed: float
    ) -> "Gathering":
        """Add one cycle: ``passed_s`` seconds of heat, and the sample at their end (None: no valid one)."""
        return Gathering(
            self.passed_s + passed_s,
            self.samples + (temperature_c is not None),
            self.sum_c + (temperature_c or 0.0),
            self.heat_j_m2 + heat_w_m2 * passed_s,
            self.full and full,
            min(self.allowed, allowed),
        )

    @property
    def over(self) -> bool:
        """Whether a second has passed."""
        return self.passed_s >= _SECOND_S

    def second(self) -> Second | None:
        """Return what was gathered; None without a valid sample."""
        if self.samples == 0:
            return None
        heat_w_m2 = self.heat_j_m2 / self.passed_s
        return Second(self.sum_c / self.samples, heat_w_m2, self.full, self.allowed)


#: The seconds that are looked back on, oldest first.
Seconds = tuple[Second, ...]
KEPT = 30


def mean_c(seconds: Seconds) -> float:
    """Return the mean temperature in °C of one second or more."""
    return sum([second.temperature_c for second in seconds]) / len(seconds)


def mean_w_m2(seconds: Seconds) -> float:
    """Return the mean heat flux in W/m² of one second or more."""
    return sum([second.heat_w_m2 for second in seconds]) / len(seconds)


def latest_c(seconds: Seconds) -> float:
    """Return the temperature now, °C: a mean of two seconds, on which noise is 0.03 °C."""
    return mean_c(seconds[-2:])
