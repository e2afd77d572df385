"""One session as one HTML page that a patient and a physiotherapist can read.

On paper it is one sheet of A4: of a long list of events the sheet has what matters most.
"""

from collections.abc import Sequence

from config.limits import Limits
from controller.records import applied, chart, figures, report_lists, words
from controller.records.chain_state import ChainState
from controller.records.entry import Logged, Sample, SessionEnd, SessionRecord
from controller.records.sheet import NOTE, WARNING, document, escape, facts, heading, section, tiles
from controller.records.story import Moment, chart_story, headline, moments, verdict
from controller.records.watched import watches

_KEY = (
    ("temperature", "M0 6H24", "pad temperature"),
    ("target", "M0 6H24", "target"),
    ("inhibit", "M0 6H24", "heater pauses"),
    ("cutoff", "M0 6H24", "safety cutoff"),
    ("duty", "M1 2H23V11H1Z", "heating power"),
)


def render(
    session: SessionRecord,
    events: Sequence[Logged],
    samples: Sequence[Sample],
    limits: Limits,
    state: ChainState | None = None,
) -> str:
    """Return the page.

    Args:
        session: what was asked and what came of it.
        events: the log's entries of this session, in their order.
        samples: its samples in the order of time; may be empty.
        limits: those that applied.
        state: what is known of the log's chain; None where nobody looked.
    """
    row = session.row
    when = words.moment(row.requested_wall_s, "%A, %-d %B %Y, %H:%M")
    area = words.short(" ".join(words.printable(row.area).split()), 60)
    name = f"Heat session: {area}" if area else "Heat session"
    timeline = moments(session, events)
    kind, label = verdict(session)
    return document(
        f"{name}, {words.moment(row.requested_wall_s, '%Y-%m-%d %H:%M')}",
        f"""{heading(name, f"{when} · started {words.origin(row.origin)}")}
<section class="outcome {kind}" aria-label="What happened">
<p class="verdict">{escape(label)}</p>
<p class="lead">{escape(headline(session, samples))}</p>
</section>
<div class="view">
{_tiles(session.end, limits)}
{_figure(session, samples, limits, timeline)}
</div>
<div class="pair">
{section("figures", "Figures", _figures(session, limits))}
{section("events", "What happened when", report_lists.events(timeline))}
</div>
{section("checks", "What the guard watched", report_lists.checks(watches(session, events, limits)))}
{section("record", "The record", facts((*applied.facts(session), *(state.facts() if state else ()))))}
{report_lists.minutes(samples)}
<footer>
<p><strong>Before the next heat.</strong> {escape(WARNING)}</p>
<p>{escape(NOTE)}</p>
</footer>""",
    )


def _tiles(end: SessionEnd | None, limits: Limits) -> str:
    if end is None:
        return ""
    reached = "–" if end.time_to_target_s is None else words.duration(end.time_to_target_s)
    peak = "–" if end.peak_c is None else words.celsius(end.peak_c)
    share = end.dose_cem43 / limits.session_dose_cem43
    return tiles(
        (
            (
                "Time to target",
                reached,
                "not reached" if end.time_to_target_s is None else "from the first heat",
            ),
            ("Peak", peak, f"cutoff at {words.celsius(limits.cutoff_c)}"),
            ("Heated", words.duration(end.heated_s), f"at most {words.duration(limits.session_max_s)}"),
            ("Thermal dose", f"{words.dose(end.dose_cem43)} CEM43", f"{words.percent(share)} of the limit"),
        )
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
        '<th scope="col">Limit</th><th scope="col" class="meaning">Meaning</th></tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )
