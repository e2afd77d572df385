"""At full heat a pad warms up, or at least does not cool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.full_heat import FALL_C, WEAK_C, FullHeat
from hardware.response.seconds import Second, Seconds
from tests.support.pad_seconds import follow, rising, second


def step(full_heat: FullHeat, known: Seconds) -> FullHeat:
    return full_heat.step(known, False, False, None)


def full(*temperatures_c: float, heat_w_m2: float = 500.0, allowed: float = 1.0) -> list[Second]:
    return [second(t, heat_w_m2, full=True, allowed=allowed) for t in temperatures_c]


def warmed(seconds_of_heat: int, temperature_c: float = 38.0, allowed: float = 1.0) -> list[Second]:
    """Return full heat for so long: the first second only shows where it begins."""
    return full(*[temperature_c] * (seconds_of_heat + 1), allowed=allowed)


def test_nothing_is_known_at_first() -> None:
    assert FullHeat() == FullHeat(0, 0.0, 0.0, False, False)


def test_a_stretch_is_counted_from_its_second_second_and_ends_with_less_heat() -> None:
    told = [*warmed(3), second(38.0, 250.0), *full(38.0)]

    assert [one.full_s for one in follow(FullHeat(), told, step)] == [0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(("before", "after"), [(1.0, 0.5), (0.5, 1.0), (1.0, 0.95), (0.95, 1.0)])
def test_a_change_of_what_is_allowed_begins_a_new_stretch(before: float, after: float) -> None:
    told = [*full(*[38.0] * 4, allowed=before), *full(*[38.0] * 3, allowed=after)]

    assert [one.full_s for one in follow(FullHeat(), told, step)] == [0, 1, 2, 3, 0, 1, 2]


def test_a_little_more_or_less_of_a_limit_is_the_same_stretch() -> None:
    told = [*full(38.0, 38.0, allowed=0.5), *full(38.0, 38.0, allowed=0.6)]

    assert follow(FullHeat(), told, step)[-1].full_s == 3


# --- falling --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fallen_c", "falling"), [(0.0, False), (0.59, False), (0.61, True), (5.0, True)])
def test_a_reading_that_falls_under_full_heat_is_found(fallen_c: float, falling: bool) -> None:
    assert FALL_C == 0.6
    told = [*warmed(12), *full(38.0 - fallen_c, 38.0 - fallen_c)]

    assert follow(FullHeat(), told, step)[-1].falling is falling


@pytest.mark.parametrize(("judged_from_s", "allowed"), [(10, 1.0), (60, 0.5), (60, 0.95)])
def test_a_fall_counts_only_after_a_while_at_full_heat(judged_from_s: int, allowed: float) -> None:
    """A pad that has just been limited cools towards what it can hold, and that takes longer."""
    told = full(*rising(-0.21, judged_from_s + 5, 39.0), allowed=allowed)
    found = follow(FullHeat(), told, step)

    # The top is that of the last second before it counts: 0.63 °C lower is three seconds later.
    assert [one.falling for one in found] == [False] * (judged_from_s + 2) + [True] * 3


def test_a_pad_whose_heat_has_just_been_limited_may_cool() -> None:
    told = [*warmed(15, 39.0), *full(*rising(-0.05, 59, 39.0), allowed=0.5)]

    assert not any(one.falling for one in follow(FullHeat(), told, step))


def test_what_was_warmer_before_the_stretch_is_not_the_top() -> None:
    told = [*[second(42.0, 100.0)] * 5, *full(*rising(-0.5, 6, 41.0)), *warmed(20, 38.0)]

    assert not follow(FullHeat(), told, step)[-1].falling


def test_the_top_is_the_highest_of_the_stretch() -> None:
    told = [*warmed(12), *full(*rising(0.05, 20, 38.0)), *full(*rising(-0.04, 20, 39.0))]
    found = follow(FullHeat(), told, step)

    assert max(one.top_c for one in found) == pytest.approx(38.98, abs=0.01)
    assert found[-1].falling


def test_a_fall_is_not_forgotten() -> None:
    assert step(FullHeat(falling=True), tuple(warmed(1))).falling


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), st.sampled_from((0.4, 1.0)))
def test_a_pad_that_only_warms_never_falls(rises_c: list[float], allowed: float) -> None:
    temperatures_c = [30.0]
    for rise_c in rises_c:
        temperatures_c.append(temperatures_c[-1] + rise_c)

    found = follow(FullHeat(), full(*temperatures_c, allowed=allowed), step)

    assert not any(one.falling for one in found)


def test_a_question_neither_counts_nor_ends_the_stretch() -> None:
    asked = follow(
        FullHeat(full_s=30, top_c=38.0, minute_c=37.0),
        [second(t, 0.0) for t in rising(-0.1, 20, 38.0)],
        lambda one, known: one.step(known, False, True, None),
    )

    assert {one.full_s for one in asked} == {30}
    assert not any(one.falling for one in asked)
    assert {one.minute_c for one in asked} == {37.0}


@pytest.mark.parametrize(("answered_ago_s", "falling"), [(None, True), (0, False), (39, False), (40, True)])
def test_a_pad_that_has_just_answered_may_be_cooler(answered_ago_s: int | None, falling: bool) -> None:
    known = tuple(full(37.3, 37.3))
    found = FullHeat(full_s=30, top_c=38.0).step(known, False, False, answered_ago_s)

    assert found.falling is falling
    assert found.top_c == (38.0 if falling else 37.3)


# --- too weak -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rise_c", "weak"), [(0.0, True), (0.29, True), (0.31, False), (5.0, False)])
def test_a_minute_of_full_heat_that_hardly_warms_the_pad_is_told(rise_c: float, weak: bool) -> None:
    assert WEAK_C == 0.3
    found = follow(FullHeat(), full(*rising(rise_c / 60, 61, 36.0)), step)

    assert not any(one.weak for one in found[:60])
    # The means of two seconds begin half a second late.
    assert found[60].weak is weak
    assert found[60].minute_c == pytest.approx(36.0 + rise_c, abs=0.05)


def test_every_minute_is_judged_anew_and_the_end_of_full_heat_ends_it() -> None:
    told = [*full(*[36.0] * 61), *full(*rising(0.05, 60, 36.0)), *full(*[39.0] * 60), second(39.0, 200.0)]
    found = follow(FullHeat(), told, step)
    weak = [one.weak for one in found]

    assert weak == [False] * 60 + [True] * 60 + [False] * 60 + [True, False]


@pytest.mark.parametrize(
    ("heat_w_m2", "reached", "weak"),
    [(149.9, False, False), (150.0, False, True), (500.0, True, False)],
)
def test_a_weak_pad_and_one_at_its_target_are_not_told_of(
    heat_w_m2: float, reached: bool, weak: bool
) -> None:
    found = follow(
        FullHeat(),
        full(*[36.0] * 61, heat_w_m2=heat_w_m2),
        lambda one, known: one.step(known, reached, False, None),
    )

    assert found[-1].weak is weak


@pytest.mark.parametrize(("before_w_m2", "now_w_m2", "weak"), [(500.0, 149.0, False), (100.0, 151.0, True)])
def test_the_heat_of_the_last_second_of_the_minute_counts(
    before_w_m2: float, now_w_m2: float, weak: bool
) -> None:
    told = [*full(*[36.0] * 60, heat_w_m2=before_w_m2), *full(36.0, heat_w_m2=now_w_m2)]

    assert follow(FullHeat(), told, step)[-1].weak is weak


def test_a_pad_without_full_heat_is_never_weak() -> None:
    found = follow(FullHeat(), [second(36.0, 400.0)] * 130, step)

    assert not any(one.weak for one in found)
    assert {one.minute_c for one in found} == {36.0}
