"""The lists on a session's page: its events, the checks, and the curve in numbers."""

from collections.abc import Sequence

from controller.records import words
from controller.records.entry import Sample
from controller.records.sheet import escape
from controller.records.story import Moment
from controller.records.watched import Watch

#: Lines for events on paper, and what fits into one; a message gets two at most.
_PAPER_LINES, _PAPER_COLUMNS = 12, 40
_MAX_TEXT = 160


def events(timeline: Sequence[Moment]) -> str:
    """Return the table of what happened when."""
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


def checks(found: Sequence[Watch]) -> str:
    """Return the list of what was watched; what spoke stands out."""
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


def minutes(samples: Sequence[Sample]) -> str:
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
