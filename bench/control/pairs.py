"""Random devices and their wearers.

A device is fixed once it is built; whoever wears it, and the supply it hangs on, change from time to time.
So an autotune runs on the same device with another wearer.
"""

import math
import random
from dataclasses import dataclass, replace
from typing import Final

from bench.control.bound import bounds
from bench.control.pad import Pad
from campaign.draws import draw
from config.limits import FLUX_MAX_W_M2
from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from hardware.simulated.plant import PlantParameters
from hardware.thermistor import Thermistor

SERIES_OHM: Final = 5600.0
#: Where devices are tuned, °C: once, and not for each target; lower if its power does not do.
TUNED_AT_C: Final = (40.0, 38.5)
#: A relay or a step test needs some power to spare, °C above the target.
_TO_SPARE_C = 1.0
_TRIES = 20
_DEVICE = (
    "power_w",
    "rated_v",
    "area_m2",
    "heater_j_k",
    "face_j_k",
    "heater_face_m2k_w",
    "sensor_tau_s",
    "sensor_heater_share",
)


@dataclass(frozen=True, slots=True)
class Device:
    """A pad with its thermistors and its converter, worn by the one it is measured on.

    Attributes:
        run: its number; same seed and number, same device and noise.
        seed: of all runs.
        parameters: pad and wearer of the sessions.
        practice: the same pad on the wearer of the autotunes.
        tuned_at_c: where the autotunes run, °C.
        sensors: thermistors; the hottest counts.
        part: the thermistor's name.
        bits: of the converter.
    """

    run: int
    seed: int
    parameters: PlantParameters
    practice: PlantParameters
    tuned_at_c: float
    sensors: int
    part: str
    bits: int

    def session(self, noise: str) -> Pad:
        """Return the pad, just put on. The same ``noise`` gives the same readings."""
        return self._pad(self.parameters, noise)

    def trial(self, noise: str) -> Pad:
        """Return the pad on the wearer of the autotunes, just put on."""
        return self._pad(self.practice, noise)

    @property
    def thermistor(self) -> Thermistor:
        """The thermistor with its converter."""
        return Thermistor(fit(PARTS[self.part]), SERIES_OHM, self.bits)

    def _pad(self, parameters: PlantParameters, noise: str) -> Pad:
        rng = random.Random(f"{self.seed}/{self.run}/{self.bits}/{noise}")
        return Pad(parameters, self.thermistor, self.sensors, rng)


def device(run: int, seed: int, bits: int = 10) -> Device:
    """Draw a device and its wearers. Same numbers, same device, with any converter."""
    rng = random.Random(f"control/{seed}/{run}")
    drawn = draw(rng)
    # Whoever tunes a weak pad tries again on another day. Where that does not help, the wearer of the
    # sessions is taken, whose pad gets to 40 °C or is not measured at all.
    practice, tuned_at_c = drawn.parameters, TUNED_AT_C[-1]
    for _ in range(_TRIES):
        other = draw(rng).parameters
        worn = replace(other, **{name: getattr(drawn.parameters, name) for name in _DEVICE})
        if replace(drawn, parameters=worn).flux_w_m2 <= FLUX_MAX_W_M2:
            reached_c = _gets_to(worn)
            if reached_c >= tuned_at_c:
                practice, tuned_at_c = worn, reached_c
            if reached_c == TUNED_AT_C[0]:
                break
    return Device(run, seed, drawn.parameters, practice, tuned_at_c, drawn.sensors, drawn.part, bits)


def nominal(bits: int = 10) -> Device:
    """Return the nominal pad on the nominal wearer."""
    parameters = PlantParameters()
    return Device(0, 0, parameters, parameters, TUNED_AT_C[0], 2, "103AT-2", bits)


def _gets_to(parameters: PlantParameters) -> float:
    found = bounds(parameters, [target_c + _TO_SPARE_C for target_c in TUNED_AT_C])
    reached_c = (target_c for target_c in TUNED_AT_C if found[target_c + _TO_SPARE_C] is not None)
    return next(reached_c, -math.inf)
