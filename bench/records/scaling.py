"""What takes longer with ten thousand sessions on record than with ten.

The sessions of both logs are alike, with their samples, and written by the daemon's own code. Each figure is
a median of turns, of the one log and of the other by turns, so that a busy machine is busy for both.
"""

import math
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench import report
from bench.pack import BenchPack
from controller.records import samples
from controller.records.changes import Close, Open, Put, apply
from controller.records.entry import Entry, Sample, SessionEnd, SessionRow
from controller.records.packing import pack
from controller.records.store import Store
from controller.records.writer import BATCH_S
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone

FEW, MANY = 10, 10_000
#: The sessions of the many are spread over this time; those of the few lie in the last days of it.
DAYS, DAY_S = 300.0, 86_400.0
SESSION_S = 480
AREAS = ("neck", "left shoulder", "right shoulder", "lower back")

#: What is measured, and how it is called in the table.
NAMES = {
    "sessions": "heatpack sessions",
    "report": "heatpack report last",
    "start": "controller ready",
    "history": "history over MQTT",
}

Seconds = dict[str, list[float]]


class Kept:
    """A pack with a log, and what can be asked of it."""

    def __init__(self, folder: Path, broker: Broker, sessions: int, device: str) -> None:
        folder.mkdir()
        self._pack = BenchPack(folder, broker)
        self._device = device
        self._broker = broker
        config = self._pack.config
        config.write_text(config.read_text().replace('"demo"', f'"{device}"'))
        write(self._pack.log_db, sessions)
        self.kb_per_session = self._pack.log_db.stat().st_size / 1000 / sessions
        self.seconds: Seconds = {name: [] for name in NAMES}

    def turn(self) -> None:
        """Ask for each thing once."""
        with self._pack as pack:
            self.seconds["start"].append(pack.time_controller())
            with Phone(self._broker, self._device) as phone:
                phone.available("online")
                began_s = time.monotonic()
                answer = phone.asks({"action": "history", "count": 10})
                self.seconds["history"].append(time.monotonic() - began_s)
                assert len(answer["sessions"]) > 0, answer
            pack.end(pack.controller)
            self._time("sessions", "sessions")
            self._time("report", "report", "last", "-o", str(pack.folder / "report.html"))

    def _time(self, name: str, *arguments: str) -> None:
        began_s = time.monotonic()
        done = self._pack.run(*arguments, "--config", str(self._pack.config))
        self.seconds[name].append(time.monotonic() - began_s)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)


def measure(folder: Path, broker: Broker, turns: int) -> tuple[Seconds, Seconds, float]:
    """Return the seconds of each turn with few sessions and with many, and kB in the log of the many."""
    few = Kept(folder / "few", broker, FEW, "few")
    many = Kept(folder / "many", broker, MANY, "many")
    for _ in range(turns):
        few.turn()
        many.turn()
    return few.seconds, many.seconds, many.kb_per_session


def rows(few: Seconds, many: Seconds) -> Iterator[tuple[str, ...]]:
    """Give the rows of the table: milliseconds and their ratio."""
    for name, title in NAMES.items():
        cells = [f"{1e3 * report.median(seconds[name]):.0f}" for seconds in (few, many)]
        yield title, *cells, f"{ratio(few, many, name):.2f}"


def ratio(few: Seconds, many: Seconds, name: str) -> float:
    """Return how many times longer it takes with many."""
    return report.median(many[name]) / report.median(few[name])


def write(path: Path, sessions: int) -> None:
    """Write a log of sessions that ended a day ago and before, each with the same curve."""
    last_s = time.time() - DAY_S
    curve = [pack(_curve(begin)) for begin in range(0, SESSION_S, int(BATCH_S))]
    with closing(Store(path)) as store:
        for number in range(sessions):
            began_s = last_s - (sessions - 1 - number) * DAYS * DAY_S / MANY
            _session(store.connection(), number, began_s, curve)


def _session(db: sqlite3.Connection, number: int, began_s: float, curve: Sequence[bytes]) -> None:
    """Write one session as the daemon does, but in one transaction, and its samples as they were packed."""
    id = f"{number:016x}"

    def entry(at_s: float, kind: str, code: str = "ok", of_guard: int | None = None) -> Entry:
        return Entry(
            began_s + at_s,
            at_s,
            kind,
            code,
            f"{kind} as it is written",
            id,
            {"temperature_c": 40.0},
            source="controller" if of_guard is None else "guard",
            guard_seq=None if of_guard is None else number * 4 + of_guard,
            boot_id="0f0e0d0c",
        )

    area = AREAS[number % len(AREAS)]
    row = SessionRow(id, "phone", area, 40.0, 480.0, began_s, settings={"heat": 40.0}, version="0.1.0")
    end = SessionEnd(began_s + 480, "completed", "Done", began_s, 480.0, 95.0, 40.2, 0.2, 0.14, 1900.0)
    db.execute("BEGIN")
    apply(db, Open(row, entry(0, "session_requested")))
    (stored,) = db.execute("SELECT number FROM session WHERE id = ?", (id,)).fetchone()
    first, _ = samples.places(stored)
    db.executemany("INSERT INTO sample VALUES (?, ?)", enumerate(curve, first))
    apply(db, Put(entry(0.1, "session_started", of_guard=1)))
    apply(db, Put(entry(0.5, "heat_on", of_guard=2)))
    apply(db, Put(entry(95, "target_reached", of_guard=3)))
    apply(db, Close(id, end, entry(480, "session_ended", "completed", 4)))
    db.execute("COMMIT")


def _curve(begin: int) -> list[Sample]:
    return [
        Sample(
            "",
            float(second),
            40.0 - 9.0 * math.exp(-second / 40.0) + 0.05 * math.sin(second * 0.9),
            40.0,
            0.3,
            second % 3 == 0,
            3e-4 * second,
        )
        for second in range(begin, begin + int(BATCH_S))
    ]
