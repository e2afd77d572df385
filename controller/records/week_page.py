"""One week as one HTML page, one sheet of A4: heat by area and day, dose against the budget, faults."""

from collections.abc import Sequence

from controller.records import week_chart, words
from controller.records.chain_state import ChainState
from controller.records.entry import Logged, SessionRecord
from controller.records.sheet import NOTE, WARNING, document, escape, facts, heading, section, tiles
from controller.records.sums import area_of
from controller.records.week import Week, headline

#: Rows on paper, and from how many sessions on they stand closer. A guard grants 42 a week at most.
_SESSIONS_ON_PAPER = 32
_FAULTS_ON_PAPER = 3
_MANY = 24


def render(week: Week, state: ChainState | None = None) -> str:
    """Return the page. ``state`` is what is known of the log's chain; None where nobody looked."""
    first_s, last_s = week.days[0].start_s, week.days[-1].start_s
    days = f"{words.moment(first_s, '%-d %B')} to {words.moment(last_s, '%-d %B %Y')}"
    kind, label, sentence = headline(week)
    charts = f"{week_chart.render(week, week_chart.WIDE)}\n{week_chart.render(week, week_chart.NARROW)}"
    return document(
        f"Heat, {days}",
        f"""{heading("A week of heat", f"{days} · week {words.moment(first_s, '%V')}")}
<section class="outcome {kind}" aria-label="What happened">
<p class="verdict">{escape(label)}</p>
<p class="lead">{escape(sentence)}</p>
</section>
<div class="view">
{_tiles(week)}
<figure>
{charts}
<figcaption>{_key(week)}</figcaption>
</figure>
</div>
{section("areas", "Heat by area and day, in minutes", _areas(week))}
{section("sessions", "Sessions", _sessions(week.sessions))}
{section("faults", "Faults", _faults(week.faults))}
{section("record", "The record", facts(state.facts())) if state else ""}
<footer>
<p><strong>Before the next heat.</strong> {escape(WARNING)}</p>
<p>{escape(NOTE)} The budget counts any 24 hours, not the days of the calendar.</p>
</footer>""",
        kind="week",
    )


def _tiles(week: Week) -> str:
    limits, worst = week.limits, week.worst
    peak = "–" if week.sum.peak_c is None else words.celsius(week.sum.peak_c)
    return tiles(
        (
            ("Sessions", f"{week.sum.sessions}", f"at most {limits.day_sessions} in 24 h"),
            ("Heated", words.duration(round(week.sum.heated_s / 60) * 60.0), "in the whole week"),
            (
                "Most dose in 24 h",
                f"{words.dose(worst.dose_cem43)} CEM43",
                f"{words.percent(worst.dose_cem43 / limits.day_dose_cem43)} of the budget",
            ),
            ("Highest peak", peak, f"cutoff at {words.celsius(limits.cutoff_c)}"),
        )
    )


def _key(week: Week) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 24 12" aria-hidden="true"><rect class="area-{number}" x="4" y="0" width="16"'
        f' height="12"/></svg>{escape(words.short(area, 40))}</li>'
        for number, area in enumerate(week.areas)
    )
    return f'<ul class="key">{items}</ul>'


def _areas(week: Week) -> str:
    if not week.sessions:
        return "<p>None.</p>"
    heads = "".join(
        f'<th scope="col">{words.moment(day.start_s, "%a <small>%-d</small>")}</th>' for day in week.days
    )
    rows = [
        _row(area, [day.heated_s[number] / 60 for day in week.days]) for number, area in enumerate(week.areas)
    ]
    rows.append(_row("All", [day.sum.heated_s / 60 for day in week.days], kind="sum"))
    doses = [words.dose(day.sum.dose_cem43) if day.sum.sessions else "–" for day in week.days]
    rows.append(_cells("Dose, CEM43", [*doses, words.dose(week.sum.dose_cem43)]))
    share = week.limits.day_dose_cem43
    shares = [words.percent(day.sum.dose_cem43 / share) if day.sum.sessions else "–" for day in week.days]
    rows.append(_cells(f"of {share:g} CEM43", [*shares, ""], "share"))
    return (
        f'<table class="grid"><thead><tr><th scope="col">Area</th>{heads}<th scope="col">Week</th></tr>'
        f"</thead>\n<tbody>\n{''.join(rows)}</tbody></table>"
    )


def _row(name: str, minutes: Sequence[float], kind: str = "") -> str:
    cells = [f"{value:.0f}" if value else "–" for value in (*minutes, sum(minutes))]
    return _cells(name, cells, kind)


def _cells(name: str, cells: Sequence[str], kind: str = "") -> str:
    inner = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    of_kind = f' class="{kind}"' if kind else ""
    return f'<tr{of_kind}><th scope="row">{escape(words.short(name, 40))}</th>{inner}</tr>\n'


def _sessions(sessions: Sequence[SessionRecord]) -> str:
    if not sessions:
        return "<p>None.</p>"
    more = max(0, len(sessions) - _SESSIONS_ON_PAPER)
    rows = "".join(_session(session, screen_only=number < more) for number, session in enumerate(sessions))
    left_out = f'<p class="paper">The first {more} are not on this sheet.</p>' if more else ""
    style = "sessions many" if len(sessions) > _MANY else "sessions"
    return (
        f'{left_out}<div class="halves"><table class="{style}"><thead><tr><th scope="col">Day</th>'
        '<th scope="col">Time</th><th scope="col">Area</th><th scope="col">Peak</th>'
        '<th scope="col">Heated</th><th scope="col">CEM43</th><th scope="col">Ended</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>"
    )


def _session(session: SessionRecord, *, screen_only: bool) -> str:
    row, end = session.row, session.end
    style = " ".join(["screen"] * screen_only + [words.outcome(end.reason) if end else "open"])
    cells = ["–", "", ""]
    if end is not None:
        peak = "–" if end.peak_c is None else f"{end.peak_c:.1f}°"
        cells = [peak, words.clock(end.heated_s), words.dose(end.dose_cem43)]
    inner = "".join(
        f'<td class="number-cell {kind}-cell">{escape(cell)}</td>'
        for kind, cell in zip(("peak", "heated", "dose"), cells, strict=True)
    )
    ended = "no end" if end is None else words.short(words.reason(end.reason), 24)
    return (
        f'<tr class="{style}"><td>{words.moment(row.requested_wall_s, "%a")}</td>'
        f"<td>{words.moment(row.requested_wall_s, '%H:%M')}</td>"
        f'<td class="area">{escape(words.short(area_of(session), 28))}</td>{inner}'
        f'<td class="ended">{escape(ended)}</td></tr>\n'
    )


def _faults(faults: Sequence[Logged]) -> str:
    if not faults:
        return "<p>None.</p>"
    more = max(0, len(faults) - _FAULTS_ON_PAPER)
    rows = "".join(
        f'<tr class="{"screen" if number < more else "sheet"}">'
        f'<td class="time">{words.moment(logged.entry.wall_s, "%a %H:%M:%S")}</td>'
        f'<td class="what">{escape(_what(logged))}</td>'
        f'<td class="message"><span class="clamp">{escape(_message(logged))}</span></td></tr>\n'
        for number, logged in enumerate(faults)
    )
    left_out = f'<p class="paper">The first {more} are not on this sheet.</p>' if more else ""
    return (
        f'{left_out}<table class="faults"><thead><tr><th scope="col">Time</th><th scope="col">Fault</th>'
        f'<th scope="col">Details</th></tr></thead>\n<tbody>\n{rows}</tbody></table>'
    )


def _message(logged: Logged) -> str:
    return words.short(words.printable(logged.entry.message), 160)


def _what(logged: Logged) -> str:
    entry = logged.entry
    name = words.reason(entry.code) if entry.kind == "fault" else words.spaced(entry.kind)
    return words.short(name, 40).capitalize()
