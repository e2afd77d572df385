"""What the controller has asked for, from the packets that it sent."""

import json
import math
from typing import Any

_DEMAND_S, _SESSION_S = 1.0, 600.0
_TICKS_KEPT = 60


class Asked:
    """Its wishes. ``reset``: one was asked for since the last cycle."""

    def __init__(self) -> None:
        """Nothing was asked for yet."""
        self.reset = False
        self._status_s: dict[int, float] = {}
        self._wanted_until_s: dict[str, float] = {}
        self._duration_s: dict[str, float] = {}

    def restarted(self) -> None:
        """Forget what only another guard knew: its statuses, and the demands that answered them."""
        self._status_s.clear()
        self._wanted_until_s.clear()

    def status(self, tick: int, now_s: float) -> None:
        """Note when the guard sent the status with this tick."""
        self._status_s[tick] = now_s
        self._status_s.pop(tick - _TICKS_KEPT, None)

    def sent(self, packet: bytes) -> bool:
        """Note a packet, whatever it may mean to the guard; return whether it might ask for heat."""
        try:
            plain = json.loads(packet)
        except (ValueError, RecursionError):
            return False
        match plain:
            case {"t": "demand", "session_id": str(session_id), "duty": duty, "tick": int(tick)}:
                if not _number(duty) > 0.0:
                    return False
                if tick in self._status_s:
                    lifetime_s = min(_DEMAND_S, _number(plain.get("lifetime_s", _DEMAND_S)))
                    until_s = self._status_s[tick] + lifetime_s
                    self._wanted_until_s[session_id] = max(until_s, self.wanted_until_s(session_id))
                return True
            case {"t": "start", "session_id": str(session_id)}:
                duration = plain.get("duration_s")
                asked_s = _SESSION_S if duration is None else _number(duration)
                self._duration_s[session_id] = max(asked_s, self._duration_s.get(session_id, 0.0))
            case {"t": "reset"}:
                self.reset = True
            case _:
                pass
        return False

    def wanted_until_s(self, session_id: str) -> float:
        """Return the last real second that a demand for this session covers; −infinity without one."""
        return self._wanted_until_s.get(session_id, -math.inf)

    def longest_s(self, session_id: str) -> float:
        """Return for how many seconds this session may heat."""
        return min(_SESSION_S, self._duration_s.get(session_id, 0.0))


def _number(value: Any) -> float:
    """Return the number that a field holds, huge ones as infinity; −infinity for anything else."""
    if type(value) not in (int, float):
        return -math.inf
    try:
        return -math.inf if math.isnan(value) else float(value)
    except OverflowError:
        return math.inf
