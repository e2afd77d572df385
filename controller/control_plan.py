"""From the configuration to what a session's control begins with."""

from config.settings import Settings
from controller.control.hottest import half_step_c
from controller.control.law import gains
from controller.control.pad_controller import ControlPlan
from controller.control.pad_model import PadModel
from controller.control.pid import Gains
from hardware.thermistor import Thermistor


def plan_of(settings: Settings) -> ControlPlan:
    """Return the plan that the settings describe."""
    control, hardware = settings.control, settings.hardware
    model = model_of(settings)
    suited = gains(model, tuned=control.tuned)
    return ControlPlan(
        model=model,
        gains=Gains(
            kp=suited.kp if control.kp is None else control.kp,
            ti_s=suited.ti_s if control.ti_s is None else control.ti_s,
            td_s=control.td_s,
            derivative_filter_s=control.derivative_filter_s,
            setpoint_weight=control.setpoint_weight,
        ),
        half_steps_c=tuple(
            half_step_c(Thermistor(each.coefficients, each.series_ohm, hardware.adc.bits))
            for each in hardware.thermistor
        ),
        rated_v=settings.pad.supply_v,
        ramp_c_per_min=settings.heat.ramp_c_per_min,
    )


def model_of(settings: Settings) -> PadModel:
    """Return the pad's model: the measured one, or a typical pad of the configured power and area."""
    c, flux_w_m2 = settings.control, settings.pad.heat_flux_w_m2
    if (
        c.heater_j_m2k is None
        or c.face_j_m2k is None
        or c.heater_face_m2k_w is None
        or c.sensor_tau_s is None
        or c.sensor_heater_share is None
    ):
        return PadModel(flux_w_m2)
    return PadModel(
        flux_w_m2,
        c.heater_j_m2k,
        c.face_j_m2k,
        c.heater_face_m2k_w,
        c.sensor_tau_s,
        c.sensor_heater_share,
    )
