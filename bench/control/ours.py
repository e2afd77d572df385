"""This project's control, with a typical pad's model and with what a trial has found."""

from collections.abc import Callable

from bench.control.pairs import Device
from bench.control.trials import tuned_model
from controller.control.hottest import half_step_c
from controller.control.law import gains
from controller.control.pad_controller import ControlPlan, PadController
from controller.control.pad_model import PadModel

PERIOD_S = 0.1


def untuned(device: Device) -> Callable[[], PadController]:
    """Know what the configuration says: the rated power and the area."""
    p = device.parameters
    return _control(device, PadModel(flux_w_m2=p.power_w / p.area_m2), tuned=False)


def tuned(device: Device) -> Callable[[], PadController]:
    """Know what ``heatpack tune`` finds on this device, or nothing more where it finds nothing."""
    model = tuned_model(device)
    return untuned(device) if model is None else _control(device, model, tuned=True)


def _control(device: Device, model: PadModel, *, tuned: bool) -> Callable[[], PadController]:
    half_steps_c = (half_step_c(device.thermistor),) * device.sensors
    plan = ControlPlan(model, gains(model, tuned=tuned), half_steps_c, device.parameters.rated_v)
    return lambda: PadController(plan)
