"""One heat phase as the guard sees it, and the demand that keeps it warm. Pure values."""

from dataclasses import dataclass, fields
from operator import attrgetter

from hardware.link import Origin, SessionStatus
from hardware.self_test import SelfTest, Switch


@dataclass(frozen=True, slots=True)
class Demand:
    """The controller's last word: a duty of 0-1, and the monotonic second it answers."""

    duty: float
    given_s: float
    lifetime_s: float

    def live(self, now_s: float) -> bool:
        """Whether it still counts. What is older than its lifetime is zero."""
        return 0.0 <= now_s - self.given_s <= self.lifetime_s


@dataclass(slots=True)
class HeatPhase:
    """The session that the ledger has charged. A cycle works on a copy of its own.

    ``armed``: the ledger is on disk and the self-test passed, heat may follow. ``test``: the self-test,
    from the first cycle after the save until the arming. ``energised_s``: monotonic second of the
    first energised tick; the session's clock runs from there and nothing stops or extends it.
    ``reached``: the pad has been at the target, so the tighter checks of holding apply.
    """

    session_id: str
    origin: Origin
    target_c: float
    duration_s: float | None
    opened_s: float
    opened_wall_s: float
    armed: bool = False
    energised_s: float | None = None
    energised_wall_s: float | None = None
    reached: bool = False
    peak_c: float | None = None
    energy_j: float = 0.0
    demand: Demand | None = None
    test: SelfTest | None = None

    def copy(self) -> "HeatPhase":
        """Return a phase that may be changed without changing this one."""
        return HeatPhase(*_FIELDS(self))

    def elapsed_s(self, now_s: float) -> float:
        """Seconds since the first energised tick; 0 before it."""
        return 0.0 if self.energised_s is None else now_s - self.energised_s

    @property
    def exercise(self) -> Switch | None:
        """The switch that the self-test closes alone now."""
        return None if self.test is None else self.test.closed

    @property
    def spoke_s(self) -> float:
        """Monotonic second of the controller's last word. Before the first, that of the arming."""
        return self.opened_s if self.demand is None else max(self.opened_s, self.demand.given_s)

    def status(self, now_s: float, longest_s: float) -> SessionStatus:
        """Describe it for the controller."""
        elapsed_s = self.elapsed_s(now_s)
        total_s = longest_s if self.duration_s is None else min(self.duration_s, longest_s)
        return SessionStatus(
            session_id=self.session_id,
            origin=self.origin,
            target_c=self.target_c,
            duration_s=self.duration_s,
            started_wall_s=self.energised_wall_s or self.opened_wall_s,
            elapsed_s=elapsed_s,
            remaining_s=max(0.0, total_s - elapsed_s),
            reached=self.reached,
        )


_FIELDS = attrgetter(*(field.name for field in fields(HeatPhase)))
