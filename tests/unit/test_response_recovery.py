"""After a question the pad has its heat back: is it as warm as it was?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.recovery import RECOVERED_C, Recovery
from hardware.response.seconds import Second, Seconds
from tests.support.pad_seconds import follow, rising, second, seconds

#: The second after whose answer it is judged.
JUDGED_S = 55


def step(recovery: Recovery, known: Seconds) -> Recovery:
    return recovery.step(known, False, False, 0)


def asked_at(temperature_c: float = 40.0, heat_w_m2: float = 300.0) -> Recovery:
    return Recovery().step(seconds(*[temperature_c] * 30, heat_w_m2=heat_w_m2), True, True, 0)


def after(recovery: Recovery, told: list[Second]) -> list[Recovery]:
    return follow(recovery, told, step, before=(second(39.0),))


def back(temperature_c: float, count: int = JUDGED_S, heat_w_m2: float = 300.0) -> list[Second]:
    return [second(temperature_c, heat_w_m2)] * count


def test_nothing_is_known_at_first_and_without_a_question_nothing_is_judged() -> None:
    assert Recovery() == Recovery(None, 0.0, 0.0, 0, 0, None, False)
    assert set(after(Recovery(), back(20.0, 100))) == {Recovery()}


def test_a_question_notes_where_the_pad_was_and_what_held_it_there() -> None:
    heats = [second(40.0, 100.0)] * 20 + [second(40.0, 200.0)] * 10
    assert Recovery().step(tuple(heats), True, True, 0) == Recovery(40.0, 200.0)


def test_while_the_question_is_open_only_its_time_is_counted() -> None:
    asked = asked_at()

    assert asked.step(seconds(35.0, 35.0), False, True, 0) == replace(asked, waited_s=1)


@pytest.mark.parametrize(("short_c", "missed"), [(1.2, False), (1.4, True)])
def test_a_pad_that_cooled_already_may_go_on(short_c: float, missed: bool) -> None:
    """By 0.01 °C/s, over the 15 s of the question and the 55 s after it."""
    asked = Recovery().step(seconds(*rising(-0.01, 30, 40.29), heat_w_m2=300.0), True, True, 0)
    asked = replace(asked, was_c=40.0, waited_s=15)
    assert asked.fell_c_per_s == pytest.approx(0.01)

    assert after(asked, back(40.0 - short_c))[-1].missed is missed


@pytest.mark.parametrize(("full_s", "fell_c_per_s"), [(89, 0.01), (90, 0.0)])
def test_one_that_has_had_all_the_heat_for_long_may_not(full_s: int, fell_c_per_s: float) -> None:
    cooling = seconds(*rising(-0.01, 30, 40.29), heat_w_m2=300.0)

    assert Recovery().step(cooling, True, True, full_s).fell_c_per_s == pytest.approx(fell_c_per_s)


def test_a_pad_that_was_warming_need_not_have_gone_on() -> None:
    asked = Recovery().step(seconds(*rising(0.01, 30, 39.0), heat_w_m2=300.0), True, True, 0)

    assert asked.fell_c_per_s == 0.0


@pytest.mark.parametrize(("short_c", "missed"), [(-3.0, False), (0.0, False), (0.59, False), (0.61, True)])
def test_a_pad_that_does_not_come_back_is_found_after_fifty_five_seconds(
    short_c: float, missed: bool
) -> None:
    assert RECOVERED_C == 0.6
    found = after(asked_at(), back(40.0 - short_c))

    assert [one.missed for one in found] == [False] * 54 + [missed]


@pytest.mark.parametrize(
    ("heat_w_m2", "missed"), [(290.0, False), (295.0, True), (300.0, True), (600.0, True)]
)
def test_with_less_heat_than_before_it_need_not(heat_w_m2: float, missed: bool) -> None:
    assert after(asked_at(), back(38.0, heat_w_m2=heat_w_m2))[-1].missed is missed


def test_a_pad_that_is_lifted_for_twenty_seconds_still_has_time() -> None:
    told = [*back(39.8, 35), *back(38.0, 20)]

    assert not after(asked_at(), told)[-1].missed


def test_what_it_was_in_the_first_seconds_is_not_that_it_came_back() -> None:
    """A reading that drifts is where it was as well, at first."""
    told = [*back(40.0, 18), *back(38.0, 37)]

    assert after(asked_at(), told)[-1].missed


def test_the_next_question_begins_anew_and_what_was_missed_stays_so() -> None:
    missed = after(asked_at(), back(38.0))[-1]
    again = missed.step(seconds(38.0, 38.0, heat_w_m2=250.0), True, True, 0)

    assert again == Recovery(38.0, 250.0, missed=True)
    assert Recovery().step(seconds(38.0), True, True, 0).missed is False


@given(st.lists(st.floats(39.45, 45.0), min_size=55, max_size=90), st.floats(0.0, 1000.0))
def test_a_pad_that_stays_near_is_never_accused(readings_c: list[float], heat_w_m2: float) -> None:
    found = after(asked_at(), [second(one_c, heat_w_m2) for one_c in readings_c])

    assert not any(one.missed for one in found)
    assert found[-1] is found[54]


def test_what_was_missed_is_not_forgiven_by_the_next_answer() -> None:
    missed = replace(asked_at(), missed=True)

    assert after(missed, back(40.0))[-1].missed


@pytest.mark.parametrize(("high_at_s", "missed"), [(19, True), (20, False)])
def test_a_reading_counts_from_twenty_seconds_after_the_answer(high_at_s: int, missed: bool) -> None:
    told = [*back(38.0, high_at_s - 2), *back(40.0, 2), *back(38.0, 55 - high_at_s)]

    assert after(asked_at(), told)[-1].missed is missed


@pytest.mark.parametrize(
    ("before_w_m2", "last_w_m2", "was_w_m2"),
    [(200.0, 400.0, 400.0), (900.0, 200.0, (20 * 900.0 + 10 * 200.0) / 30), (200.0, 200.0, 200.0)],
    ids=["more at last", "a rise that coasts", "steady"],
)
def test_what_brought_it_there_is_the_heat_of_ten_seconds_or_of_thirty(
    before_w_m2: float, last_w_m2: float, was_w_m2: float
) -> None:
    heats = [second(40.0, before_w_m2)] * 20 + [second(40.0, last_w_m2)] * 10

    assert Recovery().step(tuple(heats), True, True, 0).was_w_m2 == pytest.approx(was_w_m2)


def test_a_pad_that_coasted_to_its_peak_is_not_accused_of_cooling_with_the_heat_of_the_coast() -> None:
    """It was lifted, warmed up at full power, and was asked at its highest, when hardly any heat went in."""
    coasting = [second(40.5, 700.0)] * 20 + [second(40.5, 160.0)] * 10
    was = Recovery().step(tuple(coasting), True, True, 0)

    assert not after(was, back(39.6))[-1].missed
