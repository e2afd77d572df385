"""The contest's figures: a flat object for programs, a CSV file of all sessions, tables for a terminal."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from bench import report
from bench.control import guarded
from bench.control.laws import LAWS, OURS
from bench.control.metrics import Outcome
from bench.control.play import BITS, CASES, MAIN, TARGETS_C, Disturbed, Played
from bench.control.scene import SCENES
from bench.report import percentile


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a session, and which of its percentiles are shown.

    Attributes:
        key: for programs.
        title: for people, with the unit.
        unit: alone.
        digits: after the point.
        shares: percentiles, as shares; 1 is the highest.
        of: the figure.
    """

    key: str
    title: str
    unit: str
    digits: int
    shares: tuple[float, ...]
    of: Callable[[Outcome], float]

    def name(self, share: float) -> str:
        """Return the key of one percentile: ``settle_ratio_p50``, ``overshoot_max_c``."""
        which = "max" if share == 1.0 else f"p{share * 100:.0f}"
        stem, _, unit = self.key.rpartition("_") if self.key.endswith(("_c", "_j")) else (self.key, "", "")
        return f"{stem}_{which}_{unit}" if unit else f"{stem}_{which}"

    def text(self, value: float) -> str:
        """Return a value without its unit."""
        return f"{value:,.{self.digits}f}"


SETTLE: Final = Measure(
    "settle_ratio", "Settling time over the bound", "", 2, (0.5, 0.95), lambda o: o.settle_ratio
)
ARRIVE: Final = Measure(
    "arrive_ratio", "Arrival over the bound", "", 2, (0.5, 0.95), lambda o: o.arrive_ratio
)
OVERSHOOT: Final = Measure("overshoot_c", "Overshoot, °C", "°C", 2, (0.95, 1.0), lambda o: o.overshoot_c)
HOLD: Final = Measure("hold_rms_c", "Hold RMS, °C", "°C", 3, (0.95,), lambda o: o.hold_rms_c)
BASAL: Final = Measure("basal_c", "Basal peak, °C", "°C", 1, (1.0,), lambda o: o.basal_max_c)
ENERGY: Final = Measure("energy_j", "Energy, J", "J", 0, (0.5,), lambda o: o.energy_j)
SWITCHES: Final = Measure("switches", "Switchings", "", 0, (0.5,), lambda o: o.switches)
DISTURBED_SHARES: Final = ((0.95, "p95"), (1.0, "max"))
#: What is shown of the pack as it is worn: it does not *stay* at its target while its guard asks.
WORN: Final = (ARRIVE, OVERSHOOT, HOLD, BASAL)
#: Those of the JSON object, and those that only the tables and the page have.
MEASURES: Final = (SETTLE, OVERSHOOT, HOLD, BASAL)
ALL_MEASURES: Final = (*MEASURES, ENERGY, SWITCHES)


@dataclass(frozen=True, slots=True)
class Results:
    """All sessions of all devices, in the order of the devices."""

    outcomes: tuple[Outcome, ...]
    runs: int
    unreachable: dict[float, int]
    untuned: dict[int, int]
    disturbed: tuple[Disturbed, ...] = ()

    def of(self, law: str, case: tuple[int, float]) -> list[Outcome]:
        """Return the sessions of one law with one converter and target."""
        return [o for o in self.outcomes if o.law == law and (o.bits, o.target_c) == case]


def gather(played: Iterable[Played]) -> Results:
    """Bring the devices together."""
    runs = list(played)
    unreachable = {target_c: sum(target_c in one.unreachable_c for one in runs) for target_c in TARGETS_C}
    untuned = {bits: sum(bits in one.untuned_bits for one in runs) for bits in BITS}
    outcomes = sorted((o for one in runs for o in one.outcomes), key=lambda o: o.run)
    disturbed = tuple(each for one in runs for each in one.disturbed)
    return Results(tuple(outcomes), len(runs), unreachable, untuned, disturbed)


def flat(results: Results) -> dict[str, float | int]:
    """Return ``control.*``. What is not of the 10-bit converter at 40 °C has a suffix: ``.12bit_42c``."""
    figures: dict[str, float | int] = {"control.runs": results.runs}
    for case in CASES:
        figures[f"control.unreachable{suffix(case)}"] = results.unreachable[case[1]]
        figures[f"control.tuned.not_tuned{suffix(case)}"] = results.untuned[case[0]]
        for law in LAWS:
            sessions = results.of(law.key, case)
            for measure in MEASURES if sessions else ():
                values = [measure.of(o) for o in sessions]
                for share in measure.shares:
                    key = f"control.{law.key}.{measure.name(share)}{suffix(case)}"
                    figures[key] = round(percentile(values, share), 4)
    worn = results.of(guarded.KEY, MAIN)
    for measure in WORN if worn else ():
        for share in measure.shares:
            value = percentile([measure.of(o) for o in worn], share)
            figures[f"control.{guarded.KEY}.{measure.name(share)}"] = round(value, 4)
    for law in OURS:
        for scene in SCENES:
            for share, name in DISTURBED_SHARES:
                key = f"control.{law.key}.{scene.key}.overshoot_{name}_c"
                above_c = disturbed_c(results, law.key, scene.key, share)
                figures |= {} if above_c is None else {key: round(above_c, 4)}
    return figures


def disturbed_c(results: Results, law: str, scene: str, share: float) -> float | None:
    """Return a percentile of the overshoot in a scene, °C; None if nobody played it."""
    found = [each.overshoot_c for each in results.disturbed if (each.law, each.scene) == (law, scene)]
    return percentile(found, share) if found else None


def disturbed_rows(results: Results) -> list[list[str]]:
    """Return a row for each scene: title, then p95 and highest overshoot of each of this project's laws."""
    rows = []
    for scene in SCENES:
        found = [
            disturbed_c(results, law.key, scene.key, share) for law in OURS for share, _ in DISTURBED_SHARES
        ]
        rows.append([scene.title, *("–" if value is None else f"{value:.2f}" for value in found)])
    return rows


def disturbed_head() -> list[str]:
    """Return the headings of ``disturbed_rows``."""
    return ["", *(f"{law.key} {name}" for law in OURS for _, name in DISTURBED_SHARES)]


def worn_rows(results: Results) -> list[list[str]]:
    """Return a row for the law alone and one for the pack: title, then each percentile of ``WORN``."""
    rows, runs = [], {o.run for o in results.of(guarded.KEY, MAIN)}
    for title, key in (("Heatpack, tuned", "tuned"), (guarded.TITLE, guarded.KEY)):
        sessions = [o for o in results.of(key, MAIN) if o.run in runs]
        if sessions:
            rows.append([title, *_cells_of(WORN, sessions)])
    return rows


def worn_head() -> list[str]:
    """Return the headings of ``worn_rows``."""
    return ["", *(_heading(measure, share) for measure in WORN for share in measure.shares)]


def suffix(case: tuple[int, float]) -> str:
    """Return what a key has at its end: nothing for the main case."""
    return "" if case == MAIN else f".{case[0]}bit_{case[1]:.0f}c"


def show(results: Results) -> None:
    """Print a table for each converter and target."""
    head = ["", *(_heading(measure, share) for measure in ALL_MEASURES for share in measure.shares)]
    head.insert(3, "never settled")
    for case in CASES:
        bits, target_c = case
        rows = [[law.title, *_cells(results.of(law.key, case))] for law in LAWS]
        played, weak = len(results.of(LAWS[0].key, case)), results.unreachable[target_c]
        title = (
            f"{bits} bits, {target_c:g} °C: {played:,} devices on their wearers."
            f" Of all {results.runs:,} the power of {weak:,} cannot reach or hold the target;"
            f" on {results.untuned[bits]:,} the trial of heatpack tune found nothing"
        )
        report.table(title, head, rows)
    report.table("Overshoot when something happens, °C", disturbed_head(), disturbed_rows(results))
    report.table("The pack as it is worn, behind its guard: 10 bits, 40 °C", worn_head(), worn_rows(results))


def _heading(measure: Measure, share: float) -> str:
    stem = measure.title.removesuffix(" over the bound").removesuffix(" time").partition(",")[0].lower()
    return f"{stem} {'max' if share == 1.0 else f'p{share * 100:.0f}'}"


def never_settled(sessions: Sequence[Outcome]) -> float:
    """Return the share of sessions in which the pad never came to stay."""
    return sum(not o.settled for o in sessions) / len(sessions) if sessions else 0.0


def _cells(sessions: Sequence[Outcome]) -> list[str]:
    cells = _cells_of(ALL_MEASURES, sessions)
    return [*cells[:2], f"{never_settled(sessions):.0%}", *cells[2:]]


def _cells_of(measures: Iterable[Measure], sessions: Sequence[Outcome]) -> list[str]:
    return [
        measure.text(percentile([measure.of(o) for o in sessions], share)) if sessions else "–"
        for measure in measures
        for share in measure.shares
    ]


def write_csv(path: Path, results: Results) -> None:
    """Write a line for each session."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(field.name for field in fields(Outcome)), "settle_ratio"])
        for outcome in results.outcomes:
            cells = (*astuple(outcome), outcome.settle_ratio)
            writer.writerow([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in cells])
