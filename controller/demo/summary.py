"""The end of the demo in words and figures, out of the records, and the page of the session."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from controller.demo.crew import DemoError
from controller.demo.phone_tips import heatpack
from controller.demo.plain import clock
from controller.demo.stage import CONFIG
from controller.demo.track import Track
from controller.records import figures, query, words
from controller.records.entry import SessionRecord, StorageError
from controller.records.pages import session_page
from controller.records.story import headline, verdict
from controller.records.sums import limits_of

_COLUMNS = 79


def tell(track: Track, database: Path, folder: Path) -> bool:
    """Print the summary, write the page into ``folder``; tell whether the session was completed.

    Raises:
        DemoError: the records cannot be read, or the page cannot be written.
    """
    page = folder / "session.html"
    try:
        with query.reading(database) as db:
            session = query.session(db, "last")
            samples = query.samples(db, session.row.id)
            text = session_page(db, session)
        page.write_text(text, encoding="utf-8")
    except StorageError as error:
        raise DemoError(str(error)) from None
    except OSError as error:
        raise DemoError(f"{page} cannot be written: {error.strerror}") from None
    lines = [
        "",
        f"{verdict(session)[1]}.",
        *textwrap.wrap(headline(session, samples), _COLUMNS),
        "",
        *_figures(session),
        *_reaction(track, session),
        "",
        f"  Report   {page}",
        f"  Log      {heatpack()} log --config {folder / CONFIG}",
    ]
    print("\n".join(lines), flush=True)
    return session.end is not None and session.end.reason == "completed"


def _figures(session: SessionRecord) -> Iterator[str]:
    for name, value, limit, _ in figures.rows(session, limits_of(session)):
        yield f"  {name:<18}{value:<18}{limit}".rstrip()
    if session.end is not None:
        yield f"  {'Ended':<18}{words.reason(session.end.reason)}"


def _reaction(track: Track, session: SessionRecord) -> Iterator[str]:
    """Say what the guard did about the fault."""
    fault = track.plan.fault
    if fault is None:
        return
    yield ""
    yield "What the guard did"
    if track.struck_ts is None:
        yield f"  The session ended before {fault.name} could strike, {fault.at_s:g} s after the first heat."
        return
    yield from _at(clock(track.at(track.struck_ts)), f"{fault.name}: {fault.says}")
    for moment in sorted(track.reactions, key=lambda moment: moment.ts):
        yield from _at(f"+{max(0.0, moment.ts - track.struck_ts):.1f} s", moment.text)
    if not track.reactions:
        yield from _at("", "nothing: no check found danger in this session")
    if track.off_ts is not None:
        yield f"  Heater off  {max(0.0, track.off_ts - track.struck_ts):.1f} s after the fault"
    latched = None if track.state is None else track.state.fault
    ended_early = session.end is not None and session.end.reason != "completed"
    if latched is not None:
        yield f"  Latched     {latched.code}, through any restart, until a person resets it"
        yield f"  Phone says  {latched.message}"
    else:
        yield "  Latched     no"
        if session.end is not None and ended_early:
            yield f"  Phone says  {session.end.message}"
    if ended_early and not fault.on_the_pad:
        yield f"  Resumed     {'no' if track.idle else 'yes'}"


def _at(when: str, text: str) -> list[str]:
    return textwrap.wrap(f"{when:>9}   {text}", _COLUMNS, subsequent_indent=" " * 12)
