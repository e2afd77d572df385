"""How much heat there was, by the pin: sessions, rests, the rolling day, the dose and the heat flux."""

from dataclasses import dataclass

from campaign.fuzz.broken import BrokenError
from campaign.fuzz.stopwatch import LEAST_S, Stopwatch

_REST_S, _DAY_S = 1800.0, 86_400.0
_DAY_SESSIONS, _DAY_HEAT_S = 6, 3600.0 + 1.0  # a session ends up to a cycle late
_SUSTAINED_W_M2, _BURST_J_M2 = 300.0, 36_000.0
#: Cycles are counted, not seconds, so uneven ones can put this many seconds of full power too much in.
_AHEAD_S = 5.0
#: What a pin does while the guard hangs is the dead-man circuit's, which is not on this bench.
_HUNG_S = 1.0
_SESSION_CEM43, _DAY_CEM43, _SENSOR_ERROR_C = 2.0, 4.0, 0.5
#: A cycle of a second at 43.5 °C is 0.024.
_LATE_CEM43 = 0.1


@dataclass(slots=True)
class Heated:
    """One session: real seconds of its first and last heat; the dose while its pin was high."""

    session_id: str
    first_s: float
    last_s: float
    dose_cem43: float = 0.0


class HeatBook:
    """Real heat, restarts included: no power cut makes any of it undone."""

    def __init__(self, stopwatch: Stopwatch, flux_w_m2: float) -> None:
        """Open it for a pad of ``flux_w_m2`` W/m² at full power."""
        self._stopwatch = stopwatch
        self._flux_w_m2 = flux_w_m2
        self._left_j_m2 = _BURST_J_M2
        self._day: list[Heated] = []

    def passed(self, seconds: float, heats: bool, coolest_c: float | None) -> None:
        """Book ``seconds`` until now; ``coolest_c`` is what the coolest sensor read at their begin.

        Raises:
            BrokenError: that was more heat than any pad may put out.
        """
        heat_s = min(seconds, _HUNG_S) if heats else 0.0
        left_j_m2 = self._left_j_m2 - self._flux_w_m2 * heat_s + _SUSTAINED_W_M2 * seconds
        self._left_j_m2 = min(_BURST_J_M2, left_j_m2)
        if self._left_j_m2 < -_AHEAD_S * self._flux_w_m2:
            raise BrokenError(f"allowance: overdrawn by {-self._left_j_m2:.0f} J/m²")
        if heats:
            self._day[-1].last_s = self._stopwatch.now_s
            if coolest_c is not None:
                self._day[-1].dose_cem43 += _cem43(coolest_c + _SENSOR_ERROR_C, heat_s)

    def may_heat(self, session_id: str, longest_s: float) -> None:
        """Judge heat now, for a session that may heat for ``longest_s``.

        Raises:
            BrokenError: there must be none.
        """
        heated = self._session(session_id)
        heated.last_s = self._stopwatch.now_s
        on_s = heated.last_s - heated.first_s
        if on_s >= longest_s + LEAST_S:
            raise BrokenError(f"limit: heat for {on_s:.1f} s")
        day_cem43 = sum(one.dose_cem43 for one in self._recent())
        if heated.dose_cem43 > _SESSION_CEM43 + _LATE_CEM43 or day_cem43 > _DAY_CEM43 + _LATE_CEM43:
            raise BrokenError(f"dose: {heated.dose_cem43:.2f} CEM43 in a session, {day_cem43:.2f} in a day")

    def _session(self, session_id: str) -> Heated:
        """Return the session that is heating; when it begins, see whether it may."""
        now_s = self._stopwatch.now_s
        if self._day and self._day[-1].session_id == session_id and now_s - self._day[-1].last_s < _DAY_S:
            return self._day[-1]
        # On a clock that stands still a session can begin and end with no heat between.
        self._day = [heated for heated in self._recent() if heated.last_s > heated.first_s]
        if self._day:
            rested_s = now_s - self._day[-1].last_s
            if rested_s < _REST_S - self._stopwatch.unseen_s - LEAST_S:
                raise BrokenError(f"rest: heat {rested_s:.1f} s after the last session")
        if any(heated.session_id == session_id for heated in self._day):
            raise BrokenError("replay: a session heats a second time")
        heat_s = sum(heated.last_s - heated.first_s for heated in self._day)
        if len(self._day) + 1 > _DAY_SESSIONS or heat_s > _DAY_HEAT_S:
            raise BrokenError(f"day: another session after {len(self._day)} with {heat_s:.0f} s of heat")
        self._day.append(Heated(session_id, now_s, now_s))
        return self._day[-1]

    def _recent(self) -> list[Heated]:
        """Return the sessions of the last 24 hours, as the guard's clocks can know them."""
        since_s = self._stopwatch.now_s - _DAY_S + self._stopwatch.unseen_s + LEAST_S
        return [heated for heated in self._day if heated.last_s > since_s]


def _cem43(temperature_c: float, seconds: float) -> float:
    return float((0.5 if temperature_c >= 43.0 else 0.25) ** (43.0 - temperature_c)) * seconds / 60.0
