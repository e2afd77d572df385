"""A log of version 0.1.0 becomes one of today: all of it, or, if the power goes, nothing of it yet."""

import contextlib
import gzip
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.records import migration, query, schema
from controller.records.entry import Entry, Sample, StorageError
from controller.records.log import Recorder
from controller.records.store import Store
from controller.records.verify import verify

OLD = gzip.decompress((Path(__file__).parents[1] / "data" / "log-0.1.0.db.gz").read_bytes())
STAMP = Entry(1_800_000_000.0, 5.0, "", boot_id="boot-of-the-update")
FRAME, HEADER = 24 + 1024, 32


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is some: each log that is opened is synced to its disk."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


@contextlib.contextmanager
def rows_of(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        yield db


def old_rows(table: str, order: str, folder: Path) -> list[dict[str, object]]:
    path = folder / "as-it-was.db"
    path.write_bytes(OLD)
    with rows_of(path) as db:
        return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY {order}")]


def migrated(path: Path) -> None:
    with contextlib.closing(Store(path, lambda: STAMP)) as store:
        store.connection()


def test_every_entry_keeps_its_number_its_columns_and_gets_its_place_in_the_chain(
    old: Path, tmp_path: Path
) -> None:
    migrated(old)
    before = old_rows("event", "seq", tmp_path)
    with rows_of(old) as db:
        after = [dict(row) for row in db.execute("SELECT * FROM event ORDER BY seq")]
    assert [{key: row[key] for key in before[0]} for row in after[: len(before)]] == before
    assert [row["kind"] for row in after[len(before) :]] == [*["session_sealed"] * 4, "log_migrated"]
    assert {row["boot_id"] for row in after[len(before) :]} == {"boot-of-the-update"}
    with query.reading(old) as db:
        assert verify(db).problem is None


def test_every_session_is_there_with_its_figures_settings_and_faults(old: Path, tmp_path: Path) -> None:
    migrated(old)
    before = {row["id"]: row for row in old_rows("session", "id", tmp_path)}
    with rows_of(old) as db:
        columns = f"{schema.SESSION}, {schema.END}"
        after = {row["id"]: dict(row) for row in db.execute(f"SELECT {columns} FROM session")}
    faults = {name: row.pop("faults") for name, row in after.items()}
    assert after == before
    assert faults == {"s-done": "[]", "s-stopped": "[]", "s-broken": '["sensor_open"]', "s-cut": None}


def test_every_sample_is_there_as_finely_as_the_pad_can_mean_it(old: Path, tmp_path: Path) -> None:
    migrated(old)
    before = old_rows("sample", "session_id, elapsed_s", tmp_path)
    with query.reading(old) as db:
        after = [s for name in ("s-broken", "s-cut", "s-done", "s-stopped") for s in query.samples(db, name)]
    assert len(after) == len(before) > 700
    for sample, row in zip(after, before, strict=True):
        was = Sample(**{**row, "heater": bool(row["heater"])})  # type: ignore[arg-type]
        assert (sample.session_id, sample.elapsed_s, sample.temperature_c) == (
            *(was.session_id, was.elapsed_s, was.temperature_c),
        )
        assert (sample.target_c, sample.duty, sample.heater) == (was.target_c, was.duty, was.heater)
        assert sample.dose_cem43 == pytest.approx(was.dose_cem43, abs=5e-7)


def test_a_log_that_was_brought_over_can_become_smaller_like_a_new_one(old: Path, tmp_path: Path) -> None:
    migrated(old)
    migrated(tmp_path / "new.db")
    for path in (old, tmp_path / "new.db"):
        with rows_of(path) as db:
            assert tuple(db.execute("PRAGMA auto_vacuum").fetchone()) == (2,), path


async def test_the_controller_goes_on_where_the_old_version_was_cut_off(old: Path) -> None:
    recorder = Recorder(old, min_free_bytes=0)
    await recorder.open()
    assert recorder.healthy
    (left,) = await recorder.unfinished()
    end = left.last_known_end("interrupted", "Power was lost.", STAMP.wall_s)
    entry = Entry(STAMP.wall_s, 9.0, "session_ended", "interrupted", session_id="s-cut")
    await recorder.close_session("s-cut", end, entry)
    await recorder.close()
    with query.reading(old) as db:
        assert query.session(db, "s-cut").end is not None
        assert verify(db).problem is None


def test_what_the_sessions_were_when_they_were_brought_over_is_sealed(old: Path) -> None:
    migrated(old)
    with rows_of(old) as db, db:
        db.execute("UPDATE session SET dose_cem43 = 0 WHERE id = 's-done'")
    with query.reading(old) as db:
        assert verify(db).problem == "Session s-done was changed."


def test_a_reader_says_what_to_do_with_an_old_log_and_leaves_it_alone(old: Path) -> None:
    with pytest.raises(StorageError, match="older format 1: start the controller once"), query.reading(old):
        pass
    assert old.read_bytes() == OLD


def test_numbers_that_the_old_log_did_not_have_are_not_missed(old: Path) -> None:
    with rows_of(old) as db, db:
        db.execute("DELETE FROM event WHERE seq IN (1, 2, 7)")
    migrated(old)
    with query.reading(old) as db:
        found = verify(db)
    assert (found.problem, found.first_seq) == (None, 3)


def test_a_power_cut_at_any_page_leaves_the_old_log_or_the_new_one(memory: Path) -> None:
    written, cut = memory / "written.db", memory / "cut.db"
    written.write_bytes(OLD)
    with contextlib.closing(sqlite3.connect(written, isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        migration.migrate(db, STAMP)
        wal = Path(f"{written}-wal").read_bytes()
        assert written.read_bytes() == OLD, "all of it is in the write-ahead log"
    sizes = [*range(0, len(wal), FRAME), *range(HEADER, len(wal), FRAME), len(wal)]
    assert len(sizes) > 50
    for number, size in enumerate(sizes):
        for file in memory.glob("cut.db*"):
            file.unlink()
        cut.write_bytes(OLD)
        Path(f"{cut}-wal").write_bytes(wal[:size])
        with contextlib.closing(sqlite3.connect(cut)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (entries,) = db.execute("SELECT count(*) FROM event").fetchone()
        assert (version, entries) == ((2, 23) if size == len(wal) else (1, 18)), f"cut at {size}"
        if number % 10 == 0:
            migrated(cut)
            with query.reading(cut) as db:
                assert (verify(db).problem, verify(db).entries) == (None, 23), f"cut at {size}"


def test_two_programs_bring_it_over_once(old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old, isolation_level=None)) as slow:
        migrated(old)
        assert migration.migrate(slow, STAMP) == []
    with query.reading(old) as db:
        assert verify(db).entries == 23
