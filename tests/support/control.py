"""A typical pad's control, for tests that only need one."""

from controller.control.law import gains
from controller.control.pad_controller import ControlPlan
from controller.control.pad_model import PadModel

MODEL = PadModel(flux_w_m2=667.0)
PLAN = ControlPlan(MODEL, gains(MODEL, tuned=False), half_steps_c=(0.057,), rated_v=5.0)
