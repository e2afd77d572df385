"""What is measured in each run, and how runs of one kind are gathered into rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.report import percentile
from campaign.result import Result, Struck

Scope = Literal["healthy", "covered", "uncovered"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a run. ``name`` is for programs; ``most`` is the limit that it must not pass."""

    name: str
    title: str
    unit: str
    most: float | None
    digits: int
    of: Callable[[Result], float | None]

    def text(self, value: float) -> str:
        """Return a value with as many digits as matter, without its unit."""
        return f"{value:.{self.digits}f}" if value < 100 else f"{value:,.0f}"


FACE: Final = Measure("face_peak_c", "Face peak", "°C", 46.0, 1, lambda result: result.face_peak_c)
BASAL: Final = Measure("basal_peak_c", "Basal peak", "°C", 45.0, 1, lambda result: result.basal_peak_c)
DOSE: Final = Measure("basal_cem43", "Basal dose", "CEM43", 9.0, 2, lambda result: result.basal_cem43)
OFF: Final = Measure("off_s", "Fault to off", "s", None, 1, lambda result: result.off_s)
MEASURES: Final = (FACE, BASAL, DOSE, OFF)


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of the runs were at or below ``p50``, 99 % at or below ``p99``."""

    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Row:
    """All runs with the same fault on the same number of thermistors."""

    fault: str
    struck: Struck
    runs: tuple[Result, ...]

    @property
    def name(self) -> str:
        """``sensor_open.one``, for programs."""
        return f"{self.fault}.{self.struck}" if self.struck else self.fault

    @property
    def label(self) -> str:
        """``sensor open, one sensor``, for people."""
        return label(self.runs[0])

    @property
    def wrong(self) -> int:
        """How many ended with a code that is not right for the fault."""
        return sum(not result.right for result in self.runs)

    @property
    def not_off(self) -> int:
        """How many ended with the heater on."""
        return sum(not result.off for result in self.runs)

    def values(self, measure: Measure) -> list[float]:
        """Return the measure of each run that has it."""
        return [value for result in self.runs if (value := measure.of(result)) is not None]

    def spread(self, measure: Measure) -> Spread | None:
        """Return the measure's percentiles, by nearest rank; None when no run has it."""
        values = self.values(measure)
        if not values:
            return None
        return Spread(percentile(values, 0.5), percentile(values, 0.99), max(values))

    def codes(self) -> list[tuple[str, int]]:
        """Return the codes that ended the runs, with counts, the most frequent first."""
        counted = Counter(result.code or "none" for result in self.runs)
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def label(result: Result) -> str:
    """Return what a run was, for people: "sensor open, one sensor"."""
    if result.kind == "healthy":
        return "no fault"
    which = {"": "", "one": ", one sensor", "all": ", all sensors"}[result.struck]
    return result.fault.replace("_", " ").replace("mosfet", "MOSFET") + which


def scope(result: Result) -> Scope:
    """Return which of the campaign's three parts a run belongs to."""
    if result.kind == "healthy":
        return "healthy"
    return "covered" if result.covered else "uncovered"


def within(results: Iterable[Result], part: Scope) -> list[Result]:
    """Return the runs of one part."""
    return [result for result in results if scope(result) == part]


def rows(results: Sequence[Result]) -> list[Row]:
    """Gather runs by fault and thermistors, in the order of their names."""
    gathered: dict[tuple[str, Struck], list[Result]] = {}
    for result in results:
        gathered.setdefault((result.fault, result.struck), []).append(result)
    return [Row(*key, tuple(runs)) for key, runs in sorted(gathered.items(), key=lambda pair: pair[0])]
