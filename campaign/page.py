"""The campaign as one HTML page: nothing loaded from elsewhere, no scripts, well-formed as XML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape as escape_html
from pathlib import Path

from campaign.bounds import Finding, by_how_much, chance_below, corner, judge
from campaign.measures import Measure, Row, rows, within
from campaign.plots import Axis, axes, strip
from campaign.result import Result
from controller.records.words import duration

_STYLE = Path(__file__).with_name("page.css")
_UNIT = re.compile(r"(?<=\d) (?=(?:°C|CEM43|W/m²|min|s|h|%|bit)(?!\w))")
_NOTE = (
    "The pad, the skin and the sensor are an engineering estimate: a lumped model that agrees with a layered"
    " bioheat model within about 1.5 °C. Nothing here was tried on people. The guard and the controller are"
    " the code that runs on the device."
)


@dataclass(frozen=True, slots=True)
class About:
    """Where the figures come from.

    ``hardware`` says, for a fault that software cannot cover, which hardware does; ``notes`` are further
    sentences about how the campaign was run.
    """

    seed: int
    command: str
    version: str
    date: str
    hardware: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def render(results: Sequence[Result], about: About) -> str:
    """Return the page. It grows with the number of different faults, not with the number of runs."""
    healthy, covered, uncovered = (within(results, part) for part in ("healthy", "covered", "uncovered"))
    findings = judge(results)
    return f"""<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Heatpack: fault campaign, seed {about.seed}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<header>
<p class="brand">Heatpack</p>
<h1>Fault campaign</h1>
<p class="when">{escape(about.date)} · version {escape(about.version)} · seed {about.seed}</p>
</header>
{_outcome(findings)}
<section aria-labelledby="bounds">
<h2 id="bounds">What must not happen</h2>
{_bounds(findings)}
<p class="quiet">Where an event did not occur, its true share of such runs is below the percentage, with 95 %
confidence.</p>
</section>
<section aria-labelledby="faults">
<h2 id="faults">Single faults</h2>
<p>Each row is one fault at a random moment of a session, on random pads and wearers; peaks are those after it
struck. {_key()}</p>
{_rows(covered, {}) or "<p>No runs.</p>"}
</section>
<section aria-labelledby="uncovered">
<h2 id="uncovered">What software cannot cover</h2>
<p>With these faults the guard has no switch left, or no true reading. They are why the pad needs hardware of
its own. The scales differ from those above.</p>
{_rows(uncovered, about.hardware) or "<p>No runs.</p>"}
</section>
<section aria-labelledby="healthy">
<h2 id="healthy">Healthy sessions</h2>
<p>The same pads and wearers with nothing broken.</p>
{_rows(healthy, {}) or "<p>No runs.</p>"}
</section>
<section aria-labelledby="about">
<h2 id="about">How this was made</h2>
{_about(results, about)}
</section>
<footer>
{"".join(f"<p>{escape(note)}</p>" for note in (_NOTE, *about.notes))}
</footer>
</main>
</body>
</html>
"""


def escape(text: str) -> str:
    """Return text for the page; a number never parts from its unit at the end of a line."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", escape_html(text))


def _outcome(findings: Sequence[Finding]) -> str:
    tried = [finding for finding in findings if finding.runs]
    missed = [finding for finding in tried if finding.passed]
    counts = {finding.bound.part: finding.runs for finding in findings}
    runs = f"{counts['healthy']:,} healthy sessions and {counts['covered']:,} single faults"
    if missed:
        kind, verdict = "missed", f"{len(missed)} of {len(tried)} limits missed"
        lead = f"In {runs}, not every limit held. The table says by how much and where."
    elif len(tried) < len(findings):
        kind, verdict = "open", "Not all limits were tried"
        lead = f"In {runs}, those that were tried held."
    else:
        kind, verdict = "held", "All limits held"
        lead = f"In {runs}, none went past a limit, and each ended off with the right code."
    return (
        f'<section class="outcome {kind}" aria-label="Outcome"><p class="verdict">{verdict}</p>'
        f'<p class="lead">{escape(lead)}</p></section>'
    )


def _bounds(findings: Sequence[Finding]) -> str:
    body = "\n".join(map(_bound, findings))
    return (
        '<table class="bounds"><thead><tr><th scope="col">Event</th><th scope="col">Runs</th>'
        '<th scope="col">Verdict</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _bound(finding: Finding) -> str:
    bound = finding.bound
    state = "missed" if finding.passed else "held" if finding.runs else "open"
    whose = "healthy sessions" if bound.part == "healthy" else "single faults"
    chance = ""
    if finding.runs and not finding.passed:
        chance = f'<span class="chance">below {100 * chance_below(finding.runs):.2g} % of such runs</span>'
    return (
        f'<tr><th scope="row">{escape(bound.title)}{_worst(finding)}</th>'
        f'<td class="count"><b>{finding.passed:,}</b> of {finding.runs:,} {whose}{chance}</td>'
        f'<td><span class="badge {state}">{escape(by_how_much(finding))}</span></td></tr>'
    )


def _worst(finding: Finding) -> str:
    bound, worst = finding.bound, finding.worst
    if worst is None or not bound.of(worst):
        return ""
    reached = f"Worst {bound.of(worst):.3g} {bound.unit}" if bound.unit else "One of them"
    return f'<p class="corner">{escape(f"{reached}: {corner(worst)}")}</p>'


def _key() -> str:
    return (
        "Bars: how many runs, on a logarithmic scale. Dot: the highest run. Line: the limit."
        " The figures are the median, the 99th percentile and the highest."
    )


def _rows(results: Sequence[Result], hardware: Mapping[str, str]) -> str:
    found = rows(results)
    if not found:
        return ""
    shown = [axis for axis in axes(found) if any(row.values(axis.measure) for row in found)]
    head = "".join(f'<th scope="col">{_heading(axis.measure)}</th>' for axis in shown)
    body = "\n".join(_row(row, shown, hardware.get(row.fault, "")) for row in found)
    return (
        f'<table class="rows"><thead><tr><th scope="col">{"Fault" if found[0].fault else "Sessions"}</th>'
        f"{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _heading(measure: Measure) -> str:
    return f"{measure.title}, {measure.unit}"


def _row(row: Row, shown: Sequence[Axis], hardware: str) -> str:
    name = row.label[:1].upper() + row.label[1:]
    codes = "".join(f"<li><code>{escape(code)}</code> {count:,}</li>" for code, count in row.codes())
    faults = [
        f'<p class="alarm">{count:,} {what}</p>'
        for count, what in ((row.wrong, "with a wrong code"), (row.not_off, "not off at the end"))
        if count
    ]
    covering = f'<p class="covering">{escape(hardware)}</p>' if hardware else ""
    cells = "".join(_cell(row, axis) for axis in shown)
    return (
        f'<tr><th scope="row"><p class="name">{escape(name)} <span>{len(row.runs):,} runs</span></p>'
        f'<ul class="codes">{codes}</ul>{"".join(faults)}{covering}</th>{cells}</tr>'
    )


def _cell(row: Row, axis: Axis) -> str:
    measure, spread = axis.measure, row.spread(axis.measure)
    title = f'<p class="measure">{_heading(measure)}</p>'
    if spread is None:
        return f'<td>{title}<p class="numbers">–</p></td>'
    over = ' class="over"' if measure.most is not None and spread.most > measure.most else ""
    p50, p99, most = (measure.text(value) for value in (spread.p50, spread.p99, spread.most))
    return f'<td>{title}{strip(row, axis)}<p class="numbers">{p50} · {p99} · <b{over}>{most}</b></p></td>'


def _about(results: Sequence[Result], about: About) -> str:
    heated_s = sum(result.duration_s for result in results)
    parameters = (
        ("Command", f"<code>{escape(about.command)}</code>"),
        ("Version, seed", f"{escape(about.version)}, {about.seed}"),
        ("Runs", f"{len(results):,}, {escape(duration(heated_s))} of sessions"),
        ("Pads", escape(_pads(results))),
        ("Date", escape(about.date)),
    )
    inner = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in parameters if value)
    return f'<dl class="about">{inner}</dl>'


def _pads(results: Sequence[Result]) -> str:
    if not results:
        return ""
    fluxes = [result.flux_w_m2 for result in results]
    one = sum(result.sensors == 1 for result in results) / len(results)
    coarse = sum(result.bits == 10 for result in results) / len(results)
    return (
        f"{min(fluxes):.0f}–{max(fluxes):.0f} W/m²; {one:.0%} with one sensor, {1 - one:.0%} with two;"
        f" {coarse:.0%} with a 10-bit converter, {1 - coarse:.0%} with 12 bit"
    ).replace("%", " %")
