"""One heat phase: its clock, its last word, and what the phone is told of it."""

from dataclasses import replace

import pytest

from hardware.heat_phase import Demand, HeatPhase

OPENED = HeatPhase("s1", "phone", 40.0, 480.0, opened_s=100.0, opened_wall_s=5000.0)
HEATING = replace(OPENED, armed=True, energised_s=110.0, energised_wall_s=5010.0)


@pytest.mark.parametrize(
    ("age_s", "lifetime_s", "live"),
    [
        (0.0, 1.0, True),
        (1.0, 1.0, True),
        (1.01, 1.0, False),
        (0.3, 0.3, True),
        (0.31, 0.3, False),
        (0.0, 0.0, True),
        (-0.01, 1.0, False),
        (float("nan"), 1.0, False),
    ],
)
def test_a_demand_lives_for_its_lifetime_and_not_before_it_was_given(
    age_s: float, lifetime_s: float, live: bool
) -> None:
    demand = Demand(1.0, given_s=64.0, lifetime_s=lifetime_s)

    assert demand.live(64.0 + age_s) is live


def test_a_session_opens_unarmed_cold_and_unheard() -> None:
    assert not OPENED.armed
    assert not OPENED.reached
    assert (OPENED.energised_s, OPENED.demand, OPENED.peak_c) == (None, None, None)
    assert OPENED.energy_j == 0.0


def test_its_clock_runs_from_the_first_heat() -> None:
    assert OPENED.elapsed_s(900.0) == 0.0
    assert HEATING.elapsed_s(110.0) == 0.0
    assert HEATING.elapsed_s(115.5) == 5.5


def test_silence_counts_from_the_last_word_but_not_from_before_the_arming() -> None:
    assert OPENED.spoke_s == 100.0
    assert replace(OPENED, demand=Demand(1.0, 99.0, 1.0)).spoke_s == 100.0
    assert replace(OPENED, demand=Demand(1.0, 103.0, 1.0)).spoke_s == 103.0


@pytest.mark.parametrize(
    ("duration_s", "now_s", "remaining_s"),
    [
        (480.0, 110.0, 480.0),
        (480.0, 120.0, 470.0),
        (None, 120.0, 590.0),
        (900.0, 120.0, 590.0),
        (480.0, 591.0, 0.0),
    ],
)
def test_what_remains_is_the_shorter_of_the_wish_and_the_limit(
    duration_s: float | None, now_s: float, remaining_s: float
) -> None:
    status = replace(HEATING, duration_s=duration_s).status(now_s, longest_s=600.0)

    assert status.remaining_s == remaining_s
    assert status.elapsed_s == now_s - 110.0
    assert status.duration_s == duration_s


def test_it_started_with_its_first_heat_and_before_that_when_it_was_asked_for() -> None:
    assert OPENED.status(105.0, 600.0).started_wall_s == 5000.0
    assert HEATING.status(115.0, 600.0).started_wall_s == 5010.0


@pytest.mark.parametrize("reached", [False, True])
def test_the_phone_is_told_whose_session_it_is_and_whether_it_is_warm(reached: bool) -> None:
    status = replace(HEATING, reached=reached).status(120.0, 600.0)

    assert (status.session_id, status.origin, status.target_c, status.reached) == (
        "s1",
        "phone",
        40.0,
        reached,
    )
