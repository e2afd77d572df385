"""CEM43 against worked figures, and the ways in which it must grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dose import cem43, cem43_per_minute

SKIN_C = st.floats(5.0, 70.0)


@pytest.mark.parametrize(
    ("temperature_c", "dose_cem43"),
    [(40, 0.15625), (41, 0.625), (42, 2.5), (43, 10), (44, 20), (45, 40), (48, 320)],
)
def test_ten_minutes(temperature_c: float, dose_cem43: float) -> None:
    assert cem43(temperature_c, 600.0) == pytest.approx(dose_cem43, rel=1e-12)


def test_there_is_no_step_at_43_degrees() -> None:
    assert cem43_per_minute(42.999999) == pytest.approx(cem43_per_minute(43.0), rel=1e-5)


@given(SKIN_C, SKIN_C)
def test_hotter_is_never_less(one_c: float, other_c: float) -> None:
    assert cem43_per_minute(max(one_c, other_c)) >= cem43_per_minute(min(one_c, other_c)) > 0


@given(SKIN_C, st.floats(0, 600), st.floats(0, 600))
def test_times_add_up(temperature_c: float, first_s: float, second_s: float) -> None:
    parts = cem43(temperature_c, first_s) + cem43(temperature_c, second_s)
    assert cem43(temperature_c, first_s + second_s) == pytest.approx(parts)


def test_a_cycle_at_the_cutoff_costs_what_the_formula_says() -> None:
    assert cem43(44.5, 0.1) == pytest.approx(2**1.5 / 600)
