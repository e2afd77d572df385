"""A session on a simulated pad, cycle by cycle as guard and controller share it, with all that is inside."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.margins.held import tuned_model, untuned_model
from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from controller.control.hottest import half_step_c
from controller.control.law import gains
from controller.control.pad_controller import ControlPlan, PadController
from controller.control.pad_model import PadModel
from controller.control.pid import Gains, Pid
from hardware.modulation import SigmaDelta
from hardware.simulated.plant import Plant, PlantParameters
from hardware.thermistor import Thermistor

CYCLE_S: Final = 0.1
TARGET_C: Final = 40.0
_NOISE_LSB: Final = 0.5

#: Readings of two thermistors, °C, and the duty that goes in now; returns the wanted one.
Step = Callable[[list[float | None], float], float]


@dataclass(frozen=True, slots=True)
class Moment:
    """One cycle, in °C: what is true at its beginning, what is read, and the duty that goes in."""

    time_s: float
    pad_c: float
    heater_c: float
    reading_c: float
    duty: float


def converter() -> Thermistor:
    """Return the reference build's thermistor on ten bits."""
    return Thermistor(fit(PARTS["103AT-2"]), 5600.0, 10)


def play(parameters: PlantParameters, step: Step, seconds: float) -> list[Moment]:
    """Let a law heat a pad. What it asks for goes in a cycle later, as over the link."""
    thermistor, chance = converter(), random.Random(1)
    plant, switch, duty, moments = Plant(parameters, sensors=2), SigmaDelta(), 0.0, []
    share = parameters.sensor_heater_share
    for n in range(round(seconds / CYCLE_S)):
        readings = [
            thermistor.read(int(thermistor.code_for(c) + chance.gauss(0.0, _NOISE_LSB))).temperature_c
            for c in plant.sensor_c
        ]
        pad_c = share * plant.heater_c + (1.0 - share) * plant.face_c
        highest = max(reading for reading in readings if reading is not None)
        moments.append(Moment(n * CYCLE_S, pad_c, plant.heater_c, highest, duty))
        wanted = step(readings, duty)
        switch, on = switch.step(duty)
        plant.advance(CYCLE_S, float(on))
        duty = wanted
    return moments


def control(parameters: PlantParameters, model: PadModel, *, tuned: bool) -> PadController:
    """Return this project's control of a pad, with what is known of it."""
    half_c = half_step_c(converter())
    plan = ControlPlan(model, gains(model, tuned=tuned), (half_c, half_c), parameters.rated_v)
    return PadController(plan)


def tuned(parameters: PlantParameters) -> PadController:
    """Return the control of a pad whose numbers are known, though not who wears it."""
    return control(parameters, tuned_model(parameters), tuned=True)


def untuned(parameters: PlantParameters) -> PadController:
    """Return the control of a pad of which only power and area are known."""
    return control(parameters, untuned_model(parameters), tuned=False)


def stepping(controller: PadController) -> Step:
    """Return the step of a control that goes to the target."""
    return lambda readings_c, duty: controller.step(TARGET_C, readings_c, CYCLE_S, duty)


def pid_on_the_reading(gains: Gains) -> Step:
    """Return the same PID without estimator, on the highest reading in the middle of its step."""
    pid, half_c = Pid(gains), half_step_c(converter())

    def step(readings_c: list[float | None], duty: float) -> float:
        reading_c = max(reading for reading in readings_c if reading is not None) - half_c
        return min(max(pid.step(TARGET_C, reading_c, CYCLE_S, duty), 0.0), 1.0)

    return step
