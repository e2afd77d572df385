"""A trial as the law of a session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from controller.control.hottest import Hottest
from controller.supply import power_share
from controller.tuning.trial import Sample


class Trial(Protocol):
    """What steers the session: ``controller.tuning.trial.Trial``."""

    @property
    def verdict(self) -> str | None:
        """Why it was broken off, as a sentence; None if it was not."""
        ...

    def step(self, sample: Sample) -> float | None:
        """Take a sample; return the wanted duty, or None when it is over."""
        ...


@dataclass(slots=True)
class TrialLaw:
    """The trial as the law of a session. Once it is over it asks for nothing.

    What went in it takes from the guard's count of energy: that is right even where a status was missed.
    """

    trial: Trial
    hottest: Hottest
    power_w: float
    rated_v: float
    energy_j: Callable[[], float]
    over: bool = False
    counted_j: float = 0.0
    _share_s: float = 0.0
    _measured_s: float = 0.0

    @property
    def supply(self) -> float | None:
        """Power at full duty over the rated one while it heated; None where nothing measures the voltage."""
        return self._share_s / self._measured_s if self._measured_s > 0.0 else None

    def step(
        self,
        target_c: float,
        readings_c: Sequence[float | None],
        dt_s: float,
        applied: float,
        supply_v: float | None = None,
    ) -> float:
        """Let the trial take one sample; ``applied`` is what the guard gives now, not what went in."""
        if self.over:
            return 0.0
        before_j, self.counted_j = self.counted_j, self.energy_j()
        went_in = (self.counted_j - before_j) / (self.power_w * dt_s)
        if supply_v is not None and went_in > 0.0:
            self._measured_s += dt_s
            self._share_s += dt_s * power_share(supply_v, self.rated_v)
        temperature_c = self.hottest.step(readings_c, dt_s)
        wanted = self.trial.step(Sample(dt_s, temperature_c, min(max(went_in, 0.0), 1.0)))
        self.over = wanted is None
        return 0.0 if wanted is None else wanted
