"""Each page of a log is damaged in turn, and the controller started on it.

What may come of it: the damage is met and the file set aside under a name that is told; or it is not met, and
`heatpack log verify` names it; or the page holds nothing, and nothing is missing.
"""

import asyncio
import enum
import math
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from campaign.storage.cuts import LATER
from campaign.storage.restart import NAME, Found, restart
from controller.records.entry import Entry, Sample, SessionEnd, SessionRow, StorageError
from controller.records.log import Recorder

Damage = Callable[[bytes, int, int, Random], bytes]

_BEGAN_S = 1_800_000_000.0


class Outcome(enum.StrEnum):
    """What came of a damaged page."""

    SET_ASIDE = "set aside and named"
    NAMED = "named by log verify, or by whoever reads it"
    HARMLESS = "nothing is missing"
    OPEN = "a sample differs of the session that was interrupted: nothing has sealed it"
    UNNOTICED = "something is missing, and nobody says so"
    STUCK = "the log cannot be written, and stays where it is"
    DELETED = "the damaged file is gone"


def _garbled(whole: bytes, begin: int, end: int, chance: Random) -> bytes:
    return whole[:begin] + chance.randbytes(end - begin) + whole[end:]


def _empty(whole: bytes, begin: int, end: int, _: Random) -> bytes:
    return whole[:begin] + bytes(end - begin) + whole[end:]


def _one_bit(whole: bytes, begin: int, end: int, chance: Random) -> bytes:
    at = chance.randrange(begin, end)
    return whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]


def _another(whole: bytes, begin: int, end: int, chance: Random) -> bytes:
    other = chance.randrange(len(whole) // (end - begin)) * (end - begin)
    return whole[:begin] + whole[other : other + end - begin] + whole[end:]


def _cut_off(whole: bytes, begin: int, _end: int, _chance: Random) -> bytes:
    return whole[:begin]


KINDS: dict[str, Damage] = {
    "garbled": _garbled,
    "zeros": _empty,
    "one bit": _one_bit,
    "another page": _another,
    "cut off here": _cut_off,
}


@dataclass(slots=True)
class Pages:
    """How often each outcome came of each kind of damage, and where the bad ones were."""

    outcomes: dict[str, Counter[Outcome]] = field(
        default_factory=lambda: {kind: Counter[Outcome]() for kind in KINDS}
    )
    broken: list[str] = field(default_factory=list)

    @property
    def damaged(self) -> int:
        """How many pages were damaged in all."""
        return sum(counts.total() for counts in self.outcomes.values())

    def total(self, outcome: Outcome) -> int:
        """Count an outcome over all kinds."""
        return sum(counts[outcome] for counts in self.outcomes.values())


def damage(folder: Path, seed: int, sessions: int = 6, share: float = 1.0) -> Pages:
    """Damage every page of a log of some sessions in every way, or a random share of them.

    Args:
        folder: for the files, best in memory; empty.
        seed: the same damage for the same seed.
        sessions: how many the log has; the last has no end.
        share: 0-1.
    """
    chance, pages = Random(seed), Pages()
    (folder / "whole").mkdir()
    asyncio.run(write(folder / "whole" / NAME, sessions))
    whole = (folder / "whole" / NAME).read_bytes()
    with closing(sqlite3.connect(folder / "whole" / NAME)) as db:
        (size,) = db.execute("PRAGMA page_size").fetchone()
    shutil.copytree(folder / "whole", folder / "sound")
    sound = asyncio.run(restart(folder / "sound", LATER))
    for kind, begin, bad in _bad(whole, size, chance, share):
        with tempfile.TemporaryDirectory(dir=folder) as disk:
            (Path(disk) / NAME).write_bytes(bad)
            outcome = _outcome(Path(disk), sound)
        pages.outcomes[kind][outcome] += 1
        if outcome in (Outcome.UNNOTICED, Outcome.STUCK, Outcome.DELETED):
            pages.broken.append(f"page {begin // size + 1}, {kind}: {outcome}")
    return pages


def _bad(whole: bytes, size: int, chance: Random, share: float) -> Iterator[tuple[str, int, bytes]]:
    for begin in range(0, len(whole), size):
        for kind, how in KINDS.items():
            bad = how(whole, begin, begin + size, chance)
            if bad and bad != whole and chance.random() < share:  # an empty file is a new log
                yield kind, begin, bad


def _outcome(folder: Path, sound: Found) -> Outcome:
    try:
        found = asyncio.run(restart(folder, LATER))
    except StorageError:  # the daemon writes on, and who reads it is told
        return Outcome.NAMED
    if found.fault:
        return Outcome.STUCK
    if any(logged.entry.kind == "log_set_aside" for logged in found.log):
        return Outcome.SET_ASIDE if found.aside else Outcome.DELETED
    if found.wrong:
        return Outcome.NAMED
    if _shown(found) != _shown(sound):
        return Outcome.UNNOTICED
    return Outcome.HARMLESS if found.samples == sound.samples else Outcome.OPEN


def _shown(found: Found) -> tuple[object, ...]:
    """What somebody reads in a log, without the samples of the session that never came to its end."""
    open_id = found.sessions[0].row.id
    log = [(one.seq, one.entry) for one in found.log if one.entry.code != "interrupted"]
    sealed = [sample for sample in found.samples if sample.session_id != open_id]
    return log, found.sessions[1:], sealed


async def write(path: Path, sessions: int) -> None:
    """Write a log as the controller does; the last session has no end."""
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    for number in range(sessions):
        began_s, id = _BEGAN_S + 3600.0 * number, f"session-{number}"
        row = SessionRow(id, "phone", "neck", 40.0, 480.0, began_s, settings={"heat": {"target_c": 40.0}})
        await recorder.open_session(row, Entry(began_s, 0.0, "session_requested", "ok", "Heat", id))
        for second in range(60):
            temperature_c = 40.0 - 9.0 * math.exp(-second / 40.0)
            recorder.sample(
                Sample(id, float(second), temperature_c, 40.0, 0.5, second % 2 == 0, second / 1e4)
            )
        if number < sessions - 1:
            end = SessionEnd(began_s + 60.0, "stopped", "Stopped", began_s, 60.0, 30.0, 40.1, 0.1, 0.2, 400.0)
            entry = Entry(began_s + 60.0, 60.0, "session_ended", "stopped", "Stopped", id)
            await recorder.close_session(id, end, entry)
    await recorder.close()
