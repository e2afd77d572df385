"""One session as one HTML page that a patient and a physiotherapist can read.

No scripts, nothing loaded from elsewhere, well-formed as XML; dark, light and on A4.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape as escape_html
from pathlib import Path

from config.limits import Limits
from controller.records import chart, figures, words
from controller.records.entry import Logged, Sample, SessionEnd, SessionRecord
from controller.records.story import Moment, chart_story, headline, moments, verdict

_STYLE = Path(__file__).with_name("report.css")
_UNIT = re.compile(r"(?<=\d) (?=(?:°C|CEM43|min|s|h|kJ|Wh|%)(?!\w))")
_NOTE = (
    "Temperatures are the hottest reading of the pad's own sensors, at the side that faces the skin;"
    " skin is taken to be as hot. These are readings, not advice."
)
_KEY = (
    ("temperature", "M0 6H24", "pad temperature"),
    ("target", "M0 6H24", "target"),
    ("inhibit", "M0 6H24", "heater pauses"),
    ("cutoff", "M0 6H24", "safety cutoff"),
    ("duty", "M1 2H23V11H1Z", "heating power"),
)


def render(
    session: SessionRecord, events: Sequence[Logged], samples: Sequence[Sample], limits: Limits
) -> str:
    """Return the page.

    Args:
        session: what was asked and what came of it.
        events: the log's entries of this session, in their order.
        samples: its samples in the order of time; may be empty.
        limits: those that applied.
    """
    row = session.row
    when = words.moment(row.requested_wall_s, "%A, %-d %B %Y, %H:%M")
    area = words.printable(row.area).strip()
    name = f"Heat session: {area}" if area else "Heat session"
    timeline = moments(session, events)
    kind, label = verdict(session)
    return f"""<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(name)}, {escape(words.moment(row.requested_wall_s, "%Y-%m-%d %H:%M"))}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<header>
<p class="brand">Heatpack</p>
<h1>{escape(name)}</h1>
<p class="when">{escape(when)} · started {escape(words.origin(row.origin))}</p>
</header>
<section class="outcome {kind}" aria-label="What happened">
<p class="verdict">{escape(label)}</p>
<p class="lead">{escape(headline(session, samples))}</p>
</section>
{_tiles(session.end, limits)}
{_figure(session, samples, limits, timeline)}
<section aria-labelledby="figures">
<h2 id="figures">Figures</h2>
{_figures(session, limits)}
</section>
<section aria-labelledby="events">
<h2 id="events">What happened when</h2>
{_events(timeline)}
</section>
<section aria-labelledby="limits">
<h2 id="limits">Limits that applied</h2>
<ul class="limits">
{_items(figures.limits_in_words(limits))}
</ul>
</section>
{_minutes(samples)}
<footer>
<p>Session {escape(words.printable(row.id))}{_version(row.version)}. {_NOTE}</p>
</footer>
</main>
</body>
</html>
"""


def escape(text: str) -> str:
    """Return text for the page; a number never parts from its unit at the end of a line."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", escape_html(text))


def _tiles(end: SessionEnd | None, limits: Limits) -> str:
    if end is None:
        return ""
    reached = "–" if end.time_to_target_s is None else words.duration(end.time_to_target_s)
    peak = "–" if end.peak_c is None else words.celsius(end.peak_c)
    share = end.dose_cem43 / limits.session_dose_cem43
    tiles = (
        ("Time to target", reached, "not reached" if end.time_to_target_s is None else "from the first heat"),
        ("Peak", peak, f"cutoff at {words.celsius(limits.cutoff_c)}"),
        ("Heated", words.duration(end.heated_s), f"at most {words.duration(limits.session_max_s)}"),
        ("Thermal dose", f"{words.dose(end.dose_cem43)} CEM43", f"{figures.percent(share)} of the limit"),
    )
    inner = "".join(
        f'<div><dt>{name}</dt><dd class="value">{_value(value)}</dd>'
        f'<dd class="note">{escape(note)}</dd></div>\n'
        for name, value, note in tiles
    )
    return f'<dl class="tiles">\n{inner}</dl>'


def _value(text: str) -> str:
    """Set the units smaller than their numbers."""
    return " ".join(
        f"<small>{escape(part)}</small>" if part[:1].isalpha() or part[:1] == "°" else escape(part)
        for part in text.split(" ")
    )


def _figure(
    session: SessionRecord, samples: Sequence[Sample], limits: Limits, timeline: Sequence[Moment]
) -> str:
    story = chart_story(session, samples, limits, timeline)
    if not story.samples:
        return "<p>No readings were recorded in this session, so there is no curve to show.</p>"
    key = "".join(
        f'<li><svg viewBox="0 0 24 12" aria-hidden="true"><path class="{kind}" d="{path}"/></svg>{name}</li>'
        for kind, path, name in _KEY
    )
    return (
        f"<figure>\n{chart.render(story, chart.WIDE)}\n{chart.render(story, chart.NARROW)}\n"
        f'<figcaption><ul class="key">{key}</ul></figcaption>\n</figure>'
    )


def _figures(session: SessionRecord, limits: Limits) -> str:
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="figure">{escape(value)}</td>'
        f'<td class="limit">{escape(limit)}</td><td class="meaning">{escape(meaning)}</td></tr>'
        for name, value, limit, meaning in figures.rows(session, limits)
    )
    return (
        '<table class="figures"><thead><tr><th scope="col">Figure</th><th scope="col">This session</th>'
        '<th scope="col">Limit</th><th scope="col">Meaning</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def _events(timeline: Sequence[Moment]) -> str:
    if not timeline:
        return "<p>The log has no entries of this session.</p>"
    rows = "\n".join(map(_event, timeline))
    return (
        '<table class="events"><thead><tr><th scope="col">No.</th><th scope="col">Time</th>'
        '<th scope="col">Event</th><th scope="col">Details</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _event(moment: Moment) -> str:
    badge = ""
    if moment.number is not None:
        kind = "number alarm" if moment.alarming else "number"
        badge = f'<span class="{kind}">{moment.number}</span>'
    return (
        f'<tr><td>{badge}</td><td class="time">{escape(moment.clock)}</td>'
        f'<td class="what">{escape(moment.what)}</td><td class="message">{escape(moment.message)}</td></tr>'
    )


def _minutes(samples: Sequence[Sample]) -> str:
    """Return the curve as a table, for those who cannot see it."""
    if not samples:
        return ""
    by_minute: dict[int, Sample] = {}
    for sample in samples:
        by_minute.setdefault(int(sample.elapsed_s // 60), sample)
    rows = "\n".join(
        f'<tr><th scope="row">{minute}</th><td>{_reading(sample)}</td>'
        f"<td>{words.celsius(sample.target_c)}</td><td>{figures.percent(sample.duty)}</td></tr>"
        for minute, sample in by_minute.items()
    )
    return (
        "<details><summary>The curve in numbers, minute by minute</summary>\n"
        '<table><thead><tr><th scope="col">Minute</th><th scope="col">Pad temperature</th>'
        '<th scope="col">Target</th><th scope="col">Heating power</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></details>"
    )


def _reading(sample: Sample) -> str:
    return "no reading" if sample.temperature_c is None else words.celsius(sample.temperature_c)


def _items(lines: Iterable[str]) -> str:
    return "\n".join(f"<li>{escape(line)}</li>" for line in lines)


def _version(version: str) -> str:
    return f", recorded by Heatpack {escape(words.printable(version))}" if version else ""
