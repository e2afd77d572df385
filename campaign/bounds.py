"""What no run may do, and whether one did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from campaign.measures import Scope, label, within
from campaign.result import Result


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing that must not happen: ``of`` of a run is more than ``most``."""

    part: Scope
    #: Of the figure that counts the runs where it happened.
    key: str
    title: str
    of: Callable[[Result], float]
    most: float = 0.0
    #: Empty for what is or is not: a wrong code has no size.
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a bound fared: in how many runs it was passed, and the run that came nearest or went furthest."""

    bound: Bound
    runs: int
    passed: int
    worst: Result | None


def _burns(part: Scope, prefix: str) -> tuple[Bound, ...]:
    face, basal, dose = (
        "Pad face above 46 °C for more than 2 s",
        "Basal skin above 45 °C",
        "Basal dose above 9 CEM43",
    )
    return (
        Bound(part, f"{prefix}face_over_46c_2s", face, lambda run: run.face_over_46_s, 2.0, "s"),
        Bound(part, f"{prefix}basal_over_45c", basal, lambda run: run.basal_peak_c, 45.0, "°C"),
        Bound(part, f"{prefix}cem43_over_9", dose, lambda run: run.basal_cem43, 9.0, "CEM43"),
    )


BOUNDS: Final = (
    Bound("healthy", "false_trips", "False trip", lambda run: float(run.false_trip)),
    *_burns("healthy", "healthy."),
    *_burns("covered", ""),
    Bound("covered", "wrong_code", "Wrong code or none", lambda run: float(not run.right)),
    Bound("covered", "not_off", "Heater not off at the end", lambda run: float(not run.off)),
)
#: What happens where software has no say: counted, and not judged.
UNCOVERED: Final = _burns("uncovered", "uncovered.")


def find(bound: Bound, results: Sequence[Result]) -> Finding:
    """Hold a bound against the runs of its part."""
    runs = within(results, bound.part)
    passed = sum(not bound.of(result) <= bound.most for result in runs)
    worst = max(runs, key=lambda result: (bound.of(result), result.face_peak_c, -result.run), default=None)
    return Finding(bound, len(runs), passed, worst)


def judge(results: Sequence[Result]) -> list[Finding]:
    """Hold all bounds against the runs."""
    return [find(bound, results) for bound in BOUNDS]


def by_how_much(finding: Finding) -> str:
    """Return "met, 0.9 °C to spare", "missed by 0.8 °C", "missed in 3 runs", or "no runs"."""
    bound = finding.bound
    if finding.worst is None:
        return "no runs"
    if not bound.unit:
        return f"missed in {finding.passed:,} run{'s' * (finding.passed != 1)}" if finding.passed else "met"
    margin = abs(bound.most - bound.of(finding.worst))
    size = f"{margin:.2g} {bound.unit}" if margin < 10 else f"{margin:,.0f} {bound.unit}"
    return f"missed by {size}" if finding.passed else f"met, {size} to spare"


def corner(result: Result) -> str:
    """Return where in the space of pads, wearers and faults a run was, and how to make it again."""
    parts = [f"run {result.run}", f"seed {result.seed}", label(result)]
    if result.value is not None:
        parts.append(f"of {result.value:.4g}")
    if result.at_s is not None:
        parts.append(f"after {result.at_s:.0f} s")
    return ", ".join(
        [
            *parts,
            f"{result.flux_w_m2:.0f} W/m²",
            f"target {result.target_c:.1f} °C",
            f"{result.bits} bit",
            f"{result.sensors} sensor{'s' * (result.sensors != 1)}",
            f"{'with' if result.series_switch else 'no'} series switch",
            f"ended by {result.code or 'no code'}",
        ]
    )


def chance_below(runs: int) -> float:
    """Return what the share of such runs is below, with 95 % confidence, when none of ``runs`` was one.

    The exact binomial bound, 1 − 0.05^(1/n); near 3/n.
    """
    return 1.0 - 0.05 ** (1.0 / runs) if runs else 1.0
