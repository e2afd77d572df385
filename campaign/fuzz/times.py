"""Cycle times of hours, in little memory."""

from array import array
from collections.abc import Iterable

_BINS_PER_MS, _BINS = 100, 200_000


class Times:
    """How often each time came, in bins of a hundredth of a ms; ``most_ms`` is the longest."""

    def __init__(self) -> None:
        """None came yet."""
        self.most_ms = 0.0
        self._bins = array("Q", bytes(8 * _BINS))

    def add(self, times_ms: Iterable[float]) -> None:
        """Count some more."""
        for one_ms in times_ms:
            self._bins[min(int(one_ms * _BINS_PER_MS), _BINS - 1)] += 1
            self.most_ms = max(self.most_ms, one_ms)

    def quantile_ms(self, share: float) -> float:
        """Return the time that ``share`` (0-1) of all cycles keep."""
        left = share * sum(self._bins)
        for number, count in enumerate(self._bins):
            left -= count
            if left <= 0:
                return (number + 1) / _BINS_PER_MS
        return self.most_ms
