"""What time it really is, and by how much the guard may be mistaken about it."""

from dataclasses import dataclass

#: Two sums of the same tenths of a second differ by less.
LEAST_S = 1e-6
#: A wall clock that is set forward by no more is not told from one that is a little fast.
_UNSEEN_STEP_S = 2.0


@dataclass(slots=True)
class Stopwatch:
    """Real seconds since the books were opened.

    Attributes:
        now_s: of this moment.
        unseen_s: by how much the wall clock was set forward and the guard could not notice.
        unsaved_s: by how much it was set forward since the ledger was last written.
    """

    now_s: float = 0.0
    unseen_s: float = 0.0
    unsaved_s: float = 0.0

    def stepped(self, seconds: float) -> None:
        """Note that the wall clock was set."""
        self.unseen_s += seconds if 0.0 < seconds <= _UNSEEN_STEP_S else 0.0
        self.unsaved_s += max(0.0, seconds)

    def power_failed(self) -> None:
        """Note a restart.

        A wall clock that was set forward in a session is written with the session's end. When the power
        fails before, the day's older sessions look older by that much: known, and not the controller's.
        """
        self.unseen_s += self.unsaved_s
        self.unsaved_s = 0.0
