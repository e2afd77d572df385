"""`heatpack sessions`, `log`, `forget`, `report` and `export`: what was recorded."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from controller.commands.common import EXIT_CONFIG, Add, settings_of

if TYPE_CHECKING:
    from controller.records.noted import Noted


def add_commands(add: Add) -> None:
    """Add them."""
    sessions = add("sessions", _sessions, "list the sessions", "sessions --by area --since 8w")
    sessions.add_argument(
        "--by", choices=("day", "area"), default="day", help="grouped by day (default) or by body area"
    )
    sessions.add_argument("--since", metavar="T", help="an ISO time, or an age such as 8w (default: 30d)")
    sessions.add_argument(
        "--limit", type=_limit, default=100, metavar="N", help="at most N, 0 for all (default: %(default)s)"
    )
    sessions.add_argument("--json", action="store_true", help="print them as JSON")
    log = add("log", _log, "show or verify the safety log", "log --since 2h")
    log.add_argument(
        "what", nargs="?", choices=["verify"], metavar="verify", help="check that nobody has changed it"
    )
    log.add_argument(
        "--head", type=_noted, metavar="[N:]HASH", help="verify: compare with a hash noted before"
    )
    log.add_argument("--follow", action="store_true", help="keep showing new entries")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    log.add_argument("--since", metavar="T", help="an ISO time, or an age such as 2h or 1d")
    log.add_argument("--session", metavar="ID", help="of one session: its id, the beginning of one, or last")
    forget = add("forget", _forget, "remove records for good", "forget --before 2026-01-01")
    forget.add_argument("--before", required=True, metavar="D", help="an ISO time, or an age such as 90d")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    report = add(
        "report", _report, "write the report of a session or a week as HTML", "report last -o session.html"
    )
    what = report.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "session", metavar="SESSION", nargs="?", help="a session's id, the beginning of one, or last"
    )
    what.add_argument(
        "--week", metavar="DATE", nargs="?", const="", help="the week of a date (default: this one)"
    )
    report.add_argument(
        "-o", dest="output", type=Path, metavar="F", help="file to write (default: by its id)"
    )
    _add_export(add)


def _add_export(add: Add) -> None:
    export = add(
        "export", _export, "write recorded sessions as CSV or Parquet", "export --since 8w -o sessions.csv"
    )
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("session", metavar="SESSION", nargs="?", help="one session's readings: its id, or last")
    what.add_argument("--all", action="store_true", help="a line for each session")
    what.add_argument("--since", metavar="T", help="the same since an ISO time, or an age such as 8w")
    export.add_argument("--samples", action="store_true", help="with --all or --since: all their readings")
    export.add_argument(
        "-o", dest="output", type=Path, metavar="F", help="file: .csv, .parquet (needs pyarrow), or - for CSV"
    )


def _sessions(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.terminal import show_sessions

    return show_sessions(
        database, by=options.by, since=options.since, limit=options.limit, as_json=options.json
    )


def _log(options: argparse.Namespace) -> int:
    stray = _stray_options(options)
    if stray is not None:
        print(f"heatpack log: {stray}", file=sys.stderr)
        return EXIT_CONFIG
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    if options.what == "verify":
        from controller.records.custody import verify_log

        return verify_log(database, noted=options.head, as_json=options.json)
    from controller.records.terminal import show_log

    return show_log(
        database,
        follow=options.follow,
        as_json=options.json,
        since=options.since,
        session=options.session,
    )


def _stray_options(options: argparse.Namespace) -> str | None:
    """Say which options would be ignored: whoever checks a log must not think that they took part."""
    if options.what != "verify":
        return None if options.head is None else "--head is for heatpack log verify"
    chosen = options.since is not None or options.session is not None
    return (
        "verify reads the whole log, without --follow, --since, --session"
        if chosen or options.follow
        else None
    )


def _forget(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.custody import forget_records

    return forget_records(database, options.before, yes=options.yes)


def _noted(text: str) -> "Noted":
    from controller.records.custody import head_of

    try:
        return head_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _report(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.pages import write_report, write_week

    if options.week is not None:
        return write_week(database, options.week or None, options.output)
    return write_report(database, options.session, options.output)


def _export(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.handover import export_many, export_session

    if options.session is not None:
        return export_session(database, options.session, options.output)
    return export_many(database, options.since, options.output, samples=options.samples)


def _database(options: argparse.Namespace) -> "Path | None":
    settings = settings_of(options.config)
    return None if settings is None else settings.paths.state / "log.db"


def _limit(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text} is not a number of sessions; 0 for all, or more")
    return int(text)
