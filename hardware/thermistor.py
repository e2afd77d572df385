"""From a converter's code to a temperature or a fault, and back.

The NTC lies between the channel and ground, the series resistor between the channel and VREF, and
VREF also feeds the divider: a rail error cancels, and the code depends on the resistances alone.
Hot reads low. Whether a plausible reading is *true* is judged elsewhere (``hardware.checks``).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from config.steinhart_hart import Coefficients, fit

if TYPE_CHECKING:
    from hardware.settings import ThermistorSettings

__all__ = ["BAND_MAX_C", "BAND_MIN_C", "Coefficients", "Reading", "SensorFault", "Thermistor", "fit"]

SensorFault = Literal["sensor_open", "sensor_short"]

#: No pad on a body is outside this band. Beyond it a wire is broken or shorted.
BAND_MIN_C: Final = 5.0
BAND_MAX_C: Final = 70.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of one thermistor: a temperature in °C within the band, or the fault it shows."""

    temperature_c: float | None = None
    fault: SensorFault | None = None

    def __post_init__(self) -> None:
        """A reading is one or the other, so that no check can take a fault for a temperature."""
        if (self.temperature_c is None) == (self.fault is None):
            raise ValueError("a reading is either a temperature or a fault")


@dataclass(frozen=True, slots=True)
class Thermistor:
    """An NTC to ground under ``series_ohm`` Ω, read by a converter of ``bits`` bits."""

    coefficients: Coefficients
    series_ohm: float
    bits: int
    coldest: int = field(init=False, repr=False)
    hottest: int = field(init=False, repr=False)
    _read: dict[int, Reading] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note the codes at the ends of the band: they are asked for at every sample."""
        object.__setattr__(self, "coldest", int(self.code_for(BAND_MIN_C)))
        object.__setattr__(self, "hottest", int(self.code_for(BAND_MAX_C)))

    @classmethod
    def of(cls, settings: "ThermistorSettings", bits: int) -> "Thermistor":
        """Build the thermistor that the settings describe, behind a converter of ``bits`` bits."""
        return cls(Coefficients(settings.a, settings.b, settings.c), settings.series_ohm, bits)

    def read(self, code: int) -> Reading:
        """Judge one code, 0 to 2^bits − 1, against the codes that 5-70 °C maps to.

        An open wire reads cold, and a controller would answer it with full power, so cold is as
        much a fault as hot.
        """
        reading = self._read.get(code)  # a session sees a few hundred codes, thousands of times
        if reading is None:
            reading = self._read[code] = self._judge(code)
        return reading

    def _judge(self, code: int) -> Reading:
        if code > self.coldest:
            return Reading(fault="sensor_open")
        if code < self.hottest:
            return Reading(fault="sensor_short")
        return Reading(self.coefficients.temperature_c(self.resistance_ohm(code)))

    def resistance_ohm(self, code: float) -> float:
        """Return the NTC's resistance in Ω for a code, 0 < code < 2^bits.

        A converter truncates: a code stands for a voltage between it and the next one. The lower
        end is taken, which is the hotter one, so that this error counts against us (at 42 °C up to
        0.11 °C with 10 bits, 0.03 °C with 12).
        """
        return self.series_ohm * code / (self._levels - code)

    def code_for(self, temperature_c: float) -> float:
        """Return the exact code of a temperature in °C; a converter gives the integer below it."""
        resistance_ohm = self.coefficients.resistance_ohm(temperature_c)
        return self._levels * resistance_ohm / (resistance_ohm + self.series_ohm)

    @property
    def _levels(self) -> int:
        return 1 << self.bits
