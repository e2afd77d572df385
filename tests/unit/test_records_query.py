"""Reading the records, also while the daemon writes and by people who may only read."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query
from controller.records.entry import Entry, SessionRecord, StorageError
from controller.records.log import Recorder
from tests.support.sessions import START_WALL_S, Recorded, broken, completed, stopped, write


def later(recorded: Recorded, by_s: float) -> Recorded:
    record, events, samples = recorded
    row = replace(record.row, requested_wall_s=record.row.requested_wall_s + by_s)
    return SessionRecord(row, record.end), events, samples


async def test_sessions_come_newest_first_and_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    first, second, third = completed("s-1"), later(stopped("s-2"), 3600), later(broken("s-3"), 7200)
    await write(path, first, second, third)
    with query.reading(path) as db:
        assert query.sessions(db) == (third[0], second[0], first[0])
        assert query.sessions(db, limit=1) == (third[0],)
        assert query.sessions(db, since_wall_s=START_WALL_S + 10) == (third[0], second[0])
        assert [logged.entry.kind for logged in query.events(db, session_id="s-3")] == [
            *("command", "session_started", "heat_on", "fault", "session_ended"),
        ]
        assert len(query.samples(db, "s-2")) == len(second[2])


async def test_a_session_is_found_by_id_by_its_beginning_or_as_the_last(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    await write(path, completed("abc"), later(stopped("abd"), 60), later(broken("abcd"), 30))
    with query.reading(path) as db:
        assert query.session(db, "abc").row.id == "abc"
        assert query.session(db, "abd").row.id == "abd"
        assert query.session(db, "last").row.id == "abd"
        with pytest.raises(StorageError, match=r"Several sessions begin with 'ab': abc, abcd, abd\."):
            query.session(db, "ab")
        with pytest.raises(StorageError, match=r"There is no session 'a%'\."):
            query.session(db, "a%")


async def test_absent_and_empty_records_are_said_so(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with (
        pytest.raises(StorageError, match=r"There are no records yet: .*log\.db does not exist"),
        query.reading(path),
    ):
        pass
    assert not path.exists(), "a reader creates nothing"
    await write(path)
    with query.reading(path) as db, pytest.raises(StorageError, match="There are no sessions yet"):
        query.session(db, "last")


async def test_reading_works_while_the_daemon_writes_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    try:
        with query.reading(path) as db:
            for number in range(5):
                await recorder.record(Entry(number, number, "note"))
                assert len(tuple(query.events(db))) == number + 1
            with pytest.raises(StorageError, match="read-only"), query.reading(path) as other:
                other.execute("DELETE FROM event")
            await recorder.record(Entry(9, 9, "still writing"))
        assert recorder.healthy
    finally:
        await recorder.close()


async def test_a_damaged_log_is_a_sentence_for_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(b"nonsense " * 1000)
    with pytest.raises(StorageError, match="is damaged"), query.reading(path):
        pass
    assert path.read_bytes() == b"nonsense " * 1000


READER = """
import os, sys
from pathlib import Path
from controller.records import query
os.chmod(Path(sys.argv[1]).parent, 0o555)
if os.getuid() == 0:
    os.setgid(65534), os.setuid(65534)
with query.reading(Path(sys.argv[1])) as db:
    print(len(tuple(query.events(db))))
"""


@pytest.mark.parametrize("daemon_runs", [True, False])
async def test_somebody_who_may_only_read_the_folder_can_read_the_log(
    tmp_path: Path, daemon_runs: bool
) -> None:
    folder = Path(f"/tmp/heatpack-test-{os.getpid()}-{daemon_runs}")  # tmp_path is closed to other users
    folder.mkdir()
    path = folder / "log.db"
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    try:
        await recorder.record(Entry(1.0, 1.0, "note"))
        if not daemon_runs:
            await recorder.close()
        for file in folder.iterdir():
            file.chmod(0o444)
        read = subprocess.run(
            [sys.executable, "-c", READER, str(path)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert (read.stdout, read.stderr) == ("1\n", "")
    finally:
        folder.chmod(0o755)
        if daemon_runs:
            await recorder.close()
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
