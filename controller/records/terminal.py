"""`heatpack sessions`, `heatpack log` and `heatpack report`: the records in a terminal.

Each function prints, and returns the exit code: 0, 1 when the records cannot be read, 2 for a
question that makes no sense. None lets a traceback reach a user.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from config.limits import ABSOLUTE, Limits
from controller.records import query, words
from controller.records.entry import Logged, SessionRecord, StorageError
from hardware.codec import CodecError, from_plain

FOLLOW_S = 0.5
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def show_sessions(path: Path, *, as_json: bool = False, limit: int = -1) -> int:
    """Print the sessions of the log at ``path``, newest first; ``as_json`` as one array."""
    try:
        with query.reading(path) as db:
            found = query.sessions(db, limit=limit)
    except StorageError as error:
        return _complain(error)
    if as_json:
        print(json.dumps([_plain_session(session) for session in found], indent=2))
    elif found:
        print("\n".join(_table([_HEAD, *map(_session_cells, found)])))
    else:
        print("No sessions yet.")
    return 0


def show_log(
    path: Path,
    *,
    as_json: bool = False,
    since: str | None = None,
    follow: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Print the log at ``path``, oldest first; ``as_json`` one object a line.

    Args:
        path: the database.
        as_json: for programs.
        since: a time as in ``since_wall_s``.
        follow: go on with new entries until interrupted.
        wait: how to let time pass between two looks.
    """
    try:
        since_s = since_wall_s(since, time.time()) if since else 0.0
    except ValueError as error:
        print(f"heatpack: {error}", file=sys.stderr)
        return 2
    line = _json_line if as_json else _line
    try:
        for logged in _following(path, since_s, wait) if follow else _entries(path, since_s):
            print(line(logged), flush=follow)
    except StorageError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return 0
    return 0


def write_report(path: Path, session: str, output: Path | None = None) -> int:
    """Write the page of a session (its id, how that begins, or ``last``), and print where it is."""
    from controller.records import report

    try:
        with query.reading(path) as db:
            record = query.session(db, session)
            events = tuple(query.events(db, session_id=record.row.id))
            samples = query.samples(db, record.row.id)
    except StorageError as error:
        return _complain(error)
    target = output or Path(f"heatpack-{_file_name(record)}.html")
    page = report.render(record, events, samples, limits_of(record))
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        print(f"heatpack: {target} cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    print(target)
    return 0


def limits_of(session: SessionRecord) -> Limits:
    """Return the limits that were recorded with the session (``settings.limits``), else the absolute."""
    try:
        return from_plain(Limits, session.row.settings.get("limits"))
    except CodecError:
        return ABSOLUTE


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


def _entries(path: Path, since_s: float) -> Iterator[Logged]:
    with query.reading(path) as db:
        yield from query.events(db, since_wall_s=since_s)


def _following(path: Path, since_s: float, wait: Callable[[float], None]) -> Iterator[Logged]:
    """Give entries for ever. A log that was set aside meanwhile is followed by the new one."""
    seq, file = 0, 0
    while True:
        with query.reading(path) as db:
            if file != path.stat().st_ino:
                seq, file = 0, path.stat().st_ino
            for logged in query.events(db, after_seq=seq, since_wall_s=since_s):
                seq = logged.seq
                yield logged
        wait(FOLLOW_S)


def _line(logged: Logged) -> str:
    entry = logged.entry
    what = words.spaced(entry.kind)
    details = words.printable(entry.message or (words.reason(entry.code) if entry.code else ""))
    return f"{words.moment(entry.wall_s)}  {what:<16}  {details}".rstrip()


def _json_line(logged: Logged) -> str:
    return json.dumps({"seq": logged.seq, **asdict(logged.entry)}, separators=(",", ":"))


def _plain_session(session: SessionRecord) -> dict[str, object]:
    return asdict(session.row) | {"end": asdict(session.end) if session.end else None}


_HEAD = ("STARTED", "AREA", "TARGET", "HEATED", "REACHED IN", "PEAK", "CEM43", "ENDED", "ID")


def _session_cells(session: SessionRecord) -> tuple[str, ...]:
    row, end = session.row, session.end
    area = words.printable(row.area)
    head = (
        words.moment(row.requested_wall_s, "%Y-%m-%d %H:%M"),
        area if len(area) <= 16 else area[:15] + "…",
        words.celsius(row.target_c),
    )
    if end is None:
        return (*head, "", "", "", "", "no end", words.printable(row.id))
    return (
        *head,
        words.duration(end.heated_s),
        "–" if end.time_to_target_s is None else words.duration(end.time_to_target_s),
        "–" if end.peak_c is None else words.celsius(end.peak_c),
        words.dose(end.dose_cem43),
        words.reason(end.reason),
        words.printable(row.id),
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _file_name(session: SessionRecord) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", session.row.id)


def _complain(error: StorageError) -> int:
    print(f"heatpack: {error}", file=sys.stderr)
    return 1
