"""The margins of many pairs as percentiles, worst first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.margins.margins import Margins
from bench.margins.pairs import Judged
from bench.report import percentile

LAWS: Final = ("tuned", "mistuned", "untuned")
#: How many in a hundred are worse.
SHARES: Final = {"worst": 0.0, "p1": 0.01, "p5": 0.05, "p50": 0.5}


@dataclass(frozen=True, slots=True)
class Measure:
    """One margin.

    Attributes:
        key: for programs.
        title: for people.
        digits: after the point.
        of: the figure.
        more_is_worse: as it is for a sensitivity.
    """

    key: str
    title: str
    digits: int
    of: Callable[[Margins], float]
    more_is_worse: bool = False

    def worse(self, found: Sequence[Margins], share: float) -> float:
        """Return the value that a share of all does not better."""
        sign = -1.0 if self.more_is_worse else 1.0
        return sign * percentile([sign * self.of(each) for each in found], share)


MEASURES: Final = (
    Measure("gain", "gain margin", 2, lambda m: m.gain),
    Measure("phase_deg", "phase margin, °", 1, lambda m: m.phase_deg),
    Measure("delay_s", "delay margin, s", 2, lambda m: m.delay_s),
    Measure("sensitivity", "sensitivity M_s", 2, lambda m: m.sensitivity, more_is_worse=True),
)


def flat(pairs: Sequence[Judged | None], nominal: Judged | None) -> dict[str, float | int]:
    """Return ``margins.*``: counts, then for each law each margin's percentiles over the stable pairs."""
    held = [pair for pair in pairs if pair is not None]
    figures: dict[str, float | int] = {
        "margins.runs": len(pairs),
        "margins.saturated": len(pairs) - len(held),
    }
    for law in LAWS:
        stable = [found for pair in held if (found := _of(pair, law)) is not None]
        own = None if nominal is None else _of(nominal, law)
        figures[f"margins.{law}.unstable"] = len(held) - len(stable)
        figures[f"margins.{law}.least_gain"] = round(max((m.gain_less for m in stable), default=0.0), 4)
        for measure in MEASURES:
            key = f"margins.{law}.{measure.key}"
            if own is not None:
                figures[f"{key}.nominal"] = round(measure.of(own), 4)
            for name, share in SHARES.items() if stable else ():
                figures[f"{key}.{name}"] = round(measure.worse(stable, share), 4)
    return figures


def _of(pair: Judged, law: str) -> Margins | None:
    found: Margins | None = getattr(pair, law)
    return found
