"""Retention on a pack without a clock of its own: behind before the first time sync, sometimes ahead."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query, retention
from controller.records.changes import Close, Open, Put
from controller.records.entry import Entry, Sample, SessionEnd, SessionRow
from controller.records.retention import DAY_S, NEWEST, Retention
from controller.records.store import Store
from controller.records.verify import verify

TODAY_S = 20_833 * DAY_S + DAY_S / 2
LARGE = 1 << 30


class Pack:
    """A log and the two clocks of the machine that writes it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "log.db"
        self.now = Entry(TODAY_S, 100.0, "", boot_id="boot 1")
        self._boots = 1
        self._store = Store(self.path, lambda: self.now)

    def passes(self, days: float) -> None:
        self.now = replace(
            self.now, wall_s=self.now.wall_s + days * DAY_S, mono_s=self.now.mono_s + days * DAY_S
        )

    def clock_leaps(self, days: float) -> None:
        self.now = replace(self.now, wall_s=self.now.wall_s + days * DAY_S)

    def boots(self) -> None:
        self._boots += 1
        self.now = replace(self.now, mono_s=20.0, boot_id=f"boot {self._boots}")

    def notes(self) -> None:
        self._store.write([Put(replace(self.now, kind="warning", code="low"))], [])

    def heats(self, name: str) -> None:
        row = SessionRow(name, "phone", "neck", 40.0, 480.0, self.now.wall_s)
        begin = replace(self.now, kind="session_requested", session_id=name)
        self._store.write([Open(row, begin)], [])
        end = SessionEnd(self.now.wall_s + 480.0, "completed")
        samples = [Sample(name, float(second), 39.0, 40.0, 0.3, True, 0.01) for second in range(60)]
        self._store.write([Close(name, end, replace(begin, kind="session_ended"))], samples)

    def heats_daily(self, days: int) -> None:
        for day in range(days):
            self.heats(f"day {day}")
            self.passes(1.0)

    def tidies(self, keep: Retention) -> None:
        while self._store.tidy(keep):
            pass

    def left(self) -> dict[str, bool]:
        """Return the sessions that are left, newest number first, and whether they have their samples."""
        with query.reading(self.path) as db:
            assert verify(db).problem is None
            names = [name for (name,) in db.execute("SELECT id FROM session ORDER BY number DESC")]
            return {name: bool(query.samples(db, name)) for name in names}

    def close(self) -> None:
        self._store.close()


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Pack]:
    with contextlib.closing(Pack(tmp_path)) as pack:
        yield pack


def by_age(days: int) -> Retention:
    return Retention(days, days, LARGE)


@pytest.mark.parametrize(("keep_days", "leap_days"), [(365, 300), (365, 364), (30, 60), (7, 8), (7, 9000)])
def test_an_hour_on_a_clock_that_leapt_ahead_costs_nothing(
    pack: Pack, keep_days: int, leap_days: float
) -> None:
    pack.heats_daily(min(keep_days, 40) - 1)
    before = pack.left()
    pack.boots()  # so that nothing is of this boot
    pack.clock_leaps(leap_days)
    pack.notes()
    pack.tidies(by_age(keep_days))
    pack.clock_leaps(-leap_days)
    pack.passes(1 / 24)
    pack.tidies(by_age(keep_days))
    assert pack.left() == before
    assert all(before.values())


def test_a_clock_that_stays_ahead_is_believed_after_a_day(pack: Pack) -> None:
    pack.heats_daily(40)
    pack.boots()
    pack.clock_leaps(300)
    pack.notes()
    pack.passes(1.1)
    pack.notes()
    pack.tidies(by_age(30))
    assert list(pack.left()) == [f"day {day}" for day in range(39, 19, -1)], "the newest twenty stay"
    assert not any(pack.left().values())


def test_a_pack_that_lies_idle_for_long_still_forgets_what_is_old(pack: Pack) -> None:
    pack.heats_daily(40)
    pack.passes(35)  # without an entry, but its clocks agree
    pack.tidies(by_age(30))
    assert len(pack.left()) == NEWEST


def test_one_that_is_used_once_a_week_forgets_a_week_later(pack: Pack) -> None:
    for week in range(30):
        pack.boots()
        pack.heats(f"week {week}")
        pack.passes(1 / 24)
        pack.clock_leaps(7)  # switched off, and told the time at its next start
    pack.tidies(by_age(30))
    assert list(pack.left()) == [f"week {week}" for week in range(29, 9, -1)]
    assert [name for name, whole in pack.left().items() if whole] == [f"week {n}" for n in range(29, 24, -1)]


@pytest.mark.parametrize(
    ("keep", "off_days"), [(by_age(7), 8), (Retention(2, 1, LARGE), 3), (by_age(30), 31)]
)
def test_a_session_before_the_first_time_sync_is_of_today(
    pack: Pack, keep: Retention, off_days: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "NEWEST", 0)
    pack.heats_daily(3)
    pack.boots()  # after so many days without power; it does not know yet
    pack.heats("today")
    pack.passes(1 / 48)
    pack.clock_leaps(off_days)
    pack.notes()
    for _ in range(3):
        pack.passes(0.3)
        pack.notes()
        pack.tidies(keep)
        assert pack.left()["today"], "with its samples"
    pack.passes(0.3)
    pack.tidies(keep)
    assert list(pack.left()) == ["today"], "the clock was right for a day, and this boot knows its own"


def test_this_boots_own_records_grow_old_all_the_same(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "NEWEST", 2)
    pack.heats_daily(50)  # without a restart
    pack.tidies(by_age(30))
    assert len(pack.left()) == 30


def test_a_log_that_is_too_large_keeps_the_newest_sessions(pack: Pack) -> None:
    pack.heats_daily(40)
    for _ in range(1000):
        pack.notes()  # somebody floods it
    pack.passes(1.5)
    pack.notes()
    pack.tidies(Retention(1825, 365, 1))
    assert list(pack.left()) == [f"day {day}" for day in range(39, 19, -1)]
    pack.passes(2)
    pack.tidies(Retention(1825, 365, 1))
    assert len(pack.left()) == NEWEST
    with query.reading(pack.path) as db:
        assert len(list(query.events(db))) < 100, "the flood is gone"
