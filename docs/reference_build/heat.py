"""What the pad itself does: on the model of the simulator, nominal pad and wearer, 8 W on 120 cm²."""

from dataclasses import dataclass

from config.limits import TARGET_MAX_C
from hardware.simulated.plant import Plant, PlantParameters

_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """A moment, s and °C."""

    time_s: float
    heater_c: float
    face_c: float
    basal_c: float


def _seen(plant: Plant, time_s: float) -> Seen:
    return Seen(time_s, plant.heater_c, plant.face_c, plant.basal_c())


def full_power_until(heater_c: float) -> Seen:
    """Nothing switches any more: return the moment at which the heater is this warm, on a wearer at rest."""
    plant, time_s = Plant(PlantParameters()), 0.0
    while plant.heater_c < heater_c and time_s < 3600.0:
        plant.advance(_STEP_S, 1.0)
        time_s += _STEP_S
    return _seen(plant, time_s)


def heater_when_the_face_is(face_c: float = TARGET_MAX_C) -> float:
    """Return how warm the heater is, °C, when full power has brought the face to ``face_c``."""
    plant = Plant(PlantParameters())
    while plant.face_c < face_c:
        plant.advance(_STEP_S, 1.0)
    return plant.heater_c


def peak_after(seconds: float, from_c: float) -> float:
    """Return the highest face, °C, when at ``from_c`` the heater stays on for ``seconds`` more."""
    plant = Plant(PlantParameters())
    while plant.face_c < from_c:
        plant.advance(_STEP_S, 1.0)
    plant.advance(seconds, 1.0)
    peak_c = plant.face_c
    for _ in range(600):
        plant.advance(_STEP_S, 0.0)
        peak_c = max(peak_c, plant.face_c)
    return peak_c
