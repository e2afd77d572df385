"""A warm pad without heat cools: in a session, after it, and while idle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.cooling import COOL_S, COOLED_C, SOAKED_C, WARMED_C, Cooling
from hardware.response.seconds import Second, Seconds
from tests.support.pad_seconds import follow, rising, second, seconds


def step(cooling: Cooling, known: Seconds) -> Cooling:
    return cooling.step(known, None, False)


def idle(*temperatures_c: float) -> list[Cooling]:
    """A pad that never had heat."""
    return follow(Cooling(), seconds(*temperatures_c), step)


def heated(*temperatures_c: float, target_c: float | None = None) -> list[Cooling]:
    """A pad that had heat until now, at the first of these temperatures."""
    before: list[Second] = [second(temperatures_c[0], 500.0)]
    told = [*before, *seconds(*temperatures_c)]
    return follow(Cooling(), told, lambda one, known: one.step(known, target_c, False))[1:]


def to(last_c: float, first_c: float = 40.0) -> list[float]:
    """Return half a minute without heat, the last two seconds of it at ``last_c``."""
    return [first_c] * (COOL_S - 2) + [last_c] * 2


def minute(last_c: float, middle_c: float, first_c: float | None = None) -> list[float]:
    """Return a minute without heat that ends its halves at these temperatures."""
    return [*to(middle_c, middle_c if first_c is None else first_c), *to(last_c, middle_c)]


def test_nothing_is_known_at_first() -> None:
    assert Cooling() == Cooling(0, False, 0.0, False)
    assert (COOL_S, SOAKED_C, COOLED_C, WARMED_C) == (30, 2.5, 0.1, 0.3)


def test_the_time_without_heat_is_counted_and_heat_ends_it() -> None:
    told = [second(40.0, heat) for heat in (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)]
    found = follow(Cooling(), told, step)

    assert [one.off_s for one in found] == [1, 2, 3, 0, 1, 2]
    assert [one.heated for one in found] == [False] * 3 + [True] * 3


# --- after the heat -------------------------------------------------------------------------------


@pytest.mark.parametrize(("rise_c", "stuck"), [(-5.0, False), (0.0, False), (2.49, False), (2.51, True)])
def test_in_its_first_half_minute_without_heat_a_pad_may_still_warm_a_little(
    rise_c: float, stuck: bool
) -> None:
    """The heater's heat comes through, and the sensor is late."""
    assert [one.stuck for one in heated(*to(40.0 + rise_c))] == [False] * 29 + [stuck]
    assert [one.stuck for one in idle(*to(40.0 + rise_c))] == [False] * 29 + [stuck]


@pytest.mark.parametrize(
    ("fallen_c", "stuck"), [(-1.0, True), (0.0, True), (0.09, True), (0.11, False), (5.0, False)]
)
def test_a_warm_pad_that_has_not_cooled_in_the_next_half_minute_is_stuck(
    fallen_c: float, stuck: bool
) -> None:
    found = heated(*minute(45.0 - fallen_c, 45.0))

    assert [one.stuck for one in found] == [False] * 59 + [stuck]


@pytest.mark.parametrize(("now_c", "stuck"), [(37.99, False), (38.0, True)])
def test_a_pad_that_is_not_warm_need_not_cool(now_c: float, stuck: bool) -> None:
    assert heated(*minute(now_c, now_c))[-1].stuck is stuck


@pytest.mark.parametrize(
    ("target_c", "now_c", "stuck"), [(None, 37.5, False), (36.0, 37.19, False), (36.0, 37.2, True)]
)
def test_in_a_session_a_pad_above_its_target_is_warm(
    target_c: float | None, now_c: float, stuck: bool
) -> None:
    assert heated(*minute(now_c, now_c), target_c=target_c)[-1].stuck is stuck


def test_a_pad_is_judged_from_where_it_was_half_a_minute_ago() -> None:
    soaked = heated(*minute(40.9, 41.0, first_c=40.0))
    back = heated(*minute(40.0, 41.0, first_c=40.0))

    assert soaked[0].before_c == back[0].before_c == 40.0
    assert soaked[29].before_c == pytest.approx(41.0)
    assert not soaked[-1].stuck
    assert not back[-1].stuck


# --- later, and while idle --------------------------------------------------------------------------


@pytest.mark.parametrize(("warmed_c", "stuck"), [(-1.0, False), (0.0, False), (0.29, False), (0.31, True)])
def test_later_it_may_stay_warm_but_not_warm_up(warmed_c: float, stuck: bool) -> None:
    found = heated(*minute(40.0, 41.0), *to(40.0 + warmed_c))

    assert [one.stuck for one in found] == [False] * 89 + [stuck]


@pytest.mark.parametrize(("warmed_c", "stuck"), [(0.0, False), (0.29, False), (0.31, True)])
def test_an_idle_pad_may_be_warm_but_not_warm_up(warmed_c: float, stuck: bool) -> None:
    """Also the pad of a guard that has just been restarted: it does not know whether there was heat."""
    found = idle(*minute(40.0 + warmed_c, 40.0))

    assert [one.stuck for one in found] == [False] * 59 + [stuck]


def test_an_idle_pad_that_is_put_on_a_warm_body_is_not_stuck() -> None:
    assert not any(one.stuck for one in idle(*rising(0.1, 160, 22.0), *[37.8] * 100))


@given(st.floats(38.0, 45.0), st.floats(0.011, 0.5))
def test_a_pad_that_warms_up_by_itself_is_found_in_every_half_minute(
    from_c: float, rate_c_per_s: float
) -> None:
    found = idle(*rising(rate_c_per_s, 121, from_c))

    assert found[59].stuck
    assert found[89].stuck
    assert found[119].stuck


@given(st.floats(20.0, 50.0), st.floats(0.0, 0.5))
def test_a_pad_that_cools_is_never_stuck(from_c: float, rate_c_per_s: float) -> None:
    assert not any(one.stuck for one in idle(*rising(-rate_c_per_s, 121, from_c)))


def test_it_stays_stuck_until_the_next_half_minute_shows_otherwise() -> None:
    found = idle(*to(43.0), *to(42.0, 43.0), *to(43.0, 42.0))

    assert [one.stuck for one in found] == [False] * 29 + [True] * 30 + [False] * 30 + [True]


def test_heat_ends_the_reproach() -> None:
    stuck = idle(*to(43.0))[-1]

    assert not step(stuck, (second(41.0, 100.0),)).stuck


# --- questions --------------------------------------------------------------------------------------


def test_heat_that_is_withheld_for_a_question_is_no_time_without_heat() -> None:
    """The pad may stand still meanwhile: that is what the question is about."""
    asked = follow(
        Cooling(off_s=0, heated=True),
        seconds(*[40.0] * 30),
        lambda one, known: one.step(known, 40.0, True),
    )

    assert {one.off_s for one in asked} == {0}
    assert not any(one.stuck for one in asked)

    begun = follow(asked[-1], seconds(*[40.0] * 60), step)
    assert begun[0].off_s == 1
    assert [one.stuck for one in begun] == [False] * 59 + [True]
