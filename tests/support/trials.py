"""A trial of ``heatpack tune`` on a modelled pad, without a guard, and what is done to the pad meanwhile."""

import random
from collections.abc import Callable

from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from controller.tuning.trial import Sample, Trial
from hardware.simulated.plant import Plant, PlantParameters
from hardware.thermistor import Thermistor

TICK_S = 0.1
NOMINAL = PlantParameters()

#: Something that happens to the pad, told at each tick by its seconds since the begin.
Happens = Callable[[Plant, float], None]


def alone(plant: Plant, now_s: float) -> None:
    """Leave the pad alone."""


def trial(
    parameters: PlantParameters = NOMINAL,
    *,
    worn: bool = True,
    happens: Happens = alone,
    bits: int | None = 10,
    let_in: float = 1.0,
) -> Trial:
    """Make a trial on a pad that was just put on, to its end.

    Args:
        parameters: pad and wearer.
        worn: False leaves the pad in the air.
        happens: what is done to it.
        bits: of the converter; None reads the thermistor without error.
        let_in: share of the heat that the guard lets in.
    """
    plant, rng = Plant(parameters), random.Random(1)
    plant.worn = worn
    thermistor = Thermistor(fit(PARTS["103AT-2"]), 5600.0, bits or 12)

    def read() -> float | None:
        if bits is None:
            return plant.sensor_c[0]
        return thermistor.read(
            int(thermistor.code_for(plant.sensor_c[0]) + rng.gauss(0.0, 0.5))
        ).temperature_c

    made = Trial(parameters.power_w / parameters.area_m2)
    now_s = duty = 0.0
    while (wanted := made.step(Sample(TICK_S, read(), duty))) is not None:
        happens(plant, now_s)
        duty = wanted * let_in
        plant.advance(TICK_S, duty)
        now_s += TICK_S
    return made
