"""How much heat a pad may put out before it must have shown that it needs it: a leaky bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.allowance import BURST_J_M2, SUSTAINED_W_M2, WARM_J_M2, Allowance
from hardware.modulation import SigmaDelta


def test_the_numbers() -> None:
    assert (SUSTAINED_W_M2, BURST_J_M2) == (300.0, 36_000.0)
    assert Allowance() == Allowance(36_000.0)


@pytest.mark.parametrize(
    ("left_j_m2", "flux_w_m2", "share"),
    [
        (36_000.0, 1000.0, 1.0),
        (7000.0, 1000.0, 1.0),
        (3500.0, 1000.0, 0.65),
        (0.0, 1000.0, SUSTAINED_W_M2 / 1000.0),
        (-500.0, 1000.0, 0.25),
        (-4000.0, 1000.0, 0.0),
        (0.0, 2 * SUSTAINED_W_M2, 0.5),
        (0.0, SUSTAINED_W_M2 + 1.0, SUSTAINED_W_M2 / (SUSTAINED_W_M2 + 1.0)),
        (0.0, SUSTAINED_W_M2, 1.0),
        (0.0, 100.0, 1.0),
    ],
)
def test_a_pad_has_full_power_until_its_burst_is_nearly_used_and_then_ever_less(
    left_j_m2: float, flux_w_m2: float, share: float
) -> None:
    assert Allowance(left_j_m2).share(flux_w_m2) == pytest.approx(share)


def test_the_strongest_pad_warms_up_for_a_minute() -> None:
    allowance, passed_s = Allowance(), 0.0
    while allowance.share(1000.0) == 1.0:
        allowance, passed_s = allowance.use(1000.0, 0.1), passed_s + 0.1

    # Less the ten seconds over which the last of it is given out.
    assert passed_s == pytest.approx(BURST_J_M2 / (1000.0 - SUSTAINED_W_M2) - 10.0, abs=0.2)


@pytest.mark.parametrize(
    ("left_j_m2", "above_w_m2", "passed_s", "then_j_m2"),
    [
        (20_000.0, 650.0, 10.0, 13_500.0),
        (20_000.0, 0.0, 10.0, 20_000.0),
        (20_000.0, -200.0, 10.0, 22_000.0),
        (35_000.0, -200.0, 10.0, 36_000.0),
        (1000.0, 650.0, 10.0, -5500.0),
        (-500.0, -200.0, 1.0, -300.0),
        (0.0, -200.0, 2.0, 400.0),
    ],
)
def test_heat_empties_it_and_time_fills_it(
    left_j_m2: float, above_w_m2: float, passed_s: float, then_j_m2: float
) -> None:
    """What counts is how far the heat is above what is sustained."""
    assert Allowance(left_j_m2).use(SUSTAINED_W_M2 + above_w_m2, passed_s).left_j_m2 == pytest.approx(
        then_j_m2
    )


def test_a_full_one_stays_the_same_object() -> None:
    full = Allowance()

    assert full.use(0.0, 0.1) is full
    assert full.use(SUSTAINED_W_M2, 0.1) is full


@given(st.lists(st.tuples(st.floats(0.0, 1000.0), st.floats(0.0, 10.0)), max_size=60))
def test_it_is_never_above_the_burst_and_never_forgets_what_was_overdrawn(
    used: list[tuple[float, float]],
) -> None:
    allowance = Allowance()
    for heat_w_m2, passed_s in used:
        before = allowance
        allowance = allowance.use(heat_w_m2, passed_s)
        assert allowance.left_j_m2 <= BURST_J_M2
        assert allowance.left_j_m2 <= before.left_j_m2 + (SUSTAINED_W_M2 - heat_w_m2) * passed_s + 1e-6


@given(
    st.floats(351.0, 1000.0),
    st.lists(st.floats(0.0, 1.0) | st.sampled_from((0.0, 0.29, 1.0)), min_size=1, max_size=600),
)
def test_whatever_is_asked_the_heat_stays_within_burst_and_sustained(
    flux_w_m2: float, asked: list[float]
) -> None:
    """Through the modulator, as the pin has it: a demand that alternates gets no more out of it."""
    allowance, modulator, given_j_m2 = Allowance(), SigmaDelta(), 0.0
    for duty in asked:
        modulator, on = modulator.step(min(duty, allowance.share(flux_w_m2)))
        heat_w_m2 = flux_w_m2 if on else 0.0
        allowance, given_j_m2 = allowance.use(heat_w_m2, 1.0), given_j_m2 + heat_w_m2
    # One second may go over it.
    assert given_j_m2 <= BURST_J_M2 + SUSTAINED_W_M2 * len(asked) + flux_w_m2


def test_a_demand_that_alternates_gets_no_more_than_what_is_sustained() -> None:
    allowance, modulator, on_s = Allowance(0.0), SigmaDelta(), 0.0
    for cycle in range(6000):
        duty = 1.0 if cycle % 2 else 0.2999
        modulator, on = modulator.step(min(duty, allowance.share(1000.0)))
        allowance, on_s = allowance.use(1000.0 if on else 0.0, 0.1), on_s + 0.1 * on

    assert on_s * 1000.0 / 600.0 <= SUSTAINED_W_M2 + 1.0


@pytest.mark.parametrize(
    ("left_j_m2", "then_j_m2"), [(36_000.0, 7000.0), (7001.0, 7000.0), (6999.0, 6999.0), (-5.0, -5.0)]
)
def test_a_pad_that_is_warm_keeps_a_little_of_its_burst(left_j_m2: float, then_j_m2: float) -> None:
    assert WARM_J_M2 == 7000.0
    assert Allowance(left_j_m2).warm().left_j_m2 == then_j_m2
