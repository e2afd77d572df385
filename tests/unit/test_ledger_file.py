"""The ledger on disk: the old one, the new one, or known to be broken. Never a third."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.ledger import Latch, Ledger
from hardware.ledger_file import LedgerCorruptError, LedgerFile, parse, serialise
from hardware.link import Event

NOW_S = 1_800_000_000.25
LEDGER = (
    Ledger(rest_until_wall_s=NOW_S + 1800.0)
    .open_session("nacken 🌡", NOW_S, 480.0, 2.0)
    .latch(Latch("dose_exceeded", "9.1 CEM43 of heat", NOW_S, NOW_S + 86400.0))
    .log(Event(0, NOW_S, 12.5, "fault", "dose_exceeded", "9.1 CEM43 of heat", "s1", 43.2, 1.0 / 3.0))
)


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    return LedgerFile(str(tmp_path / "ledger.json"))


def test_a_ledger_comes_back_as_it_was_with_its_time(file: LedgerFile) -> None:
    saved = file.save(LEDGER, NOW_S + 1.0)

    assert saved == replace(LEDGER, saved_wall_s=NOW_S + 1.0)
    assert file.load() == saved


def test_what_was_saved_can_be_verified(file: LedgerFile) -> None:
    saved = file.save(LEDGER, NOW_S)
    file.verify(saved)

    with pytest.raises(LedgerCorruptError, match="it does not hold what was written"):
        file.verify(LEDGER)  # as it was before it had its time
    Path(file.path).write_bytes(serialise(saved)[:-2])
    with pytest.raises(LedgerCorruptError, match="not a ledger"):
        file.verify(saved)
    Path(file.path).unlink()
    with pytest.raises(LedgerCorruptError, match="it does not hold what was written"):
        file.verify(saved)


def test_a_device_that_never_had_one_has_none(file: LedgerFile) -> None:
    assert file.load() is None


def test_the_file_is_for_the_guard_and_its_group(file: LedgerFile) -> None:
    file.save(LEDGER, NOW_S)

    assert os.stat(file.path).st_mode & 0o777 in (0o640, 0o600)


# --- every byte -----------------------------------------------------------------------------------------


def test_cut_at_any_byte_it_is_corrupt() -> None:
    data = serialise(LEDGER)
    for size in range(len(data)):
        with pytest.raises(LedgerCorruptError):
            parse(data[:size])


@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80, 0xFF])
def test_with_any_byte_flipped_it_is_corrupt(flip: int) -> None:
    data = serialise(LEDGER)
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= flip
        with pytest.raises(LedgerCorruptError):
            parse(bytes(damaged))


@pytest.mark.parametrize("tail", [b" ", b"\n", b"\0" * 512, b"{}"])
def test_with_anything_behind_it_it_is_corrupt(tail: bytes) -> None:
    with pytest.raises(LedgerCorruptError):
        parse(serialise(LEDGER) + tail)


@given(st.binary(max_size=300))
def test_no_garbage_is_a_ledger(data: bytes) -> None:
    with pytest.raises(LedgerCorruptError):
        parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "[]",
        "0",
        '"ledger"',
        "{}",
        '{"ledger":null}',
        '{"format":1,"sha256":"","ledger":{}}',
        "[" * 100_000,
        '{"format":1,"sha256":"","ledger":' + "[" * 5000 + "]" * 5000 + "}",
        '{"ledger":{"saved_wall_s":NaN}}',
        '{"ledger":{"saved_wall_s":1e999}}',
    ],
)
def test_no_other_document_is_a_ledger(text: str) -> None:
    with pytest.raises(LedgerCorruptError):
        parse(text.encode())


def test_an_edited_number_is_noticed_even_with_the_rest_in_order() -> None:
    document = json.loads(serialise(LEDGER))
    document["ledger"]["latches"] = []
    with pytest.raises(LedgerCorruptError, match="checksum"):
        parse((json.dumps(document, separators=(",", ":")) + "\n").encode())


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite, st.none() | finite, st.text(max_size=20), finite, st.integers(0, 2**60))
def test_every_ledger_comes_back(wall_s: float, rest_s: float | None, text: str, x: float, seq: int) -> None:
    ledger = (
        Ledger(wall_s, rest_s, next_event_seq=seq)
        .open_session(text, 0.0, x, x)
        .latch(Latch(text, text, x))
        .log(Event(0, x, x, "fault", text, text, temperature_c=x))
    )

    assert parse(serialise(ledger)) == ledger


# --- the power goes while it is written -------------------------------------------------------------------


class PowerCutError(BaseException):
    """Nothing after this moment happens."""


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_power_cut_before_the_rename_leaves_the_old_one(
    file: LedgerFile, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    old = file.save(LEDGER, NOW_S)

    def cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(f"hardware.ledger_file.os.{call}", cut)
        with pytest.raises(PowerCutError):
            file.save(Ledger(), NOW_S + 5.0)

    assert LedgerFile(file.path).load() == old
    new = LedgerFile(file.path).save(Ledger(), NOW_S + 9.0)  # what was left behind is in nobody's way
    assert file.load() == new


def test_the_content_is_durable_before_the_name_and_the_name_before_the_answer(
    file: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, rename = os.fsync, os.replace

    def spy_fsync(descriptor: int) -> None:
        order.append("fsync " + os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    def spy_replace(source: str, target: str) -> None:
        order.append("rename")
        rename(source, target)

    monkeypatch.setattr("hardware.ledger_file.os.fsync", spy_fsync)
    monkeypatch.setattr("hardware.ledger_file.os.replace", spy_replace)
    file.save(LEDGER, NOW_S)

    assert order == ["fsync ledger.json.new", "rename", f"fsync {Path(file.path).parent.name}"]


def test_a_disk_that_takes_one_byte_at_a_time_gets_all_of_them(
    file: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr("hardware.ledger_file.os.write", lambda fd, data: write(fd, data[:1]))

    saved = file.save(LEDGER, NOW_S)

    assert file.load() == saved


def test_a_full_disk_is_an_error_and_leaves_the_old_one(
    file: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = file.save(LEDGER, NOW_S)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hardware.ledger_file.os.write", full)
        with pytest.raises(OSError, match="No space"):
            file.save(Ledger(), NOW_S + 5.0)

    assert file.load() == old


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LedgerFile(str(tmp_path / "gone" / "ledger.json")).save(LEDGER, NOW_S)


# --- others who may write into the folder -----------------------------------------------------------------


@pytest.mark.parametrize("plant", ["symlink", "hard link", "file"])
def test_what_lies_under_the_new_name_neither_becomes_the_ledger_nor_is_written_to(
    file: LedgerFile, tmp_path: Path, plant: str
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    planted = Path(file.path + ".new")
    if plant == "symlink":
        planted.symlink_to(mine)
    elif plant == "hard link":
        planted.hardlink_to(mine)
    else:
        planted.write_text("x" * 5000)

    saved = file.save(LEDGER, NOW_S)

    assert file.load() == saved
    assert mine.read_text() == "mine"
    assert os.stat(file.path).st_nlink == 1


def test_a_link_in_the_place_of_the_ledger_is_not_followed(file: LedgerFile, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(serialise(Ledger()))
    Path(file.path).symlink_to(tmp_path / "other")

    with pytest.raises(OSError):  # noqa: PT011 - too many levels of symbolic links
        file.load()


# --- a corrupt one ----------------------------------------------------------------------------------------


def test_a_corrupt_file_is_kept_and_stays_corrupt_until_a_new_one_is_on_disk(file: LedgerFile) -> None:
    """A power cut right after setting it aside must not make the device look like new."""
    Path(file.path).write_bytes(b"\0" * 100)

    aside = file.set_aside(NOW_S)

    assert Path(aside).read_bytes() == b"\0" * 100
    with pytest.raises(LedgerCorruptError):
        file.load()
    file.save(Ledger(), NOW_S)
    assert file.load() == Ledger(saved_wall_s=NOW_S)
    assert Path(aside).read_bytes() == b"\0" * 100


def test_setting_aside_twice_or_nothing_is_no_error(file: LedgerFile) -> None:
    file.set_aside(NOW_S)
    Path(file.path).write_bytes(b"x")
    file.set_aside(NOW_S)
    file.set_aside(NOW_S)

    assert Path(file.path).read_bytes() == b"x"
