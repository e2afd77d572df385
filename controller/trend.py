"""A straight line through values that come one by one, by least squares. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trend:
    """The sums of a fit: of times, values, squares and products, counted from the first value."""

    n: int = 0
    from_s: float = 0.0
    from_value: float = 0.0
    span_s: float = 0.0
    sum_t: float = 0.0
    sum_v: float = 0.0
    sum_tt: float = 0.0
    sum_tv: float = 0.0

    def add(self, at_s: float, value: float) -> "Trend":
        """Take the value of a moment; moments come in their order."""
        if self.n == 0:
            return Trend(1, at_s, value)
        t, v = at_s - self.from_s, value - self.from_value
        return Trend(
            self.n + 1,
            self.from_s,
            self.from_value,
            t,
            self.sum_t + t,
            self.sum_v + v,
            self.sum_tt + t * t,
            self.sum_tv + t * v,
        )

    @property
    def slope_per_s(self) -> float:
        """The change in a second; 0 before there are two moments."""
        spread = self.n * self.sum_tt - self.sum_t**2
        return (self.n * self.sum_tv - self.sum_t * self.sum_v) / spread if spread > 0.0 else 0.0
