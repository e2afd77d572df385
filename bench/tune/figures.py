"""The figures of many trials: tables for a terminal, a flat object for programs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench import report
from bench.report import percentile
from bench.tune.trial import SHARE, SIZES, Tuned

_GROUPS: Final[dict[str, Callable[[Tuned], bool]]] = {
    "all": lambda tuned: True,
    "worn": lambda tuned: tuned.worn,
    "unworn": lambda tuned: not tuned.worn,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One percentile of one figure of the trials that worked.

    Attributes:
        key: for programs.
        title: for people, with the unit.
        digits: after the point.
        share: of the percentile; 1 is the highest.
        of: the figure.
    """

    key: str
    title: str
    digits: int
    share: float
    of: Callable[[Tuned], float]

    def value(self, tuned: Sequence[Tuned]) -> float:
        """Return the percentile."""
        return percentile([self.of(one) for one in tuned], self.share)


COSTS: Final = (
    Column("heat_p50_j_m2", "J/m² p50", 0, 0.5, lambda t: t.heat_j_m2),
    Column("heat_max_j_m2", "max", 0, 1.0, lambda t: t.heat_j_m2),
    Column("heat_p50_of_session", "of a session p50", 3, 0.5, lambda t: t.heat_j_m2 / t.session_j_m2),
    Column("duration_p50_s", "s p50", 0, 0.5, lambda t: t.duration_s),
    Column("duration_max_s", "max", 0, 1.0, lambda t: t.duration_s),
    Column("peak_max_c", "peak °C", 1, 1.0, lambda t: t.peak_c),
    Column("cpu_p50_s", "CPU s p50", 2, 0.5, lambda t: t.cpu_s),
    Column("cpu_max_s", "max", 2, 1.0, lambda t: t.cpu_s),
    Column("expected_overshoot_p50_c", "expects °C p50", 2, 0.5, lambda t: t.expected_overshoot_c),
    Column("expected_overshoot_p95_c", "p95", 2, 0.95, lambda t: t.expected_overshoot_c),
)


def _error(name: str, share: float) -> Column:
    which = f"p{share * 100:.0f}"
    return Column(f"{name}.error_{which}", which, 3, share, lambda tuned: abs(tuned.errors[name]))


def show(tuned: Sequence[Tuned]) -> dict[str, float | int]:
    """Print the tables and return the figures, ``tune.*``."""
    figures: dict[str, float | int] = {"tune.runs": len(tuned)}
    groups = {name: [one for one in tuned if belongs(one)] for name, belongs in _GROUPS.items()}
    good = {name: [one for one in group if not one.refused] for name, group in groups.items()}
    rows = []
    for name, group in groups.items():
        if not good[name]:
            continue
        works = len(good[name]) / len(group)
        figures[f"tune.{name}.works"] = round(works, 4)
        figures |= {f"tune.{name}.{column.key}": round(column.value(good[name]), 4) for column in COSTS}
        cells = [f"{column.value(good[name]):,.{column.digits}f}" for column in COSTS]
        rows.append([name, f"{len(good[name])} of {len(group)}", f"{works:.1%}", *cells])
    report.table(
        f"{len(tuned):,} devices, one trial each",
        ["", "worked", "", *(column.title for column in COSTS)],
        rows,
    )
    rows = []
    for parameter in (*SIZES, SHARE):
        columns = [_error(parameter, share) for share in (0.5, 0.95)]
        cells = []
        for name, group in good.items():
            values = [column.value(group) if group else 0.0 for column in columns]
            figures |= {f"tune.{name}.{c.key}": round(v, 4) for c, v in zip(columns, values, strict=True)}
            cells += [f"{value:.2f}" for value in values]
        rows.append([parameter, *cells])
    report.table(
        "How far off: relative, and of the share itself",
        ["", *(f"{name} {which}" for name in good for which in ("p50", "p95"))],
        rows,
    )
    told = [one.told_worn == one.worn for one in good["all"]]
    print(f"{sum(told)} of {len(told)} were rightly told to be worn or not")
    for reason, number in Counter(one.refused for one in tuned if one.refused).most_common():
        print(f"{number} refused: {reason}")
    return figures
