"""A pad that leaves its target upwards, with heat or without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.runaway import ASTRAY_C, RISE_C, Runaway
from hardware.response.seconds import Seconds
from tests.support.pad_seconds import follow, rising, second, seconds

TARGET_C = 40.0
FOUND = Runaway(rising=True, rose_c=41.5)


def step(runaway: Runaway, known: Seconds) -> Runaway:
    """One more second in a session, long without heat."""
    return runaway.step(known, TARGET_C, 100)


def after(runaway: Runaway, *temperatures_c: float) -> list[Runaway]:
    """The seconds that follow, with everything off and no session."""
    return follow(runaway, seconds(*temperatures_c), lambda one, known: one.step(known, None, 100))


def test_nothing_is_known_at_first() -> None:
    assert Runaway() == Runaway(False, None, 0, False, 0, False)


# --- rising without heat ----------------------------------------------------------------------------


@pytest.mark.parametrize(("now_c", "rises"), [(41.0, False), (41.19, False), (41.2, True), (43.0, True)])
def test_a_pad_that_rises_without_heat_above_its_target_is_found(now_c: float, rises: bool) -> None:
    assert RISE_C == 1.2
    found = step(Runaway(), seconds(now_c - 0.3, now_c - 0.3, now_c, now_c))

    assert found.rising is rises
    assert found.rose_c == (pytest.approx(now_c) if rises else None)
    assert found.rose_ago_s == 0


@pytest.mark.parametrize(("moved_c", "rises"), [(-0.5, False), (0.0, False), (0.09, False), (0.11, True)])
def test_a_pad_that_stays_hot_or_cools_does_not_run_away(moved_c: float, rises: bool) -> None:
    known = seconds(38.0, 41.8, 42.2, 42.0 + moved_c, 42.0 + moved_c)

    assert step(Runaway(), known).rising is rises


@pytest.mark.parametrize(("off_s", "rises"), [(0, False), (7, False), (8, True), (9, True)])
def test_heat_soaks_through_for_eight_seconds(off_s: int, rises: bool) -> None:
    assert Runaway().step(seconds(41.0, 41.5, 42.0, 42.5), TARGET_C, off_s).rising is rises


@pytest.mark.parametrize(("count", "rises"), [(3, False), (4, True)])
def test_four_seconds_show_it(count: int, rises: bool) -> None:
    assert step(Runaway(), seconds(*rising(0.5, 4, 41.0)[-count:])).rising is rises


def test_without_a_session_there_is_no_target_to_leave() -> None:
    known = seconds(*rising(0.5, 30, 38.0))

    assert Runaway(astray_s=2).step(known, None, 100) == Runaway()


@given(st.lists(st.floats(20.0, TARGET_C + 1.15), min_size=4, max_size=30))
def test_below_its_target_and_a_little_above_nothing_is_a_runaway(temperatures_c: list[float]) -> None:
    assert step(Runaway(), seconds(*temperatures_c)) == Runaway()


# --- heat far above the target ------------------------------------------------------------------------


@pytest.mark.parametrize(("now_c", "astray"), [(41.9, False), (42.0, True), (45.0, True)])
def test_three_seconds_of_heat_two_degrees_above_the_target_are_too_much(now_c: float, astray: bool) -> None:
    assert ASTRAY_C == 2.0
    told = [second(now_c, 5.0)] * 3
    found = follow(Runaway(), told, lambda one, known: one.step(known, TARGET_C, 0))

    assert [one.astray for one in found] == [False, False, astray]
    assert [one.astray_s for one in found] == ([1, 2, 3] if astray else [0, 0, 0])


def test_a_second_without_heat_starts_the_three_again() -> None:
    told = [second(43.0, heat) for heat in (100.0, 100.0, 0.0, 100.0, 100.0)]
    found = follow(Runaway(), told, lambda one, known: one.step(known, TARGET_C, 0))

    assert not any(one.astray for one in found)


# --- what the series switch stopped -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then_c", "stopped"), [((42.0, 42.0, 41.71, 41.71), False), ((42.0, 42.0, 41.7, 41.7), True)]
)
def test_a_rise_that_turns_into_a_fall_was_stopped(then_c: tuple[float, ...], stopped: bool) -> None:
    found = after(FOUND, *then_c)

    assert found[-1].stopped is stopped
    assert found[-1].rose_c == pytest.approx(42.0)
    assert not found[-1].rising


def test_a_fall_from_where_it_was_found_counts_as_well() -> None:
    assert after(FOUND, 41.1)[-1].stopped
    assert not after(FOUND, 41.3)[-1].stopped


def test_what_was_stopped_stays_stopped_and_is_forgotten_after_a_minute() -> None:
    found = after(FOUND, 42.0, 41.0, 41.0, *[42.5] * 59)

    assert [one.rose_ago_s for one in found[:60]] == list(range(1, 61))
    assert all(one.stopped for one in found[2:60])
    assert found[60] == Runaway()


def test_a_fall_after_a_minute_is_only_a_pad_that_cools() -> None:
    found = after(FOUND, *[42.0] * 61, 41.0, 40.0)

    assert not any(one.stopped for one in found)


def test_what_was_found_is_told_once() -> None:
    astray = Runaway(rising=True, rose_c=42.5, astray_s=3, astray=True)
    found = astray.step(seconds(42.0, 43.0, 44.0, 45.0), TARGET_C, 100)

    assert not found.rising
    assert not found.astray
    assert found.rose_c == pytest.approx(44.5)
