"""One pad on one wearer, in ticks of 0.1 s: what a law reads, and what is true."""

import random
from typing import Final

from hardware.simulated.plant import Plant, PlantParameters
from hardware.thermistor import Thermistor

TICK_S: Final = 0.1
#: RMS of a conversion's noise, LSB, as in ``hardware.simulated.adc``.
NOISE_LSB: Final = 0.5
_TABLE = 1 << 15


def _table() -> tuple[float, ...]:
    """Return noise for millions of readings: each takes the next few numbers."""
    rng = random.Random(0)
    return tuple(rng.gauss(0.0, NOISE_LSB) for _ in range(_TABLE))


_NOISE: Final = _table()


class Pad:
    """Plant, thermistors and converter.

    There are no glitches: what a single absurd code does is decided in front of a law, by the checks of each
    project, and not by the law.

    Attributes:
        plant: the thermal model.
    """

    def __init__(
        self, parameters: PlantParameters, thermistor: Thermistor, sensors: int, rng: random.Random
    ) -> None:
        """Put the pad on.

        Args:
            parameters: pad and wearer.
            thermistor: with its converter.
            sensors: thermistors in the same place; the hottest counts.
            rng: where in the noise to begin.
        """
        self.plant = Plant(parameters)
        self._thermistor = thermistor
        self._sensors = sensors
        self._at = rng.randrange(_TABLE)
        self._middles_c: dict[float, float] = {}

    def true_c(self) -> float:
        """Return what the thermistor's site has, without lag and noise, °C."""
        plant = self.plant
        share = plant.parameters.sensor_heater_share
        return share * plant.heater_c + (1.0 - share) * plant.face_c

    def read(self, samples: int = 1) -> float:
        """Return a reading in °C: the mean of so many conversions, of the hottest thermistor.

        A converter truncates; a code is taken for the middle of its step.
        """
        thermistor = self._thermistor
        level = thermistor.code_for(self.plant.sensor_c[0])
        hottest = min([self._convert(level, samples) for _ in range(self._sensors)])
        found_c = self._middles_c.get(hottest)
        if found_c is None:
            found_c = thermistor.coefficients.temperature_c(thermistor.resistance_ohm(hottest + 0.5))
            self._middles_c[hottest] = found_c
        return found_c

    def readings(self) -> tuple[float | None, ...]:
        """Return one reading of each thermistor as the guard gives them, °C: the hotter end of each step."""
        thermistor = self._thermistor
        level = thermistor.code_for(self.plant.sensor_c[0])
        codes = [int(self._convert(level, 1)) for _ in range(self._sensors)]
        return tuple([thermistor.read(code).temperature_c for code in codes])

    def advance(self, duty: float) -> None:
        """Let a tick pass; ``duty`` is 0 or 1, or the share of the tick that the heater is on."""
        self.plant.advance(TICK_S, duty)

    def _convert(self, level: float, samples: int) -> float:
        # A converter truncates.
        begin = self._at
        if begin + samples > _TABLE:
            begin = 0
        self._at = begin + samples
        if samples == 1:
            return int(level + _NOISE[begin])
        return sum([int(level + noise) for noise in _NOISE[begin : begin + samples]]) / samples
