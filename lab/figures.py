"""Outcomes as figures: what ``--json`` writes, and the table that a person reads."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab.scenarios import Finding
from lab.strikes import BLOWS, CONTROLLER, GUARD, Outcome

PARTS = {GUARD: "guard", CONTROLLER: "controller"}
MODES = {True: "kept", False: "released"}

Figures = dict[str, float | str]


def figures(outcomes: Sequence[Outcome], findings: Iterable[Finding] = ()) -> Figures:
    """Return the figures under names such as ``lab.guard.kill.kept.low_max_s``."""
    found: Figures = {}
    for unit, part in PARTS.items():
        for blow in BLOWS:
            for persist, mode in MODES.items():
                row = [one for one in outcomes if (one.unit, one.blow, one.persist) == (unit, blow, persist)]
                if row:
                    cells = _row(row).items()
                    found |= {f"lab.{part}.{blow}.{mode}.{name}": value for name, value in cells}
    for mode in MODES.values():
        found[f"lab.strikes.{mode}"] = sum(MODES[one.persist] == mode for one in outcomes)
    for finding in findings:
        start = f"lab.{finding.name}"
        if finding.low_s is not None:
            found[f"{start}.low_s"] = round(finding.low_s, 3)
        found |= {f"{start}.heats": finding.heats, f"{start}.said": finding.said}
        found[f"{start}.as_wanted"] = int(finding.as_wanted)
    return found


def _row(row: Sequence[Outcome]) -> Figures:
    cells: Figures = {"strikes": len(row)}
    for name in ("low_s", "low_after_death_s", "toggle_s"):
        values = [value for one in row if (value := getattr(one, name)) is not None]
        if values:
            stem = name.removesuffix("_s")
            cells[f"{stem}_p50_s"] = round(statistics.median(values), 3)
            cells[f"{stem}_max_s"] = round(max(values), 3)
    cells["never_low"] = sum(one.low_s is None for one in row)
    cells["heats"] = sum(one.heats for one in row)
    cells["result"] = ", ".join(result for result, _ in Counter(one.result for one in row).most_common())
    cells["restarts"] = sum(one.restarts for one in row)
    return cells


def write(path: Path, found: Figures) -> None:
    """Write figures as JSON, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(found: Figures) -> str:
    """Lay out the figures of the strikes, and below them the scenarios."""
    lines = [
        "                            line low after, s  after death, s   dead-man's   heats",
        "daemon     struck  lines    strikes  p50    max    p50    max   last edge, s again  systemd says",
    ]
    for part in PARTS.values():
        for blow in BLOWS:
            for mode in MODES.values():
                cells = _under(f"lab.{part}.{blow}.{mode}.", found)
                if cells:
                    lines.append(f"{part:<10} {blow:<7} {mode:<8} {_cells(cells)}")
    lines.append("")
    for key in found:
        if key.endswith(".as_wanted"):
            start = key.removesuffix("as_wanted")
            lines.append(f"{start[4:-1]:<12} {_sentence(_under(start, found))}")
    return "\n".join(lines)


def _under(start: str, found: Figures) -> Figures:
    return {key.removeprefix(start): value for key, value in found.items() if key.startswith(start)}


def _sentence(cells: Figures) -> str:
    verdict = "as it should" if cells["as_wanted"] else "NOT AS IT SHOULD"
    low_s = cells.get("low_s")
    low = "" if low_s is None else f"line low after {low_s:.3f} s, "
    return f"{verdict}: {low}heats again: {cells['heats']}; {cells['said']}"


def _cells(cells: Figures) -> str:
    def seconds(name: str) -> str:
        value = cells.get(name)
        return f"{value:.3f}" if isinstance(value, float | int) else "–"

    return (
        f"{cells['strikes']:>7} {seconds('low_p50_s'):>6} {seconds('low_max_s'):>6} "
        f"{seconds('low_after_death_p50_s'):>6} {seconds('low_after_death_max_s'):>6} "
        f"{seconds('toggle_max_s'):>12} {cells['heats']:>9}  {cells['result']}"
        + (f"; {cells['never_low']} NEVER LOW" if cells["never_low"] else "")
    )
