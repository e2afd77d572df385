"""What pads, wearers and rooms are like, before a trial has said anything."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: In standard deviations: nothing that is looked for is further from the typical one.
MOST_Z: Final = 3.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of one number.

    A fit works on z: the number is ``centre``·exp(``sd``·z), or ``centre`` + ``sd``·z unless ``log``.

    Attributes:
        name: of the number, with its unit.
        centre: the typical one.
        sd: standard deviation, of the logarithm or of the number.
        log: whether the number is a size, which is > 0.
        least_z: bound from below; from above it is always ``MOST_Z``.
    """

    name: str
    centre: float
    sd: float
    log: bool = True
    least_z: float = -MOST_Z

    def value(self, z: Floats) -> Floats:
        """Return the numbers for some z."""
        return self.centre * np.exp(self.sd * z) if self.log else self.centre + self.sd * z


Priors = tuple[Prior, ...]


def place(priors: Priors, name: str) -> int:
    """Return which of the priors is that of a number."""
    return [prior.name for prior in priors].index(name)


def _between(name: str, least: float, most: float) -> Prior:
    """All sizes between two are alike: of the normal distribution with that width."""
    return Prior(name, math.sqrt(least * most), math.log(most / least) / math.sqrt(12.0))


#: The device, as ``PadModel`` has it.
DEVICE: Final = (
    _between("heater_j_m2k", 1000.0, 2600.0),
    _between("face_j_m2k", 500.0, 1200.0),
    _between("heater_face_m2k_w", 0.005, 0.015),
    _between("sensor_tau_s", 3.0, 15.0),
    Prior("sensor_heater_share", 0.15, 0.087, log=False, least_z=-0.15 / 0.087),
)
#: Power over the rated one: a supply of 4.5-5.2 V for a pad of 5 V.
SUPPLY: Final = _between("supply", 0.81, 1.08)
_ROOM: Final = (_between("back_w_m2k", 1.5, 8.0), Prior("ambient_c", 22.5, 4.3, log=False))
#: Where heater, face and thermistor begin, above the first reading.
_BEGIN: Final = tuple(Prior(name, 0.0, 1.5, log=False) for name in ("heater_k", "face_k", "sensor_k"))
#: Conductance from face to skin, the skin's capacity, the one from there to blood and deep tissue, the two's
#: temperature, and the skin's as the trial begins.
_WEARER: Final = (
    _between("contact_w_m2k", 28.0, 250.0),
    _between("skin_j_m2k", 5600.0, 9400.0),
    _between("blood_w_m2k", 38.0, 110.0),
    Prior("core_c", 35.5, 0.8, log=False),
    Prior("skin_c", 33.5, 1.2, log=False),
)
WORN: Final = (*DEVICE, SUPPLY, *_ROOM, *_BEGIN, *_WEARER)
#: In the air the face has still air beside it.
IN_AIR: Final = (*DEVICE, SUPPLY, *_ROOM, *_BEGIN, _between("contact_w_m2k", 6.0, 13.0))


def with_supply(priors: Priors, share: float) -> Priors:
    """Return the priors for a supply whose power over the rated one was measured, within a percent or so."""
    known = Prior(SUPPLY.name, share, 0.01)
    return tuple(known if prior is SUPPLY else prior for prior in priors)
