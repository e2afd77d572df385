"""The safety log: what was recorded is there, whatever happens to the process afterwards."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query
from controller.records.entry import (
    Entry,
    Logged,
    Sample,
    SessionEnd,
    SessionRow,
    StorageError,
    from_guard,
)
from controller.records.log import Recorder
from controller.records.writer import MAX_ITEMS, Writer
from hardware.link import Event

T0_S = 1_800_000_000.0
SESSION = SessionRow("s-1", "phone", "neck", 40.0, 480.0, T0_S, "t-1", {"kp": 0.6}, "0.1.0")
END = SessionEnd(T0_S + 481, "completed", "Done.", T0_S + 1, 480.0, 111.5, 40.4, 0.4, 0.02, 1900.0)


def entry(kind: str, at_s: float = 0.0, **more: object) -> Entry:
    return replace(Entry(T0_S + at_s, 100.0 + at_s, kind), **more)  # type: ignore[arg-type]


def sample(elapsed_s: float, temperature_c: float | None = 39.0) -> Sample:
    return Sample("s-1", elapsed_s, temperature_c, 40.0, 0.5, True, elapsed_s / 1e4)


def guard_event(seq: int, kind: str = "heat_on", at_s: float = 0.0) -> Entry:
    return from_guard(Event(seq, T0_S + at_s, 100.0 + at_s, kind, "", "First heat.", "s-1", peak_c=39.5))


@contextlib.asynccontextmanager
async def recording(path: Path) -> AsyncIterator[tuple[Recorder, list[Logged]]]:
    told: list[Logged] = []
    recorder = Recorder(path, on_entry=told.append, min_free_bytes=0)
    await recorder.open()
    try:
        yield recorder, told
    finally:
        await recorder.close()


def stored(path: Path) -> list[Entry]:
    with query.reading(path) as db:
        return [logged.entry for logged in query.events(db)]


async def test_a_recorded_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state" / "log.db"
    written = entry(
        "fault", code="sensor_open", message="Sensor 1 is open.", session_id="s-1", data={"x": 1.5}
    )
    async with recording(path) as (recorder, told):
        assert recorder.healthy
        assert await recorder.record(written) == 1
        assert told == [Logged(1, replace(written, boot_id=recorder._boot_id))]
        assert stored(path) == [told[0].entry]


async def test_notes_and_records_keep_their_order_and_leave_no_gap(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, told):
        for number in range(20):
            recorder.note(entry("note", number))
            recorder.note(guard_event(number // 2))
            assert await recorder.record(entry("record", number)) > 0
    assert [logged.seq for logged in told] == list(range(1, 51))
    assert [e.kind for e in stored(tmp_path / "log.db")] == [logged.entry.kind for logged in told]


async def test_a_guard_event_that_is_sent_again_is_stored_and_told_once(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        first = await recorder.record(guard_event(7))
        assert await recorder.record(guard_event(7)) == first
        assert len(told) == 1
    async with recording(path) as (recorder, told):
        assert await recorder.record(guard_event(7)) == first
        assert told == []
    assert len(stored(path)) == 1


async def test_a_guard_that_lost_its_ledger_counts_from_one_and_is_still_heard(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, told):
        await recorder.record(guard_event(1, at_s=0.0))
        await recorder.record(guard_event(1, at_s=900.0))
        assert len(told) == 2


async def test_a_session_is_stored_with_its_entries_samples_and_end(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, told):
        await recorder.open_session(SESSION, entry("session_started", session_id="s-1"))
        for second in range(100):
            recorder.sample(sample(second, None if second == 50 else 39.0))
        await recorder.close_session("s-1", END, entry("session_ended", 481, session_id="s-1"))
        assert [logged.entry.kind for logged in told] == ["session_started", "session_ended"]
        with query.reading(path) as db:
            record = query.session(db, "s-1")
            taken = query.samples(db, "s-1")
    assert (record.row, record.end) == (SESSION, END)
    assert [one.elapsed_s for one in taken] == list(range(100))
    assert taken[50].temperature_c is None
    assert taken[99] == sample(99.0)


async def test_the_first_end_of_a_session_counts(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        await recorder.close_session("s-1", END, entry("session_ended"))
        await recorder.close_session("s-1", replace(END, reason="interrupted"), entry("session_ended", 9))
        assert (await recorder.read(lambda db: query.session(db, "s-1"))).end == END


async def test_a_used_session_id_is_refused_and_its_entry_is_not_written(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, told):
        await recorder.open_session(SESSION, entry("session_started"))
        with pytest.raises(StorageError, match="'s-1' was used before"):
            await recorder.open_session(replace(SESSION, area="back"), entry("session_started", 9))
        assert len(told) == 1
        assert recorder.healthy


async def test_an_entry_that_no_database_can_hold_does_not_hold_up_the_others(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        recorder.note(entry("before"))
        with pytest.raises(StorageError, match="cannot hold the entry 'odd'"):
            await recorder.record(entry("odd", data={"temperature_c": float("nan")}))
        await recorder.record(entry("hostile", message="half a pair: \ud800"))
        assert recorder.healthy
    assert [(e.kind, e.message) for e in stored(path)] == [("before", ""), ("hostile", "half a pair: ?")]


async def test_a_session_cut_short_is_found_with_the_last_known_facts(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started", session_id="s-1"))
        await recorder.record(guard_event(3, at_s=1.0))
        for second in range(60):
            recorder.sample(sample(second, 36.0 + second / 12))
        await recorder.flush()
        assert recorder.healthy
    async with recording(path) as (recorder, _):
        (found,) = await recorder.unfinished()
        end = found.last_known_end("interrupted", "Power was lost.", T0_S + 900)
        await recorder.close_session("s-1", end, entry("session_ended", 900))
        assert await recorder.unfinished() == ()
    assert (end.started_wall_s, end.heated_s, end.dose_cem43) == (T0_S + 1, 59.0, 0.0059)
    assert end.peak_c == pytest.approx(36 + 59 / 12, abs=1e-3)
    assert end.time_to_target_s == 42.0
    assert end.overshoot_c == pytest.approx(11 / 12, abs=1e-3)


async def test_what_the_guard_said_at_the_end_counts_more_than_samples(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started", session_id="s-1"))
        recorder.sample(sample(10.0, 36.0))
        said = replace(guard_event(4, "session_ended", 31), code="controller_lost")
        await recorder.record(replace(said, data={"peak_c": 40.5, "elapsed_s": 30.0, "energy_j": 240.0}))
        (found,) = await recorder.unfinished()
    assert found.ended is not None
    assert found.ended.entry.code == "controller_lost"
    end = found.last_known_end("controller_lost", "", T0_S + 31)
    assert (end.peak_c, end.overshoot_c, end.heated_s, end.energy_j) == (40.5, 0.5, 30.0, 240.0)


async def test_answers_and_triggers_of_the_last_day_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    answer = {
        "id": "c-1",
        "action": "start",
        "accepted": True,
        "code": "ok",
        "message": "Yes.",
        "session_id": "s-1",
    }
    async with recording(path) as (recorder, _):
        await recorder.record(entry("command", -90_000, data=answer | {"id": "old"}))
        await recorder.record(entry("command", data=answer))
        await recorder.record(entry("command", 1, data={"action": "stop"}))
        await recorder.open_session(SESSION, entry("session_started"))
        await recorder.open_session(replace(SESSION, id="s-2", trigger_id=None), entry("session_started"))
        for code, trigger_id in (
            ("counting", "t-2"),
            ("counting", None),
            ("ignored", "t-3"),
            ("cancelled", "t-4"),
        ):
            data = {"session_id": trigger_id}
            await recorder.record(replace(entry("post_session", data=data), code=code))
    async with recording(path) as (recorder, _):
        old, known = await recorder.newest_command_answers(9)
        assert await recorder.newest_command_answers(1) == (known,)
        assert await recorder.newest_command_ids(9) == ("old", "c-1")
        assert await recorder.newest_trigger_ids(9) == ("t-1", "t-2", "t-4")
        assert await recorder.newest_trigger_ids(2) == ("t-2", "t-4")
    assert old.id == "old", "a clock that was behind makes nobody forget"
    assert (known.id, known.action, known.accepted, known.code, known.session_id) == (
        *("c-1", "start", True, "ok", "s-1"),
    )


async def test_samples_wait_for_each_other_but_not_for_long(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        for second in range(59):
            recorder.sample(sample(second))
        assert _count(path) == 0
        recorder.sample(sample(61.0))
        async with asyncio.timeout(60):
            while _count(path) != 60:
                await asyncio.sleep(0.01)


async def test_samples_of_no_open_session_and_of_no_meaning_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    async with recording(path) as (recorder, _):
        recorder.sample(sample(1.0))
        await recorder.flush()
        await recorder.open_session(SESSION, entry("session_started"))
        recorder.sample(sample(2.0, float("nan")))
        recorder.sample(sample(3.0))
        await recorder.close_session("s-1", END, entry("session_ended"))
        recorder.sample(sample(4.0))
        assert await recorder.flush()
        assert recorder.healthy
        kept = await recorder.read(lambda db: query.samples(db, "s-1"))
    assert [one.elapsed_s for one in kept] == [3.0]


async def test_closing_writes_what_waits_and_leaves_no_thread_and_no_side_files(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    before = threading.active_count()
    async with recording(path) as (recorder, _):
        await recorder.open_session(SESSION, entry("session_started"))
        recorder.note(entry("last words"))
        recorder.sample(sample(1.0))
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    assert [file.name for file in tmp_path.iterdir()] == ["log.db"]
    assert [e.kind for e in stored(path)] == ["session_started", "last words"]
    assert _count(path) == 1


async def test_a_cancelled_waiter_does_not_stop_the_log(tmp_path: Path) -> None:
    async with recording(tmp_path / "log.db") as (recorder, told):
        waiter = asyncio.create_task(recorder.record(entry("abandoned")))
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        await recorder.record(entry("next"))
        assert [logged.entry.kind for logged in told] == ["abandoned", "next"]


def test_the_queue_is_bounded_and_samples_never_push_out_entries(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.db")
    for number in range(MAX_ITEMS + 10):
        recorder.sample(sample(number))
        recorder.note(entry("note", number))
    writer: Writer = recorder._writer
    assert len(writer._items) == MAX_ITEMS
    assert writer._samples[-1].elapsed_s == MAX_ITEMS + 9
    assert writer._losses(writer._lost_entries, writer._lost_samples) == "10 entries and 810 samples"


WRITER = """
import asyncio, sys
from pathlib import Path
from controller.records.entry import Entry
from controller.records.log import Recorder

async def main():
    recorder = Recorder(Path(sys.argv[1]), min_free_bytes=0)
    await recorder.open()
    for number in range(100000):
        print(await recorder.record(Entry(number, number, "written", str(number))), flush=True)

asyncio.run(main())
"""


def test_what_was_confirmed_is_there_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) == 25:
                break
        writer.send_signal(signal.SIGKILL)
        confirmed = 25 + len(writer.stdout.readlines())
    assert writer.returncode == -signal.SIGKILL
    codes = [e.code for e in stored(path)]
    assert len(codes) >= confirmed
    assert codes == [str(number) for number in range(len(codes))]


async def test_every_confirmed_entry_has_been_flushed_to_the_disk(tmp_path: Path) -> None:
    """A killed process loses nothing that the kernel has; a power cut does unless it is synced."""
    async with recording(tmp_path / "log.db") as (recorder, _):
        await recorder.record(entry("fault"))
        (mode,) = await recorder.read(lambda db: db.execute("PRAGMA synchronous").fetchone())
        (journal,) = await recorder.read(lambda db: db.execute("PRAGMA journal_mode").fetchone())
    assert (mode, journal) == (2, "wal")


def _count(path: Path) -> int:
    with query.reading(path) as db:
        return len(query.samples(db, "s-1"))
