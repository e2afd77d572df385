"""From the thermistors to the duty: which reading counts, how fast the target comes, what a file says."""

import random
from typing import Literal

import pytest

from controller.control.hottest import Hottest, half_step_c
from controller.control.law import TUNED_W_M2K, UNTUNED_W_M2K
from controller.control.pad_controller import PadController
from controller.control.ramp import Ramp
from controller.control_plan import plan_of
from hardware.thermistor import Thermistor
from tests.support.builds import build
from tests.support.configuration import accepted
from tests.support.control import PLAN

CYCLE_S = 0.1
MODEL = {
    "control.heater_j_m2k": 2000,
    "control.face_j_m2k": 700,
    "control.heater_face_m2k_w": 0.008,
    "control.sensor_tau_s": 5,
    "control.sensor_heater_share": 0.1,
}


# --- the hottest thermistor -------------------------------------------------------------------------


@pytest.mark.parametrize(("chip", "bits", "half_c"), [("MCP3008", 10, 0.055), ("MCP3208", 12, 0.0137)])
def test_half_a_step_is_what_plain_numbers_say(
    chip: Literal["MCP3008", "MCP3208"], bits: int, half_c: float
) -> None:
    thermistor = Thermistor.of(build(chip=chip).thermistors[0], bits)
    assert half_step_c(thermistor) == pytest.approx(half_c, rel=0.05)


def test_noise_on_two_thermistors_does_not_make_the_pad_look_warmer() -> None:
    """Two that agree: the higher of two noisy, truncated readings is 0.09 °C too high with 10 bits."""
    thermistor = Thermistor.of(build(chip="MCP3008").thermistors[0], 10)
    chance, half_c = random.Random(3), half_step_c(thermistor)
    hottest, found, highest = Hottest((half_c, half_c)), [], []
    for _ in range(3000):
        level = thermistor.code_for(40.0)
        readings_c = [thermistor.read(int(level + chance.gauss(0.0, 0.5))).temperature_c for _ in range(2)]
        found.append(hottest.step(readings_c, CYCLE_S) or 0.0)
        highest.append(max(each or 0.0 for each in readings_c))
    assert sum(highest) / len(highest) == pytest.approx(40.09, abs=0.03)
    assert sum(found[100:]) / len(found[100:]) == pytest.approx(40.0, abs=0.02)


def test_a_thermistor_in_a_hotter_place_counts() -> None:
    hottest = Hottest((0.0, 0.0))
    for _ in range(300):
        found_c = hottest.step((39.0, 40.0), CYCLE_S)
    assert found_c == pytest.approx(40.0, abs=0.01)


def test_a_thermistor_that_fails_leaves_the_other() -> None:
    hottest = Hottest((0.0, 0.0))
    hottest.step((39.0, 40.0), CYCLE_S)
    assert hottest.step((39.0, None), CYCLE_S) == 39.0
    assert hottest.step((None, None), CYCLE_S) is None
    assert Hottest((0.05,)).step((None,), CYCLE_S) is None


# --- the ramp ---------------------------------------------------------------------------------------


def test_a_gentle_ramp_begins_where_the_pad_is_and_ends_at_the_target() -> None:
    ramp = Ramp(6.0)
    assert ramp.step(40.0, 34.0, 0.0) == 34.0
    for _ in range(300):
        setpoint_c = ramp.step(40.0, 36.0, CYCLE_S)
    assert setpoint_c == pytest.approx(37.0)
    for _ in range(600):
        setpoint_c = ramp.step(40.0, 36.0, CYCLE_S)
    assert setpoint_c == 40.0


def test_a_ramp_never_leads_above_the_target() -> None:
    assert Ramp(60.0).step(38.0, 41.0, CYCLE_S) == 38.0


def test_no_ramp_goes_to_the_target_at_once() -> None:
    assert Ramp().step(40.0, 20.0, CYCLE_S) == 40.0


def test_a_ramped_session_asks_for_less_heat_at_first() -> None:
    gentle, plain = accepted({"heat.ramp_c_per_min": 2}), accepted()
    duties = []
    for settings in (gentle, plain):
        control = PadController(plan_of(settings))
        for _ in range(50):
            duty = control.step(40.0, [33.0] * len(settings.hardware.thermistor), CYCLE_S, 0.0)
        duties.append(duty)
    assert 0.0 < duties[0] < 0.7 < duties[1] == 1.0


# --- the configuration ------------------------------------------------------------------------------


def test_without_a_control_section_the_pad_is_a_typical_one() -> None:
    settings = accepted()
    plan = plan_of(settings)
    assert plan.model.flux_w_m2 == settings.pad.heat_flux_w_m2
    assert plan.gains.kp == pytest.approx(UNTUNED_W_M2K / settings.pad.heat_flux_w_m2)
    assert len(plan.half_steps_c) == len(settings.hardware.thermistor)


def test_a_measured_model_gets_the_stronger_gain() -> None:
    plan = plan_of(accepted(MODEL))
    assert (plan.model.heater_j_m2k, plan.model.sensor_tau_s) == (2000.0, 5.0)
    assert plan.gains.kp == pytest.approx(TUNED_W_M2K / plan.model.flux_w_m2)


def test_gains_in_the_file_replace_those_that_follow_from_the_model() -> None:
    plan = plan_of(accepted({**MODEL, "control.kp": 0.25, "control.ti_s": 90, "control.td_s": 4}))
    assert (plan.gains.kp, plan.gains.ti_s, plan.gains.td_s) == (0.25, 90.0, 4.0)


def test_a_supply_that_is_measured_to_sag_is_made_up_for() -> None:
    rated, sagging = PadController(PLAN), PadController(PLAN)
    for _ in range(300):
        at_rated = rated.step(40.0, (40.0,), CYCLE_S, 0.4, supply_v=5.0)
        at_less = sagging.step(40.0, (40.0,), CYCLE_S, 0.4 / 0.81, supply_v=4.5)
    assert at_less == pytest.approx(at_rated / 0.81, rel=0.01)


def test_all_readings_gone_asks_for_nothing() -> None:
    control = PadController(PLAN)
    assert control.step(40.0, (30.0,), CYCLE_S, 0.0) > 0.0
    assert control.step(40.0, (None,), CYCLE_S, 0.0) == 0.0
