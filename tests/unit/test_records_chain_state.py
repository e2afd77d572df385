"""A report says how much of the chain was checked, and never more than that."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from controller.records import chain, chain_state, overview, query
from controller.records.chain_state import ChainState, state_of
from controller.records.changes import Put
from controller.records.entry import Entry
from controller.records.removal import Choice, remove
from controller.records.store import Store
from tests.support.sessions import START_WALL_S, completed, later, write

PART = (
    "Checked for this page: entries 6 to 10 hold together, and its sessions and readings are what was sealed"
    " at their end; the log ends where its chain ends. The rest is checked by: heatpack log verify."
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Three sessions of five entries each."""
    path = tmp_path / "log.db"
    await write(path, *(later(completed(f"s-{n}"), 3600.0 * n) for n in range(3)))
    return path


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the log had grown too long to be verified for a report."""
    monkeypatch.setattr(chain_state, "_WHOLE", 0)


def state(path: Path, *names: str) -> ChainState:
    with query.reading(path) as db:
        return state_of(db, [session for session in overview.between(db) if session.row.id in names])


def tamper(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)


def test_a_small_log_is_verified_as_a_whole(path: Path) -> None:
    found = state(path, "s-1")
    assert (found.ok, found.sentence) == (
        True,
        "The whole log was verified: all 15 entries hold together.",
    )
    with query.reading(path) as db:
        (head,) = db.execute("SELECT lower(hex(hash)) FROM event WHERE seq = 15").fetchone()
    assert found.head == f"15:{head}"


@pytest.mark.usefixtures("large")
def test_of_a_large_log_the_pages_own_entries_are_checked(path: Path) -> None:
    assert state(path, "s-1") == ChainState(True, PART, state(path, "s-0").head)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE event SET message = 'nothing' WHERE seq = 8", "Entry 8 was changed."),
        ("UPDATE event SET hash = zeroblob(32) WHERE seq = 5", "Entry 6 was changed."),
        ("DELETE FROM event WHERE seq = 8", "The entry before entry 9 is missing."),
        ("UPDATE session SET peak_c = 39.0 WHERE id = 's-1'", "Session s-1 is not what was sealed"),
        ("DELETE FROM sample WHERE place >> 20 = 2", "The readings of session s-1 are not what was sealed"),
        ("DELETE FROM event WHERE seq = 15", "The log does not end where its chain ends"),
    ],
)
def test_what_was_tampered_with_is_said(path: Path, statement: str, found: str) -> None:
    tamper(path, statement)
    said = state(path, "s-1")
    assert not said.ok
    assert said.sentence.startswith(found)


@pytest.mark.usefixtures("large")
def test_what_was_not_looked_at_is_not_vouched_for(path: Path) -> None:
    tamper(path, "UPDATE event SET message = 'nothing' WHERE seq = 2")
    said = state(path, "s-1")
    assert said.ok
    assert "entries 6 to 10" in said.sentence
    assert "The rest is checked by" in said.sentence


def prune(path: Path, choice: Choice) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN")
        remove(db, choice, "user", Entry(START_WALL_S + 9e4, 1.0, "", boot_id="boot"))
        db.execute("COMMIT")


@pytest.mark.usefixtures("large")
def test_pruning_breaks_nothing(path: Path) -> None:
    prune(path, Choice(before_s=START_WALL_S + 1800.0))
    assert state(path, "s-1").sentence == PART
    prune(path, Choice(before_s=0.0, samples_before_s=START_WALL_S + 5400.0))
    assert state(path, "s-1").sentence == PART


@pytest.mark.usefixtures("large")
def test_a_page_without_sessions_says_so(path: Path) -> None:
    assert "there is no entry to check" in state(path).sentence


@pytest.mark.usefixtures("large")
def test_what_the_daemon_writes_meanwhile_is_no_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = chain.head

    def meanwhile(db: sqlite3.Connection) -> chain.Head:
        head = before(db)
        with contextlib.closing(Store(path)) as store:
            monkeypatch.setattr(chain, "head", before)
            store.write([Put(Entry(START_WALL_S, 0.0, "warning"))], [])
        return head

    monkeypatch.setattr(chain, "head", meanwhile)
    assert state(path, "s-1").sentence == PART


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("data", ["'\"samples_sha256'", "'[\"samples_sha256\"]'"])
def test_a_session_without_its_seal_is_not_said_to_be_sealed(
    path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    monkeypatch.setattr(chain_state, "_MOST", 0)  # so that the entry itself is not looked at
    tamper(path, f"UPDATE event SET data = {data} WHERE seq = 10")
    assert state(path, "s-1").sentence.startswith("No entry seals session s-1 any more.")
