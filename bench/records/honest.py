"""Logs as months leave them behind, with sessions, crashes, power cuts and removals."""

import random
from pathlib import Path

from controller.records import retention
from controller.records.changes import Change, Close, Open, Put, transaction
from controller.records.entry import Entry, Sample, SessionEnd, SessionRow
from controller.records.removal import Choice, remove
from controller.records.store import Store

START_S = 1_790_000_000.0
HOUR_S = 3600.0
_WAL_HEADER = 32


def honest(path: Path, rng: random.Random) -> None:
    """Make a log of a few sessions at ``path``, with whatever may happen to one."""
    _Months(path, rng).live()


class _Months:
    """A pack's log over some time. ``now_s`` goes on with each thing that happens."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        self._path, self._rng = path, rng
        self._now_s = START_S
        self._guard_seq = 0
        self._store = self._opened()

    def live(self) -> None:
        rng = self._rng
        for number in range(rng.randint(2, 6)):
            self._session(f"s-{number}-{rng.getrandbits(32):08x}")
            self._now_s += rng.uniform(1.0, 90.0) * HOUR_S
            rng.choice(
                (self._nothing, self._restart, self._crash, self._cut_power, self._tidy, self._forget)
            )()
        self._idle()
        if rng.random() < 0.2:
            self._begin("s-running")
            self._store.write([], self._samples("s-running", 0, 30))
        self._store.connection()  # takes in what a crash has left
        self._store.close()

    def _opened(self) -> Store:
        return Store(self._path, lambda: Entry(self._now_s, self._now_s - START_S, "", boot_id="boot"))

    def _entry(self, kind: str, session_id: str | None = None, code: str = "ok") -> Entry:
        self._now_s += self._rng.uniform(0.1, 20.0)
        message = self._rng.choice(("", "Erklärt – 40 °C", 'with "quotes"', "x" * 300))
        data = self._rng.choice(({}, {"supply_v": 5.02}, {"id": "c-1", "accepted": True}))
        return Entry(
            self._now_s, self._now_s - START_S, kind, code, message, session_id, data, boot_id="boot"
        )

    def _of_guard(self, kind: str, session_id: str | None = None, code: str = "ok") -> Entry:
        self._guard_seq += 1
        e = self._entry(kind, session_id, code)
        return Entry(
            *(
                e.wall_s,
                e.mono_s,
                kind,
                code,
                e.message,
                session_id,
                {"peak_c": 40.25},
                "guard",
                self._guard_seq,
            )
        )

    def _idle(self) -> None:
        for _ in range(self._rng.randint(0, 3)):
            self._store.write(
                [Put(self._entry(self._rng.choice(("command", "post_session", "warning"))))], []
            )

    def _begin(self, session_id: str) -> None:
        limits = {"limits": {"cutoff_c": self._rng.choice((44.0, 43.0))}}
        row = SessionRow(session_id, "phone", "neck", 40.0, 480.0, self._now_s, None, limits, "0.2.0")
        self._store.write([Open(row, self._entry("session_requested", session_id))], [])

    def _session(self, session_id: str) -> None:
        self._idle()
        self._begin(session_id)
        told = [Put(self._of_guard("heat_on", session_id)), Put(self._of_guard("target_reached", session_id))]
        self._write_in_parts(list(told))
        for batch in range(self._rng.randint(1, 4)):
            self._store.write(
                [], self._samples(session_id, 30 * batch, 30 * batch + self._rng.randint(1, 30))
            )
        if self._rng.random() < 0.3:
            self._crash()
        if self._rng.random() < 0.3:
            self._store.write([Put(self._of_guard("fault", session_id, "sensor_open"))], [])
        end = SessionEnd(
            self._now_s, "completed", "Done.", self._now_s - 480, 480.0, 100.0, 40.3, 0.3, 0.1, 900.0
        )
        self._store.write([Close(session_id, end, self._of_guard("session_ended", session_id))], [])

    def _write_in_parts(self, changes: list[Change]) -> None:
        if self._rng.random() < 0.5:
            self._store.write(changes, [])
        else:
            for change in changes:
                self._store.write([change], [])

    def _samples(self, session_id: str, first_s: int, beyond_s: int) -> list[Sample]:
        return [
            Sample(
                session_id, s + 0.1, None if s % 17 == 5 else 36.0 + s / 30, 40.0, 0.5, s % 2 == 0, s / 1e4
            )
            for s in range(first_s, beyond_s)
        ]

    def _nothing(self) -> None:
        pass

    def _restart(self) -> None:
        self._store.close()
        self._store = self._opened()

    def _crash(self) -> None:
        """The process dies: what is in the files is what the kernel was given."""
        copies = {suffix: Path(f"{self._path}{suffix}") for suffix in ("", "-wal")}
        kept = {suffix: file.read_bytes() for suffix, file in copies.items() if file.exists()}
        self._store.close()
        for suffix, content in kept.items():
            copies[suffix].write_bytes(content)
        self._store = self._opened()

    def _cut_power(self) -> None:
        """The last transaction is cut somewhere in the middle."""
        size = Path(f"{self._path}-wal").stat().st_size if Path(f"{self._path}-wal").exists() else 0
        self._store.write([Put(self._entry("warning"))], [])
        whole, wal = self._path.read_bytes(), Path(f"{self._path}-wal").read_bytes()
        self._store.close()
        self._path.write_bytes(whole)
        least = max(_WAL_HEADER, min(size, len(wal)))
        Path(f"{self._path}-wal").write_bytes(wal[: self._rng.randint(least, len(wal))])
        self._store = self._opened()

    def _tidy(self) -> None:
        keep = retention.Retention(
            keep_days=self._rng.randint(2, 8), keep_samples_days=self._rng.randint(1, 4), max_bytes=1 << 30
        )
        self._store.tidy(keep)

    def _forget(self) -> None:
        before_s = self._now_s - self._rng.uniform(24.0, 120.0) * HOUR_S
        db = self._store.connection()
        with transaction(db):
            remove(db, Choice(before_s, most=self._rng.choice((None, 3))), "user", self._entry(""))
