"""Five actions, each worse than the one before, and one winner."""

import itertools

import pytest

from hardware.verdict import CLEAR, Action, Verdict, worst


def test_the_actions_are_ordered_by_what_they_take_from_the_person() -> None:
    assert list(Action) == [
        Action.NONE,
        Action.WARN,
        Action.INHIBIT,
        Action.END_SESSION,
        Action.LATCH,
    ]
    assert [int(action) for action in Action] == [0, 1, 2, 3, 4]


def test_nothing_found_is_clear_and_clear_does_nothing() -> None:
    assert worst(()) is CLEAR
    assert (CLEAR.action, CLEAR.code, CLEAR.message) == (Action.NONE, "", "")


@pytest.mark.parametrize(("mild", "severe"), list(itertools.combinations(Action, 2)))
def test_the_worse_one_wins_wherever_it_stands(mild: Action, severe: Action) -> None:
    one, other = Verdict(mild, "a", ""), Verdict(severe, "b", "")

    assert worst((one, other)) is other
    assert worst((other, one)) is other


def test_among_equals_the_first_wins() -> None:
    one, other = Verdict(Action.LATCH, "a", ""), Verdict(Action.LATCH, "b", "")

    assert worst((one, other)) is one
