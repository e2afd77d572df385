"""`heatpack sessions` and `heatpack log`: the records in a terminal.

Each function prints, and returns the exit code: 0, 1 when the records cannot be read, 2 for a
question that makes no sense. None lets a traceback reach a user.
"""

import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from controller.records import listing, logbook, overview, query, sums
from controller.records.entry import Logged, SessionRecord, StorageError
from controller.records.ink import ink_for

FOLLOW_S = 0.5
#: What `sessions` shows unless told otherwise: years of records must not scroll past.
SINCE, LIMIT = "30d", 100
_OLDER = "There are older sessions: show them with --since (52w, 2026-01-01) and --limit."
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def show_sessions(
    path: Path,
    *,
    by: str = "day",
    since: str | None = None,
    limit: int = LIMIT,
    as_json: bool = False,
) -> int:
    """Print sessions of the log at ``path``, newest first.

    Args:
        path: the database.
        by: ``day`` or ``area``.
        since: a time as in ``since_wall_s``, from the beginning of its day; None is ``SINCE``.
        limit: at most so many sessions, and then the rest of that day; 0 is all.
        as_json: one array, for programs.
    """
    try:
        since_s = sums.day_start_s(since_wall_s(since or SINCE, time.time()))
    except ValueError as error:
        return _complain(error, 2)
    try:
        with query.reading(path) as db:
            found, older = overview.newest_days(db, since_s, limit or -1)
    except StorageError as error:
        return _complain(error)
    ink = ink_for(sys.stdout)
    if as_json:
        print(json.dumps([_plain_session(session) for session in found], indent=2))
    elif found:
        print("\n".join(listing.areas(found, ink) if by == "area" else listing.days(found, ink)))
    else:
        print("No sessions since then." if older else "No sessions yet.")
    if older and (since is None or (0 < limit <= len(found))):
        print(ink_for(sys.stderr).paint("quiet", _OLDER), file=sys.stderr if as_json else sys.stdout)
    return 0


def show_log(
    path: Path,
    *,
    as_json: bool = False,
    since: str | None = None,
    session: str | None = None,
    follow: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Print the log at ``path``, oldest first; ``as_json`` one object a line.

    Args:
        path: the database.
        as_json: for programs.
        since: a time as in ``since_wall_s``.
        session: of this one only: its id, how that begins, or ``last``.
        follow: go on with new entries until interrupted.
        wait: how to let time pass between two looks.
    """
    try:
        since_s = since_wall_s(since, time.time()) if since else 0.0
    except ValueError as error:
        return _complain(error, 2)
    show = _json_line if as_json else _printer()
    try:
        session_id = None if session is None else _session_id(path, session)
        entries = (
            _following(path, since_s, session_id, wait) if follow else _entries(path, since_s, session_id)
        )
        for logged in entries:
            print(show(logged), flush=follow)
    except StorageError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 0
    return 0


def since_wall_s(text: str, now_s: float, option: str = "--since") -> float:
    """Return Unix seconds of "2h" (ago), "2026-11-21" or "2026-11-21T14:00" (local unless it has a zone).

    Raises:
        ValueError: a sentence that says what is understood.
    """
    ago = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)([smhdw])", text.strip())
    if ago:
        return now_s - float(ago[1]) * _UNITS_S[ago[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{option} {text!r}: expected a time such as 2026-11-21 or 2026-11-21T14:00,"
            " or an age such as 90s, 30m, 2h, 1d or 1w."
        ) from None


def _session_id(path: Path, name: str) -> str:
    with query.reading(path) as db:
        return query.session(db, name).row.id


def _entries(path: Path, since_s: float, session_id: str | None) -> Iterator[Logged]:
    with query.reading(path) as db:
        yield from query.events(db, since_wall_s=since_s, session_id=session_id)


def _following(
    path: Path, since_s: float, session_id: str | None, wait: Callable[[float], None]
) -> Iterator[Logged]:
    """Give entries for ever. A log that was set aside meanwhile is followed by the new one."""
    seq, file = 0, 0
    while True:
        with query.reading(path) as db:
            if file != path.stat().st_ino:
                seq, file = 0, path.stat().st_ino
            for logged in query.events(db, after_seq=seq, since_wall_s=since_s, session_id=session_id):
                seq = logged.seq
                yield logged
        wait(FOLLOW_S)


def _printer() -> Callable[[Logged], str]:
    ink, at_terminal = ink_for(sys.stdout), sys.stdout.isatty()

    def printed(logged: Logged) -> str:
        return logbook.line(logged, ink, shutil.get_terminal_size().columns if at_terminal else None)

    return printed


def _json_line(logged: Logged) -> str:
    return json.dumps({"seq": logged.seq, **asdict(logged.entry)}, separators=(",", ":"))


def _plain_session(session: SessionRecord) -> dict[str, object]:
    return asdict(session.row) | {"end": asdict(session.end) if session.end else None}


def _complain(error: Exception, code: int = 1) -> int:
    print(f"heatpack: {error}", file=sys.stderr)
    return code
