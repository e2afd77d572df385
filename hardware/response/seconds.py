"""Ten cycles a second become one: what the pad felt, and how much heat was let in. Pure.

The checks that judge a pad's answer to heat work on means over a second. The mean of ten noisy
samples resolves a few hundredths of a degree on a converter with steps of a tenth.
"""

from dataclasses import dataclass

_SLACK_S = 1e-6
_SECOND_S = 1.0 - _SLACK_S  # ten cycles of 0.1 s


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
    """The second in the making. Sums over ``passed_s`` seconds so far.

    ``ahead_s`` is by how much the seconds before were longer than one: a guard whose cycles are slow
    still counts as many seconds as pass.
    """

    passed_s: float = 0.0
    ahead_s: float = 0.0
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
            self.ahead_s,
            self.samples + (temperature_c is not None),
            self.sum_c + (temperature_c or 0.0),
            self.heat_j_m2 + heat_w_m2 * passed_s,
            self.full and full,
            min(self.allowed, allowed),
        )

    @property
    def over(self) -> bool:
        """Whether a second has passed."""
        return self.passed_s + self.ahead_s >= _SECOND_S

    def next(self) -> "Gathering":
        """Return the one that begins when this one is over."""
        ahead_s = self.passed_s + self.ahead_s - 1.0
        return Gathering(ahead_s=min(ahead_s, 1.0)) if ahead_s > _SLACK_S else _NOTHING

    def second(self) -> Second | None:
        """Return what was gathered; None without a valid sample or without any time."""
        if self.samples == 0 or self.passed_s == 0.0:
            return None
        heat_w_m2 = self.heat_j_m2 / self.passed_s
        return Second(self.sum_c / self.samples, heat_w_m2, self.full, self.allowed)


_NOTHING = Gathering()

#: The seconds that are looked back on, oldest first.
Seconds = tuple[Second, ...]
KEPT = 30


def mean_c(seconds: Seconds) -> float:
    """Return the mean temperature in °C of one second or more."""
    return sum([second.temperature_c for second in seconds]) / len(seconds)


def mean_w_m2(seconds: Seconds) -> float:
    """Return the mean heat flux in W/m² of one second or more."""
    return sum([second.heat_w_m2 for second in seconds]) / len(seconds)


def slope_c_per_s(seconds: Seconds) -> float:
    """Return how fast the temperature changes, °C/s: the last third of some seconds against the first."""
    third = max(1, len(seconds) // 3)
    apart_s = len(seconds) - third
    return (mean_c(seconds[-third:]) - mean_c(seconds[:third])) / apart_s if apart_s > 0 else 0.0


def latest_c(seconds: Seconds) -> float:
    """Return the temperature now, °C: a mean of two seconds."""
    return mean_c(seconds[-2:])
