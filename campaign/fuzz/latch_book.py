"""Which faults are latched, and whether somebody could have reset them."""

import math
from collections.abc import Iterable

from campaign.fuzz.broken import BrokenError
from campaign.fuzz.stopwatch import LEAST_S, Stopwatch

_RESET_BELOW_C, _LONG_PRESS_S, _LOCKOUT_S = 38.0, 3.0, 86_400.0
#: After a disk that was full has room again, a guard needs up to so many cycles to write.
_SAVED_AGAIN_CYCLES = 25
#: Cycles that the button must be up for before its next press is one.
_LET_GO_CYCLES = 2


class LatchBook:
    """The latches on the disk, the button, and when a person could last reset them."""

    def __init__(self, stopwatch: Stopwatch) -> None:
        """Open it for a guard that has just started."""
        self._stopwatch = stopwatch
        self._latched_s: dict[str, float] = {}
        self._pardon_s = -math.inf
        self._synced_s = 0.0
        self._jammed = False
        self._cycles_unjammed = _SAVED_AGAIN_CYCLES
        self._down_s: float | None = None
        self._ups = _LET_GO_CYCLES

    def jammed(self, jammed: bool) -> None:
        """Note that no ledger can be saved from now on, or can again."""
        self._jammed, self._cycles_unjammed = jammed, 0

    def restarted(self) -> None:
        """Note that another guard has started: to it a button that is down was always down."""
        self._down_s, self._ups = None, 0

    @property
    def saved(self) -> bool:
        """Whether the disk holds all that the guard has written by now."""
        return not self._jammed and self._cycles_unjammed >= _SAVED_AGAIN_CYCLES

    def cycle_begins(self, button: bool) -> bool:
        """Note the button; return whether it is a press that stops a session."""
        pressed = button and self._ups >= _LET_GO_CYCLES
        self._ups = 0 if button else self._ups + 1
        if button and self._down_s is None:
            self._down_s = self._stopwatch.now_s
        if self._ups >= _LET_GO_CYCLES:
            self._down_s = None
        if not self._jammed:
            self._cycles_unjammed = min(self._cycles_unjammed + 1, _SAVED_AGAIN_CYCLES)
        return pressed

    def cycle_ends(
        self, codes: Iterable[str], temperatures_c: Iterable[float | None], *, reset: bool, fed: bool
    ) -> None:
        """Judge the latches on the disk.

        Args:
            codes: those of the latches.
            temperatures_c: what each sensor read.
            reset: one was asked for over a link that may ask.
            fed: the dead-man's pin had an edge.

        Raises:
            BrokenError: one has gone and nobody could reset it, or the dead-man was fed with one.
        """
        now_s = self._stopwatch.now_s
        held = self._down_s is not None and now_s - self._down_s >= _LONG_PRESS_S - LEAST_S
        read_c = [t for t in temperatures_c if t is not None]
        if (held or reset) and read_c and max(read_c) < _RESET_BELOW_C:
            self._pardon_s = now_s
        on_disk = set(codes)
        for code in self._latched_s.keys() - on_disk:
            self._judge_gone(code)
        if fed and self._latched_s and on_disk and self.saved:
            raise BrokenError(f"dead-man: fed with {sorted(on_disk)} on the disk")
        for code in on_disk - self._latched_s.keys():
            self._latched_s[code] = self._synced_s
        if self.saved:
            self._synced_s = now_s

    def _judge_gone(self, code: str) -> None:
        now_s = self._stopwatch.now_s
        if self._pardon_s < (now_s if self.saved else self._synced_s):
            raise BrokenError(f"pardon: {code} has gone and nobody could reset it")
        age_s = now_s - self._latched_s.pop(code)
        if code == "dose_exceeded" and age_s < _LOCKOUT_S - self._stopwatch.unseen_s - LEAST_S:
            raise BrokenError(f"lockout: {code} has gone after {age_s:.0f} s")
