"""The ledger of a wiring check: it may heat when a session may, and is charged before it does."""

import os
import secrets
from dataclasses import dataclass, field

from config.limits import SESSION_MIN_S, TARGET_MIN_C
from hardware.admission import refuse_start
from hardware.clock import Clock
from hardware.ledger import Ledger, wake
from hardware.ledger_file import LedgerCorruptError, LedgerFile
from hardware.link import Event, Start
from hardware.settings import GuardSettings
from hardware.verdict import CLEAR
from hardware.wiring.bounds import CHARGE_S


@dataclass(slots=True)
class Book:
    """Charges one walk as one session. The caller holds the guard's lock, so nobody else writes."""

    settings: GuardSettings
    clock: Clock
    _file: LedgerFile = field(init=False)
    _ledger: Ledger = field(init=False, default_factory=Ledger)
    _id: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the file."""
        self._file = LedgerFile(os.path.join(self.settings.state_dir, "ledger.json"))
        self._id = f"wiring-{secrets.token_hex(4)}"

    def refusal(self, pad_c: float | None) -> str | None:
        """Return why nothing may be switched now: what the guard would say to a start; None if it may."""
        now, limits = self.clock.now(), self.settings.limits
        try:
            stored = self._file.load() or Ledger()
        except LedgerCorruptError as error:
            return f"the ledger is corrupt ({error}): start the guard, then `heatpack reset`"
        except OSError as error:
            return f"the ledger cannot be read: {error.strerror}"
        self._ledger = wake(stored, now.wall_s, limits.rest_s)
        rest_s = max(0.0, (self._ledger.rest_until_wall_s or 0.0) - now.wall_s)
        start = Start(self._id, TARGET_MIN_C, SESSION_MIN_S)
        refused = refuse_start(start, self._ledger, now.wall_s, limits, CLEAR, pad_c, rest_s)
        return None if refused is None else refused.message

    def open(self) -> str | None:
        """Charge the walk on the disk, read it back; return why that failed, or None."""
        now = self.clock.now()
        dose_cem43 = self.settings.limits.session_dose_cem43
        return self._save(self._ledger.open_session(self._id, now.wall_s, CHARGE_S, dose_cem43))

    def close(self, closed_s: float, dose_cem43: float, what: str) -> str | None:
        """Replace the charge by what was used; return why that failed, or None.

        Should it fail, or never come to this, the next start of the guard counts the whole charge.
        """
        now = self.clock.now()
        told = self._ledger.log(Event(0, now.wall_s, now.mono_s, "warning", "wiring_checked", what))
        return self._save(told.close_session(now.wall_s, closed_s, dose_cem43, self.settings.limits.rest_s))

    def _save(self, ledger: Ledger) -> str | None:
        try:
            saved = self._file.save(ledger, self.clock.now().wall_s)
            self._file.verify(saved)
        except (OSError, LedgerCorruptError) as error:
            what = error.strerror if isinstance(error, OSError) else error
            return f"{self._file.path}: {what}"
        self._ledger = saved
        return None
