"""What can break, by the name of the check that must notice it.

A fault acts on the plant and on the wires, never on the code under test: the guard meets it through
the same SPI words and pins as it would on a pad.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from hardware import fault_names
from hardware.simulated.plant import Plant


@dataclass(slots=True)
class SensorWire:
    """The way from one thermistor to its channel.

    ``level`` forces the input of the converter, 0-1 of VREF. ``held_c`` replaces the temperature
    that the thermistor feels. ``offset_c`` is added to it.
    """

    level: float | None = None
    held_c: float | None = None
    offset_c: float = 0.0


@dataclass(slots=True)
class Wiring:
    """The wires between board and pad. A shorted switch conducts whatever its pin says."""

    sensors: tuple[SensorWire, ...]
    heater_broken: bool = False
    mosfet_shorted: bool = False
    series_shorted: bool = False


@dataclass(frozen=True, slots=True)
class Strike:
    """What a fault acts on: one slice of time, ``since_s`` seconds after it began."""

    plant: Plant
    wiring: Wiring
    sensors: tuple[int, ...]
    since_s: float

    def wires(self) -> tuple[SensorWire, ...]:
        """Return the wires of the struck sensors."""
        return tuple(self.wiring.sensors[n] for n in self.sensors)


JUMP_C = 8.0
DRIFT_C_PER_S = 0.5
DRIFT_MAX_C = 6.0
RUNAWAY_W = 8.0
BOTTLE_W = 40.0
BOTTLE_UNTIL_C = 50.0
#: Just below the inhibit, where every minute counts as more than a minute of dose.
DOSE_HOLD_C = 42.8
_DOSE_GAIN_W_K = 40.0


def _open(strike: Strike) -> None:
    for wire in strike.wires():
        wire.level = 1.0


def _short(strike: Strike) -> None:
    for wire in strike.wires():
        wire.level = 0.0


def _jump(strike: Strike) -> None:
    for wire in strike.wires():
        wire.offset_c = -JUMP_C


def _freeze(strike: Strike) -> None:
    for n, wire in zip(strike.sensors, strike.wires(), strict=True):
        if wire.held_c is None:
            wire.held_c = strike.plant.sensor_c[n] + wire.offset_c


def _drift(strike: Strike) -> None:
    for wire in strike.wires():
        wire.offset_c = -min(DRIFT_MAX_C, DRIFT_C_PER_S * strike.since_s)


def _break_heater(strike: Strike) -> None:
    strike.wiring.heater_broken = True


def _short_mosfet(strike: Strike) -> None:
    strike.wiring.mosfet_shorted = True


def _run_away(strike: Strike) -> None:
    strike.plant.external_w = RUNAWAY_W


def _hot_water_bottle(strike: Strike) -> None:
    strike.plant.external_w = BOTTLE_W if strike.plant.face_c < BOTTLE_UNTIL_C else 0.0


def _hold_below_inhibit(strike: Strike) -> None:
    missing_c = DOSE_HOLD_C - strike.plant.face_c
    strike.plant.external_w = min(max(_DOSE_GAIN_W_K * missing_c, 0.0), BOTTLE_W)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row: how it acts, and on which sensors unless a ``Fault`` says else."""

    act: Callable[[Strike], None]
    every_sensor: bool = False


#: What each means is said in ``hardware.fault_names``.
FAULTS: dict[str, FaultKind] = {
    "sensor_open": FaultKind(_open),
    "sensor_short": FaultKind(_short),
    "sensor_jump": FaultKind(_jump),
    "sensor_frozen": FaultKind(_freeze, every_sensor=True),
    "sensor_disagree": FaultKind(_drift),
    "heating_failed": FaultKind(_break_heater),
    "thermal_runaway": FaultKind(_run_away),
    "heater_stuck_on": FaultKind(_short_mosfet),
    "over_temperature": FaultKind(_hot_water_bottle),
    "dose_exceeded": FaultKind(_hold_below_inhibit),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to come.

    Attributes:
        name: a key of ``FAULTS``.
        at_s: device seconds after the first heat that was asked for, ≥ 0.
        sensors: which sensors it strikes, for the sensor faults; None for the kind's own choice
            (the first, or every one).
    """

    name: str
    at_s: float
    sensors: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what could never strike.

        Raises:
            ValueError: unknown name, or a time that is negative or not finite.
        """
        if self.name not in FAULTS:
            raise ValueError(f"fault: {self.name!r} is not one of {', '.join(FAULTS)}")
        if not (math.isfinite(self.at_s) and self.at_s >= 0.0):
            raise ValueError(f"fault: {self.at_s:g} is not a time of 0 s or more after the first heat")


def parse(text: str) -> Fault:
    """Read ``NAME@SECONDS``, e.g. ``sensor_open@120``.

    Raises:
        ValueError: with a sentence that says what is expected.
    """
    return Fault(*fault_names.split(text))
