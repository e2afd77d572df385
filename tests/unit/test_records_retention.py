"""Old records go by themselves and at a person's wish; what has to stay stays, and the chain holds."""

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query, retention, writer
from controller.records.changes import Close, Open, Put
from controller.records.custody import forget_records, head_of, verify_log
from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRow
from controller.records.log import Recorder
from controller.records.retention import DAY_S, Retention
from controller.records.store import Store
from controller.records.verify import verify
from hardware.clock import Instant

NOW_S = 1_800_000_000.0
KEEP = Retention(keep_days=30, keep_samples_days=10, max_bytes=1 << 30)


def entry(kind: str, days_ago: float, session_id: str | None = None, message: str = "") -> Entry:
    wall_s = NOW_S - days_ago * DAY_S
    return Entry(wall_s, 1.0, kind, "ok", message or f"{kind} of {days_ago:g} days ago", session_id)


def write_session(store: Store, name: str, days_ago: float, *, ends: bool = True) -> None:
    at_s = NOW_S - days_ago * DAY_S
    row = SessionRow(name, "phone", f"area of {name}", 40.0, 480.0, at_s)
    store.write([Open(row, entry("session_requested", days_ago, name))], [])
    store.write([], [Sample(name, float(s), 38.0, 40.0, 0.5, True, 0.0) for s in range(60)])
    if ends:
        end = SessionEnd(at_s + 480, "completed")
        store.write([Close(name, end, entry("session_ended", days_ago, name))], [])


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log with a session and a note every five days, for fifty days, which age alone is to judge."""
    monkeypatch.setattr(retention, "NEWEST", 0)
    monkeypatch.setattr(retention, "LEAP_S", 6 * DAY_S)
    path = tmp_path / "log.db"
    with contextlib.closing(Store(path)) as store:
        for days_ago in range(50, 0, -5):
            write_session(store, f"s-{days_ago}", days_ago)
            store.write([Put(entry("warning", days_ago - 1))], [])
    return path


def tidied(path: Path, keep: Retention = KEEP, at_s: float = NOW_S) -> list[str]:
    """Tidy until nothing is left to do; return what the log said of it."""
    with contextlib.closing(Store(path, lambda: Entry(at_s, 1.0, "", boot_id="boot"))) as store:
        while store.tidy(keep):
            pass
        return [logged.entry.message for logged in store.told]


def names(path: Path) -> list[str]:
    with query.reading(path) as db:
        return [record.row.id for record in query.sessions(db)]


def problem(path: Path) -> str | None:
    with query.reading(path) as db:
        return verify(db).problem


# --- by itself ----------------------------------------------------------------------------------------


def test_what_is_too_old_goes_first_the_samples_then_all_of_it(path: Path) -> None:
    (told,) = tidied(path)
    assert names(path) == ["s-5", "s-10", "s-15", "s-20", "s-25", "s-30"]
    with query.reading(path) as db:
        assert [len(query.samples(db, name)) for name in ("s-5", "s-10", "s-15", "s-30")] == [60, 60, 0, 0]
        kinds = [logged.entry.kind for logged in query.events(db)]
    assert kinds.count("warning") == 6
    assert told == (
        "Removed: 12 entries, 4 sessions and the samples of 4 sessions."
        " They were as old, or the log as large, as it may be"
    )
    assert problem(path) is None


def test_a_day_without_anything_too_old_writes_nothing(path: Path) -> None:
    tidied(path)
    before = path.read_bytes()
    assert tidied(path) == []
    assert path.read_bytes() == before
    assert len(tidied(path, at_s=NOW_S + 5 * DAY_S)) == 1


def test_samples_that_go_later_are_not_missed_and_others_are(path: Path) -> None:
    tidied(path)
    tidied(path, replace(KEEP, keep_samples_days=3))
    assert problem(path) is None
    with contextlib.closing(Store(path)) as store:
        write_session(store, "s-new", 0.0)
        store.connection().execute("DELETE FROM sample")
    assert problem(path) == "The samples of session s-new were changed."


def test_a_session_without_an_end_stays_however_old_it_is(path: Path) -> None:
    with contextlib.closing(Store(path)) as store:
        write_session(store, "s-lost", 49.0, ends=False)
    tidied(path)
    assert names(path)[-1] == "s-lost"
    with query.reading(path) as db:
        assert [e.entry.kind for e in query.events(db, session_id="s-lost")] == ["session_requested"]
    assert problem(path) is None


def test_nothing_goes_while_a_session_runs(path: Path) -> None:
    with contextlib.closing(Store(path, lambda: entry("", 0.0))) as store:
        write_session(store, "s-now", 0.0, ends=False)
        assert not store.tidy(KEEP)
    assert len(names(path)) == 11


def test_a_clock_that_was_wrong_costs_no_record_of_today(path: Path) -> None:
    with contextlib.closing(Store(path)) as store:
        store.write([Put(entry("warning", 0.01)), Put(entry("fault", 20_000.0))], [])  # in the seventies
        store.write([Put(entry("warning", -9_000.0))], [])  # and once far in the future
    for keep in (KEEP, replace(KEEP, max_bytes=1)):
        tidied(path, keep)
        with query.reading(path) as db:
            assert [e.entry.code for e in query.events(db) if e.entry.kind == "fault"] == ["ok"]


def test_a_clock_that_leaps_ahead_costs_nothing_before_it_has_been_so_for_a_day(path: Path) -> None:
    ahead_s = NOW_S + 20_000 * DAY_S
    with contextlib.closing(Store(path)) as store:
        store.write([Put(entry("warning", -20_000.0))], [])
    tidied(path, replace(KEEP, keep_days=60, keep_samples_days=60), at_s=ahead_s)
    assert len(names(path)) == 10
    assert len(tidied(path, at_s=ahead_s + 2 * DAY_S)) == 1
    assert names(path) == []


def test_a_log_that_is_too_large_loses_its_oldest_but_nothing_of_the_last_day(path: Path) -> None:
    with contextlib.closing(Store(path)) as store:
        write_session(store, "s-today", 0.1)
        used = retention.used_bytes(store.connection())
    told = tidied(path, replace(KEEP, keep_days=1000, max_bytes=used // 2))
    assert told
    assert names(path)[0] == "s-today"
    assert problem(path) is None
    tidied(path, replace(KEEP, max_bytes=1))
    assert names(path) == ["s-today"]


def test_it_goes_in_steps_and_the_file_becomes_smaller(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 4)
    monkeypatch.setattr(retention.shrink, "__defaults__", (0, 256))
    before = path.stat().st_size
    told = tidied(path)
    assert len(told) == 3
    assert names(path)[-1] == "s-30"
    assert path.stat().st_size < before
    assert problem(path) is None


def test_a_session_goes_with_its_seal_also_where_a_step_ends(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(Store(path)) as store:
        store.write([Put(entry("questions", 49.0, "s-40"))], [])  # the guard has more to tell after the end
    monkeypatch.setattr(retention, "STEP", 1)
    with contextlib.closing(Store(path, lambda: Entry(NOW_S, 1.0, ""))) as store:
        while store.tidy(KEEP):
            assert problem(path) is None
    assert names(path) == ["s-5", "s-10", "s-15", "s-20", "s-25", "s-30"]


async def test_a_removal_that_fails_is_not_tried_again_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Retention] = []

    def fails(store: Store, keep: Retention) -> bool:
        tries.append(keep)
        raise sqlite3.DatabaseError("a page is damaged")

    monkeypatch.setattr(Store, "tidy", fails)
    monkeypatch.setattr(writer, "RETRY_S", 0.001)
    recorder = Recorder(path, keep=KEEP, min_free_bytes=0)
    await recorder.open()
    async with asyncio.timeout(60):
        while not tries:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    await recorder.close()
    assert len(tries) == 1


async def test_the_daemon_does_it_when_it_has_nothing_else_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.02)
    told: list[Logged] = []
    recorder = Recorder(
        path, now=lambda: Instant(1.0, NOW_S), on_entry=told.append, min_free_bytes=0, keep=KEEP
    )
    await recorder.open()
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.01)
    await recorder.record(entry("warning", 0.0))
    await recorder.close()
    assert [logged.entry.kind for logged in told] == ["records_removed", "warning"]
    assert problem(path) is None


# --- at a person's wish -------------------------------------------------------------------------------


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.records.custody.time.time", lambda: NOW_S)


Out = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("today")


def test_forgetting_asks_first_and_a_no_changes_nothing(path: Path, capsys: Out) -> None:
    before = path.read_bytes()
    assert forget_records(path, "22d", ask=lambda _: "") == 1
    out = capsys.readouterr().out
    assert out.startswith("This removes 18 entries and 6 sessions of before 2026-12-24")
    assert out.endswith("Nothing was removed.\n")
    assert path.read_bytes() == before


def test_what_is_forgotten_is_gone_from_the_file_and_the_chain_says_so(path: Path, capsys: Out) -> None:
    assert b"area of s-50" in path.read_bytes()
    assert forget_records(path, "22d", ask=lambda _: "y") == 0
    assert "Removed: 18 entries and 6 sessions. Entry 31 of the log says so." in capsys.readouterr().out
    assert names(path) == ["s-5", "s-10", "s-15", "s-20"]
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert not any(f"area of s-{days}".encode() in left for days in range(25, 51, 5))
    assert not any(f"of {days} days ago".encode() in left for days in range(24, 51))
    assert b"area of s-20" in left
    assert problem(path) is None
    with query.reading(path) as db:
        *_, last = query.events(db)
    assert (last.entry.kind, last.entry.code, last.entry.data["by"]) == ("records_removed", "user", "user")


async def test_it_works_beside_the_daemon_which_goes_on_in_the_chain(path: Path) -> None:
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    await recorder.record(entry("warning", 0.0, message="before"))
    assert await asyncio.to_thread(forget_records, path, "22d", yes=True) == 0
    await recorder.record(entry("warning", 0.0, message="after"))
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"area of s-50" not in left
    await recorder.close()
    assert problem(path) is None


async def test_it_is_refused_while_a_session_runs(path: Path, capsys: Out) -> None:
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    row = SessionRow("s-now", "phone", "", 40.0, 480.0, NOW_S)
    await recorder.open_session(row, entry("session_requested", 0.0, "s-now"))
    assert await asyncio.to_thread(forget_records, path, "22d", yes=True) == 1
    assert capsys.readouterr().err.startswith(
        "heatpack: Session s-now has no end yet: wait until it is over."
    )
    await recorder.close()
    assert len(names(path)) == 11


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("23h", "--before '23h': the records of the last 24 hours stay"),
        ("2100-01-01", "--before '2100-01-01': the records of the last 24 hours stay"),
        ("tomorrow", "--before 'tomorrow': expected a time such as 2026-11-21"),
    ],
)
def test_what_cannot_be_forgotten_is_a_sentence(path: Path, capsys: Out, before: str, sentence: str) -> None:
    assert forget_records(path, before, yes=True) == 2
    assert capsys.readouterr().err.startswith(f"heatpack: {sentence}")


def test_a_reader_keeps_copies_until_it_is_run_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    monkeypatch.setattr("controller.records.forget._BUSY_S", 0.01)
    monkeypatch.setattr("time.time", lambda: NOW_S)
    secret = b"area of s-50"
    with contextlib.closing(Store(path)) as store:
        store.connection()
        with query.reading(path) as db:
            db.execute("BEGIN")
            db.execute("SELECT * FROM session").fetchall()
            assert forget_records(path, "20d", yes=True) == 0
        assert "Run this again." in capsys.readouterr().out
        assert secret in path.read_bytes()
        assert forget_records(path, "20d", yes=True) == 0
        assert "There are no records of before" in capsys.readouterr().out
        assert secret not in path.read_bytes() + Path(f"{path}-wal").read_bytes()


def test_damaged_logs_beside_it_are_named(path: Path, capsys: Out) -> None:
    aside = path.with_name("log.db.corrupt-20261121T120000Z")
    aside.touch()
    assert forget_records(path, "400d", yes=True) == 0
    out = capsys.readouterr().out
    assert out.startswith("There are no records of before ")
    assert f"{aside} is of a damaged log that was set aside." in out


# --- heatpack log verify ------------------------------------------------------------------------------


def test_a_good_log_says_what_to_note(path: Path, capsys: Out) -> None:
    tidied(path)
    assert verify_log(path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "The log is as it was written: 19 entries, up to entry 31."
    assert lines[1] == "Older ones were removed: see 1 entry of the kind records_removed."
    noted = head_of(lines[2].removeprefix("Note this elsewhere: "))
    assert verify_log(path, noted=noted) == 0
    assert verify_log(path, noted=replace(noted, seq=None, hash=noted.hash[:12])) == 0
    assert "It has the entry that was noted." in capsys.readouterr().out


def test_a_log_that_was_counted_again_is_found_by_a_note(path: Path, capsys: Out) -> None:
    with query.reading(path) as db:
        noted = verify(db).head_hash
    assert noted is not None
    path.unlink()
    with contextlib.closing(Store(path)) as store:
        for _ in range(30):
            store.write([Put(entry("warning", 3.0))], [])
    assert verify_log(path) == 0
    assert verify_log(path, noted=head_of(f"30:{noted.hex()}")) == 1
    assert "Entry 30 is not the one that was noted: its hash is" in capsys.readouterr().out
    assert verify_log(path, noted=head_of(noted.hex())) == 1
    assert "No entry has the hash that was noted: this is not the log of then." in capsys.readouterr().out
    assert verify_log(path, noted=head_of(f"99:{noted.hex()}")) == 1
    assert capsys.readouterr().out == "Entry 99, which was noted, is missing.\n"


def test_a_note_of_an_entry_that_was_removed(path: Path, capsys: Out) -> None:
    with query.reading(path) as db:
        hashes = {logged.seq: logged.hash.hex() for logged in query.events(db)}
    tidied(path)
    assert verify_log(path, noted=head_of(f"12:{hashes[12]}")) == 0, "the last of them is known by its hash"
    assert verify_log(path, noted=head_of(hashes[12])) == 0
    assert verify_log(path, noted=head_of(f"3:{hashes[3]}")) == 1
    assert "Entry 3 was removed" in capsys.readouterr().out


def test_for_programs_it_is_one_object(path: Path, capsys: Out) -> None:
    with contextlib.closing(Store(path)) as store:
        store.connection().execute("UPDATE event SET message = 'x' WHERE seq = 4")
    assert verify_log(path, as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["problem_seq"], said["head_seq"]) == (False, 4, 30)
    assert said["problem"].startswith("Entry 4 of ")


@pytest.mark.parametrize("text", ["", "xyz", "12:", "12:123", ":12345678", "0x12345678", "f" * 65])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a hash of 8 to 64 hex digits"):
        head_of(text)
