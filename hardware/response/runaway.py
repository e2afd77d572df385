"""Does the pad leave its target upwards, with heat or without?"""

from dataclasses import dataclass, replace
from typing import Final

from hardware.response.seconds import Seconds, latest_c, mean_c

#: Above the target by this much and still rising, without heat. A healthy session overshoots by 0.9 °C.
RISE_C: Final = 1.2
_RISE_OFF_S = 8
_RISE_C_PER_2S = 0.1
#: No control law heats on beyond its target by this much.
ASTRAY_C: Final = 2.0
_ASTRAY_S = 3
#: A rise that was the heater's own stops within this time when the series switch is open, and falls.
_SHOWS_S = 60
_STOPPED_C = 0.3


@dataclass(frozen=True, slots=True)
class Runaway:
    """The pad above its target.

    Attributes:
        rising: it rises without heat, found in this second.
        rose_c: the highest reading since that was found, °C; None when it was not.
        rose_ago_s: since it was found.
        stopped: the rise has turned into a fall since, with everything switched off.
        astray_s: for how long heat has gone in far above the target.
        astray: that was too long.
    """

    rising: bool = False
    rose_c: float | None = None
    rose_ago_s: int = 0
    stopped: bool = False
    astray_s: int = 0
    astray: bool = False

    def step(self, seconds: Seconds, target_c: float | None, off_s: int) -> "Runaway":
        """Take one more second; ``off_s``: for how long there was no heat. Without a session no target."""
        now_c = latest_c(seconds)
        if self.rose_c is not None:
            return self._after(self.rose_c, now_c)
        if target_c is None:
            return Runaway()
        astray_s = self.astray_s + 1 if not seconds[-1].off and now_c >= target_c + ASTRAY_C else 0
        rising = (
            off_s >= _RISE_OFF_S
            and len(seconds) >= 4
            and now_c >= target_c + RISE_C
            and now_c - mean_c(seconds[-4:-2]) > _RISE_C_PER_2S
        )
        return Runaway(rising, now_c if rising else None, 0, False, astray_s, astray_s >= _ASTRAY_S)

    def _after(self, rose_c: float, now_c: float) -> "Runaway":
        if self.rose_ago_s >= _SHOWS_S:
            return Runaway()
        rose_c = max(rose_c, now_c)
        stopped = self.stopped or now_c <= rose_c - _STOPPED_C
        return replace(
            self, rising=False, astray=False, rose_c=rose_c, rose_ago_s=self.rose_ago_s + 1, stopped=stopped
        )
