"""The storage campaign's disk forgets what it may, and its pages are missed when they are damaged."""

import tempfile
from pathlib import Path
from random import Random

from campaign.storage import pages
from campaign.storage.disk import Disk
from campaign.storage.pages import Outcome
from campaign.storage.promises import Acknowledged, Heat, Told, promises
from campaign.storage.trace import Call, Create, Said, Sync, SyncFolder, Unlink, Write, calls
from hardware.link import Ack, Demand, encode

# --- the disk -------------------------------------------------------------------------------------


def disk_after(*taken: Call) -> Disk:
    disk = Disk()
    for call in taken:
        disk.take(call)
    return disk


def test_what_was_synced_stays_and_what_was_not_may_be_gone() -> None:
    disk = disk_after(Create("f"), Write("f", 0, b"old"), Sync("f"), Write("f", 0, b"new"))
    assert disk.none() == {"f": b"old"}
    assert disk.all() == {"f": b"new"}


def test_a_file_that_was_never_synced_may_not_be_there() -> None:
    assert disk_after(Create("f"), Write("f", 0, b"x")).none() == {}


def test_a_synced_folder_keeps_names_without_their_bytes() -> None:
    created = disk_after(Create("f"), Write("f", 0, b"x"), SyncFolder())
    assert created.none() == {"f": b""}
    assert created.all() == {"f": b"x"}
    removed: list[Call] = [Create("f"), Write("f", 0, b"x"), Sync("f"), Unlink("f")]
    assert disk_after(*removed).none() == {"f": b"x"}, "a name that was removed may come back"
    assert disk_after(*removed, SyncFolder()).none() == {}


def test_sectors_come_in_any_order_and_the_last_write_in_part() -> None:
    begin: list[Call] = [Create("f"), Write("f", 0, b"\0" * 1024), Sync("f")]
    disk = disk_after(*begin, Write("f", 0, b"a" * 512), Write("f", 512, b"b" * 512))
    left = {disk.some(Random(seed))["f"][::512] for seed in range(100)}
    assert left == {b"\0\0", b"a\0", b"\0b", b"ab"}
    torn = disk.torn(Random(1))["f"]
    assert torn.startswith(b"a" * 512)
    assert 0 < torn.count(b"b") < 512


def test_a_new_file_of_an_old_name_is_not_mixed_with_the_old_one() -> None:
    disk = disk_after(
        *(Create("f"), Write("f", 0, b"old" * 200), Sync("f")),
        *(Unlink("f"), Create("f"), Write("f", 600, b"new")),
    )
    left = {disk.some(Random(seed)).get("f", b"none") for seed in range(200)}
    assert left <= {b"old" * 200, b"none", b"", b"\0" * 600 + b"new"}
    assert b"old" * 200 in left


# --- what was said ----------------------------------------------------------------------------------


def test_a_trace_is_read_as_the_kernel_saw_it(tmp_path: Path) -> None:
    def text(words: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in words.encode())

    log, wal = text(f"{tmp_path}/log.db"), text(f"{tmp_path}/log.db-wal")
    trace = [
        f'7 openat(AT_FDCWD<{text("/")}>, "{log}", O_RDWR|O_CREAT|O_CLOEXEC, 0640) = 3<{log}>',
        f'7 openat(AT_FDCWD<{text("/")}>, "{text("/etc/else")}", O_RDWR|O_CREAT) = 4',
        f'8 pwrite64(5<{wal}>, "{text("ab")}", 2, 32 <unfinished ...>',
        f'7 sendto(9<{text("socket:[1]")}>, "{text("hello")}", 5, 0, NULL, 0) = 5',
        "8 <... pwrite64 resumed>)           = 2",
        f"8 fdatasync(5<{wal}> <unfinished ...>",
        f'7 sendto(9<{text("socket:[1]")}>, "{text("early")}", 5, 0, NULL, 0) = 5',
        "8 <... fdatasync resumed>)          = 0",
        f"8 fsync(6<{text(str(tmp_path))}>) = 0",
        f'8 unlink("{wal}") = 0',
        f'8 unlink("{log}") = -1 ENOENT (No such file or directory)',
        "7 +++ exited with 0 +++",
    ]
    assert list(calls(trace, tmp_path)) == [
        Create("log.db"),
        Write("log.db-wal", 32, b"ab"),
        Said(b"hello"),
        Said(b"early"),  # before the sync has returned
        Sync("log.db-wal"),
        SyncFolder(),
        Unlink("log.db-wal"),
    ]


def test_promises_are_found_in_what_was_said() -> None:
    event = (
        b'2\x80heatpack/demo/event\x00{"v":1,"seq":3,"kind":"fault","code":"sensor_open","message":"Open"}'
    )
    said = event + encode(Ack(7)) + encode(Demand("s1", 0.5, 1)) + encode(Demand("s1", 0.0, 2)) + b'{"half'
    assert list(promises(Said(said))) == [
        Told(3, "fault", "sensor_open", "Open", None),
        Acknowledged(7),
        Heat("s1"),
    ]


# --- damaged pages --------------------------------------------------------------------------------------


def test_a_damaged_page_is_set_aside_or_named_or_holds_nothing(tmp_path: Path) -> None:
    memory = Path("/dev/shm")  # hundreds of logs are opened, and each is synced to its disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        damaged = pages.damage(Path(folder), seed=1, sessions=4, share=0.5)
    assert damaged.broken == []
    assert damaged.total(Outcome.SET_ASIDE) > 10
    assert damaged.total(Outcome.NAMED) > 0
