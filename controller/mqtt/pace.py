"""How many messages somebody may have looked into: a token bucket."""

import time
from collections.abc import Callable


class Pace:
    """Lets a burst through, and then so many a second. Real time, whatever the device's clock does."""

    def __init__(self, per_s: float, burst: int, now_s: Callable[[], float] = time.monotonic) -> None:
        """Start with the whole burst.

        Args:
            per_s: how many a second in the long run, > 0.
            burst: how many at once, ≥ 1.
            now_s: monotonic seconds.
        """
        self._per_s = per_s
        self._burst = float(burst)
        self._now_s = now_s
        self._left = self._burst
        self._last_s = now_s()

    def admits(self) -> bool:
        """Tell whether one more may pass, and count it if so."""
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._last_s) * self._per_s)
        self._last_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
