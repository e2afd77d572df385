"""Notices when the guard withholds heat to see whether the reading answers, for the record of the session.

The guard says nothing of its questions: what shows them is a demand that is not met although nothing
keeps the heater off.
"""

from controller.records.entry import Entry
from hardware.link import Status

#: Shorter is not a question but a demand that came late.
_LEAST_S = 3.0
#: A demand below this is as good as none.
_WANTED = 0.02


class Questions:
    """Told each status. Keeps the moments, and makes one entry of them when the session is over."""

    def __init__(self) -> None:
        """No session, no questions."""
        self._session_id: str | None = None
        self._since_s: float | None = None
        self._counted = False
        self._asked_s: list[float] = []

    def hear(self, status: Status, wanted: float) -> Entry | None:
        """Take a status and the duty (0-1) last asked for; return the entry of a session that ended."""
        session = status.session
        entry = None
        if self._session_id is not None and (session is None or session.session_id != self._session_id):
            entry = self._entry(status)
        self._session_id = None if session is None else session.session_id
        withheld = (
            session is not None
            and session.elapsed_s > 0.0
            and wanted > _WANTED
            and status.duty == 0.0
            and status.notice is None
        )
        if session is None or not withheld:
            self._since_s = None
        elif self._since_s is None:
            self._since_s, self._counted = session.elapsed_s, False
        elif not self._counted and session.elapsed_s - self._since_s >= _LEAST_S:
            self._asked_s.append(round(self._since_s, 1))
            self._counted = True
        return entry

    def _entry(self, status: Status) -> Entry | None:
        asked_s, session_id = self._asked_s, self._session_id
        self._asked_s, self._since_s = [], None
        if not asked_s:
            return None
        times = "once" if len(asked_s) == 1 else f"{len(asked_s)} times"
        message = f"The guard withheld heat {times} to see whether the reading answers to it"
        return Entry(status.wall_s, status.mono_s, "questions", "ok", message, session_id, {"at_s": asked_s})
