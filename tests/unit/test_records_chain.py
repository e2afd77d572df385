"""The chain: whoever changes a line of the log behind its back is found."""

import contextlib
import hashlib
import json
import random
import re
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.honest import honest
from bench.records.tampering import tampered
from controller.records import query
from controller.records.chain import GENESIS, encoded, link
from controller.records.changes import Close, Open, Put, transaction
from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRow
from controller.records.log import Recorder
from controller.records.packing import pack, unpack
from controller.records.removal import Choice, remove
from controller.records.store import Store
from controller.records.trouble import DamagedError
from controller.records.verify import Verdict, verify

T0_S = 1_800_000_000.0
SESSION = SessionRow("s-1", "phone", "neck", 40.0, 480.0, T0_S + 2, settings={"limits": {"cutoff_c": 44.0}})
END = SessionEnd(T0_S + 481, "completed", "Done.", T0_S + 1, 480.0)


def entry(kind: str, at_s: float = 0.0, session_id: str | None = None) -> Entry:
    return Entry(T0_S + at_s, at_s, kind, "ok", "What happened", session_id, boot_id="boot")


def samples(first_s: int, beyond_s: int) -> list[Sample]:
    return [
        Sample("s-1", float(s), 38.0 + s / 100, 40.0, 0.5, True, s / 1e4) for s in range(first_s, beyond_s)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Ten entries, with a session from the third to the eighth."""
    path = tmp_path / "log.db"
    with contextlib.closing(Store(path)) as store:
        store.write([Put(entry("started")), Put(entry("command", 1))], [])
        store.write([Open(SESSION, entry("session_requested", 2, "s-1"))], [])
        for n, kind in enumerate(("session_started", "heat_on", "target_reached", "fault"), 3):
            store.write(
                [Put(replace(entry(kind, n, "s-1"), source="guard", guard_seq=n))],
                samples(20 * n, 20 * n + 20),
            )
        store.write([Close("s-1", END, entry("session_ended", 9, "s-1"))], [])
        store.write([Put(entry("warning", 10)), Put(entry("warning", 11))], [])
    return path


def verdict(path: Path) -> Verdict:
    with query.reading(path) as db:
        return verify(db)


@contextlib.contextmanager
def behind_its_back(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        yield db


def problem_after(path: Path, *statements: str) -> str | None:
    with behind_its_back(path) as db:
        for statement in statements:
            db.execute(statement)
    found = verdict(path)
    assert found.ok == (found.problem is None)
    return found.problem


# --- an honest log ------------------------------------------------------------------------------------


def test_an_untouched_log_is_as_it_was_written(log: Path) -> None:
    found = verdict(log)
    assert (found.ok, found.entries, found.first_seq, found.head_seq, found.checkpoints) == (
        True,
        10,
        1,
        10,
        0,
    )
    with query.reading(log) as db:
        assert [logged.hash for logged in query.events(db)][-1] == found.head_hash


def test_an_empty_log_has_nothing_wrong(tmp_path: Path) -> None:
    with contextlib.closing(Store(tmp_path / "log.db")) as store:
        store.connection()
    assert verdict(tmp_path / "log.db") == Verdict(True, 0, 0, 0, None, 0)


def test_the_hash_can_be_counted_by_anybody_from_the_documentation(log: Path) -> None:
    """As docs/records.md says it, with nothing of this project."""
    before = bytes(32)
    with behind_its_back(log) as db:
        for *columns, digest in db.execute(
            "SELECT seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data,"
            " hash FROM event ORDER BY seq"
        ):
            content = before
            for value in columns:
                if value is None:
                    content += b"n"
                elif isinstance(value, int):
                    content += b"i" + value.to_bytes(8, "big", signed=True)
                elif isinstance(value, float):
                    content += b"r" + struct.pack(">d", value)
                else:
                    content += b"t" + len(value.encode()).to_bytes(8, "big") + value.encode()
            before = hashlib.sha256(content).digest()
            assert before == digest


async def test_it_can_be_verified_while_the_daemon_writes(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "log.db", min_free_bytes=0)
    await recorder.open()
    try:
        with query.reading(tmp_path / "log.db") as db:
            for number in range(5):
                await recorder.record(entry("note", number))
                assert verify(db).entries == number + 1
        assert verdict(tmp_path / "log.db").ok
    finally:
        await recorder.close()


async def test_what_goes_out_with_an_entry_is_its_hash_in_the_log(tmp_path: Path) -> None:
    told: list[Logged] = []
    recorder = Recorder(tmp_path / "log.db", on_entry=told.append, min_free_bytes=0)
    await recorder.open()
    await recorder.record(entry("one"))
    await recorder.record(entry("two"))
    await recorder.close()
    assert told[-1].hash == verdict(tmp_path / "log.db").head_hash


def test_an_entry_that_was_refused_leaves_no_gap(log: Path) -> None:
    with contextlib.closing(Store(log)) as store:
        store.write([Open(SESSION, entry("session_requested"))], [])  # its id is in use
        store.write([Put(entry("next"))], [])
    found = verdict(log)
    assert (found.ok, found.head_seq) == (True, 11)


def test_a_guards_end_that_was_logged_before_the_session_could_be_closed(log: Path) -> None:
    said = replace(entry("session_ended", 20, "s-2"), source="guard", guard_seq=20)
    with contextlib.closing(Store(log)) as store:
        store.write([Open(replace(SESSION, id="s-2"), entry("session_requested", 12, "s-2")), Put(said)], [])
        store.write([Close("s-2", END, said)], [])
    assert verdict(log).ok
    with query.reading(log) as db:
        assert [logged.entry.kind for logged in query.events(db, session_id="s-2")] == [
            *("session_requested", "session_ended", "session_sealed"),
        ]


# --- what is found ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE event SET message = 'Nothing' WHERE seq = 7", r"Entry 7 of 20.* \(fault\) was changed\."),
        ("UPDATE event SET wall_s = wall_s - 60 WHERE seq = 5", r"Entry 5 of .* \(heat_on\) was changed\."),
        ("UPDATE event SET data = NULL WHERE seq = 8", r"Entry 8 of .* \(session_ended\) was changed\."),
        ("DELETE FROM event WHERE seq = 7", r"Entry 7 is missing\."),
        ("DELETE FROM event WHERE seq < 4", r"Entries 1 to 3 are missing\."),
        ("DELETE FROM event WHERE seq > 8", r"Entries 9 to 10 are missing\."),
        ("DELETE FROM event", r"Entries 1 to 10 are missing\."),
        ("DELETE FROM chain", r"The end of the chain is not known any more\."),
        ("UPDATE chain SET seq = 9", r"Entry 10 was added behind the end of the log\."),
        ("UPDATE session SET peak_c = 39", r"Session s-1 was changed\."),
        ("UPDATE session SET ended_wall_s = NULL", r"Session s-1 was changed\."),
        ("UPDATE settings SET json = '{}'", r"Session s-1 was changed\."),
        ("DELETE FROM session", r"Session s-1 was removed\."),
        ("DELETE FROM sample WHERE rowid % 3 = 0", r"The samples of session s-1 were changed\."),
        ("UPDATE event SET session_id = CAST(x'ff41' AS TEXT) WHERE seq > 1", r"Entry 2 .* was changed\."),
        ("INSERT INTO settings (json) VALUES ('{}')", r"There are settings of no session"),
        ("INSERT INTO sample VALUES (1, x'01')", r"There are samples of no session"),
    ],
)  # fmt: skip
def test_each_is_named(log: Path, statement: str, problem: str) -> None:
    found = problem_after(log, statement)
    assert found is not None
    assert re.match(problem, found), found


def test_two_entries_that_changed_places_are_found_at_the_first(log: Path) -> None:
    found = problem_after(
        log,
        "UPDATE event SET seq = 99 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 6",
        "UPDATE event SET seq = 6 WHERE seq = 99",
    )
    assert found is not None
    assert found.startswith("Entry 4 of ")


def test_a_hash_that_was_counted_again_moves_the_trouble_to_the_next_entry(log: Path) -> None:
    with behind_its_back(log) as db:
        (before,) = db.execute("SELECT hash FROM event WHERE seq = 6").fetchone()
        db.execute("UPDATE event SET message = '' WHERE seq = 7")
        columns = db.execute(
            "SELECT seq, wall_s, mono_s, boot_id, source, guard_seq, kind, code, message, session_id, data"
            " FROM event WHERE seq = 7"
        ).fetchone()
        db.execute("UPDATE event SET hash = ? WHERE seq = 7", (link(before, columns),))
    assert verdict(log).problem_seq == 8


def test_random_tamperings_are_all_found_and_honest_logs_all_pass(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        path = Path(folder) / "log.db"
        for seed in range(100):
            rng = random.Random(seed)
            honest(path, rng)
            assert verdict(path).problem is None, f"seed {seed}"
            as_it_was = path.read_bytes()
            for copy in (path.with_name(f"{number}.db") for number in range(3)):
                copy.write_bytes(as_it_was)
                told = tampered(copy, rng)
                assert verdict(copy).problem is not None, f"seed {seed}: {told}"
            for file in Path(folder).iterdir():
                file.unlink()


# --- across what was removed --------------------------------------------------------------------------


def removed(path: Path, before_s: float, most: int | None = None) -> None:
    with contextlib.closing(Store(path)) as store:
        db = store.connection()
        with transaction(db):
            assert remove(db, Choice(before_s, most=most), "user", entry("", 99)).logged is not None


def test_the_chain_holds_across_what_was_removed_in_several_goes(log: Path) -> None:
    for _ in range(4):
        removed(log, T0_S + 100, most=3)
    found = verdict(log)
    assert found.problem is None
    # Six of the old ones, and what was said of the first two goes went with the later ones.
    with query.reading(log) as db:
        kinds = [logged.entry.kind for logged in query.events(db)]
        assert query.sessions(db) == ()
    assert set(kinds) == {"records_removed"}
    assert found.checkpoints == len(kinds)


def test_an_entry_about_removed_ones_is_itself_in_the_chain(log: Path) -> None:
    removed(log, T0_S + 1.5)
    with behind_its_back(log) as db:
        (text,) = db.execute("SELECT data FROM event WHERE seq = 11").fetchone()
        data = json.loads(text)
        first, last, _ = data["gaps"][0]
        data["gaps"] = [(first, last + 2, "00" * 32)]
        db.execute("DELETE FROM event WHERE seq IN (3, 4)")
        db.execute("UPDATE event SET data = ? WHERE seq = 11", (json.dumps(data),))
    found = verdict(log)
    assert found.problem_seq == 11
    assert "(records_removed) was changed" in (found.problem or "")


def test_more_than_was_said_is_missed(log: Path) -> None:
    removed(log, T0_S + 1.5)
    assert problem_after(log, "DELETE FROM event WHERE seq = 3") == "Entry 3 is missing."


# --- bytes --------------------------------------------------------------------------------------------

_VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary()
)


@given(st.lists(_VALUES, max_size=4), st.lists(_VALUES, max_size=4))
def test_different_columns_are_different_bytes(one: list[object], other: list[object]) -> None:
    same = [(type(value), value) for value in one] == [(type(value), value) for value in other]
    if not same:
        assert (encoded(one) == encoded(other)) is (repr(one) == repr(other))  # type: ignore[arg-type]
        assert link(GENESIS, one) != link(GENESIS, other) or repr(one) == repr(other)  # type: ignore[arg-type]


_TEMPERATURES = st.none() | st.integers(-55_000, 150_000).map(lambda value: value / 1000)
_SAMPLES = st.builds(
    Sample,
    session_id=st.just("s-1"),
    elapsed_s=st.integers(0, 10**9).map(lambda value: value / 1000),
    temperature_c=_TEMPERATURES,
    target_c=st.integers(35_000, 42_000).map(lambda value: value / 1000),
    duty=st.integers(0, 1000).map(lambda value: value / 1000),
    heater=st.booleans(),
    dose_cem43=st.integers(0, 10**9).map(lambda value: value / 10**6),
)


@given(st.lists(_SAMPLES, max_size=40))
def test_samples_come_out_of_their_bytes_as_they_went_in(taken: list[Sample]) -> None:
    assert list(unpack("s-1", pack(taken))) == taken


@given(st.lists(_SAMPLES, min_size=1, max_size=3), st.data())
def test_bytes_that_were_cut_are_refused_or_are_fewer_samples(
    taken: list[Sample], data: st.DataObject
) -> None:
    packed = pack(taken)
    cut = packed[: data.draw(st.integers(0, len(packed) - 1))]
    with contextlib.suppress(DamagedError):
        assert list(unpack("s-1", cut)) == taken[: len(list(unpack("s-1", cut)))]


def test_a_second_takes_about_nine_bytes() -> None:
    assert len(pack(samples(0, 30))) <= 30 * 10
