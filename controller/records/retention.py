"""How long records are kept: the samples for some time, the rest for longer, and all within a size.

A pack has no clock of its own: until it has heard the time from the network it may be far behind, and it may
be told a wrong one. So what is old is judged by the monotonic clock and by the order of the entries as well.
"""

import math
import sqlite3
from dataclasses import dataclass

from controller.records.entry import Entry
from controller.records.removal import Choice

DAY_S = 86_400.0
#: Entries, and sessions, that one step removes at most: a few hundred kilobytes to write.
STEP = 500
#: Sessions that stay however old they seem, a few hundred kilobytes: a clock may be wrong for long.
NEWEST = 20
#: A clock further ahead of the log than this is not believed before the log has a day of it.
LEAP_S = 2 * DAY_S
#: Pages that a step gives back at most, and those that may stay free for what comes next.
SHRINK_PAGES = 256
SPARE_PAGES = 1024


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: days of entries and sessions, days of samples, and bytes of all together."""

    keep_days: int
    keep_samples_days: int
    max_bytes: int


def choice(db: sqlite3.Connection, retention: Retention, now: Entry) -> Choice:
    """Return what one step removes. What is younger than a day is never in it: the daemon still asks for it.

    Days are whole ones, so that there is one removal a day. The newest sessions stay however old they seem.

    Args:
        db: the log.
        retention: how much is kept.
        now: time and boot of now.
    """
    today_s = math.floor(_believed_s(db, now) / DAY_S) * DAY_S
    days = 1 if used_bytes(db) > retention.max_bytes else retention.keep_days
    return Choice(
        today_s - days * DAY_S,
        samples_before_s=today_s - retention.keep_samples_days * DAY_S,
        below_seq=_first_younger(db, today_s, days, now),
        samples_below_seq=_first_younger(db, today_s, retention.keep_samples_days, now),
        below_number=_first_newest(db),
        most=STEP,
    )


def _first_younger(db: sqlite3.Connection, today_s: float, days: int, now: Entry) -> int | None:
    """Return the first entry that is certainly younger than so many days, and so are all that follow it."""
    found = db.execute(
        "SELECT seq FROM event WHERE wall_s BETWEEN ? AND ? OR (boot_id = ? AND mono_s >= ?)"
        " ORDER BY seq LIMIT 1",
        (today_s - days * DAY_S, now.wall_s, now.boot_id or None, now.mono_s - days * DAY_S),
    ).fetchone()
    return None if found is None else int(found[0])


def _first_newest(db: sqlite3.Connection) -> int:
    """Return the number from which on sessions stay however old they seem."""
    older = db.execute(
        "SELECT number FROM session ORDER BY number DESC LIMIT 1 OFFSET ?", (NEWEST,)
    ).fetchone()
    return 0 if older is None else int(older[0]) + 1


def _believed_s(db: sqlite3.Connection, now: Entry) -> float:
    """Return the time of now; or of the newest entry of before, if the clock is far ahead of that."""
    yesterday_s = now.wall_s - DAY_S
    agrees = db.execute(
        "SELECT 1 FROM event WHERE (wall_s > ? AND wall_s < ?)"
        " OR (boot_id = ? AND mono_s < ? AND abs(wall_s - mono_s - ?) < ?) ORDER BY seq DESC LIMIT 1",
        (
            *(now.wall_s - LEAP_S, yesterday_s),
            *(now.boot_id or None, now.mono_s - DAY_S, now.wall_s - now.mono_s, LEAP_S),
        ),
    ).fetchone()
    if agrees:
        return now.wall_s
    (newest_s,) = db.execute("SELECT max(wall_s) FROM event WHERE wall_s < ?", (yesterday_s,)).fetchone()
    return float(newest_s or 0.0)


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
