"""`heatpack sessions`, `log` and `report`: what was recorded."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from controller.commands.common import EXIT_CONFIG, Add, settings_of

if TYPE_CHECKING:
    from controller.records.noted import Noted


def add_commands(add: Add) -> None:
    """Add them."""
    sessions = add("sessions", _sessions, "list the sessions", "sessions --json")
    sessions.add_argument("--json", action="store_true", help="print them as JSON")
    log = add("log", _log, "show or verify the safety log", "log --since 2h")
    log.add_argument("what", nargs="?", choices=["verify"], help="check that nobody has changed it")
    log.add_argument(
        "--head", type=_noted, metavar="[N:]HASH", help="verify: compare with a hash noted before"
    )
    log.add_argument("--follow", action="store_true", help="keep showing new entries")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    log.add_argument("--since", metavar="T", help="an ISO time, or an age such as 2h or 1d")
    forget = add("forget", _forget, "remove records for good", "forget --before 2026-01-01")
    forget.add_argument("--before", required=True, metavar="D", help="an ISO time, or an age such as 90d")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    report = add("report", _report, "write a session's report as HTML", "report last -o session.html")
    report.add_argument("session", metavar="SESSION", help="a session's id, the begin of one, or last")
    report.add_argument(
        "-o", dest="output", type=Path, metavar="F", help="file to write (default: by the session's id)"
    )


def _sessions(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    from controller.records.terminal import show_sessions

    return show_sessions(database, as_json=options.json)


def _log(options: argparse.Namespace) -> int:
    database = _database(options)
    if database is None:
        return EXIT_CONFIG
    if options.what == "verify":
        from controller.records.custody import verify_log

        return verify_log(database, noted=options.head, as_json=options.json)
    from controller.records.terminal import show_log

    return show_log(database, follow=options.follow, as_json=options.json, since=options.since)


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
    from controller.records.terminal import write_report

    return write_report(database, options.session, options.output)


def _database(options: argparse.Namespace) -> "Path | None":
    settings = settings_of(options.config)
    return None if settings is None else settings.paths.state / "log.db"
