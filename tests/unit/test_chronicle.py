"""The guard's events on their way into a real log: each is on disk before it is acknowledged."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from controller import chronicle
from controller.chronicle import Chronicle
from controller.guard_link import GuardLink
from controller.records import query
from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRow, StorageError, Unfinished
from controller.records.log import Recorder
from hardware.clock import Instant
from hardware.link import Ack, Event, Request

T0 = 1_800_000_000.0
NOW = Instant(1000.0, T0 + 1000.0)


class Acks:
    """The link, as far as the chronicle uses it."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def send(self, request: Request) -> bool:
        assert isinstance(request, Ack)
        self.seen.append(request.event_seq)
        return True


class Desk:
    """A chronicle at work."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.acks = Acks()
        self.chronicle = Chronicle(recorder, cast(GuardLink, self.acks))

    async def opens(self, session_id: str, target_c: float = 40.0, *, told: bool = True) -> None:
        """Write a session's begin; ``told`` False is one of an earlier run of the controller."""
        row = SessionRow(session_id, "phone", "", target_c, 480.0, T0)
        await self.recorder.open_session(row, Entry(T0, 0.0, "session_requested", session_id=session_id))
        if told:
            self.chronicle.opened(session_id, target_c)

    async def hears(self, *events: Event) -> None:
        for event in events:
            self.chronicle.hear(event)
        await self.chronicle.drain()

    async def end_of(self, session_id: str) -> SessionEnd | None:
        record = await self.recorder.read(lambda db: query.session(db, session_id))
        return record.end

    async def entries(self, kind: str) -> list[Logged]:
        every = await self.recorder.read(lambda db: list(query.events(db)))
        return [logged for logged in every if logged.entry.kind == kind]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    recorder = Recorder(tmp_path / "log.db", now=lambda: NOW, min_free_bytes=0)
    await recorder.open()
    desk = Desk(recorder)
    task = asyncio.create_task(desk.chronicle.run())
    yield desk
    task.cancel()
    await asyncio.wait({task})
    await recorder.close()


def event(seq: int, kind: str, code: str = "ok", session_id: str | None = "s1", **facts: float) -> Event:
    return Event(seq, T0 + seq, float(seq), kind, code, f"{kind} {code}", session_id, **facts)


STORY = (
    event(1, "session_started"),
    event(2, "heat_on", elapsed_s=0.0),
    event(3, "target_reached", elapsed_s=95.0),
)
END = event(4, "session_ended", "completed", elapsed_s=480.0, dose_cem43=0.2, energy_j=1500.0, peak_c=40.5)


async def test_a_session_from_its_begin_to_its_end(desk: Desk) -> None:
    await desk.opens("s1")
    await desk.hears(*STORY, END)
    assert await desk.end_of("s1") == SessionEnd(
        ended_wall_s=T0 + 4,
        reason="completed",
        message="session_ended completed",
        started_wall_s=T0 + 2,
        heated_s=480.0,
        time_to_target_s=95.0,
        peak_c=40.5,
        overshoot_c=0.5,
        dose_cem43=0.2,
        energy_j=1500.0,
    )
    assert desk.acks.seen == [1, 2, 3, 4]


async def test_an_event_that_comes_twice_is_written_once_and_acknowledged_twice(desk: Desk) -> None:
    await desk.opens("s1")
    await desk.hears(*STORY)
    await desk.hears(*STORY, END)
    await desk.hears(END)
    assert desk.acks.seen == [1, 2, 3, 1, 2, 3, 4, 4]
    assert len(await desk.entries("heat_on")) == 1
    assert len(await desk.entries("session_ended")) == 1
    end = await desk.end_of("s1")
    assert end is not None
    assert end.heated_s == 480.0


async def test_the_end_waits_for_the_begin(desk: Desk) -> None:
    async with desk.chronicle.opening:  # orders holds it from the wish until the row is on disk
        desk.chronicle.hear(END)
        await asyncio.sleep(0)
        assert desk.acks.seen == []
        await desk.opens("s1")
    await desk.chronicle.drain()
    end = await desk.end_of("s1")
    assert end is not None
    assert end.reason == "completed"


async def test_a_controller_that_was_restarted_takes_the_guards_word_over_its_samples(desk: Desk) -> None:
    await desk.opens("s1", told=False)
    desk.recorder.sample(Sample("s1", 60.0, 38.0, 40.0, 1.0, True, 0.01))
    lost = event(9, "session_ended", "controller_lost", elapsed_s=75.0, energy_j=600.0, peak_c=38.6)
    await desk.hears(STORY[1], lost)
    end = await desk.end_of("s1")
    assert end is not None
    assert (end.reason, end.started_wall_s, end.heated_s) == ("controller_lost", T0 + 2, 75.0)
    assert (end.peak_c, end.energy_j) == (38.6, 600.0)


async def test_a_guard_that_was_restarted_knows_less_than_the_samples(desk: Desk) -> None:
    await desk.opens("s1")
    await desk.hears(*STORY[:2])
    for second in (10.0, 20.0, 30.0):
        desk.recorder.sample(Sample("s1", second, 30.0 + second / 10, 40.0, 1.0, True, 0.01))
    await desk.hears(event(1005, "session_ended", "interrupted"))
    end = await desk.end_of("s1")
    assert end is not None
    assert (end.reason, end.heated_s, end.peak_c) == ("interrupted", 30.0, 33.0)
    assert desk.acks.seen[-1] == 1005


async def test_the_end_of_a_session_that_nobody_knows_is_an_entry_all_the_same(desk: Desk) -> None:
    await desk.hears(event(7, "session_ended", "stopped", "stranger", elapsed_s=5.0))
    assert [logged.entry.session_id for logged in await desk.entries("session_ended")] == ["stranger"]
    assert desk.acks.seen == [7]


async def test_events_without_a_session(desk: Desk) -> None:
    await desk.hears(event(1, "fault", "sensor_open", None), event(2, "fault_cleared", "ok", None))
    assert len(await desk.entries("fault")) == 1
    assert desk.acks.seen == [1, 2]


# --- sessions that nobody will end any more -----------------------------------------------------------


async def test_a_sweep_ends_what_the_guard_does_not_know_any_more(desk: Desk) -> None:
    await desk.opens("old", told=False)
    await desk.opens("running", told=False)
    desk.chronicle.sweep("running", NOW)
    await desk.chronicle.drain()
    end = await desk.end_of("old")
    assert end is not None
    assert (end.reason, end.ended_wall_s) == ("interrupted", NOW.wall_s)
    assert await desk.end_of("running") is None


async def test_a_sweep_lets_the_guards_own_account_come_first(desk: Desk) -> None:
    await desk.opens("s1", told=False)
    desk.chronicle.hear(END)
    desk.chronicle.sweep(None, NOW)
    await desk.chronicle.drain()
    end = await desk.end_of("s1")
    assert end is not None
    assert end.reason == "completed"


async def test_a_sweep_spares_a_session_that_began_while_it_waited(desk: Desk) -> None:
    await desk.opens("old")
    async with desk.chronicle.opening:
        desk.chronicle.sweep(None, NOW)  # at this moment the guard had no session yet
        await asyncio.sleep(0)
        await desk.opens("young")
    await desk.chronicle.drain()
    assert await desk.end_of("old") is not None
    assert await desk.end_of("young") is None
    await desk.hears(event(4, "session_ended", "completed", "young", elapsed_s=480.0))
    end = await desk.end_of("young")
    assert end is not None
    assert end.reason == "completed"
    # The next sweep judges it like any other.
    await desk.opens("lost")
    desk.chronicle.sweep(None, NOW)
    await desk.chronicle.drain()
    assert await desk.end_of("lost") is not None


# --- a disk that fails --------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def without_a_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A chronicle whose log cannot be written before its path is free."""
    monkeypatch.setattr(chronicle, "RETRY_S", 0.01)
    (folder / "log.db").mkdir()  # a folder where the file should be
    recorder = Recorder(folder / "log.db", now=lambda: NOW, min_free_bytes=0)
    await recorder.open()
    desk = Desk(recorder)
    task = asyncio.create_task(desk.chronicle.run())
    yield desk
    task.cancel()
    await asyncio.wait({task})
    await recorder.close()


async def refused(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(5):
        while "not in the log yet" not in caplog.text:
            await asyncio.sleep(0.005)


async def test_what_is_not_on_disk_is_not_acknowledged_and_written_when_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with without_a_log(tmp_path, monkeypatch) as desk:
        for one in STORY:
            desk.chronicle.hear(one)
        await refused(caplog)
        assert desk.acks.seen == []
        (tmp_path / "log.db").rmdir()
        await desk.chronicle.drain()
        assert desk.acks.seen == [1, 2, 3]  # the first one first: 3 alone would acknowledge all of them
        await desk.hears(*STORY)  # the guard may send them again
        assert len(await desk.entries("heat_on")) == 1


async def test_what_the_guard_repeats_for_a_day_waits_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with without_a_log(tmp_path, monkeypatch) as desk:
        for number in range(8640):  # every ten seconds; and now and then the guard is connected anew
            for one in (*STORY, END):
                desk.chronicle.hear(one)
            if number % 100 == 0:
                desk.chronicle.sweep(None, NOW)
        await refused(caplog)
        assert desk.chronicle.waiting == len(STORY) + 2
        (tmp_path / "log.db").rmdir()
        await desk.chronicle.drain()
        assert desk.acks.seen == [1, 2, 3, 4]
        assert desk.chronicle.waiting == 0


async def test_a_guard_that_lost_its_ledger_counts_anew_and_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with without_a_log(tmp_path, monkeypatch) as desk:
        desk.chronicle.hear(event(1, "session_started"))
        desk.chronicle.hear(event(1, "fault", "ledger_failed"))
        await refused(caplog)
        (tmp_path / "log.db").rmdir()
        await desk.chronicle.drain()
        assert len(await desk.entries("session_started")) == len(await desk.entries("fault")) == 1


async def test_of_two_sweeps_that_wait_the_newer_one_knows_what_runs(desk: Desk) -> None:
    await desk.opens("old", told=False)
    async with desk.chronicle.opening:
        desk.chronicle.sweep(None, NOW)
        await asyncio.sleep(0)
        await desk.opens("young")
        desk.chronicle.sweep("young", NOW)  # the guard was lost and is back, with a session that runs
    await desk.chronicle.drain()
    assert await desk.end_of("old") is not None
    assert await desk.end_of("young") is None


async def test_what_was_interrupted_is_closed_when_the_disk_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = Recorder(tmp_path / "log.db", now=lambda: NOW, min_free_bytes=0)
    await before.open()
    await Desk(before).opens("lost")
    await before.close()
    (tmp_path / "log.db").rename(tmp_path / "elsewhere")
    async with without_a_log(tmp_path, monkeypatch) as desk:
        desk.chronicle.sweep(None, NOW)
        await refused(caplog)
        (tmp_path / "log.db").rmdir()
        (tmp_path / "elsewhere").rename(tmp_path / "log.db")
        await desk.chronicle.drain()
        end = await desk.end_of("lost")
        assert end is not None
        assert end.reason == "interrupted"


async def test_what_was_interrupted_is_closed_although_the_log_is_locked_for_a_while(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chronicle, "RETRY_S", 0.01)
    await desk.opens("lost")
    answers = iter([StorageError("locked"), StorageError("locked"), StorageError("locked")])
    unfinished = desk.recorder.unfinished

    async def locked_at_first() -> tuple[Unfinished, ...]:
        for error in answers:
            raise error
        return await unfinished()

    monkeypatch.setattr(desk.recorder, "unfinished", locked_at_first)
    desk.chronicle.sweep(None, NOW)
    await desk.chronicle.drain()
    assert await desk.end_of("lost") is not None


async def test_what_can_never_be_written_does_not_keep_back_what_comes_after_it(desk: Desk) -> None:
    await desk.hears(event(1, "heat_on", temperature_c=math.nan), event(2, "target_reached"))
    assert [logged.entry.guard_seq for logged in await desk.entries("target_reached")] == [2]
    assert await desk.entries("heat_on") == []
