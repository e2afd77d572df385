"""The modelled pad behaves as its published figures say, and its step is small enough."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.simulated.plant import MAX_STEP_S, Plant, PlantParameters

NOMINAL = PlantParameters()


def seconds_until(plant: Plant, reached: Callable[[Plant], bool], *, duty: float = 1.0) -> float:
    for tick in range(1, 20_000):
        plant.advance(0.1, duty)
        if reached(plant):
            return tick * 0.1
    raise AssertionError("never reached")


def reads_41(plant: Plant) -> bool:
    return plant.sensor_c[0] >= 41.0


@pytest.mark.parametrize(
    ("wearer", "expected_s"),
    [
        pytest.param(NOMINAL, 111.0, id="in a room"),
        # 84 s needs the blanket's warmer air as well as its insulation: at 23 °C it takes 99 s.
        pytest.param(replace(NOMINAL, back_w_m2k=1.5, ambient_c=28.0), 84.0, id="under a blanket"),
        pytest.param(replace(NOMINAL, ambient_c=15.0), 145.0, id="in a cold room"),
    ],
)
def test_eight_watts_reach_41_degrees_in_about_two_minutes(
    wearer: PlantParameters, expected_s: float
) -> None:
    assert seconds_until(Plant(wearer), reads_41) == pytest.approx(expected_s, rel=0.03)


@pytest.mark.parametrize(("power_w", "expected_c"), [(8.0, 49.2), (12.0, 56.1)])
def test_ten_minutes_of_full_power_would_burn(power_w: float, expected_c: float) -> None:
    plant = Plant(replace(NOMINAL, power_w=power_w))
    plant.advance(600.0, 1.0)
    assert plant.face_c == pytest.approx(expected_c, abs=0.1)


def test_a_pad_on_skin_without_heat_settles_near_skin_temperature() -> None:
    plant = Plant()
    plant.advance(1800.0, 0.0)
    assert 31.0 < plant.face_c < 34.5
    assert 33.0 < plant.basal_c() < 35.0


def test_basal_skin_is_one_to_two_degrees_cooler_than_a_pad_held_at_40() -> None:
    plant = Plant()
    for _ in range(6000):
        plant.advance(0.1, float(plant.sensor_c[0] < 40.0))
    assert plant.skin_c < plant.basal_c() < plant.face_c
    assert 0.8 < plant.sensor_c[0] - plant.basal_c() < 2.0


def test_blood_carries_the_heat_away_once_the_skin_is_warm() -> None:
    flushed, pale = Plant(), Plant(replace(NOMINAL, perfusion_max=1.0))
    for plant in (flushed, pale):
        plant.advance(600.0, 1.0)
    assert flushed.blood > 3.0
    assert pale.blood == pytest.approx(1.0)
    assert flushed.skin_c < pale.skin_c - 0.5


def test_lifting_the_pad_changes_the_power_it_needs_only_a_little() -> None:
    def holding_duty(*, worn: bool) -> float:
        plant = Plant()
        plant.worn = worn
        duty = 0.0
        for _ in range(30_000):  # integral action alone finds the duty that holds 41 °C
            plant.advance(0.1, duty)
            duty = min(max(duty + 2e-5 * (41.0 - plant.sensor_c[0]), 0.0), 1.0)
        return duty

    worn, lifted = holding_duty(worn=True), holding_duty(worn=False)
    assert worn == pytest.approx(0.33, abs=0.03)
    assert lifted == pytest.approx(0.41, abs=0.03)


def test_power_falls_with_the_square_of_a_sagging_supply() -> None:
    plant = Plant()
    assert plant.power_w(1.0) == pytest.approx(8.0)
    assert plant.power_w(0.25) == pytest.approx(2.0)
    plant.supply_v = 4.5
    assert plant.power_w(1.0) == pytest.approx(6.48)


def test_a_larger_pad_of_the_same_heat_flux_is_just_as_warm() -> None:
    small, large = (Plant(PlantParameters.for_pad(w, 5.0, a)) for w, a in ((4.0, 0.006), (8.0, 0.012)))
    for plant in (small, large):
        plant.advance(240.0, 1.0)
    assert small.face_c == pytest.approx(large.face_c)
    assert large.parameters == NOMINAL


def test_a_pad_for_twelve_volts_takes_its_rated_power_at_twelve_volts() -> None:
    assert Plant(PlantParameters.for_pad(10.0, 12.0, 0.012)).power_w(1.0) == pytest.approx(10.0)


def test_a_detached_sensor_cools_to_the_room_and_the_others_do_not() -> None:
    plant = Plant(sensors=2)
    plant.advance(120.0, 1.0)
    plant.detached.add(1)
    plant.advance(120.0, 0.5)
    assert plant.sensor_c[0] > 38.0
    assert plant.sensor_c[1] == pytest.approx(NOMINAL.ambient_c, abs=0.2)


def test_another_heat_source_warms_the_pad_without_any_power() -> None:
    plant, cold = Plant(), Plant()
    plant.external_w = 8.0
    for each in (plant, cold):
        each.advance(120.0, 0.0)
    assert plant.sensor_c[0] > cold.sensor_c[0] + 5.0


def test_no_time_changes_nothing() -> None:
    plant = Plant()
    before = (plant.heater_c, plant.face_c, plant.skin_c, plant.deep_c, plant.blood, *plant.sensor_c)
    plant.advance(0.0, 1.0)
    plant.advance(-1.0, 1.0)
    assert before == (plant.heater_c, plant.face_c, plant.skin_c, plant.deep_c, plant.blood, *plant.sensor_c)


def between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high)


@st.composite
def wearers(draw: st.DrawFn) -> PlantParameters:
    """Any pad on any wearer of the design range."""
    area_m2 = draw(between(0.007, 0.020))
    return PlantParameters(
        power_w=draw(between(5.0, 12.0)),
        area_m2=area_m2,
        heater_j_k=area_m2 * draw(between(1000.0, 2600.0)),
        face_j_k=area_m2 * draw(between(500.0, 1200.0)),
        heater_face_m2k_w=draw(between(0.005, 0.015)),
        face_skin_m2k_w=draw(between(0.004, 0.035)),
        skin_deep_m2k_w=draw(between(0.012, 0.03)),
        deep_core_m2k_w=draw(between(0.04, 0.09)),
        back_w_m2k=draw(between(1.5, 8.0)),
        perfusion_w_m2k=draw(between(5.0, 15.0)),
        perfusion_max=draw(between(1.5, 8.0)),
        skin_j_m2k=draw(between(5600.0, 9400.0)),
        deep_j_m2k=draw(between(16500.0, 27500.0)),
        ambient_c=draw(between(15.0, 30.0)),
        sensor_tau_s=draw(between(3.0, 15.0)),
        sensor_heater_share=draw(between(0.0, 0.3)),
        start_skin_c=draw(between(31.5, 34.5)),
        start_deep_c=draw(between(33.8, 36.8)),
    )


def largest_difference_c(one: Plant, other: Plant) -> float:
    return max(
        abs(one.heater_c - other.heater_c),
        abs(one.face_c - other.face_c),
        abs(one.skin_c - other.skin_c),
        abs(one.deep_c - other.deep_c),
        abs(one.sensor_c[0] - other.sensor_c[0]),
    )


@settings(max_examples=10)
@given(wearers())
def test_a_ten_times_finer_step_gives_the_same_temperatures(wearer: PlantParameters) -> None:
    coarse, fine = Plant(wearer), Plant(wearer)
    worst_c = 0.0
    for tick in range(600):
        duty = float(tick % 7 < 4)  # on and off, as the guard switches it
        coarse.advance(MAX_STEP_S, duty)
        for _ in range(10):
            fine.advance(MAX_STEP_S / 10, duty)
        worst_c = max(worst_c, largest_difference_c(coarse, fine))
    assert worst_c < 0.01


def test_one_long_step_equals_many_short_ones() -> None:
    long, short = Plant(), Plant()
    long.advance(60.0, 1.0)
    for _ in range(600):
        short.advance(0.1, 1.0)
    assert largest_difference_c(long, short) < 0.001
