"""What must be true whenever the heater is on, kept by somebody with a stopwatch.

The books know which packets were sent and when, what codes the converter gave, what lies on the disk
and what time it really is. They never ask the guard why it heats, and have its limits as numbers of
their own.
"""

from collections.abc import Iterable

from campaign.fuzz.asked import Asked
from campaign.fuzz.broken import BrokenError
from campaign.fuzz.disk import Disk
from campaign.fuzz.heat_book import HeatBook
from campaign.fuzz.latch_book import LatchBook
from campaign.fuzz.stopwatch import LEAST_S, Stopwatch

_HOT_C, _OVERRUN_S = 43.02, 1.0
#: Why a cycle must end without heat, unless another demand comes.
ZERO = "the only demand is zero"


class Books:
    """One guard's life, restarts included."""

    def __init__(self, disk: Disk, *, flux_w_m2: float, button_only: bool) -> None:
        """Open the books.

        Args:
            disk: where the guard's ledger lies.
            flux_w_m2: the pad's rated heat flux, W/m².
            button_only: a reset over the link counts for nothing.
        """
        self.heats = False
        self._stopwatch = Stopwatch()
        self._disk = disk
        self._button_only = button_only
        self._asked = Asked()
        self._heat = HeatBook(self._stopwatch, flux_w_m2)
        self._latches = LatchBook(self._stopwatch)
        self._temperatures_c: tuple[float | None, ...] = ()
        self._off = ""
        self._fed = False

    # --- what happens -----------------------------------------------------------------------------

    def sent(self, packet: bytes) -> None:
        """Note a packet that the controller's own socket took, whatever it may mean to the guard."""
        if self._asked.sent(packet) and self._off == ZERO:
            self._off = ""

    def must_be_off(self, why: str) -> None:
        """Note that the coming cycle must end without heat."""
        if why != ZERO or not self._off:
            self._off = why

    def jammed(self, jammed: bool) -> None:
        """Note that no ledger can be saved from now on, or can again."""
        self._latches.jammed(jammed)

    @property
    def saved(self) -> bool:
        """Whether the disk holds all that the guard has written by now."""
        return self._latches.saved

    def stepped(self, seconds: float) -> None:
        """Note that the wall clock was set."""
        self._stopwatch.stepped(seconds)

    def passed(self, seconds: float) -> None:
        """Let real time pass, with the pins as they are."""
        self._stopwatch.now_s += seconds
        coolest_c = min((t for t in self._temperatures_c if t is not None), default=None)
        self._heat.passed(seconds, self.heats, coolest_c)
        if self.heats and seconds > _OVERRUN_S + LEAST_S:
            self._off = "overrun: the guard hung"

    def restarted(self) -> None:
        """Note that another guard has started. It knows no status and no demand of the one before."""
        self._asked.restarted()
        self._latches.restarted()
        self._stopwatch.power_failed()
        self._fed = False  # closing the pins was an edge as well

    def closed(self) -> None:
        """Note that MOSFET or series switch was closed, at the very moment of it: perhaps to be tested."""
        self._disk.charged()

    def switched(self, heats: bool) -> None:
        """Note an edge of the whole power path, at the very moment of it."""
        self.heats = heats
        if heats:
            self._may_heat()

    def fed(self) -> None:
        """Note an edge of the dead-man pin."""
        self._fed = True

    def cycle_begins(self, temperatures_c: Iterable[float | None], button: bool) -> None:
        """Note what the guard has read in this cycle."""
        self._temperatures_c = tuple(temperatures_c)
        if self._latches.cycle_begins(button):
            self.must_be_off("the button was pressed")

    def cycle_ends(self, tick: int) -> None:
        """Judge the cycle, whose status has this tick."""
        self._asked.status(tick, self._stopwatch.now_s)
        if self.heats:
            self._may_heat()
            if self._off:
                raise BrokenError(f"heat: on although {self._off}")
        writes = self._disk.writes
        codes = [latch.code for latch in self._disk.ledger().latches]
        reset = self._asked.reset and not self._button_only
        self._latches.cycle_ends(codes, self._temperatures_c, reset=reset, fed=self._fed)
        if self._disk.writes != writes:
            self._stopwatch.unsaved_s = 0.0
        self._off, self._asked.reset, self._fed = "", False, False

    # --- what must be true ------------------------------------------------------------------------

    def _may_heat(self) -> None:
        session_id = self._disk.charged()
        if self._asked.wanted_until_s(session_id) < self._stopwatch.now_s - LEAST_S:
            raise BrokenError("demand: heat that nobody asks for any more")
        for temperature_c in self._temperatures_c:
            if temperature_c is None or not temperature_c < _HOT_C:
                raise BrokenError(f"hot: heat with a sensor at {temperature_c} °C")
        self._heat.may_heat(session_id, self._asked.longest_s(session_id))
