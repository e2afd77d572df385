"""A code becomes a temperature or a fault, and a temperature the code that shows it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.steinhart_hart import Coefficients, fit, worst_error_c
from config.thermistor_parts import PARTS
from hardware.settings import ThermistorSettings
from hardware.thermistor import Reading, Thermistor

SERIES_OHM = 5600.0
BITS = st.sampled_from([10, 12])
PART = st.sampled_from(sorted(PARTS))
ON_THE_PAD_C = st.floats(5.0, 70.0)


def thermistor(part: str = "103AT-2", bits: int = 10) -> Thermistor:
    return Thermistor(fit(PARTS[part]), SERIES_OHM, bits)


# --- the curve ------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
def test_the_fit_of_a_whole_table_stays_within_15_mk(part: str) -> None:
    _, error_c = worst_error_c(fit(PARTS[part]), PARTS[part])
    assert abs(error_c) < 0.015


@pytest.mark.parametrize(
    ("part", "most_c"), [("NXFT15XH103", 0.013), ("103AT-2", 0.015), ("NTCLE100E3103", 0.003)]
)
def test_a_fit_of_three_points_is_exact_there_and_close_between(part: str, most_c: float) -> None:
    chosen = [point for point in PARTS[part] if point[0] in (25.0, 40.0, 60.0)]
    curve = fit(chosen)
    assert abs(worst_error_c(curve, chosen)[1]) < 1e-9
    assert abs(worst_error_c(curve, PARTS[part])[1]) < most_c


@pytest.mark.parametrize("part", PARTS)
def test_a_single_b_value_would_read_low_which_is_why_it_is_not_used(part: str) -> None:
    table = dict(PARTS[part])
    b_only = fit_b(table[25.0], table[60.0])
    assert -0.5 < b_only.temperature_c(table[45.0]) - 45.0 < -0.05


def fit_b(r25_ohm: float, r60_ohm: float) -> Coefficients:
    b_value_k = math.log(r25_ohm / r60_ohm) / (1 / 298.15 - 1 / 333.15)
    return Coefficients(1 / 298.15 - math.log(r25_ohm) / b_value_k, 1 / b_value_k, 0.0)


@given(PART, ON_THE_PAD_C)
def test_resistance_and_temperature_are_each_others_inverse(part: str, temperature_c: float) -> None:
    curve = fit(PARTS[part])
    assert curve.temperature_c(curve.resistance_ohm(temperature_c)) == pytest.approx(temperature_c, abs=1e-9)


@given(st.floats(1e-4, 5e-3), st.floats(1e-4, 5e-4), st.floats(0, 1e-6), ON_THE_PAD_C)
def test_the_inverse_holds_for_any_coefficients_of_an_ntc(
    a: float, b: float, c: float, celsius: float
) -> None:
    curve = Coefficients(a, b, c)
    assert curve.temperature_c(curve.resistance_ohm(celsius)) == pytest.approx(celsius, abs=1e-6)


@given(PART, st.lists(ON_THE_PAD_C, min_size=3, max_size=12, unique_by=lambda celsius: round(celsius)))
def test_a_table_drawn_from_a_curve_gives_the_curve_back(part: str, temperatures_c: list[float]) -> None:
    curve = fit(PARTS[part])
    again = fit([(celsius, curve.resistance_ohm(celsius)) for celsius in temperatures_c])
    for celsius in temperatures_c:
        assert again.temperature_c(curve.resistance_ohm(celsius)) == pytest.approx(celsius, abs=1e-4)


def test_a_table_too_coarse_for_the_cubic_term_still_gives_a_falling_curve() -> None:
    bent_the_wrong_way = [(20.0, 12090.0), (40.0, 5750.0), (60.0, 3020.0)]
    curve = fit(bent_the_wrong_way)
    assert curve.c == 0.0
    assert abs(worst_error_c(curve, bent_the_wrong_way)[1]) < 0.3


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(20, 12090), (25, 10000)], "at least three"),
        ([(20, 12090), (20, 12000), (40, 5827)], "stands twice"),
        ([(20, 10000), (25, 10000), (40, 5827)], "must fall"),
        ([(20, 10000), (30, 9999.9999999999), (40, 9999.9999999998)], "must fall"),
        ([(20, 1000), (25, 2000), (40, 3000)], "must fall"),
        ([(20, 10100), (25, 10000), (40, 9700), (50, 9500)], "no thermistor"),
    ],
)
def test_points_that_no_ntc_has_are_refused(points: list[tuple[float, float]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit(points)


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("temperature_c", "code"), [(5, 816), (42, 504), (45, 478), (70, 291)])
def test_the_reference_divider_gives_the_published_codes(temperature_c: float, code: int) -> None:
    assert int(thermistor().code_for(temperature_c)) == code


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (-1, "sensor_short"),
        (0, "sensor_short"),
        (20, "sensor_short"),
        (290, "sensor_short"),
        (817, "sensor_open"),
        (1003, "sensor_open"),
        (1023, "sensor_open"),
        (1024, "sensor_open"),
    ],
)
def test_outside_the_band_a_code_is_a_fault(code: int, fault: str) -> None:
    assert thermistor().read(code) == Reading(fault=fault)  # type: ignore[arg-type]


def test_the_ends_of_the_band_are_temperatures() -> None:
    cold, hot = thermistor().read(816), thermistor().read(291)
    assert cold.temperature_c == pytest.approx(5.0, abs=0.15)
    assert hot.temperature_c == pytest.approx(70.0, abs=0.15)


@pytest.mark.parametrize(("bits", "step_c"), [(10, 0.114), (12, 0.028)])
def test_the_resolution_at_42_degrees_is_the_published_one(bits: int, step_c: float) -> None:
    sensor = thermistor(bits=bits)
    assert 1 / (sensor.code_for(41.5) - sensor.code_for(42.5)) == pytest.approx(step_c, abs=0.001)


@given(PART, BITS, st.floats(5.2, 69.8))
def test_a_converters_truncation_never_reads_colder_than_it_is(part: str, bits: int, celsius: float) -> None:
    sensor = thermistor(part, bits)
    reading = sensor.read(int(sensor.code_for(celsius)))
    assert reading.temperature_c is not None
    one_code_c = 0.26 if bits == 10 else 0.07  # at 70 °C, where codes are farthest apart
    assert -1e-9 <= reading.temperature_c - celsius < one_code_c


@given(PART, BITS, st.integers(0, 4095))
def test_a_lower_code_is_never_colder(part: str, bits: int, code: int) -> None:
    sensor = thermistor(part, bits)
    code %= 1 << bits
    here, below = sensor.read(code), sensor.read(code - 1)
    if here.fault == "sensor_short":
        assert below.fault == "sensor_short"
    elif below.fault == "sensor_open":
        assert here.fault == "sensor_open"
    elif here.temperature_c is not None and below.temperature_c is not None:
        assert below.temperature_c > here.temperature_c


@given(PART, BITS, st.integers(0, 4095))
def test_every_code_is_one_reading(part: str, bits: int, code: int) -> None:
    reading = thermistor(part, bits).read(code % (1 << bits))
    assert (reading.fault is None) == (
        reading.temperature_c is not None and 4.9 < reading.temperature_c < 70.3
    )


@given(PART, BITS, ON_THE_PAD_C)
def test_a_code_and_its_temperature_are_each_others_inverse(part: str, bits: int, celsius: float) -> None:
    sensor = thermistor(part, bits)
    resistance_ohm = sensor.resistance_ohm(sensor.code_for(celsius))
    assert sensor.coefficients.temperature_c(resistance_ohm) == pytest.approx(celsius, abs=1e-9)


def test_a_reading_is_a_temperature_or_a_fault_never_both_nor_neither() -> None:
    with pytest.raises(ValueError, match="either"):
        Reading()
    with pytest.raises(ValueError, match="either"):
        Reading(40.0, "sensor_open")


def test_the_guards_settings_make_a_thermistor() -> None:
    curve = fit(PARTS["103AT-2"])
    settings = ThermistorSettings(channel=0, series_ohm=SERIES_OHM, a=curve.a, b=curve.b, c=curve.c)
    assert Thermistor.of(settings, bits=10) == thermistor()
