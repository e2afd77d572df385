"""A new run of the controller and what earlier runs have answered: nothing heats twice."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller import memory
from controller.memory import Memory
from controller.mqtt.commands import MAX_ANSWERS, MAX_SPENT_IDS, CommandGate, Refusal, Repeat
from controller.mqtt.inbound import Incoming, StartCommand
from controller.post_session import MAX_USED_IDS, Cause, Change, PostSession
from controller.records.changes import Put
from controller.records.entry import Entry
from controller.records.log import Recorder
from controller.records.store import Store

DAY_S = 86_400.0


def answered(id: str, wall_s: float) -> Entry:
    data = {"id": id, "action": "start", "accepted": True, "code": "ok", "message": "Heating"}
    return Entry(wall_s, 1.0, "command", "ok", "Heating", "s", data)


def counted(trigger: str, wall_s: float) -> Entry:
    return Entry(wall_s, 1.0, "post_session", "counting", "Stretch now", None, {"session_id": trigger})


def written(path: Path, *entries: Entry) -> Path:
    with contextlib.closing(Store(path)) as store:
        store.write([Put(entry) for entry in entries], [])
    return path


class NewRun:
    """Gate and countdown of a controller that has just started."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.gate = CommandGate()
        self.countdown = PostSession(60.0, 10.0)
        self.memory = Memory(recorder, self.gate, self.countdown)

    def starts(self, id: str) -> Refusal | Repeat | None:
        now_s = time.time()
        return self.gate.judge(StartCommand(id=id), Incoming("command", b"", False, now_s), now_s)

    def releases(self, trigger: str) -> Change:
        return self.countdown.handle(Cause.RELEASED, 0.0, trigger).change

    def admits(self, payload: object) -> bool:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        return self.memory.admits(Incoming("trigger-point/1/session", text.encode(), False, 0.0))


@contextlib.asynccontextmanager
async def new_run(path: Path) -> AsyncIterator[NewRun]:
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    try:
        yield NewRun(recorder)
    finally:
        await recorder.close()


@pytest.mark.parametrize("days_behind", [0, 3, 400])
async def test_what_was_answered_before_is_known_whatever_the_clock_said_then(
    tmp_path: Path, days_behind: int
) -> None:
    then_s = time.time() - 600 - days_behind * DAY_S
    path = written(tmp_path / "log.db", answered("a7", then_s), counted("41", then_s))
    async with new_run(path) as run:
        assert await run.memory.load()
        repeat = run.starts("a7")
        assert isinstance(repeat, Repeat)
        assert repeat.result is not None
        assert (repeat.result.accepted, repeat.result.message) == (True, "Heating")
        assert run.starts("b8") is None
        assert run.releases("41") is Change.IGNORED
        assert run.releases("42") is Change.COUNTING


async def test_of_very_many_the_newest_are_known(tmp_path: Path) -> None:
    now_s, many = time.time(), MAX_ANSWERS + MAX_SPENT_IDS
    commands = [answered(f"c{n}", now_s) for n in range(many + 5)]
    triggers = [counted(f"t{n}", now_s) for n in range(MAX_USED_IDS + 5)]
    async with new_run(written(tmp_path / "log.db", *commands, *triggers)) as run:
        assert await run.memory.load()
        assert isinstance(run.starts("c5"), Refusal), "its answer is gone, but it was answered"
        assert isinstance(run.starts(f"c{many + 4}"), Repeat)
        assert run.starts("c4") is None
        assert run.releases("t5") is Change.IGNORED
        assert run.releases("t4") is Change.COUNTING


async def test_while_the_log_cannot_be_read_nothing_begins_and_then_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "RETRY_S", 0.01)
    path = written(tmp_path / "log.db", answered("a7", time.time()), counted("41", time.time()))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        async with new_run(path) as run:
            assert not await run.memory.load()
            assert run.recorder.unread is not None
            assert "locked by another program" in run.recorder.unread
            assert run.admits({"event": "cancelled", "session_id": "40"})
            assert run.admits("nonsense"), "it is answered as such"
            assert not run.admits("released")
            assert not run.admits({"event": "released", "session_id": "41"})
            assert run.gate.refused["storage_failed"] == 2
            other.close()
            async with asyncio.timeout(60):
                await run.memory.run()
            assert run.recorder.unread is None
            assert run.admits("released")
            assert isinstance(run.starts("a7"), Repeat)
            assert run.releases("41") is Change.IGNORED


async def test_a_log_that_can_be_written_but_was_not_read_is_a_fault(tmp_path: Path) -> None:
    async with new_run(tmp_path / "log.db") as run:
        assert run.recorder.healthy
        run.recorder.unread = "What was answered before could not be read from it yet."
        assert not run.recorder.healthy
        assert run.recorder.fault == run.recorder.unread
        assert await run.memory.load()
        assert run.recorder.fault is None
