"""A duty becomes on and off, honestly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.modulation import SigmaDelta


def play(duties: list[float]) -> list[bool]:
    modulator, on = SigmaDelta(), []
    for duty in duties:
        modulator, heater = modulator.step(duty)
        on.append(heater)
    return on


def test_full_duty_is_always_on_and_none_is_always_off() -> None:
    assert all(play([1.0] * 50))
    assert not any(play([0.0] * 50))


def test_nearly_full_still_owes_its_first_cycle() -> None:
    assert play([0.99995] * 2) == [False, True]


def test_ten_tenths_are_paid_to_the_last_bit() -> None:
    modulator = SigmaDelta()
    for _ in range(10):
        modulator, _ = modulator.step(0.1)

    assert modulator.debt == 0.0


def test_half_duty_is_every_other_cycle() -> None:
    assert play([0.5] * 6) == [False, True] * 3


@pytest.mark.parametrize("duty", [math.nan, -math.inf, -1.0, -0.0])
def test_what_is_no_positive_number_does_not_heat_and_leaves_no_debt(duty: float) -> None:
    modulator, on = SigmaDelta(0.9).step(duty)

    assert not on
    assert modulator == SigmaDelta()


def test_more_than_full_is_full_and_owes_nothing() -> None:
    modulator, on = SigmaDelta(0.5).step(math.inf)

    assert on
    assert modulator.debt <= 1.0


@pytest.mark.parametrize("tenths", range(1, 10))
def test_tenths_come_out_exact_in_every_ten_cycles(tenths: int) -> None:
    on = play([tenths / 10] * 1000)

    assert [sum(on[n : n + 10]) for n in range(0, 1000, 10)] == [tenths] * 100


@given(st.lists(st.floats(0.001, 1.0), max_size=300))
def test_the_heat_given_never_leads_the_heat_asked_for_nor_lags_by_more_than_a_cycle(
    duties: list[float],
) -> None:
    given_cycles = sum(play(duties))

    assert given_cycles - 1e-6 <= sum(duties) < given_cycles + 1.0 + 1e-6


@given(st.lists(st.floats(allow_nan=True), max_size=100))
def test_the_debt_is_always_a_part_of_a_cycle(duties: list[float]) -> None:
    modulator = SigmaDelta()
    for duty in duties:
        modulator, _ = modulator.step(duty)
        assert 0.0 <= modulator.debt <= 1.0
