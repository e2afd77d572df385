"""Whether the pad's battery is low, and whether it can finish a session. Pure.

It warns and refuses, and never ends a session. A Li-ion battery falls slowly, and is judged by its
voltage and by how fast that falls. A USB power bank holds its voltage until it switches off: it can
be seen to be off before a start, but not to be about to.
"""

from dataclasses import dataclass, field

from controller.trend import Trend
from hardware.link import Status

#: So long a change has to last before it is said.
_SURE_S = 5.0
#: The guard's filter has followed a load after so long with heat. Without heat it stays at the voltage
#: under load for a while, and is at that of rest later.
_LOADED_S, _HELD_S, _RESTED_S = 5.0, 4.0, 12.0
#: By this share of the rated voltage it has to rise before it is no longer low, or counts as charged.
_HYSTERESIS = 0.02
#: A fall in voltage is believed when it was watched for so long.
_WATCHED_S = 60.0
#: Below this share of the rated voltage there is no battery at all.
_OFF = 0.5


@dataclass(frozen=True, slots=True)
class BatteryLevels:
    """Voltages under load, V: of the rated power, of a battery that is low, and of one that is empty."""

    rated_v: float
    low_v: float
    empty_v: float


@dataclass(slots=True)
class Battery:
    """The battery as the statuses show it. Tell it each; it is silent about what it does not know.

    Attributes:
        levels: what counts as low and as empty.
        low: it is low, or will be empty before the running session ends.
        volts: of the supply under load, V, also while nothing draws; None if unknown.
        sag_v: by how much the load of the last session pulled the voltage down, V; 0 before one.
        fall_v_per_s: how fast the voltage fell while it heated, V/s, >= 0; 0 if unknown.
    """

    levels: BatteryLevels
    low: bool = False
    volts: float | None = None
    sag_v: float = 0.0
    fall_v_per_s: float = 0.0
    _session: str | None = None
    _trend: Trend = field(default_factory=Trend)
    _rest_v: float | None = None
    _heated_s: float = 0.0
    _rested_s: float = _RESTED_S
    _contrary_s: float = 0.0
    _last_s: float | None = None

    def hear(self, status: Status) -> str | None:
        """Take a status; return a sentence for the log when the battery has just become low."""
        passed_s = 0.0 if self._last_s is None else max(0.0, status.mono_s - self._last_s)
        self._last_s = status.mono_s
        self._measure(status, passed_s)
        if self.volts is None:
            return None
        left_s = 0.0 if status.session is None else status.session.remaining_s
        end_v = self.volts - self.fall_v_per_s * left_s
        more_v = _HYSTERESIS * self.levels.rated_v if self.low else 0.0
        if (self.volts < self.levels.low_v + more_v or end_v < self.levels.empty_v + more_v) == self.low:
            self._contrary_s = 0.0
            return None
        self._contrary_s += passed_s
        if self._contrary_s < _SURE_S:
            return None
        self.low, self._contrary_s = not self.low, 0.0
        return self._warning(self.volts, end_v) if self.low else None

    def refusal(self, duration_s: float) -> str | None:
        """Return why a session of so many seconds would not be finished, in a sentence; None if it would."""
        if self.volts is None:
            return None
        levels = self.levels
        needed_v = max(levels.low_v, levels.empty_v + self.fall_v_per_s * duration_s)
        if self.volts >= needed_v:
            return None
        if self.volts < _OFF * levels.rated_v:
            return f"{_none(self.volts)} {levels.low_v:.2f} V are needed"
        return (
            f"The battery has {self.volts + self.sag_v:.2f} V; {duration_s / 60:g} minutes of heat need "
            f"{needed_v + self.sag_v:.2f} V. Charge it first"
        )

    def _measure(self, status: Status, passed_s: float) -> None:
        """Work out the voltage under load, and learn sag and fall from a session."""
        now_v, session = status.supply_v, status.session
        if status.heater:
            if self._rested_s >= _RESTED_S:
                self._heated_s = 0.0
            self._heated_s, self._rested_s = self._heated_s + passed_s, 0.0
        else:
            self._rested_s += passed_s
        if now_v is None:
            self.volts = None
        elif self._rested_s >= _RESTED_S:
            self._rest_v, self.volts = now_v, now_v - self.sag_v
            if self.volts > self._trend.from_value + _HYSTERESIS * self.levels.rated_v:
                self.fall_v_per_s = 0.0  # charged or changed: what the old charge did says nothing
        elif self._heated_s >= _LOADED_S and self._rested_s < _HELD_S:
            self._learn_load(now_v)
            if session is not None:
                self._learn_fall(session.session_id, status.mono_s, now_v)

    def _learn_load(self, now_v: float) -> None:
        if self._rest_v is not None:
            if now_v >= _OFF * self.levels.rated_v:  # a supply that switches off does not sag
                self.sag_v = max(0.0, self._rest_v - now_v)
            self._rest_v = None
        self.volts = now_v

    def _learn_fall(self, session_id: str, now_s: float, now_v: float) -> None:
        if session_id != self._session:
            self._session, self._trend = session_id, Trend()
        self._trend = self._trend.add(now_s, now_v)
        if self._trend.span_s >= _WATCHED_S:
            self.fall_v_per_s = max(0.0, -self._trend.slope_per_s)

    def _warning(self, volts: float, end_v: float) -> str:
        levels = self.levels
        if volts < _OFF * levels.rated_v:
            return f"{_none(volts)} The pad cannot heat"
        if volts < levels.low_v:
            return f"The battery has {volts:.2f} V, less than {levels.low_v:.2f} V. Charge it soon"
        return (
            f"The battery has {volts:.2f} V and would be at {end_v:.2f} V at the end of this session, "
            f"less than {levels.empty_v:.2f} V. It may switch off before"
        )


def _none(volts: float) -> str:
    return f"The pad's supply has {volts:.2f} V: it is off or unplugged."
