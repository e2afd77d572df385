"""The contest as one HTML page: nothing loaded from elsewhere, no scripts, well-formed as XML."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import campaign.page
from bench.control.bound import bounds
from bench.control.figures import (
    ALL_MEASURES,
    MEASURES,
    SETTLE,
    SWITCHES,
    Measure,
    Results,
    disturbed_head,
    disturbed_rows,
    never_settled,
    worn_head,
    worn_rows,
)
from bench.control.laws import LAWS, OURS
from bench.control.metrics import Outcome
from bench.control.pairs import Device, nominal
from bench.control.play import CASES, MAIN
from bench.control.plots import Group, distribution, session
from bench.control.session import heat
from bench.report import percentile
from campaign.page import escape
from hardware.simulated.plant import PlantParameters

_STYLES = (Path(campaign.page.__file__).with_name("page.css"), Path(__file__).with_name("page.css"))
_A_SECOND = 10  # ticks
#: Pads and wearers whose sessions are drawn: a title and what differs from the nominal ones.
_SCENES: Final[tuple[tuple[str, PlantParameters], ...]] = (
    ("The nominal pad on the nominal wearer", PlantParameters()),
    (
        "A strong, light pad under a blanket, with a slow thermistor",
        replace(
            PlantParameters(), power_w=11.0, heater_j_k=15.0, face_j_k=7.0, back_w_m2k=1.5, sensor_tau_s=13.0
        ),
    ),
    (
        "A weak, heavy pad in a cold room",
        replace(PlantParameters(), power_w=6.5, heater_j_k=29.0, face_j_k=13.0, ambient_c=17.0),
    ),
)
_NOTE = (
    "The pad, the skin and the sensor are an engineering estimate: a lumped model that agrees with a layered"
    " bioheat model within about 1.5 °C. Nothing here was tried on people. No guard takes part: what is"
    " compared are control laws. The peers are own implementations after their published algorithms, and heat"
    " something else at home; nothing here says how good they are at that."
)


@dataclass(frozen=True, slots=True)
class About:
    """Where the figures come from."""

    seed: int
    command: str
    version: str
    date: str


def render(results: Results, about: About) -> str:
    """Return the page."""
    style = "".join(path.read_text(encoding="utf-8") for path in _STYLES)
    return f"""<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Heatpack: control laws, seed {about.seed}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
<p class="brand">Heatpack</p>
<h1>Control laws</h1>
<p class="when">{escape(about.date)} · version {escape(about.version)} · seed {about.seed}</p>
</header>
<section aria-labelledby="what">
<h2 id="what">What is compared</h2>
<p>{escape(_what(results))}</p>
<p>Settling counts until the pad stays within ±0.3 °C of its target. The bound is what no law can beat: full
power until the pad is 0.3 °C below its target. A pad that never settles counts with the whole session.</p>
</section>
<section aria-labelledby="distributions">
<h2 id="distributions">{escape(_case(MAIN))}</h2>
<p>Line: from the 5th to the 95th percentile. Bar: the middle half. Stroke: the median. Dots: the
extremes.</p>
<div class="charts">
{_distributions(results)}
</div>
{_table(results, MAIN)}
</section>
<section aria-labelledby="worn">
<h2 id="worn">As it is worn</h2>
<p>The law behind its guard, which asks readings to move, limits the heat, and now and then does not believe a
sample. While it asks, the pad dips for some seconds: so its arrival is shown, and not that it stays. Every
fourth device.</p>
{_plain_table("Law", worn_head(), worn_rows(results))}
<h3>When something happens</h3>
<p>Overshoot in °C from that moment on, of every fourth device.</p>
{_plain_table("What", disturbed_head(), disturbed_rows(results))}
</section>
<section aria-labelledby="sessions">
<h2 id="sessions">Sessions</h2>
<p>The pad's true temperature in °C over ten minutes, with all the other laws in grey. Green: the band of
±0.3 °C, and the moment at which full power reaches it.</p>
{"".join(_scene(title, parameters) for title, parameters in _SCENES)}
</section>
<section aria-labelledby="others">
<h2 id="others">Other converters and targets</h2>
{"".join(f"<h3>{escape(_case(case))}</h3>{_table(results, case)}" for case in CASES if case != MAIN)}
</section>
<section aria-labelledby="laws">
<h2 id="laws">The laws</h2>
<dl class="notes">{"".join(_law_notes())}</dl>
</section>
<section aria-labelledby="about">
<h2 id="about">How this was made</h2>
<dl class="about">
<div><dt>Command</dt><dd><code>{escape(about.command)}</code></dd></div>
<div><dt>Version, seed</dt><dd>{escape(about.version)}, {about.seed}</dd></div>
<div><dt>Date</dt><dd>{escape(about.date)}</dd></div>
</dl>
</section>
<footer><p>{escape(_NOTE)}</p></footer>
</main>
</body>
</html>
"""


def _plain_table(corner: str, head: list[str], rows: list[list[str]]) -> str:
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head[1:])
    body = "\n".join(
        f'<tr class="ours"><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return (
        f'<div class="table"><table><thead><tr><th scope="col">{escape(corner)}</th>{titles}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _what(results: Results) -> str:
    left_out = results.unreachable[MAIN[1]]
    return (
        f"{results.runs:,} random devices, each on a random wearer, heated for ten minutes by each law. On"
        f" {left_out:,} of them the pad's power cannot reach or hold {MAIN[1]:g} °C; they are left out."
        " The other converter and target are played by every fourth device."
        " Figures are of the pad's true temperature, not of the reading. Autotunes ran on the same device"
        " with another wearer."
    )


def _case(case: tuple[int, float]) -> str:
    return f"{case[0]}-bit converter, target {case[1]:g} °C"


def _distributions(results: Results) -> str:
    return "\n".join(
        f"<figure><figcaption>{escape(measure.title)}</figcaption>{_distribution(results, measure)}</figure>"
        for measure in ALL_MEASURES
    )


def _distribution(results: Results, measure: Measure) -> str:
    groups = [
        Group(law.title, law in OURS, [measure.of(o) for o in results.of(law.key, MAIN)]) for law in LAWS
    ]
    if not any(group.values for group in groups):
        return "<p>No runs.</p>"
    return distribution(measure, groups, logarithmic=measure in (SETTLE, SWITCHES))


def _table(results: Results, case: tuple[int, float]) -> str:
    columns = [(measure, share) for measure in ALL_MEASURES for share in measure.shares]
    sessions = {law.key: results.of(law.key, case) for law in LAWS}
    if not any(sessions.values()):
        return "<p>No runs.</p>"
    found = {key: [_value(own, column) for column in columns] for key, own in sessions.items()}
    # The least is no merit of a law that does not get there; energy and switchings are none at all.
    there = [found[key] for key, own in sessions.items() if never_settled(own) < 0.5] or list(found.values())
    best = [min(values) for values in zip(*there, strict=True)]
    rows = []
    for law in LAWS:
        never, values = never_settled(sessions[law.key]), found[law.key]
        cells = [
            _cell(column[0], value, marked=value == least and column[0] in MEASURES and never < 0.5)
            for column, value, least in zip(columns, values, best, strict=True)
        ]
        cells.insert(2, f"<td>{escape(f'{100 * never:.0f} %')}</td>")
        kind = ' class="ours"' if law in OURS else ""
        rows.append(f'<tr{kind}><th scope="row">{escape(law.title)}</th>{"".join(cells)}</tr>')
    head = [_heading(measure, share) for measure, share in columns]
    head.insert(2, "Never settled")
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "\n".join(rows)
    return (
        f'<div class="table"><table><thead><tr><th scope="col">Law</th>{titles}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _value(sessions: Sequence[Outcome], column: tuple[Measure, float]) -> float:
    measure, share = column
    return percentile([measure.of(o) for o in sessions], share)


def _cell(measure: Measure, value: float, *, marked: bool) -> str:
    kind = ' class="best"' if marked else ""
    return f"<td{kind}>{measure.text(value)}</td>"


def _heading(measure: Measure, share: float) -> str:
    which = {0.5: "median", 1.0: "highest"}.get(share, f"p{share * 100:.0f}")
    title = measure.title.replace("Settling time over the bound", "Settling, × bound")
    return f"{title}, {which}"


def _scene(title: str, parameters: PlantParameters) -> str:
    bits, target_c = MAIN
    device: Device = replace(nominal(bits), parameters=parameters, practice=parameters)
    bound_s = bounds(parameters, (target_c,))[target_c]
    assert bound_s is not None
    curves = {}
    for law in LAWS:
        done = heat(law, law.build(device)(), device.session("scene"), target_c)
        curves[law.title] = done.true_c[_A_SECOND - 1 :: _A_SECOND]
    panels = "".join(
        f'<figure><figcaption class="{"ours" if law in OURS else "peer"}">{escape(law.title)}</figcaption>'
        f"{session(law.title, law in OURS, curves, target_c, bound_s)}</figure>"
        for law in LAWS
    )
    return f'<h3>{escape(title)}</h3><div class="panels">{panels}</div>\n'


def _law_notes() -> Iterator[str]:
    for law in LAWS:
        yield f"<div><dt>{escape(law.title)}</dt><dd>{escape(law.note)}</dd></div>"
