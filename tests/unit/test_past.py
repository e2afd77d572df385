"""The last sessions for the phone, from a real log."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from controller.mqtt.messages import ResultMessage
from controller.mqtt.parsing import MAX_PAYLOAD_BYTES
from controller.past import past_sessions, within_bounds
from controller.records.entry import Entry, SessionRecord, StorageError
from controller.records.log import Recorder
from tests.support.sessions import START_WALL_S, Recorded, broken, completed, stopped, write
from tests.unit.test_orders import Scene


def later(recorded: Recorded, by_s: float, area: str = "neck") -> Recorded:
    record, events, samples = recorded
    row = replace(record.row, requested_wall_s=START_WALL_S + by_s, area=area)
    return SessionRecord(row, record.end), events, samples


@pytest.fixture
async def recorder(tmp_path: Path) -> AsyncIterator[Recorder]:
    opened = Recorder(tmp_path / "log.db", min_free_bytes=0)
    await opened.open()
    yield opened
    await opened.close()


async def test_they_come_newest_first_in_a_few_figures(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    good, cut = completed("s-1"), later(broken("s-2"), 3600.0, area="left shoulder")
    await write(path, good, cut, later(stopped("s-3"), 7200.0))
    reader = Recorder(path, min_free_bytes=0)
    await reader.open()
    try:
        newest, *_ = found = await past_sessions(reader, 2)
        everything = await past_sessions(reader, 20)
    finally:
        await reader.close()
    assert [session.id for session in found] == ["s-3", "s-2"]
    assert [session.id for session in everything] == ["s-3", "s-2", "s-1"]
    assert (newest.ended, newest.heated_s) == ("stopped", 192.0)
    assert (found[1].area, found[1].ended) == ("left shoulder", "sensor_open")
    oldest, end = everything[2], good[0].end
    assert end is not None
    assert (oldest.started, oldest.target_c, oldest.duration_s) == (end.started_wall_s, 40.0, 480.0)
    assert oldest.peak_c == pytest.approx(end.peak_c, abs=0.005)
    assert oldest.dose_cem43 == pytest.approx(end.dose_cem43, abs=0.00005)


async def test_a_session_that_runs_has_no_end_yet(recorder: Recorder) -> None:
    row = completed("s-1")[0].row
    await recorder.open_session(row, Entry(row.requested_wall_s, 0.0, "session_requested"))
    (session,) = await past_sessions(recorder, 1)
    assert (session.ended, session.started, session.heated_s, session.peak_c) == (
        *(None, row.requested_wall_s),
        *(0.0, None),
    )


async def test_twenty_with_long_names_still_fit_into_one_message(recorder: Recorder) -> None:
    for number in range(20):
        row = later(completed(f"s-{number:02}"), float(number), area="頸" * 40)[0].row
        await recorder.open_session(row, Entry(row.requested_wall_s, 0.0, "session_requested"))
    found = await past_sessions(recorder, 20)
    answer = ResultMessage(
        ts=1.0, id="h", action="history", accepted=True, code="ok", message="", sessions=found
    )
    assert len(answer.payload()) > MAX_PAYLOAD_BYTES
    bounded = within_bounds(answer)
    assert bounded.sessions is not None
    assert len(bounded.payload()) <= MAX_PAYLOAD_BYTES
    assert bounded.sessions == found[: len(bounded.sessions)]
    assert len(bounded.sessions) > 10
    assert within_bounds(bounded) == bounded


async def test_orders_answer_each_time_anew_and_leave_no_trace(recorder: Recorder) -> None:
    scene = Scene(recorder=recorder)
    for _ in range(2):
        await scene.says({"action": "history", "count": 3, "id": "h"})
        await scene.hears()
    row = completed("s-1")[0].row
    await recorder.open_session(row, Entry(row.requested_wall_s, 0.0, "session_requested"))
    await scene.says({"action": "history", "id": "h"})
    await scene.hears()
    told = [(m.accepted, m.repeat, [s.id for s in m.sessions or ()]) for m, _ in scene.results]
    assert told == [(True, False, []), (True, False, []), (True, False, ["s-1"])]
    assert json.loads(scene.last.payload())["sessions"][0]["id"] == "s-1"
    assert scene.gate.refused.total() == 0
    await scene.ends()


async def test_a_log_that_cannot_be_read_is_a_reason() -> None:
    class Unreadable:
        async def read(self, ask: object) -> None:
            raise StorageError("The log is damaged")

    scene = Scene(recorder=cast(Recorder, Unreadable()))
    await scene.says({"action": "history"})
    assert scene.answered() == [(False, "storage_failed")]
    assert scene.last.message == "The log is damaged"
    await scene.ends()
