"""The ledger file, read as the next start would read it."""

import os
from typing import Final

from campaign.fuzz.broken import BrokenError
from hardware.ledger import Ledger
from hardware.ledger_file import LedgerCorruptError, parse

_MOST: Final = {"events": 100, "sessions": 16, "latches": 16, "bytes": 100_000}


class Disk:
    """What lies on it now. ``writes`` counts those that were noticed."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        self._path = path
        self.writes = 0
        self._seen: tuple[int, int, int] | None = None
        self._ledger = Ledger()

    def ledger(self) -> Ledger:
        """Return what is on the disk; an empty ledger without a file.

        Raises:
            BrokenError: it cannot be read, or it has grown.
        """
        try:
            stat = os.stat(self._path)
        except FileNotFoundError:
            return Ledger()
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._ledger = self._read()
            self._seen = seen
            self.writes += 1
        return self._ledger

    def charged(self) -> str:
        """Return the id of the one session that is charged.

        Raises:
            BrokenError: none or several are, or a latch is set: no switch may be closed.
        """
        ledger = self.ledger()
        charged = [record.session_id for record in ledger.sessions if record.ended_wall_s is None]
        if len(charged) != 1:
            raise BrokenError(f"charge: a closed switch with {len(charged)} sessions charged on the disk")
        if ledger.latches:
            raise BrokenError(f"latch: a closed switch with {ledger.latches[0].code} on the disk")
        return charged[0]

    def _read(self) -> Ledger:
        with open(self._path, "rb") as file:
            data = file.read()
        try:
            ledger = parse(data)
        except LedgerCorruptError as error:
            raise BrokenError(f"ledger: cannot be read, {error}") from None
        sizes = {name: len(getattr(ledger, name)) for name in ("events", "sessions", "latches")}
        for name, size in (sizes | {"bytes": len(data)}).items():
            if size > _MOST[name]:
                raise BrokenError(f"memory: the ledger has {size} {name}")
        return ledger
