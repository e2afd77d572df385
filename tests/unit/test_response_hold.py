"""A held pad gets a little more heat than the least that held it, and may not ask for more for long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.hold import CLIMB_S, CLIMB_W_M2, Hold
from hardware.response.seconds import KEPT, Second, Seconds, mean_w_m2
from tests.support.pad_seconds import follow, second

TARGET_C = 40.0
SETTLED = Hold(settled_s=100, least_w_m2=200.0)
#: All that a pad may have that was held by 200 W/m².
MOST_W_M2 = 200.0 + CLIMB_W_M2


def step(hold: Hold, known: Seconds) -> Hold:
    return hold.step(known, TARGET_C, True, False)


def told(count: int, heat_w_m2: float, temperature_c: float = TARGET_C) -> list[Second]:
    return [second(temperature_c, heat_w_m2)] * count


def test_the_numbers() -> None:
    assert (CLIMB_W_M2, CLIMB_S, KEPT) == (100.0, 30, 30)


def test_nothing_is_known_before_the_target_was_reached() -> None:
    known = tuple(told(30, 500.0))

    assert Hold() == Hold(0, None, 0, False, False)
    assert Hold().step(known, TARGET_C, False, False) == Hold()
    assert SETTLED.step(known, TARGET_C, False, False) is SETTLED


# --- the heat that holds --------------------------------------------------------------------------


def test_the_heat_of_a_hold_counts_from_thirty_seconds_after_the_target_was_reached() -> None:
    found = follow(Hold(), told(40, 200.0), step, before=tuple(told(30, 500.0)))

    assert [one.settled_s for one in found] == list(range(1, 41))
    assert [one.least_w_m2 for one in found[:30]] == [None] * 30
    assert found[30].least_w_m2 == pytest.approx(200.0)


def test_a_mean_of_thirty_seconds_needs_thirty_seconds() -> None:
    hold = Hold(settled_s=30)

    assert step(hold, tuple(told(29, 200.0))).least_w_m2 is None
    assert step(hold, tuple(told(30, 200.0))).least_w_m2 == pytest.approx(200.0)


@pytest.mark.parametrize(("heat_w_m2", "least_w_m2"), [(150.0, 150.0), (250.0, 200.0)])
def test_the_least_counts(heat_w_m2: float, least_w_m2: float) -> None:
    assert step(SETTLED, tuple(told(30, heat_w_m2))).least_w_m2 == pytest.approx(least_w_m2)


@pytest.mark.parametrize("off_by_c", [-0.71, 0.71, 3.0])
def test_a_pad_that_is_not_at_its_target_says_nothing_about_what_holds_it(off_by_c: float) -> None:
    """Inhibited, or warmed by something else: later it must have its heat again."""
    known = (*told(29, 50.0), second(TARGET_C + off_by_c, 50.0))

    assert step(SETTLED, known).least_w_m2 == 200.0


@pytest.mark.parametrize("off_by_c", [-0.69, 0.69])
def test_a_pad_near_its_target_is_held(off_by_c: float) -> None:
    known = (*told(29, 50.0), second(TARGET_C + off_by_c, 50.0))

    assert step(SETTLED, known).least_w_m2 == pytest.approx(50.0)


@pytest.mark.parametrize("least_w_m2", [None, 200.0])
def test_heat_that_was_withheld_for_a_question_is_not_what_holds_a_pad(least_w_m2: float | None) -> None:
    withheld = tuple(told(30, 0.0))
    asked = Hold(settled_s=100, least_w_m2=least_w_m2).step(withheld, TARGET_C, True, True)
    after = follow(asked, told(30, 230.0), step, before=withheld)

    assert asked.settled_s == 0
    assert {one.least_w_m2 for one in (asked, *after)} == {least_w_m2}


@given(st.lists(st.floats(0.0, 1000.0), min_size=61, max_size=120))
def test_the_least_is_that_of_every_settled_mean(heats: list[float]) -> None:
    every = [second(TARGET_C, heat) for heat in heats]
    means = [mean_w_m2(tuple(every[n - 30 : n])) for n in range(31, len(every) + 1)]

    assert follow(Hold(), every, step)[-1].least_w_m2 == pytest.approx(min(means))


# --- the limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least_w_m2", "flux_w_m2", "share"),
    [
        (None, 1000.0, 1.0),
        (200.0, 1000.0, MOST_W_M2 / 1000.0),
        (0.0, 1000.0, CLIMB_W_M2 / 1000.0),
        (200.0, MOST_W_M2 + 1.0, MOST_W_M2 / (MOST_W_M2 + 1.0)),
        (200.0, MOST_W_M2, 1.0),
        (200.0, 250.0, 1.0),
    ],
)
def test_a_held_pad_gets_so_much_more_than_the_least_that_held_it(
    least_w_m2: float | None, flux_w_m2: float, share: float
) -> None:
    assert Hold(least_w_m2=least_w_m2).share(flux_w_m2) == pytest.approx(share)


@given(st.floats(0.0, 1000.0), st.floats(1.0, 1000.0))
def test_the_limit_is_a_duty_and_never_below_what_held_the_pad(least_w_m2: float, flux_w_m2: float) -> None:
    share = Hold(least_w_m2=least_w_m2).share(flux_w_m2)

    assert 0.0 < share <= 1.0
    assert share * flux_w_m2 >= min(least_w_m2, flux_w_m2) - 1e-9


# --- asking for more and more -----------------------------------------------------------------------


@pytest.mark.parametrize(("off_limit_w_m2", "climbs"), [(-10.1, False), (-10.0, True), (0.0, True)])
def test_all_that_is_allowed_for_thirty_seconds_is_too_much(off_limit_w_m2: float, climbs: bool) -> None:
    """The modulator gives the limit on average: a second of it may have 10 W/m² less."""
    found = follow(SETTLED, told(30, MOST_W_M2 + off_limit_w_m2), step, before=tuple(told(30, 200.0)))

    assert [one.climbing for one in found] == [False] * 29 + [climbs]
    assert not any(one.cold for one in found)


def test_a_second_with_less_starts_the_thirty_again() -> None:
    lifted = [*told(29, MOST_W_M2), *told(1, 250.0), *told(29, MOST_W_M2)]
    found = follow(SETTLED, lifted, step, before=tuple(told(30, 200.0)))

    assert found[28].climbed_s == 29
    assert found[29].climbed_s == 0
    assert not found[-1].climbing


def test_a_pad_that_was_questioned_may_make_up_for_it_for_twenty_seconds() -> None:
    asked = Hold(settled_s=0, least_w_m2=200.0)
    found = follow(asked, told(50, MOST_W_M2), step, before=tuple(told(30, 200.0)))

    assert [one.climbed_s for one in found] == [0] * 20 + list(range(1, 31))
    assert [one.climbing for one in found] == [False] * 49 + [True]


def test_climbing_is_not_forgotten() -> None:
    climbing = Hold(settled_s=100, least_w_m2=200.0, climbed_s=30, climbing=True)

    assert step(climbing, tuple(told(30, 205.0))).climbing


@pytest.mark.parametrize(("temperature_c", "cold"), [(40.0, False), (39.51, False), (39.49, True)])
def test_a_reading_half_a_degree_below_the_target_means_that_the_heat_does_not_arrive(
    temperature_c: float, cold: bool
) -> None:
    found = follow(SETTLED, told(30, MOST_W_M2, temperature_c), step, before=tuple(told(30, 200.0)))

    assert found[-1].climbing
    assert found[-1].cold is cold
    assert not found[-2].cold
    assert step(found[-1], tuple(told(30, MOST_W_M2))).cold is cold  # what was found stays found


def test_a_pad_that_is_cold_without_climbing_is_not_judged() -> None:
    assert not step(SETTLED, tuple(told(30, 205.0, 35.0))).cold
