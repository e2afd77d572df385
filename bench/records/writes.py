"""What one session of eight minutes writes to the disk, as the kernel counts it for each daemon.

``write_bytes`` of /proc/PID/io are the pages of 4 KiB that a process has made dirty: what the file system
has to write for it, without its own bookkeeping. Samples and checkpoints come by the device's time and by
the number of changes, so a fast session writes what a slow one does. One thing depends on real time: a
page that is written twice before the kernel has brought it to the disk counts once. So a bystander has
the log brought to the disk every five seconds of the device, as often as a kernel does it by itself.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.pack import NOMINAL
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack

SESSION_S = 480.0
#: Device seconds a second.
SPEED = 20.0
#: How often Linux brings to the disk what nobody has asked it to (vm.dirty_writeback_centisecs).
FLUSH_S = 5.0
#: The pad is at rest, and the log too: what comes after a session belongs to it.
AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes. ``dirtied``: what the disk has to write; ``asked``: what the daemon handed to the kernel."""

    dirtied: int
    asked: int

    def __add__(self, other: "Written") -> "Written":
        return Written(self.dirtied + other.dirtied, self.asked + other.asked)

    def __sub__(self, other: "Written") -> "Written":
        return Written(self.dirtied - other.dirtied, self.asked - other.asked)

    def __truediv__(self, parts: int) -> "Written":
        return Written(self.dirtied // parts, self.asked // parts)


@dataclass(frozen=True, slots=True)
class SessionWrites:
    """One session: the guard's ledger, the controller's log, and the lines both tell the journal."""

    ledger: Written
    log: Written
    journal_bytes: int

    @property
    def kb(self) -> float:
        """All that reaches a disk, kB: the journal keeps its lines in a file of its own."""
        return (self.ledger.dirtied + self.log.dirtied + self.journal_bytes) / 1000.0


class QuietPack(Pack):
    """A pack without an oscilloscope, whose daemons make nothing dirty but ledger and log.

    ``folder``, where their lines for the journal go, should be in memory; ``state`` on a disk.
    """

    def __init__(self, folder: Path, state: Path, broker: Broker, speed: float) -> None:
        changes = {
            **NOMINAL,
            "hardware.pin_factory": "simulated",
            "heat.duration_s": SESSION_S,
            "paths.state": str(state),
        }
        super().__init__(folder, broker, speed=speed, changes=changes)
        self.log_db, self.ledger = state / "log.db", state / "ledger.json"


def measure(folder: Path, state: Path, broker: Broker, sessions: int, speed: float) -> SessionWrites:
    """Return the mean of sessions in one life of the controller, from its start to its end.

    The guard is another one in each session, with a ledger that owes no rest. The first start of the
    controller, which makes the database, is not counted.
    """
    with QuietPack(folder, state, broker, speed) as pack:
        pack.start()
        with Phone(broker) as phone:
            phone.ready()
        pack.end(pack.controller)
        said_before = _said(pack)
        pack.start_controller()
        assert pack.controller is not None
        ledger = Written(0, 0)
        with brought_to_disk(pack.log_db, every_s=FLUSH_S / speed):
            for _ in range(sessions):
                ledger += _session(pack, broker)
                pack.end(pack.guard)
                pack.ledger.unlink()
                pack.start_guard()
            log = last_words(pack.controller)
        said = _said(pack) - said_before
    return SessionWrites(ledger / sessions, log / sessions, said // sessions)


def _said(pack: Pack) -> int:
    return sum(len(pack.said(name)) for name in ("guard", "run"))


def _session(pack: Pack, broker: Broker) -> Written:
    """Run one session to its end and a minute beyond; return what the guard wrote."""
    assert pack.guard is not None
    with Phone(broker) as phone:
        phone.ready()
        before = written(pack.guard)
        answer = phone.asks("start")
        assert answer["accepted"], answer
        heard = len(phone.states)
        limit_s = (SESSION_S + 60.0) / pack.speed + 20.0
        over = phone.state(lambda state: state["phase"] == "resting", after=heard, within_s=2 * limit_s)
        later_s = over["ts"] + AFTER_S
        phone.state(lambda state: state["ts"] > later_s, after=heard, within_s=AFTER_S + 20.0)
        return written(pack.guard) - before


def last_words(process: "subprocess.Popen[bytes]") -> Written:
    """End a process and return what it wrote, with what it does when it is told to end."""
    process.send_signal(signal.SIGTERM)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # its figures stay until somebody collects it
    found = written(process)
    process.wait()
    return found


def written(process: "subprocess.Popen[bytes]") -> Written:
    """What a process has written since its start."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{process.pid}/io").read_text().splitlines())
    return Written(int(fields["write_bytes"]), int(fields["wchar"]))


@contextlib.contextmanager
def brought_to_disk(database: Path, every_s: float) -> Iterator[None]:
    """Let the kernel write the log back, over and over."""
    over = threading.Event()

    def flush() -> None:
        while not over.wait(every_s):
            for suffix in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    descriptor = os.open(f"{database}{suffix}", os.O_RDONLY)
                    os.fdatasync(descriptor)
                    os.close(descriptor)

    bystander = threading.Thread(target=flush)
    bystander.start()
    try:
        yield
    finally:
        over.set()
        bystander.join()
