"""The campaign's figures: one flat object for programs, plain tables for the terminal."""

import textwrap
from collections.abc import Iterator, Sequence

from campaign.bounds import BOUNDS, UNCOVERED, Finding, by_how_much, corner, find, judge
from campaign.measures import BASAL, DOSE, FACE, MEASURES, OFF, Measure, Row, rows, within
from campaign.result import Result

WIDTH = 100


def flat(results: Sequence[Result]) -> dict[str, float | int]:
    """Return ``campaign.*``: counts of runs, of what must not happen, and each fault's spreads."""
    healthy, covered, uncovered = (within(results, part) for part in ("healthy", "covered", "uncovered"))
    figures: dict[str, float | int] = {
        "campaign.healthy_runs": len(healthy),
        "campaign.fault_runs": len(covered),
        "campaign.uncovered.runs": len(uncovered),
    }
    for bound in (*BOUNDS, *UNCOVERED):
        figures[f"campaign.{bound.key}"] = find(bound, results).passed
    for prefix, runs in (("campaign.fault", covered), ("campaign.uncovered.fault", uncovered)):
        for row in rows(runs):
            figures |= _of_row(f"{prefix}.{row.name}", row)
    return figures


def _of_row(prefix: str, row: Row) -> dict[str, float | int]:
    figures: dict[str, float | int] = {
        f"{prefix}.runs": len(row.runs),
        f"{prefix}.wrong_code": row.wrong,
        f"{prefix}.not_off": row.not_off,
    }
    for measure in MEASURES:
        if spread := row.spread(measure):
            figures[f"{prefix}.{measure.name}.p50"] = spread.p50
            figures[f"{prefix}.{measure.name}.p99"] = spread.p99
            figures[f"{prefix}.{measure.name}.max"] = spread.most
    return figures | {f"{prefix}.code.{code}": count for code, count in row.codes()}


def for_terminal(results: Sequence[Result]) -> str:
    """Return the tables and verdicts as plain text, at most ``WIDTH`` columns wide, with a last line end."""
    covered, uncovered = within(results, "covered"), within(results, "uncovered")
    lines = [*_table("Single faults: figures after the fault struck", rows(covered))]
    lines += _table("What software cannot cover: why the pad has hardware of its own", rows(uncovered))
    lines += ["Verdict"]
    for finding in judge(results):
        lines += _verdict(finding)
    if uncovered:
        lines += ["", "Where software cannot help, counted and not judged"]
        for bound in UNCOVERED:
            lines.append(_count(find(bound, results)))
    return "\n".join(lines) + "\n"


def _verdict(finding: Finding) -> Iterator[str]:
    yield f"{_count(finding)}   {by_how_much(finding)}"
    if finding.passed and finding.worst is not None:
        yield from _indented(f"worst: {corner(finding.worst)}")


def _count(finding: Finding) -> str:
    whose = "healthy" if finding.bound.part == "healthy" else "fault"
    return f"  {whose:8}{finding.bound.title:42}{finding.passed:>7,} of {finding.runs:>7,}"


def _table(title: str, found: Sequence[Row]) -> Iterator[str]:
    if not found:
        return
    yield title
    yield (f"  {'':30}{'':>7}  {'face, °C':>18}{'basal':>7}{'dose':>8}  {'fault to off, s':>17}{'wrong':>6}")
    yield (
        f"  {'fault':30}{'runs':>7}  {'p50':>6}{'p99':>6}{'max':>6}{'max':>7}{'max':>8}"
        f"  {'p50':>5}{'p99':>6}{'max':>6}{'code':>6}"
    )
    for row in found:
        yield (
            f"  {row.label:30}{len(row.runs):>7,}  {_three(row, FACE, (6, 6, 6))}"
            f"{_most(row, BASAL):>7}{_most(row, DOSE):>8}  {_three(row, OFF, (5, 6, 6))}{row.wrong:>6,}"
        )
        yield from _indented(", ".join(f"{code} {count:,}" for code, count in row.codes()))
    yield ""


def _three(row: Row, measure: Measure, widths: tuple[int, int, int]) -> str:
    spread = row.spread(measure)
    values = (spread.p50, spread.p99, spread.most) if spread else (None, None, None)
    return "".join(
        f"{'–' if value is None else measure.text(value):>{width}}"
        for value, width in zip(values, widths, strict=True)
    )


def _most(row: Row, measure: Measure) -> str:
    spread = row.spread(measure)
    return measure.text(spread.most) if spread else "–"


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
