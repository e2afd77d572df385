"""Trouble with the disk: named in a sentence, nothing durable is lost, and it heals by itself."""

import asyncio
import contextlib
import errno
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query, writer
from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRow, StorageError
from controller.records.log import Recorder
from controller.records.store import Store
from controller.records.verify import verify
from tests.support.disks import no_file_grows_beyond, read_only, small_disk

T0_S = 1_800_000_000.0
SESSION = SessionRow("s-1", "phone", "neck", 40.0, 480.0, T0_S)
END = SessionEnd(T0_S + 30, "stopped")


def entry(kind: str, message: str = "") -> Entry:
    return Entry(T0_S, 100.0, kind, message=message)


@pytest.fixture(autouse=True)
def _retry_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.02)


@contextlib.asynccontextmanager
async def recording(path: Path, min_free_bytes: int = 0) -> AsyncIterator[tuple[Recorder, list[Logged]]]:
    told: list[Logged] = []
    recorder = Recorder(path, on_entry=told.append, min_free_bytes=min_free_bytes)
    await recorder.open()
    try:
        yield recorder, told
    finally:
        await recorder.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def kinds(path: Path) -> list[str]:
    with query.reading(path) as db:
        return [logged.entry.kind for logged in query.events(db)]


async def write_without_end(recorder: Recorder) -> None:
    while True:
        await recorder.record(entry("filler", "x" * 2000))


def fill(folder: Path) -> None:
    with (folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


async def test_a_full_disk_is_named_and_heals(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(small_disk(tmp_path / "disk", kilobytes=400))
        except PermissionError as error:
            pytest.skip(f"only root may mount a small disk: {error}")
        path = folder / "log.db"
        async with recording(path) as (recorder, told):
            await recorder.open_session(SESSION, entry("session_started"))
            fill(folder)
            with pytest.raises(StorageError, match=r"The disk is full: the log .*log\.db cannot be written"):
                await write_without_end(recorder)
            assert recorder.fault
            assert "disk is full" in recorder.fault
            written = len(told)
            with pytest.raises(StorageError):
                await recorder.open_session(replace(SESSION, id="s-2"), entry("session_started", "x" * 4000))
            with pytest.raises(StorageError):
                await recorder.close_session("s-1", END, entry("session_ended", "x" * 4000))
            recorder.note(entry("fault", "y" * 2000))
            recorder.sample(Sample("s-1", 1.0, 39.0, 40.0, 0.5, True, 0.0))
            assert len(kinds(path)) == written, "what was written before stays readable"
            (folder / "ballast").unlink()
            await until(lambda: recorder.healthy)
            await recorder.record(entry("next"))
            assert sorted(logged.entry.kind for logged in told[written:]) == [
                *("fault", "log_restored", "next", "session_ended"),
            ]
            (restored,) = [logged.entry for logged in told if logged.entry.kind == "log_restored"]
            assert "Lost: nothing. The disk is full" in restored.message
            assert [session.row.id for session in await recorder.read(query.sessions)] == ["s-1"]
            assert await recorder.unfinished() == ()
            assert len(await recorder.read(lambda db: query.samples(db, "s-1"))) == 1
        assert len(kinds(path)) == written + 4


async def test_a_read_only_disk_is_named_and_heals(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(small_disk(tmp_path / "disk", kilobytes=400))
        except PermissionError as error:
            pytest.skip(f"only root may mount a small disk: {error}")
        path = folder / "log.db"
        async with recording(path) as (recorder, _):
            await recorder.open_session(SESSION, entry("session_started"))
        with contextlib.ExitStack() as disk:
            disk.enter_context(read_only(folder))
            async with recording(path) as (recorder, told):
                assert recorder.fault
                assert f"The log {path} is read-only" in recorder.fault
                with pytest.raises(StorageError, match="is read-only"):
                    await recorder.open_session(replace(SESSION, id="s-2"), entry("session_started"))
                recorder.note(entry("fault"))
                assert kinds(path) == ["session_started"], "what is there stays readable"
                disk.close()
                await until(lambda: recorder.healthy)
                await recorder.close_session("s-1", END, entry("session_ended"))
                assert [logged.entry.kind for logged in told] == ["fault", "log_restored", "session_ended"]


async def test_a_database_that_is_full_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        await recorder.read(lambda db: db.execute("PRAGMA max_page_count = 1").fetchall())
        with pytest.raises(StorageError, match=r"The disk is full: the log .*log\.db cannot be written"):
            await recorder.record(entry("fault", "x" * 9000))
        assert kinds(path) == ["session_started"]
    async with recording(path) as (recorder, _):
        await recorder.record(entry("fault", "x" * 9000))
    assert kinds(path) == ["session_started", "fault"]


async def test_a_log_that_may_not_grow_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        await recorder.record(entry("before"))
        with no_file_grows_beyond(Path(f"{path}-wal").stat().st_size + 1024):
            with pytest.raises(StorageError, match=r"The log .*log\.db cannot be used: disk I/O error"):
                await recorder.open_session(SESSION, entry("session_started", "x" * 5000))
            assert not recorder.healthy
        await until(lambda: recorder.healthy)
        await recorder.open_session(SESSION, entry("session_started", "x" * 5000))
        assert [logged.entry.kind for logged in told] == ["before", "log_restored", "session_started"]


async def test_a_nearly_full_disk_refuses_starts_while_writing_still_works(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db", min_free_bytes=1 << 60) as (recorder, told):
        assert recorder.fault
        assert recorder.fault.startswith("The disk is nearly full: ")
        await recorder.record(entry("still written"))
        assert [logged.entry.kind for logged in told] == ["still written"]


async def test_a_locked_log_is_named_and_what_was_noted_is_written_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.records.store.BUSY_S", 0.01)
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        with locked(path):
            recorder.note(entry("first"))
            with pytest.raises(StorageError, match=r"log\.db is locked by another program"):
                await recorder.record(entry("refused"))
            recorder.note(entry("second"))
            assert recorder.fault
        await until(lambda: recorder.healthy)
        await recorder.flush()
        await until(lambda: len(told) == 3)
    assert kinds(path) == ["first", "second", "log_restored"]


async def test_too_much_noted_during_a_fault_is_counted_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.records.store.BUSY_S", 0.01)
    monkeypatch.setattr(writer, "MAX_SAMPLES", 10)
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        await recorder.open_session(SESSION, entry("session_started"))
        with locked(path):
            recorder.note(entry("waits"))
            await until(lambda: not recorder.healthy)
            for second in range(15):
                recorder.sample(Sample("s-1", float(second), 39.0, 40.0, 0.5, True, 0.0))
        await until(lambda: recorder.healthy)
        await recorder.flush()
        await until(lambda: told[-1].entry.kind == "log_restored")
        assert "Lost: 5 samples." in told[-1].entry.message
        kept = await recorder.read(lambda db: query.samples(db, "s-1"))
    assert [one.elapsed_s for one in kept] == [float(second) for second in range(5, 15)]


async def test_a_folder_that_cannot_be_made_does_not_keep_the_controller_from_starting(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    async with recording(tmp_path / "state" / "log.db") as (recorder, _):
        assert recorder.fault
        assert "log.db" in recorder.fault
        with pytest.raises(StorageError):
            await recorder.unfinished()
        (tmp_path / "state").unlink()
        await until(lambda: recorder.healthy)
        assert await recorder.unfinished() == ()


@pytest.mark.parametrize(
    "damage", [b"not a database at all" * 200, b"SQLite format 3\0" + bytes(range(256)) * 16]
)
async def test_a_damaged_log_is_set_aside_and_named_never_deleted(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(damage)
    async with recording(path) as (recorder, told):
        assert recorder.healthy
        await recorder.record(entry("first of the new log"))
        (aside,) = tmp_path.glob("log.db.corrupt-*")
        assert aside.read_bytes() == damage
        assert [logged.entry.kind for logged in told] == ["log_set_aside", "first of the new log"]
        assert str(aside) in told[0].entry.message


async def test_a_truncated_log_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        for number in range(50):
            recorder.note(entry("old", f"{number} " + "x" * 500))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // 1024 * 1024])
    async with recording(path) as (recorder, told):
        await recorder.record(entry("new"))
        assert [logged.entry.kind for logged in told] == ["log_set_aside", "new"]


async def test_damage_met_while_running_goes_on_in_a_new_file_with_the_running_session(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        await recorder.open_session(SESSION, entry("session_started"))
        await recorder.read(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        path.write_bytes(bytes(path.stat().st_size))
        await recorder.read(lambda db: db.execute("PRAGMA shrink_memory").fetchall())
        await recorder.close_session("s-1", END, entry("session_ended"))
        await until(lambda: len(told) == 4)
        assert sorted(logged.entry.kind for logged in told) == [
            *("log_set_aside", "session_carried_over", "session_ended", "session_started"),
        ]
        (session,) = await recorder.read(query.sessions)
        assert session.end == END
    assert len(list(tmp_path.glob("log.db.corrupt-*"))) >= 1


async def test_damage_that_only_a_reader_meets_is_set_aside_too(tmp_path: Path) -> None:
    """Or what was interrupted would never get an end: each attempt would meet the same damage."""
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
    with contextlib.closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'session'").fetchone()
    whole = path.read_bytes()
    path.write_bytes(whole[: (page - 1) * 1024] + b"\xff" * 1024 + whole[page * 1024 :])
    async with recording(path) as (recorder, told):
        assert recorder.healthy, "nothing has met it yet"
        assert await recorder.unfinished() == ()
        await recorder.record(entry("next"))
        assert [logged.entry.kind for logged in told] == ["log_set_aside", "next"]
        (aside,) = tmp_path.glob("log.db.corrupt-*")
        assert b"\xff" * 1024 in aside.read_bytes()
        assert str(aside) in told[0].entry.message


async def test_a_log_that_somebody_removed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        for file in tmp_path.iterdir():
            file.unlink()
        await recorder.close_session("s-1", END, entry("session_ended"))
        assert kinds(path) == ["session_carried_over", "session_ended"]
        with query.reading(path) as db:
            assert query.session(db, "s-1").end == END


async def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 9")
    before = path.read_bytes()
    async with recording(path) as (recorder, _):
        assert recorder.fault
        assert "has format 9" in recorder.fault
        with pytest.raises(StorageError, match="update Heatpack"):
            await recorder.record(entry("refused"))
    assert path.read_bytes() == before
    with pytest.raises(StorageError, match="has format 9"), query.reading(path):
        pass


async def test_an_end_that_is_asked_for_again_and_again_pushes_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.records.store.BUSY_S", 0.01)
    monkeypatch.setattr(writer, "MAX_ITEMS", 5)
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        await recorder.open_session(SESSION, entry("session_started"))
        with locked(path):
            recorder.note(entry("waits"))
            for _ in range(10):
                with pytest.raises(StorageError, match="is locked"):
                    await recorder.close_session("s-1", END, entry("session_ended"))
        await until(lambda: recorder.healthy)
        await until(lambda: told[-1].entry.kind == "log_restored")
        assert "Lost: nothing." in told[-1].entry.message
    assert kinds(path) == ["session_started", "waits", "session_ended", "log_restored"]


async def test_what_was_written_is_not_written_again_where_the_room_cannot_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        with monkeypatch.context() as disk:
            disk.setattr(writer, "free_bytes", refuses)
            recorder.note(entry("once"))
            assert await recorder.record(entry("twice")) == 2
            await until(lambda: not recorder.healthy)
        await until(lambda: recorder.healthy)
        await until(lambda: told[-1].entry.kind == "log_restored")
    assert kinds(path) == ["once", "twice", "log_restored"]


async def test_a_session_is_carried_over_also_at_the_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        for file in tmp_path.iterdir():
            file.unlink()
        with monkeypatch.context() as disk:
            disk.setattr(Store, "_carry_over", refuses)
            with pytest.raises(StorageError):
                await recorder.record(entry("fault"))
        await recorder.close_session("s-1", END, replace(entry("session_ended"), session_id="s-1"))
        with query.reading(path) as db:
            assert query.session(db, "s-1").end == END
            assert verify(db).ok


def refuses(*_: object) -> int:
    raise OSError(errno.EIO, "Input/output error")
