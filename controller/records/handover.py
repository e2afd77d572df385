"""The command `heatpack export`: which rows, into which file."""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from controller.records import export, overview, query
from controller.records.entry import SessionRecord, StorageError
from controller.records.files import file_name, private
from controller.records.parquet import NoParquetError, write_parquet
from controller.records.terminal import since_wall_s


def export_session(path: Path, session: str, output: Path | None) -> int:
    """Write the readings of one session (its id, how that begins, or ``last``), one line a second."""
    try:
        with query.reading(path) as db:
            record = query.session(db, session)
        target = output or Path(f"heatpack-{file_name(record)}.csv")
        return _hand_over(target, export.READINGS, _readings(path, (record,)))
    except StorageError as error:
        return _complain(str(error))


def export_many(path: Path, since: str | None, output: Path | None, *, samples: bool) -> int:
    """Write many sessions, oldest first: a line for each, or with ``samples`` one for each second of them."""
    try:
        since_s = since_wall_s(since, time.time()) if since else 0.0
    except ValueError as error:
        return _complain(str(error), 2)
    target = output or Path("heatpack-readings.csv" if samples else "heatpack-sessions.csv")
    try:
        with query.reading(path) as db:
            found = overview.between(db, since_s)[::-1]
        if samples:
            return _hand_over(target, export.READINGS, _readings(path, found))
        return _hand_over(target, export.SESSIONS, export.sessions(found))
    except StorageError as error:
        return _complain(str(error))


def _readings(path: Path, sessions: Sequence[SessionRecord]) -> Iterator[export.Row]:
    # What goes wrong with the file that is written must not pass for trouble with the log.
    with query.reading(path) as db:
        yield from export.readings(db, sessions)


def _hand_over(target: Path, columns: export.Columns, rows: Iterator[export.Row]) -> int:
    """Write to a file and print its name; ``-`` is the standard output."""
    if str(target) == "-":
        export.write_csv(sys.stdout, columns, rows)
        return 0
    try:
        if target.suffix.lower() == ".parquet":
            write_parquet(target, columns, rows)
        else:
            with open(target, "w", encoding="utf-8", newline="", opener=private) as file:
                export.write_csv(file, columns, rows)
    except NoParquetError as error:
        return _complain(f"{error}.")
    except OSError as error:
        return _complain(f"{target} cannot be written: {error.strerror}.")
    print(target)
    return 0


def _complain(sentence: str, code: int = 1) -> int:
    print(f"heatpack: {sentence}", file=sys.stderr)
    return code
