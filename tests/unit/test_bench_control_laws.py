"""The peers' laws do what their sources say, on small cases."""

import math

import pytest

from bench.control.esphome import EspHomePid
from bench.control.esphome import gains as esphome_gains
from bench.control.home_assistant import Thermostat
from bench.control.kiln import KilnPid
from bench.control.klipper import KlipperPid
from bench.control.klipper import gains as klipper_gains
from bench.control.marlin_mpc import MarlinMpc
from bench.control.marlin_pid import MarlinPid
from bench.control.marlin_tune import Block, WarmUp, constants
from bench.control.pifire import PiFirePid
from bench.control.relay import Gains, HalfCycle, ultimate_gain, ziegler_nichols
from bench.control.simple import law as simple_law

#: An oscillation of 38-42 °C with a period of 60 s; the first half cycle is the warm-up.
HALVES = [HalfCycle(n % 2 == 0, 30.0 * n, 38.0 if n % 2 == 0 else 42.0, 30.0 * n + 5.0) for n in range(12)]


def test_home_assistant_switches_at_its_tolerances_and_not_between() -> None:
    law = Thermostat()
    readings_c = (39.8, 39.7, 40.0, 40.29, 40.3, 40.0, 39.71, 39.7)
    duties = [law.step(40.0, reading_c, 1.0, 0.0) for reading_c in readings_c]
    assert duties == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]


def test_klipper_keeps_its_integral_between_nothing_and_full_power() -> None:
    law = KlipperPid(Gains(kp=0.001, ki=0.01, kd=0.0))
    for _ in range(10_000):
        law.step(40.0, 39.0, 0.3, 0.0)
    assert 0.9 < law.integral * law.gains.ki <= 1.0
    for _ in range(10_000):
        law.step(40.0, 41.0, 0.3, 0.0)
    assert law.integral >= 0.0


def test_klipper_learns_nothing_while_its_output_is_saturated() -> None:
    law = KlipperPid(Gains(kp=1.0, ki=0.01, kd=0.0))
    assert law.step(40.0, 30.0, 0.3, 0.0) == 1.0
    assert law.integral == 0.0


def test_klipper_does_not_send_small_changes_at_once() -> None:
    law = KlipperPid(Gains(kp=0.1, ki=1e-9, kd=0.0))
    assert law.step(40.0, 35.0, 0.3, 0.0) == pytest.approx(0.5)
    assert law.step(40.0, 35.3, 0.3, 0.0) == pytest.approx(0.5)
    later = [law.step(40.0, 35.3, 0.3, 0.0) for _ in range(14)]
    assert later[-1] == pytest.approx(0.47)


def test_klipper_takes_the_full_power_for_the_amplitude_of_its_relay() -> None:
    ku = 4.0 / (math.pi * 2.0)
    assert klipper_gains(HALVES) == ziegler_nichols(ku, 60.0)


def test_esphome_takes_half_of_it_and_its_own_rule() -> None:
    ku = ultimate_gain(0.5, 2.0)
    gains = esphome_gains(HALVES[:7])
    assert (gains.kp, gains.ki, gains.kd) == pytest.approx((0.6 * ku, 1.2 * ku / 60.0, 0.075 * ku * 60.0))


def test_esphome_takes_steps_of_the_setpoint_out_of_its_derivative() -> None:
    law = EspHomePid(Gains(kp=0.0, ki=0.0, kd=1.0))
    law.step(40.0, 38.0, 1.0, 0.0)
    assert law.step(42.0, 38.0, 1.0, 0.0) == 0.0
    assert law.step(42.0, 37.8, 1.0, 0.0) == pytest.approx(0.2)


def test_esphome_clamps_its_integral_and_does_not_jump_at_its_deadband() -> None:
    law = EspHomePid(Gains(kp=0.5, ki=10.0, kd=0.0))
    law.step(40.0, 20.0, 1.0, 0.0)
    assert law.integral == 1.0
    inside, outside = (EspHomePid(Gains(0.5, 0.0, 0.0), deadband_c=0.3) for _ in range(2))
    assert inside.step(40.0, 39.7001, 1.0, 0.0) == pytest.approx(
        outside.step(40.0, 39.6999, 1.0, 0.0), abs=1e-3
    )


def test_marlin_heats_fully_far_below_and_starts_its_integral_anew() -> None:
    law = MarlinPid()
    assert law.step(40.0, 29.9, 0.16, 0.0) == 1.0
    law.step(40.0, 35.0, 0.16, 0.0)
    assert law.errors_c == pytest.approx(5.0)
    assert law.step(40.0, 50.1, 0.16, 0.0) == 0.0
    law.step(40.0, 39.0, 0.16, 0.0)
    assert law.errors_c == pytest.approx(1.0)


def test_marlin_puts_out_whole_steps_of_127() -> None:
    duty = MarlinPid().step(40.0, 35.0, 0.16, 0.0)
    assert duty == int(50.0 + 0.023 * 0.16 * 5.0) // 2 / 127


def test_marlin_mpc_converges_on_its_own_model() -> None:
    block = Block(power_w=8.0, block_j_k=30.0, sensor_per_s=0.1, ambient_w_k=0.2)
    law = MarlinMpc(block)
    block_c = sensor_c = 23.0
    duty = 0.0
    for _ in range(round(600.0 / 0.16)):
        duty = law.step(40.0, sensor_c, 0.16, duty)
        block_c += 0.16 * (duty * block.power_w - block.ambient_w_k * (block_c - 23.0)) / block.block_j_k
        sensor_c += 0.16 * block.sensor_per_s * (block_c - sensor_c)
    # Marlin's correction of the ambient never gets smaller than 1 °C/s, so the model keeps swinging a little.
    assert block_c == pytest.approx(40.0, abs=0.5)


@pytest.mark.parametrize("measured_w_k", [None, 0.2])
def test_marlin_tune_finds_a_block_that_is_like_its_model(measured_w_k: float | None) -> None:
    power_w, block_j_k, ambient_w_k, sensor_per_s = 8.0, 30.0, 0.2, 0.15
    rate, rise_c = ambient_w_k / block_j_k, power_w / ambient_w_k
    lagging = sensor_per_s / (sensor_per_s - rate)  # far beyond the sensor's own time constant
    readings_c = [23.0 + rise_c * (1.0 - lagging * math.exp(-rate * second)) for second in range(90)]
    found = constants(WarmUp(23.0, readings_c), power_w, measured_w_k)
    assert found.block_j_k == pytest.approx(block_j_k, rel=0.01)
    assert found.ambient_w_k == pytest.approx(ambient_w_k, rel=0.01)
    assert found.sensor_per_s == pytest.approx(sensor_per_s, rel=0.02)


def test_marlin_tune_takes_the_steepest_rise_where_no_asymptote_is_seen() -> None:
    found = constants(WarmUp(23.0, [23.0 + 0.2 * second for second in range(60)]), 8.0)
    assert found.block_j_k == pytest.approx(40.0)


def test_kiln_is_all_or_nothing_outside_of_its_window() -> None:
    assert KilnPid().step(40.0, 34.9, 2.0, 0.0) == 1.0
    assert KilnPid().step(40.0, 45.1, 2.0, 0.0) == 0.0
    assert KilnPid().step(40.0, 38.0, 2.0, 0.0) == pytest.approx(0.2 + 2.0 * 2.0 / 80.0 / 100.0)


def test_pifire_never_leaves_its_limits() -> None:
    law = PiFirePid()
    assert law.step(40.0, 0.0, 25.0, 0.0) == 0.9
    duties = [law.step(40.0, 60.0, 25.0, 0.0) for _ in range(40)]
    assert duties[-1] == 0.1
    assert law.integral == -0.5


def test_simple_pid_is_the_package() -> None:
    law = simple_law(Gains(kp=0.1, ki=0.01, kd=0.0))
    assert law.step(40.0, 38.0, 1.0, 0.0) == pytest.approx(0.2 + 0.02)
