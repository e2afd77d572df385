"""One session as one HTML page that a patient and a physiotherapist can read.

On paper it is one sheet of A4: of a long list of events the sheet has what matters most.
"""

from collections.abc import Sequence

from config.limits import Limits
from controller.records import applied, chart, figures, words
from controller.records.chain_state import ChainState
from controller.records.entry import Logged, Sample, SessionEnd, SessionRecord
from controller.records.sheet import NOTE, WARNING, document, escape, facts, heading, section, tiles
from controller.records.story import Moment, chart_story, headline, moments, verdict
from controller.records.watched import Watch, watches

_KEY = (
    ("temperature", "M0 6H24", "pad temperature"),
    ("target", "M0 6H24", "target"),
    ("inhibit", "M0 6H24", "heater pauses"),
    ("cutoff", "M0 6H24", "safety cutoff"),
    ("duty", "M1 2H23V11H1Z", "heating power"),
)
#: Lines for events on paper, and what fits into one; a message gets two at most.
_PAPER_LINES, _PAPER_COLUMNS = 12, 40
_MAX_TEXT = 160


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
{section("events", "What happened when", _events(timeline))}
</div>
{section("checks", "What the guard watched", _checks(watches(session, events, limits)))}
{section("record", "The record", facts((*applied.facts(session), *(state.facts() if state else ()))))}
{_minutes(samples)}
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


def _events(timeline: Sequence[Moment]) -> str:
    if not timeline:
        return "<p>The log has no entries of this session.</p>"
    shown = _on_paper(timeline)
    rows = "\n".join(
        _event(moment, screen_only=number not in shown) for number, moment in enumerate(timeline)
    )
    more = len(timeline) - len(shown)
    left_out = (
        f'<p class="paper">{more} of {len(timeline)} entries are not on this sheet.</p>' if more else ""
    )
    return (
        '<table class="events"><thead><tr><th scope="col">No.</th><th scope="col">Time</th>'
        '<th scope="col">Event</th><th scope="col">Details</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table>{left_out}"
    )


def _on_paper(timeline: Sequence[Moment]) -> frozenset[int]:
    """Choose what the sheet has room for: faults first, then what is marked in the chart, then the rest."""
    order = sorted(enumerate(timeline), key=lambda pair: (not pair[1].alarming, pair[1].number is None))
    lines, chosen = 0, set()
    for number, moment in order:
        lines += 1 if len(moment.message) <= _PAPER_COLUMNS else 2
        if lines <= _PAPER_LINES:
            chosen.add(number)
    return frozenset(chosen)


def _event(moment: Moment, *, screen_only: bool) -> str:
    badge = ""
    if moment.number is not None:
        kind = "number alarm" if moment.alarming else "number"
        badge = f'<span class="{kind}">{moment.number}</span>'
    row = '<tr class="screen">' if screen_only else "<tr>"
    what, message = words.short(moment.what, 40), words.short(moment.message, _MAX_TEXT)
    return (
        f'{row}<td>{badge}</td><td class="time">{escape(moment.clock)}</td>'
        f'<td class="what">{escape(what)}</td>'
        f'<td class="message"><span class="clamp">{escape(message)}</span></td></tr>'
    )


def _checks(found: Sequence[Watch]) -> str:
    rows = "\n".join(map(_check, found))
    return (
        "<p>Ten times a second, by a process that has no network. A tick: it found nothing.</p>\n"
        f'<ul class="checks">\n{rows}\n</ul>'
    )


def _check(watch: Watch) -> str:
    kind, sign, finding = "quiet", "✓", watch.finding or "found nothing"
    if watch.alarming:
        kind, sign = "alarm", "!"
    elif watch.finding.startswith("spoke"):
        kind, sign = "spoke", "!"
    hidden = "" if watch.finding else " unseen"
    return (
        f'<li class="{kind}"><span class="sign" aria-hidden="true">{sign}</span>'
        f"<span><b>{escape(watch.name)}</b> {escape(watch.limit)}"
        f'<span class="finding{hidden}"> {escape(finding)}</span></span></li>'
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
        f"<td>{words.celsius(sample.target_c)}</td><td>{words.percent(sample.duty)}</td></tr>"
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
