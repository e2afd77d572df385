"""The power goes at each call with which a real controller writes its log.

One real session after the other is traced. Then, for each call: what had been promised by then, and four
disks that the cut may leave. The controller's own restart reads each of them.
"""

import asyncio
import functools
import signal
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from campaign.storage.disk import Disk, Files
from campaign.storage.promises import Promise, is_kept, promises
from campaign.storage.restart import Found, restart
from campaign.storage.tally import Tally
from campaign.storage.trace import Call, Said, calls, strace
from hardware.clock import Instant
from hardware.ledger_file import LedgerFile
from tests.support.broker import Broker, debian
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack, eventually

#: Device seconds a second: strace makes each call slower.
SPEED = 20.0
#: When the power is back: long after.
LATER = Instant(1_000_000.0, 4_000_000_000.0)


class TracedPack(Pack):
    """A pack whose controller is traced. Each life of it has its own file of calls."""

    lives = 0

    def command(self, *arguments: str) -> list[str]:
        """Return what starts a daemon; the controller under strace."""
        command = super().command(*arguments)
        if arguments[0] != "run":
            return command
        self.lives += 1
        return strace(debian("strace"), self.trace(self.lives), command)

    def trace(self, life: int) -> Path:
        """Return where the calls of a life are."""
        return self.folder / f"calls-{life}"

    def calls(self) -> list[Call]:
        """What the controller did in all its lives, which have ended."""
        found: list[Call] = []
        for trace in map(self.trace, range(1, self.lives + 1)):
            eventually(functools.partial(_is_whole, trace), "strace has written all")
            with trace.open() as lines:
                found += calls(lines, self.log_db.parent)
        return found


def _is_whole(trace: Path) -> bool:
    return trace.read_text().rstrip().endswith("+++")


def record(folder: Path, heat_s: float = 20.0) -> list[Call]:
    """Trace three lives of a controller: a session that is stopped, one that is killed, and a last one.

    Args:
        folder: for the pack; empty.
        heat_s: device seconds between a start and what ends it.
    """
    folder.mkdir(exist_ok=True)
    with Broker(folder) as broker, TracedPack(folder, broker, speed=SPEED) as pack:
        pack.start_guard()
        for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            _live(pack, broker, heat_s, how)
            pack.end(pack.guard)
            forget_rest(pack)
            pack.start_guard()
        return pack.calls()


def _live(pack: Pack, broker: Broker, heat_s: float, how: signal.Signals) -> None:
    """One life of a controller, with a session that is stopped before it, unless the end is sudden."""
    with Phone(broker) as phone:
        pack.start_controller()
        phone.ready()
        started = phone.asks("start")
        assert started["accepted"], started
        phone.state(lambda state: state["session"] is not None and state["session"]["elapsed_s"] > heat_s)
        if how is signal.SIGTERM:
            phone.says("stop")
            phone.event("session_ended")
        pack.end(pack.controller, how)


def forget_rest(pack: Pack) -> None:
    """Let the next session begin at once. The numbers of the guard's events go on."""
    file = LedgerFile(str(pack.ledger))
    ledger = file.load()
    assert ledger is not None
    file.save(replace(ledger, sessions=(), rest_until_wall_s=None), ledger.saved_wall_s)


def disks(traced: Sequence[Call], chance: Random) -> Iterator[tuple[str, Files, list[Promise]]]:
    """Give what cuts may leave: where, the files, what had been promised."""
    disk, promised = Disk(), list[Promise]()
    for number, call in enumerate(traced):
        if isinstance(call, Said):
            promised += promises(call)
            continue
        disk.take(call)
        where = f"after call {number}, {str(call)[:60]}"
        yield f"{where}, all written", disk.all(), promised
        yield f"{where}, nothing that was not synced", disk.none(), promised
        yield f"{where}, any sectors", disk.some(chance), promised
        yield f"{where}, the last write torn", disk.torn(chance), promised


def check(folder: Path, traced: Sequence[Call], seed: int, share: float = 1.0) -> Tally:
    """Cut everywhere, or at a random share of the places; restart from each disk and compare.

    Args:
        folder: for the disks, best in memory; empty.
        traced: what ``record`` gives.
        seed: the same disks for the same seed.
        share: 0-1.
    """
    chance, tally = Random(seed), Tally()
    complete = Disk()
    for call in traced:
        complete.take(call)
    whole = _after(folder, complete.all())
    for where, files, promised in disks(traced, chance):
        if chance.random() < share:
            tally.cuts += 1
            _judge(tally, where, _after(folder, files), whole, promised)
    return tally


def _after(folder: Path, files: Files) -> Found:
    with tempfile.TemporaryDirectory(dir=folder) as disk:
        for name, content in files.items():
            (Path(disk) / name).write_bytes(content)
        return asyncio.run(restart(Path(disk), LATER))


def _judge(tally: Tally, where: str, found: Found, whole: Found, promised: list[Promise]) -> None:
    tally.lost += [f"{where}: {p}" for p in dict.fromkeys(promised) if not is_kept(p, found, whole)]
    tally.unfinished += [f"{where}: session {session}" for session in found.unfinished]
    if found.wrong:
        tally.unverified.append(f"{where}: {found.wrong}")
    if found.aside or found.fault:
        tally.set_aside.append(f"{where}: {found.fault or 'set aside'}")
