"""Lines for the safety log from the controller itself, with the time at which they were said."""

from collections.abc import Callable, Mapping
from typing import Any

from controller.records.entry import Entry
from controller.records.log import Recorder
from hardware.clock import Instant


class Notes:
    """Never waits for the disk."""

    def __init__(self, recorder: Recorder, now: Callable[[], Instant]) -> None:
        """``now`` is device time."""
        self._recorder = recorder
        self._now = now

    def add(
        self, kind: str, code: str, message: str, data: Mapping[str, Any], session_id: str | None = None
    ) -> None:
        """Note what happened; see ``Entry``."""
        now = self._now()
        self._recorder.note(Entry(now.wall_s, now.mono_s, kind, code, message, session_id, data))
