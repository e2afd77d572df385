"""A reading that stands still under heat is questioned: heat is withheld until it moves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.question import ANSWER_C, ANSWER_WITHIN_S, ASKED_FROM_W_M2, Question
from hardware.response.seconds import Seconds
from tests.support.pad_seconds import follow, rising, second, seconds


def step(question: Question, known: Seconds, full_s: int = 0) -> Question:
    return question.step(known, full_s)


def still(count: int = 20, heat_w_m2: float = 300.0) -> Seconds:
    return seconds(*[40.0] * count, heat_w_m2=heat_w_m2)


def asked_at_40() -> Question:
    """A question that was asked in this second."""
    return Question().step(still(), 0)


# --- when it is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate_c_per_s", "asks"),
    [(0.0, True), (0.0199, True), (0.0201, False), (-0.0199, True), (-0.0201, False)],
)
def test_a_reading_that_moves_by_less_than_a_fiftieth_of_a_degree_per_second_stands_still(
    rate_c_per_s: float, asks: bool
) -> None:
    moving = seconds(*rising(rate_c_per_s, 20), heat_w_m2=300.0)

    assert Question().step(moving, 0).open is asks


@pytest.mark.parametrize(("count", "asks"), [(19, False), (20, True)])
def test_the_first_heat_has_twenty_seconds_to_arrive(count: int, asks: bool) -> None:
    assert Question().step(still(count), 0).open is asks


def test_only_the_last_eight_seconds_count() -> None:
    came_to_rest = (*seconds(*rising(1.0, 20, 20.0), heat_w_m2=300.0), *still(8))
    still_came = (*seconds(*rising(1.0, 20, 20.0), heat_w_m2=300.0), *still(7))

    assert Question().step(came_to_rest, 0).open
    assert not Question().step(still_came, 0).open


@pytest.mark.parametrize(("heat_w_m2", "asks"), [(0.0, False), (149.9, False), (150.0, True), (1000.0, True)])
def test_a_pad_that_gets_little_heat_may_stand_still(heat_w_m2: float, asks: bool) -> None:
    assert ASKED_FROM_W_M2 == 150.0
    assert Question().step(still(20, heat_w_m2), 0).open is asks


@pytest.mark.parametrize(("seconds_of_heat", "asks"), [(4, False), (5, True)])
def test_the_heat_of_ten_seconds_counts(seconds_of_heat: int, asks: bool) -> None:
    pulses = (*still(20, 900.0), *still(10 - seconds_of_heat, 0.0), *still(seconds_of_heat, 300.0))

    assert Question().step(pulses, 0).open is asks


@pytest.mark.parametrize(("ago_s", "asks"), [(8, True), (9, True), (10, False)])
def test_what_was_let_in_longer_ago_does_not_count(ago_s: int, asks: bool) -> None:
    pulse = (*still(19, 0.0), *still(1, 1500.0), *still(ago_s, 0.0))

    assert Question().step(pulse, 0).open is asks


@pytest.mark.parametrize(("answered_ago_s", "asks"), [(0, False), (119, False), (120, True)])
def test_an_answer_holds_for_two_minutes(answered_ago_s: int, asks: bool) -> None:
    found = Question(answered_ago_s=answered_ago_s).step(still(), 19)

    assert found.open is asks
    assert found.answered_ago_s == answered_ago_s + 1


@pytest.mark.parametrize(
    ("answered_ago_s", "full_s", "asks"),
    [(60, 19, False), (60, 20, True), (59, 20, False), (59, 500, False), (100, 500, True)],
)
def test_at_full_heat_an_answer_holds_for_a_minute(answered_ago_s: int, full_s: int, asks: bool) -> None:
    assert Question(answered_ago_s=answered_ago_s).step(still(), full_s).open is asks


def test_a_pad_that_moves_is_not_asked_however_long_ago_it_answered() -> None:
    moving = seconds(*rising(0.1, 20), heat_w_m2=300.0)

    assert not Question(answered_ago_s=5000).step(moving, 500).open


# --- the answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved_c", "answers"), [(0.0, False), (0.079, False), (0.081, True), (-0.079, False), (-0.081, True)]
)
def test_a_reading_that_moves_has_answered(moved_c: float, answers: bool) -> None:
    assert ANSWER_C == 0.08
    found = Question(asked_s=6, low_c=40.0, high_c=40.0).step(seconds(*[40.0 + moved_c] * 6), 0)

    assert found.open is not answers
    assert found.answered_ago_s == (0 if answers else None)
    assert not found.unanswered


def test_up_and_down_add_up() -> None:
    """A pad that is put back on while it is asked warms up first."""
    begun = Question(asked_s=6, low_c=40.0, high_c=40.0)
    found = follow(begun, seconds(*[40.04] * 6, *[39.95] * 6), step, before=seconds(*[40.0] * 6))

    assert [one.open for one in found] == [True] * 11 + [False]
    assert found[5].high_c == pytest.approx(40.04)


def test_what_a_reading_does_in_the_first_six_seconds_is_no_answer() -> None:
    """With the heater's current the converter's ground may go, and every reading with it."""
    found = follow(asked_at_40(), seconds(*[40.2] * 16), step, before=still())

    assert all(one.open for one in found)
    assert [one.low_c == one.high_c for one in found[:6]] == [True] * 6
    assert [one.low_c for one in found[5:]] == pytest.approx([40.2] * 11)


def test_what_it_moves_by_later_counts_from_the_mean_of_those_six() -> None:
    found = follow(asked_at_40(), seconds(*rising(-0.03, 12, 40.0)), step, before=still())

    # The mean of six seconds falls by 0.03 °C in each, so the third after the first is the first by 0.08.
    assert [one.open for one in found] == [True] * 8 + [False] * 4


@pytest.mark.parametrize("line_c_per_s", [-0.019, -0.005, 0.0])
def test_a_reading_that_goes_on_as_before_has_not_answered(line_c_per_s: float) -> None:
    """Its heater may be broken: it cools with heat and without."""
    line = rising(line_c_per_s, 80, 38.0)
    before = seconds(*line[:30], heat_w_m2=300.0)
    found = follow(Question().step(before, 0), seconds(*line[30:]), step, before=before)

    assert found[39].missed
    assert found[0].line_c_per_s == pytest.approx(line_c_per_s)


def test_a_reading_that_got_stuck_while_it_rose_has_not_answered() -> None:
    before = seconds(*rising(0.2, 22, 33.0), *[37.2] * 8, heat_w_m2=600.0)
    found = follow(Question().step(before, 0), seconds(*[37.2] * 45), step, before=before)

    assert found[39].missed


@pytest.mark.parametrize("line_c_per_s", [-0.015, -0.001])
def test_a_reading_that_leaves_its_line_has_answered(line_c_per_s: float) -> None:
    line = rising(line_c_per_s, 30, 38.0)
    before = seconds(*line, heat_w_m2=300.0)
    cools = seconds(*rising(line_c_per_s - 0.01, 40, line[-1] + line_c_per_s - 0.01))
    found = follow(Question().step(before, 0), cools, step, before=before)

    # 0.01 °C/s beside its line, so 0.08 °C eight seconds after the first mean of six.
    assert [one.open for one in found].index(False) == pytest.approx(14, abs=1)


def test_after_a_gap_it_takes_six_seconds_to_answer() -> None:
    begun = Question(asked_s=10, low_c=40.0, high_c=40.0)
    found = follow(begun, seconds(*[39.0] * 6), step)

    assert [one.open for one in found] == [True] * 5 + [False]
    assert [one.asked_s for one in found] == [11, 12, 13, 14, 15, None]


def test_the_time_since_the_answer_is_counted() -> None:
    answered = Question(asked_s=9, low_c=40.0, high_c=40.0)
    found = follow(answered, seconds(*rising(-0.5, 4, 39.0)), step, before=seconds(*[39.0] * 5))

    assert [one.answered_ago_s for one in found] == [0, 1, 2, 3]
    assert not any(one.open for one in found)


def nothing_moves(question: Question, count: int, heat_w_m2: float = 300.0) -> list[Question]:
    """A stuck reading, and a guard that withholds the heat while it asks."""
    known, found = still(), []
    for _ in range(count):
        known = (*known, second(40.0, 0.0 if question.open else heat_w_m2))[-30:]
        question = step(question, known)
        found.append(question)
    return found


def test_a_reading_that_does_not_answer_in_forty_seconds_is_asked_once_more() -> None:
    assert ANSWER_WITHIN_S == 40
    found = nothing_moves(asked_at_40(), 96)

    assert [one.asked_s for one in found[:39]] == list(range(1, 40))
    assert [one.open for one in found] == [True] * 39 + [False] * 16 + [True] * 40 + [False]
    assert [one.missed for one in found] == [False] * 39 + [True] * 57
    assert [one.unanswered for one in found] == [False] * 95 + [True]


def test_the_second_question_needs_little_heat() -> None:
    """A control law that has just been held back gives it only slowly."""
    assert nothing_moves(asked_at_40(), 96, heat_w_m2=50.0)[-1].unanswered


def test_a_pad_that_needs_no_heat_by_then_is_not_asked_again() -> None:
    """It was near what it is without heat, and so did not move."""
    found = nothing_moves(asked_at_40(), 300, heat_w_m2=49.0)

    assert not any(one.open for one in found[40:])
    assert not any(one.unanswered for one in found)


def test_an_answer_forgives_the_question_before_it() -> None:
    missed = Question(asked_s=10, low_c=40.0, high_c=40.0, missed=True)
    answered = step(missed, seconds(*[39.0] * 6))

    assert (answered.open, answered.missed, answered.unanswered) == (False, False, False)
    assert not nothing_moves(replace(answered, answered_ago_s=200), 60)[-1].unanswered


def test_an_answer_that_comes_too_late_does_not_count() -> None:
    late = Question(asked_s=39, low_c=40.0, high_c=40.0, missed=True).step(seconds(*[40.0] * 6), 0)
    assert late.unanswered

    found = follow(late, seconds(39.0, *[38.0] * 6), step)

    assert all(one.unanswered for one in found)
    assert not found[-1].open


def test_what_was_unanswered_stays_so_in_the_next_question() -> None:
    asked_again = Question(asked_s=2, low_c=40.0, high_c=40.0, unanswered=True)

    assert asked_again.step(seconds(40.0), 0).unanswered


@given(st.lists(st.floats(39.961, 40.039), min_size=61, max_size=80))
def test_noise_is_no_answer(noise: list[float]) -> None:
    found = follow(asked_at_40(), (second(one) for one in noise), step)

    assert found[39].missed


@given(st.integers(20, 30), st.floats(0.004, 1.0))
def test_a_pad_that_cools_by_four_thousandths_a_second_always_answers(
    count: int, rate_c_per_s: float
) -> None:
    found = follow(asked_at_40(), seconds(*rising(-rate_c_per_s, 39, 40.0)), step, before=still(count))

    assert any(not one.open for one in found)
    assert not any(one.missed for one in found)


# --- what it says of the session ------------------------------------------------------------------


@pytest.mark.parametrize(("peak_c", "cold"), [(33.0, True), (33.99, True), (34.0, False), (40.0, False)])
def test_a_reading_that_has_risen_by_less_than_a_degree_is_cold(peak_c: float, cold: bool) -> None:
    assert Question(began_c=33.0, peak_c=peak_c).cold is cold


def test_before_a_session_nothing_is_cold() -> None:
    nothing = Question()

    assert not nothing.cold
    assert not nothing.open
    assert nothing == Question(None, 0.0, 0.0, 0.0, None, None, 0.0, False, False)


def test_beginning_and_peak_are_remembered_through_a_question_and_its_answer() -> None:
    cools = (*[41.0] * 12, *rising(-0.5, 8, 40.5))
    told = [second(t, 300.0) for t in (33.0, 33.0, *rising(0.5, 15, 33.5), *cools)]
    found = follow(Question(), told, step)

    assert {one.began_c for one in found} == {33.0}
    assert any(one.open for one in found)
    assert not found[-1].open
    assert found[-1].peak_c == 41.0
    assert [one.peak_c for one in found] == sorted(one.peak_c for one in found)


def test_the_peak_counts_while_it_is_asked_too() -> None:
    asked = replace(asked_at_40(), asked_s=6, began_c=39.5, peak_c=40.0)
    barely = asked.step(seconds(*[40.06] * 6), 0)
    answered = asked.step(seconds(*[40.6] * 6), 0)

    assert barely.open
    assert barely.peak_c == pytest.approx(40.06)
    assert answered.peak_c == pytest.approx(40.6)
    assert (barely.began_c, answered.began_c) == (39.5, 39.5)
