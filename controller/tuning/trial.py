"""The trial: a rest, a little heat, a pause, a little heat, a pause. Pure; nothing reads a clock.

Two pulses of full power and what comes after them show all that the law needs: how far the pad warms tells
its capacities, and how late it does its lags. The second says the same as the first, or the pad was moved.
Heat is counted as it went in: what the guard takes away only makes the trial longer.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

REST_S: Final = 10.0
PULSE_J_M2: Final = 5000.0
BETWEEN_S: Final = 25.0
AFTER_S: Final = 40.0
#: Half of the heat still shows what a pad is like.
_LEAST_PULSE_J_M2: Final = 2500.0
#: No pad is lighter than this, whatever its supply: so much rated heat warms it by 1 °C at most.
_LIGHTEST_J_M2K: Final = 1400.0
#: Kept from the target: the reading's noise, °C.
_SPARE_C: Final = 0.5
#: A pad with a heater and a thermistor rises by more, °C.
LEAST_RISE_C: Final = 0.5
#: How long there may be no reading, and how long a pulse may take, s.
_BLIND_S: Final = 10.0
_PULSE_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading.

    Attributes:
        passed_s: since the one before, s, > 0.
        temperature_c: of the hottest thermistor, °C; None without a valid reading.
        duty: what really went in since the one before, 0-1.
    """

    passed_s: float
    temperature_c: float | None
    duty: float


class _Part(Enum):
    REST = auto()
    PULSE = auto()
    PAUSE = auto()


@dataclass(slots=True)
class Trial:
    """One trial.

    Attributes:
        flux_w_m2: the pad's rated heat flux, W/m², > 0.
        target_c: what the pad stays below, °C.
        samples: all so far.
        verdict: why it was broken off, in a sentence; None while it goes on, and after one that went well.
    """

    flux_w_m2: float
    target_c: float = 40.0
    samples: list[Sample] = field(default_factory=list)
    verdict: str | None = None
    _part: _Part = _Part.REST
    _since_s: float = 0.0
    _blind_s: float = 0.0
    _pulses: int = 0
    _pulse_j_m2: float = 0.0
    _heat_j_m2: float = 0.0
    _began_c: float | None = None
    _peak_c: float = 0.0
    _over: bool = False

    def step(self, sample: Sample) -> float | None:
        """Take one sample and return the duty to ask for, 0-1; None when the trial is over."""
        if self._over:
            return None
        self.samples.append(sample)
        self._since_s += sample.passed_s
        self._heat_j_m2 += sample.duty * self.flux_w_m2 * sample.passed_s
        if sample.temperature_c is None:
            self._blind_s += sample.passed_s
            return 0.0 if self._blind_s < _BLIND_S else self._break_off(_blind())
        self._blind_s = 0.0
        if self._began_c is None:
            self._began_c = self._peak_c = sample.temperature_c
        self._peak_c = max(self._peak_c, sample.temperature_c)
        if self._peak_c >= self.target_c:
            return self._break_off(_too_warm(self._peak_c, self.target_c))
        match self._part:
            case _Part.REST:
                return self._rest()
            case _Part.PULSE:
                return self._pulse()
            case _Part.PAUSE:
                return self._pause(self._peak_c - self._began_c)

    def _rest(self) -> float | None:
        if self._since_s < REST_S:
            return 0.0
        highest_c = self.target_c - _SPARE_C - 2.0 * _LEAST_PULSE_J_M2 / _LIGHTEST_J_M2K
        if self._peak_c > highest_c:
            return self._break_off(_too_warm(self._peak_c, highest_c))
        return self._heat(0.5)

    def _pulse(self) -> float | None:
        if self._heat_j_m2 < self._pulse_j_m2:
            return 1.0 if self._since_s < _PULSE_S else self._break_off(_too_little(self._heat_j_m2))
        self._pulses += 1
        return self._enter(_Part.PAUSE)

    def _pause(self, rise_c: float) -> float | None:
        if self._since_s < (BETWEEN_S if self._pulses == 1 else AFTER_S):
            return 0.0
        if rise_c < LEAST_RISE_C:
            return self._break_off(not_warmed(rise_c))
        if self._pulses == 1:
            return self._heat(1.0)
        self._over = True
        return None

    def _heat(self, share: float) -> float:
        """Begin a pulse that takes the lightest pad by that share of the way to its target."""
        room_c = self.target_c - _SPARE_C - self._peak_c
        self._pulse_j_m2 = min(PULSE_J_M2, share * _LIGHTEST_J_M2K * room_c)
        return self._enter(_Part.PULSE)

    def _enter(self, part: _Part) -> float:
        self._part, self._since_s, self._heat_j_m2 = part, 0.0, 0.0
        return 1.0 if part is _Part.PULSE else 0.0

    def _break_off(self, verdict: str) -> float | None:
        self.verdict, self._over = verdict, True
        return None


def not_warmed(rise_c: float) -> str:
    """Say that a pad has not become warm."""
    return (
        f"The pad warmed by {rise_c:.1f} °C, and it takes {LEAST_RISE_C:g} °C at least: "
        "heater unplugged, or thermistor off the pad"
    )


def _too_warm(peak_c: float, limit_c: float) -> str:
    return f"The pad is at {peak_c:.1f} °C already: let it cool below {limit_c:.1f} °C, and try again"


def _too_little(heat_j_m2: float) -> str:
    return (
        f"Only {heat_j_m2:.0f} J/m² of heat went in within {_PULSE_S:g} s: the guard withholds it, "
        "or the pad is too weak for a trial"
    )


def _blind() -> str:
    return f"There was no valid reading for {_BLIND_S:g} s: check the thermistor's wires"
