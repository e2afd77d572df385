"""What the measurement of the records measures is a log as the daemon writes one."""

import os
import subprocess
import sys
from pathlib import Path

from bench.records import scaling, writes
from controller.records import query
from controller.records.verify import verify


def test_the_many_sessions_are_a_log_that_holds(tmp_path: Path) -> None:
    scaling.write(tmp_path / "log.db", 3)
    with query.reading(tmp_path / "log.db") as db:
        assert verify(db).ok
        sessions = query.sessions(db)
        assert [session.end.reason for session in sessions if session.end] == ["completed"] * 3
        assert len(query.samples(db, sessions[0].row.id)) == scaling.SESSION_S


def test_what_a_process_writes_is_counted_to_its_last_word(tmp_path: Path) -> None:
    script = (
        "import sys, time; open(sys.argv[1], 'wb').write(bytes(70_000)); print(flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "file")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert writes.written(process).asked >= 70_000
        assert writes.last_words(process).asked >= 70_000
        assert process.poll() is not None
    assert os.path.getsize(tmp_path / "file") == 70_000
