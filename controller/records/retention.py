"""How long records are kept: the samples for some time, the rest for longer, and all within a size."""

import math
import sqlite3
from dataclasses import dataclass

from controller.records.removal import Choice

DAY_S = 86_400.0
#: Entries, and sessions, that one step removes at most: a few hundred kilobytes to write.
STEP = 500
#: A clock further ahead of the newest entry but today's is not believed until it has been so for a day.
LEAP_S = 366 * DAY_S
#: Pages that a step gives back at most, and those that may stay free for what comes next.
SHRINK_PAGES = 256
SPARE_PAGES = 1024


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: days of entries and sessions, days of samples, and bytes of all together."""

    keep_days: int
    keep_samples_days: int
    max_bytes: int


def choice(db: sqlite3.Connection, retention: Retention, now_s: float) -> Choice:
    """Return what one step removes. What is younger than a day is never in it: the daemon still asks for it.

    Days are whole ones, so that there is one removal a day. A clock that was wrong must not cost records of
    today: an entry is only old if it came before all those that are not.
    And a clock that has leapt ahead of the whole log for less than a day must not cost all of it.
    """
    if not _is_believed(db, now_s):
        return Choice(0.0)
    today_s = math.floor(now_s / DAY_S) * DAY_S
    days = 1 if used_bytes(db) > retention.max_bytes else retention.keep_days
    before_s = today_s - days * DAY_S
    younger = db.execute(
        "SELECT seq FROM event WHERE wall_s >= ? AND wall_s <= ? ORDER BY seq LIMIT 1", (before_s, now_s)
    ).fetchone()
    return Choice(
        before_s,
        samples_before_s=today_s - retention.keep_samples_days * DAY_S,
        below_seq=younger[0] if younger else None,
        most=STEP,
    )


def _is_believed(db: sqlite3.Connection, now_s: float) -> bool:
    """Tell whether the log has an entry of not long before, but not of just now."""
    (newest_s,) = db.execute("SELECT max(wall_s) FROM event WHERE wall_s < ?", (now_s - DAY_S,)).fetchone()
    return newest_s is not None and newest_s > now_s - LEAP_S


def used_bytes(db: sqlite3.Connection) -> int:
    """Return the size of what is in the database, without its free pages."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def shrink(db: sqlite3.Connection, spare_pages: int = SPARE_PAGES, most: int = SHRINK_PAGES) -> None:
    """Give free pages back to the disk, at most so many."""
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    if free > spare_pages:
        db.execute(f"PRAGMA incremental_vacuum({min(most, free - spare_pages)})").fetchall()
