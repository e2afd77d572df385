"""Device time in the controller: the guard's clock, carried on between its statuses."""

import time

from hardware.clock import Instant


class DeviceTime:
    """The guard's clock as last heard. Without a guard it is the machine's own."""

    def __init__(self, speed: float = 1.0) -> None:
        """``speed``: device seconds per real second, as the guard was started with."""
        self._speed = speed
        self._heard = Instant(time.monotonic(), time.time())
        self._heard_real_s = time.monotonic()

    def hear(self, instant: Instant) -> None:
        """Take over the time of a status."""
        self._heard = instant
        self._heard_real_s = time.monotonic()

    def now(self) -> Instant:
        """Return device time now."""
        passed_s = (time.monotonic() - self._heard_real_s) * self._speed
        return Instant(self._heard.mono_s + passed_s, self._heard.wall_s + passed_s)

    def silent_s(self) -> float:
        """Return the real seconds since the guard was last heard."""
        return time.monotonic() - self._heard_real_s
