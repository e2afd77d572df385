"""Ten cycles a second become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.seconds import Gathering, Second, latest_c, mean_c, mean_w_m2, slope_c_per_s
from tests.support.pad_seconds import rising, second, seconds

temperatures = st.floats(5.0, 70.0)
heats = st.floats(0.0, 1000.0)


def gathered(*cycles: tuple[float | None, float], passed_s: float = 0.1) -> Gathering:
    """Return what cycles of a temperature and a heat flux add up to."""
    gathering = Gathering()
    for temperature_c, heat_w_m2 in cycles:
        gathering = gathering.add(passed_s, temperature_c, heat_w_m2, True, 1.0)
    return gathering


def test_nothing_gathered_is_no_second() -> None:
    assert Gathering() == Gathering(0.0, 0.0, 0, 0.0, 0.0, True, 1.0)
    assert not Gathering().over
    assert Gathering().second() is None


@pytest.mark.parametrize(
    ("cycles", "passed_s", "over"),
    [(9, 0.1, False), (10, 0.1, True), (4, 0.2, False), (5, 0.2, True), (1, 0.95, False), (1, 1.0, True)],
)
def test_a_second_is_over_when_its_cycles_add_up_to_one(cycles: int, passed_s: float, over: bool) -> None:
    """Ten times 0.1 is a bit less than 1 for a computer."""
    assert gathered(*[(40.0, 0.0)] * cycles, passed_s=passed_s).over is over


def test_a_sample_without_time_is_no_second() -> None:
    """The clock stood still."""
    assert Gathering(ahead_s=1.0).add(0.0, 40.0, 0.0, True, 1.0).second() is None


@pytest.mark.parametrize("passed_s", [0.1, 0.15, 0.3, 0.35, 0.7, 0.99, 1.0])
def test_as_many_seconds_are_counted_as_pass_however_slow_the_cycles_are(passed_s: float) -> None:
    gathering, counted = Gathering(), 0
    for _ in range(1000):
        gathering = gathering.add(passed_s, 40.0, 0.0, True, 1.0)
        if gathering.over:
            gathering, counted = gathering.next(), counted + 1

    assert counted == pytest.approx(1000 * passed_s, abs=1.0)


def test_what_a_second_took_too_long_is_taken_from_the_next_and_no_more_than_one() -> None:
    assert gathered(*[(40.0, 0.0)] * 10).next() == Gathering()
    assert gathered((40.0, 0.0), passed_s=1.4).next().ahead_s == pytest.approx(0.4)
    assert gathered((40.0, 0.0), passed_s=9.0).next() == Gathering(ahead_s=1.0)


@given(st.lists(st.tuples(temperatures, heats), min_size=1, max_size=12))
def test_a_second_is_the_mean_of_its_cycles(cycles: list[tuple[float, float]]) -> None:
    whole = gathered(*cycles).second()

    assert whole is not None
    assert whole.temperature_c == pytest.approx(sum(cycle[0] for cycle in cycles) / len(cycles))
    assert whole.heat_w_m2 == pytest.approx(sum(cycle[1] for cycle in cycles) / len(cycles))


def test_heat_counts_for_as_long_as_it_went_in() -> None:
    gathering = Gathering().add(0.1, 40.0, 500.0, True, 1.0).add(0.4, 40.0, 0.0, True, 1.0)

    whole = gathering.second()
    assert whole is not None
    assert whole.heat_w_m2 == pytest.approx(100.0)


def test_cycles_without_a_valid_sample_have_heat_and_no_temperature() -> None:
    whole = gathered((40.0, 100.0), (None, 200.0), (41.0, 300.0)).second()
    assert whole is not None
    assert whole.temperature_c == 40.5
    assert whole.heat_w_m2 == pytest.approx(200.0)
    assert gathered((None, 100.0), (None, 100.0)).second() is None


def test_a_second_is_full_if_every_cycle_was_and_allowed_what_the_least_was() -> None:
    gathering = Gathering()
    for full, allowed in ((True, 0.9), (True, 0.4), (True, 0.7)):
        gathering = gathering.add(0.1, 40.0, 0.0, full, allowed)
    assert gathering.second() == Second(40.0, 0.0, True, 0.4)

    once_not = gathering.add(0.1, 40.0, 0.0, False, 1.0).add(0.1, 40.0, 0.0, True, 1.0)
    assert once_not.second() == Second(40.0, 0.0, False, 0.4)


@pytest.mark.parametrize(("heat_w_m2", "off"), [(0.0, True), (0.1, False), (500.0, False)])
def test_off_is_no_heat_at_all(heat_w_m2: float, off: bool) -> None:
    assert second(heat_w_m2=heat_w_m2).off is off


@given(st.lists(st.tuples(temperatures, heats), min_size=1, max_size=30))
def test_means_lie_between_the_least_and_the_most(told: list[tuple[float, float]]) -> None:
    some = tuple(second(*one) for one in told)

    assert mean_c(some) == pytest.approx(sum(one[0] for one in told) / len(told))
    assert mean_w_m2(some) == pytest.approx(sum(one[1] for one in told) / len(told))
    assert min(one[0] for one in told) - 1e-9 <= latest_c(some) <= max(one[0] for one in told) + 1e-9


def test_now_is_the_mean_of_the_last_two_seconds() -> None:
    assert latest_c(seconds(30.0, 40.0, 41.0)) == 40.5
    assert latest_c(seconds(40.0)) == 40.0


@pytest.mark.parametrize("count", [2, 3, 16, 20, 30])
@pytest.mark.parametrize("rate_c_per_s", [-0.5, 0.0, 0.02])
def test_the_slope_of_a_line_is_its_rate(rate_c_per_s: float, count: int) -> None:
    assert slope_c_per_s(seconds(*rising(rate_c_per_s, count))) == pytest.approx(rate_c_per_s)


def test_one_second_has_no_slope() -> None:
    assert slope_c_per_s(seconds(40.0)) == 0.0
