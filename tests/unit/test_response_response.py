"""All the answers of a pad together: what is asked when, and what is remembered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.response.cooling import Cooling
from hardware.response.full_heat import FullHeat
from hardware.response.hold import Hold
from hardware.response.question import Question
from hardware.response.recovery import Recovery
from hardware.response.response import Response
from hardware.response.runaway import Runaway
from hardware.response.seconds import Second
from tests.support.pad_seconds import second, seconds

TARGET_C = 40.0
#: One of which everything is known.
RICH = Response(
    seconds(39.0, 39.5),
    Question(asked_s=3, low_c=39.0, high_c=39.0, answered_ago_s=7, began_c=30.0, peak_c=39.5),
    Recovery(was_c=39.0, was_w_m2=300.0),
    FullHeat(full_s=20, top_c=39.5),
    Hold(settled_s=50, least_w_m2=200.0),
    Runaway(astray_s=1),
    Cooling(off_s=2, heated=True, before_c=39.0),
)


def told(
    response: Response, *some: Second, target_c: float | None = TARGET_C, reached: bool = True
) -> list[Response]:
    found = []
    for one in some:
        response = response.step(one, target_c, reached)
        found.append(response)
    return found


def test_nothing_is_known_at_first() -> None:
    assert Response() == Response((), Question(), Recovery(), FullHeat(), Hold(), Runaway(), Cooling())


def test_the_first_heat_of_a_session_begins_with_a_clean_slate_but_for_how_the_pad_cooled() -> None:
    assert RICH.begin() == Response(cooling=RICH.cooling)


def test_across_a_second_without_a_sample_no_mean_is_taken_and_nothing_is_forgotten() -> None:
    """A loose contact must not end a question, nor give back the time that a pad was given to cool."""
    assert RICH.lost() == replace(RICH, seconds=())
    assert RICH.lost().question.open


def test_thirty_seconds_are_looked_back_on() -> None:
    found = told(Response(), *(second(30.0 + n / 10) for n in range(40)))[-1]

    assert len(found.seconds) == 30
    assert found.seconds[0].temperature_c == pytest.approx(31.0)
    assert found.seconds[-1].temperature_c == pytest.approx(33.9)


def test_without_a_session_only_runaway_and_cooling_are_judged() -> None:
    found = RICH.step(second(39.0), None, False)

    assert (found.question, found.recovery) == (Question(), Recovery())
    assert (found.full_heat, found.hold) == (FullHeat(), Hold())
    assert found.runaway == Runaway()
    assert found.cooling.heated
    assert len(found.seconds) == 3


@given(st.lists(st.tuples(st.floats(10.0, 37.9), st.floats(0.0, 90.0)), max_size=80))
def test_a_cool_pad_with_little_heat_is_never_asked_nor_accused(some: list[tuple[float, float]]) -> None:
    for found in told(Response(), *(second(*one) for one in some), reached=False):
        assert not found.question.open
        assert not found.question.unanswered
        assert not found.full_heat.falling
        assert not found.hold.climbing
        assert not found.cooling.stuck
        assert not found.runaway.rising


def test_a_stuck_reading_is_questioned_twice_and_found() -> None:
    response, found = Response(), []
    for _ in range(120):
        heat_w_m2 = 0.0 if response.question.open else 300.0
        response = response.step(second(40.0, heat_w_m2), TARGET_C, True)
        found.append(response.question)

    assert [one.open for one in found] == [False] * 19 + [True] * 40 + [False] * 16 + [True] * 40 + [
        False
    ] * 5
    assert [one.unanswered for one in found] == [False] * 115 + [True] * 5


def test_the_seconds_of_a_question_are_no_time_without_heat_and_none_of_a_hold() -> None:
    found = told(Response(), *[second(40.0, 300.0)] * 20, *[second(40.0)] * 20)

    assert {one.cooling.off_s for one in found} == {0}
    assert {one.hold.settled_s for one in found[19:]} == {0}


def test_what_a_question_costs_is_asked_back_when_it_is_answered() -> None:
    before = [second(40.0, 300.0)] * 20
    found = told(Response(), *before, *[second(40.0)] * 6, second(39.0), second(39.0))

    assert found[18].recovery == Recovery()
    assert (found[19].recovery.was_c, found[19].recovery.was_w_m2) == (40.0, 300.0)
    assert [one.recovery.after_s for one in found[19:] if one.question.open] == [0] * 7
    assert told(found[-1], second(39.0, 300.0))[-1].recovery.after_s == found[-1].recovery.after_s + 1


def test_the_second_in_which_a_question_is_answered_still_belongs_to_it() -> None:
    asked = told(Response(), *[second(40.0, 300.0)] * 20, *[second(40.0)] * 6)[-1]
    answered = told(asked, second(39.3))[-1]  # the mean of six seconds by 0.117 °C

    assert not answered.question.open
    assert answered.hold.settled_s == 0
    assert answered.cooling.off_s == 0
    assert told(answered, second(39.5, 300.0))[-1].hold.settled_s == 1


def test_a_question_does_not_end_a_stretch_of_full_heat_but_the_wait_after_its_answer_is_known_to_it() -> (
    None
):
    response = Response(full_heat=FullHeat(full_s=25, top_c=40.0), seconds=seconds(40.0))
    asked = replace(response, question=Question(asked_s=2, low_c=40.0, high_c=40.0))
    during = asked.step(second(39.99), TARGET_C, True)
    assert during.full_heat.full_s == 25

    recovering = replace(response, question=Question(answered_ago_s=5))
    assert not recovering.step(second(38.0, 300.0, full=True), TARGET_C, True).full_heat.falling
    assert response.step(second(38.0, 300.0, full=True), TARGET_C, True).full_heat.falling


def test_full_heat_lets_a_question_come_sooner() -> None:
    known = seconds(*[36.0] * 30, heat_w_m2=300.0)
    full = tuple(replace(one, full=True) for one in known)
    question = Question(answered_ago_s=100, began_c=33.0, peak_c=36.0)

    asked = Response(full, question, full_heat=FullHeat(full_s=30)).step(full[-1], TARGET_C, False)
    not_asked = Response(known, question, full_heat=FullHeat(full_s=30)).step(known[-1], TARGET_C, False)

    assert asked.question.open
    assert not not_asked.question.open


def test_a_hold_is_only_judged_when_the_target_was_reached() -> None:
    some = [second(40.0, 300.0 + n % 2) for n in range(5)]

    assert told(Response(), *some, reached=False)[-1].hold == Hold()
    assert told(Response(), *some, reached=True)[-1].hold.settled_s == 5


def test_target_and_time_without_heat_reach_the_checks() -> None:
    rises = [second(41.0 + n / 4) for n in range(12)]
    found = told(Response(cooling=Cooling(heated=True)), *rises)

    assert [one.runaway.rising for one in found] == [False] * 7 + [True] + [False] * 4
    hot = told(Response(cooling=Cooling(off_s=59, heated=True, before_c=37.6)), second(37.6), target_c=36.0)
    assert hot[-1].cooling.stuck
