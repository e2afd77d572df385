"""The power goes at any byte of a write: of the guard's ledger, and of the controller's log.

What has not been synced when the power goes may be on the disk or not, up to any byte; what has been
synced is there. Every state that this allows is made, and read as the daemons read it when they start.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from controller.records import query
from controller.records.changes import Close, Open, Put
from controller.records.entry import Entry, Sample, SessionEnd, SessionRow
from controller.records.store import Store
from hardware import ledger_file
from hardware.ledger import Latch, Ledger
from hardware.ledger_file import LedgerFile, serialise
from hardware.link import Event
from tests.support.power_cut import STEPS, Step, WatchedOs

NOW_S = 1_800_000_000.0

# --- the ledger -------------------------------------------------------------------------------------------

OLD = Ledger(saved_wall_s=NOW_S).open_session("s1", NOW_S, 480.0, 2.0)
NEW = (
    OLD.close_session(NOW_S + 300.0, 300.0, 0.9, 1800.0)
    .latch(Latch("sensor_open", "Sensor 1 is open", NOW_S + 300.0))
    .log(Event(0, NOW_S + 300.0, 12.5, "fault", "sensor_open", "Sensor 1 is open", "s1"))
)


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """What replacing the old ledger by the new one does, step by step."""
    file = LedgerFile(str(tmp_path / "ledger.json"))
    file.save(OLD, NOW_S)
    steps: list[Step] = []
    with monkeypatch.context() as patch:
        patch.setattr(ledger_file, "os", WatchedOs(steps.append))
        file.save(NEW, NOW_S + 301.0)
    return steps


def left_on_disk(steps: list[Step]) -> Iterator[tuple[bytes, bytes | None]]:
    """What these steps and then a power cut may leave: the ledger, and the file that was to replace it."""
    calls = [step.call for step in steps]
    old, written = serialise(OLD), b"".join(step.data for step in steps)
    cuts = [written]
    if "fsync" not in calls:
        # Up to any byte; or the length has reached the disk, and the bytes behind it have not.
        cuts += [written[:size] for size in range(len(written))]
        cuts += [written[:size].ljust(len(written), b"\0") for size in range(len(written))]
    renamed = "replace" in calls
    durable = renamed and "fsync" in calls[calls.index("replace") :]
    for new in cuts:
        if renamed:
            yield new, None
        if not durable:
            yield old, new
    if not durable:
        yield old, None


def test_a_save_takes_these_steps(steps: list[Step]) -> None:
    """Those that the model of the disk and the power cuts of the system tests know."""
    assert tuple(step.call for step in steps) == STEPS


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_a_power_cut_leaves_the_old_ledger_or_the_new_one(
    steps: list[Step], tmp_path: Path, done: int
) -> None:
    (tmp_path / "disk").mkdir()
    file = LedgerFile(str(tmp_path / "disk" / "ledger.json"))
    found = set()
    for ledger, new in left_on_disk(steps[:done]):
        Path(file.path).write_bytes(ledger)
        Path(file.path + ".new").unlink(missing_ok=True)
        if new is not None:
            Path(file.path + ".new").write_bytes(new)
        found.add(file.load())

    old, new_one = OLD, replace(NEW, saved_wall_s=NOW_S + 301.0)
    renamed = STEPS.index("replace") + 1
    synced = STEPS.index("fsync", renamed) + 1
    assert found == {old} if done < renamed else {old, new_one} if done < synced else {new_one}


# --- the log ----------------------------------------------------------------------------------------------

SESSION = SessionRow("s-1", "phone", "neck", 40.0, 480.0, NOW_S)
SAMPLES = tuple(Sample("s-1", float(second), 39.0, 40.0, 0.5, True, 0.1) for second in range(5))
DB, WAL = "log.db", "log.db-wal"
#: Bytes of the write-ahead log (https://sqlite.org/fileformat2.html#walformat), with pages of 1024.
WAL_HEADER, FRAME = 32, 24 + 1024
SECTOR = 512

Disk = Mapping[str, bytes]


def entry(kind: str) -> Entry:
    return Entry(NOW_S, 100.0, kind, message="Sensor 1 is open or unplugged", session_id="s-1")


BEGIN = Open(SESSION, entry("session_started"))
END = Close("s-1", SessionEnd(NOW_S + 30, "stopped", "Stopped by a person"), entry("session_ended"))
#: What is on the disk before each power cut.
BEFORE = ["session_started", "acknowledged"]


class Bench:
    """A store that writes, and a second folder in which its power cuts are made."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._cut = folder / "written", folder / "cut"
        self._folder.mkdir()
        self._cut.mkdir()
        self.store = Store(self._folder / DB)

    def disk(self) -> Disk:
        """The files as the store has left them by now."""
        return {name: (self._folder / name).read_bytes() for name in (DB, WAL)}

    def after(self, disk: Disk, *, goes_on: bool = True) -> tuple[list[str], int]:
        """Start from this disk as the controller does: the kinds of entries, and the samples.

        The end of the session and the entry of it come together or not at all, nothing passes for
        damaged, and the log goes on.
        """
        for file in self._cut.iterdir():
            file.unlink()
        for name, content in disk.items():
            (self._cut / name).write_bytes(content)
        with contextlib.closing(Store(self._cut / DB)) as store:
            kinds, samples, end = self._read(store)
            assert end == (END.end if "session_ended" in kinds else None)
            if goes_on:
                store.write([Put(entry("next"))], [])
                assert self._read(store) == ([*kinds, "next"], samples, end)
            assert store.set_aside == []
        return kinds, samples

    @staticmethod
    def _read(store: Store) -> tuple[list[str], int, SessionEnd | None]:
        db = store.connection()
        logged = list(query.events(db))
        assert [one.seq for one in logged] == list(range(1, len(logged) + 1))
        samples = len(query.samples(db, "s-1"))
        return [one.entry.kind for one in logged], samples, query.session(db, "s-1").end


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    # In memory, where there is some: thousands of logs are opened, and each is synced to its disk.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        bench = Bench(Path(folder))
        with contextlib.closing(bench.store):
            bench.store.write([BEGIN], [])
            bench.store.close()  # as after a restart: what was written is in the database itself
            bench.store.write([Put(entry("acknowledged"))], [])
            yield bench


def cut(before: Disk, after: Disk, name: str, size: int) -> Disk:
    """The moment at which a file is the new one up to a byte, and behind it still the old one."""
    return {**before, name: after[name][:size] + before[name][size:]}


def changed(before: Disk, after: Disk, name: str) -> range:
    """From the first byte of a file that differs to the last."""
    old, new = before[name], after[name]
    differ = [n for n in range(len(new)) if old[n : n + 1] != new[n : n + 1]]
    return range(differ[0], differ[-1] + 1)


def write_end(bench: Bench) -> tuple[Disk, Disk]:
    """Write samples, and then the end of the session; return the disk before and after."""
    before = bench.disk()
    bench.store.write([], SAMPLES)
    bench.store.write([END], [])
    after = bench.disk()
    assert after[DB] == before[DB]  # both are in the write-ahead log alone
    return before, after


def test_entries_and_samples_are_synced_before_they_count(bench: Bench) -> None:
    (level,) = bench.store.connection().execute("PRAGMA synchronous").fetchone()
    assert level == 2  # full: https://sqlite.org/pragma.html#pragma_synchronous


def test_an_entry_cut_at_any_byte_is_absent_and_all_before_it_is_there(bench: Bench) -> None:
    before, after = write_end(bench)
    written = changed(before, after, WAL)
    assert len(written) > 4 * FRAME
    for size in written:
        kinds, samples = bench.after(cut(before, after, WAL, size), goes_on=size % 16 == 0)
        assert kinds == BEFORE, f"cut at {size}"
        assert samples == (len(SAMPLES) if size >= written.start + FRAME else 0)
    assert bench.after(after) == ([*BEFORE, "session_ended"], len(SAMPLES))


def test_an_entry_of_which_any_sector_is_missing_is_absent(bench: Bench) -> None:
    """What was not synced reaches a disk in any order."""
    before, after = write_end(bench)
    written = changed(before, after, WAL)
    for start in range(written.start // SECTOR * SECTOR, written.stop, SECTOR):
        begin, end = max(start, written.start), min(start + SECTOR, written.stop)
        torn = after[WAL][:begin] + bytes(end - begin) + after[WAL][end:]
        if torn != after[WAL]:  # the free part of a page is nothing but zeros
            kinds, _ = bench.after({**after, WAL: torn})
            assert kinds == BEFORE, f"without the bytes from {begin} to {end}"


def test_an_entry_that_overwrites_a_log_that_was_carried_over_takes_nothing_with_it(bench: Bench) -> None:
    bench.store.write([END], SAMPLES)
    bench.store.connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    before = bench.disk()
    bench.store.write([Put(entry("overwriting"))], [])
    after = bench.disk()
    assert len(after[WAL]) == len(before[WAL])
    written, whole = changed(before, after, WAL), [*BEFORE, "session_ended"]
    assert written.start < WAL_HEADER
    for size in written:
        kinds, samples = bench.after(cut(before, after, WAL, size), goes_on=size % 16 == 0)
        assert (kinds, samples) == (whole, len(SAMPLES)), f"cut at {size}"
    assert bench.after(after) == ([*whole, "overwriting"], len(SAMPLES))


def test_pages_that_are_carried_over_may_be_cut_at_any_place(bench: Bench) -> None:
    _, before = write_end(bench)
    bench.store.connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    after = bench.disk()
    assert after[WAL] == before[WAL]
    written = changed(before, after, DB)
    assert len(written) > 4 * SECTOR
    for size in written[:: SECTOR // 8]:
        assert bench.after(cut(before, after, DB, size)) == ([*BEFORE, "session_ended"], len(SAMPLES))
