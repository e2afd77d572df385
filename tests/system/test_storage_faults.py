"""The log of a real controller after power cuts and kills, and on disks that fail under it.

``./dev campaign storage`` does the same many times over.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from campaign.storage import cuts, kills
from campaign.storage.restart import found_in
from campaign.storage.trace import Call, Sync
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.disks import small_disk
from tests.support.pack import Pack, eventually

# --- power cuts and kills -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Call]:
    return cuts.record(tmp_path_factory.mktemp("traced"), heat_s=5.0)


def test_a_power_cut_after_any_call_breaks_no_promise(tmp_path: Path, traced: Sequence[Call]) -> None:
    tally = cuts.check(tmp_path, traced, seed=1, share=0.12)
    assert tally.broken == []
    assert tally.cuts > 60


def test_a_log_that_was_never_synced_would_break_them(tmp_path: Path, traced: Sequence[Call]) -> None:
    """Else the disk of the test above would forget nothing."""
    unsynced = [call for call in traced if not isinstance(call, Sync)]
    assert cuts.check(tmp_path, unsynced, seed=1, share=0.02).lost


def test_a_controller_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    tally = kills.kill(tmp_path, moments=2, seed=time.time_ns())
    assert tally.broken == []
    assert tally.cuts == 2


# --- disks that fail ------------------------------------------------------------------------------------


@contextlib.contextmanager
def heating_on(disk: Path, folder: Path, broker: Broker) -> Iterator[tuple[Pack, Phone, str]]:
    """A whole pack whose state is on a disk of its own, in a session."""
    with Phone(broker) as phone, Pack(folder, broker, changes={"paths.state": str(disk)}) as pack:
        pack.log_db, pack.ledger = disk / "log.db", disk / "ledger.json"
        pack.start()
        phone.ready()
        session_id = phone.asks("start")["session_id"]
        pack.until_heating()
        phone.event("heat_on")
        yield pack, phone, session_id


def test_heat_ends_safely_on_a_disk_that_is_full_and_its_end_is_written_later(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", kilobytes=1800) as disk,
        Broker(tmp_path) as broker,
        heating_on(disk, tmp_path, broker) as (pack, phone, session_id),
    ):
        fill(disk)
        told = len(phone.events)
        assert phone.asks("stop")["accepted"] is True
        pack.until_cold()
        refused = phone.asks("start")
        assert refused["accepted"] is False
        (disk / "ballast").unlink()
        ended = phone.event("session_ended")
        assert (ended["session_id"], ended["code"]) == (session_id, "stopped")
        eventually(lambda: pack.sessions()[-1]["reason"] == "stopped", "the end is in the log")
        pack.end(pack.controller)
        found = found_in(disk)
        assert found.wrong == ""
        assert {event["seq"] for event in phone.events[:told]} <= {logged.seq for logged in found.log}


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(1024))
