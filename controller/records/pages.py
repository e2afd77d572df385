"""`heatpack report`: a session or a week as a file that a browser opens."""

import sqlite3
import sys
import time
from pathlib import Path

from config.limits import DAY_S
from controller.records import overview, query, words
from controller.records.chain_state import state_of
from controller.records.entry import SessionRecord, StorageError
from controller.records.files import file_name, private
from controller.records.sums import limits_of
from controller.records.terminal import since_wall_s


def write_report(path: Path, session: str, output: Path | None = None) -> int:
    """Write the page of a session (its id, how that begins, or ``last``), and print where it is."""
    try:
        with query.reading(path) as db:
            record = query.session(db, session)
            page = session_page(db, record)
    except StorageError as error:
        return _complain(str(error))
    return _write(output or Path(f"heatpack-{file_name(record)}.html"), page)


def write_week(path: Path, date: str | None, output: Path | None = None) -> int:
    """Write the page of the week of ``date``, a time as in ``since_wall_s``; None is this week."""
    from controller.records import week, week_page

    try:
        at_s = since_wall_s(date, time.time(), "--week") if date else time.time()
    except ValueError as error:
        return _complain(str(error), 2)
    from_s, to_s = week.bounds_s(at_s)
    try:
        with query.reading(path) as db:
            sessions = overview.between(db, from_s - DAY_S, to_s)
            found = week.week_of(from_s, sessions, overview.troubles(db, from_s, to_s))
            page = week_page.render(found, state_of(db, found.sessions))
    except StorageError as error:
        return _complain(str(error))
    return _write(output or Path(f"heatpack-week-{words.moment(from_s, '%G-W%V')}.html"), page)


def session_page(db: sqlite3.Connection, record: SessionRecord) -> str:
    """Return the page of a session out of the log."""
    from controller.records import report

    events = tuple(query.events(db, session_id=record.row.id))
    samples = query.samples(db, record.row.id)
    return report.render(record, events, samples, limits_of(record), state_of(db, (record,)))


def _write(target: Path, page: str) -> int:
    try:
        with open(target, "w", encoding="utf-8", opener=private) as file:
            file.write(page)
    except OSError as error:
        return _complain(f"{target} cannot be written: {error.strerror}.")
    print(target)
    return 0


def _complain(sentence: str, code: int = 1) -> int:
    print(f"heatpack: {sentence}", file=sys.stderr)
    return code
