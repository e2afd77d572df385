"""Whether somebody is with the pack."""

import pytest

from controller.presence import PRESENT_S, Presence


def test_a_pack_that_does_not_ask_is_always_attended_and_a_press_starts() -> None:
    presence = Presence(required=False)
    assert presence.attended(0.0)
    assert presence.press(0.0)
    assert presence.left_s(0.0) is None


def test_the_first_press_says_that_somebody_is_there_and_the_second_starts() -> None:
    presence = Presence(required=True)
    assert not presence.attended(0.0)
    assert not presence.press(10.0)
    assert presence.attended(10.0)
    assert presence.left_s(50.0) == pytest.approx(80.0)
    assert presence.press(60.0)
    assert presence.left_s(60.0) == pytest.approx(PRESENT_S)  # it counts as a press as well


def test_a_press_counts_for_two_minutes() -> None:
    presence = Presence(required=True)
    presence.press(0.0)
    assert presence.attended(119.9)
    assert not presence.attended(120.0)
    assert presence.left_s(120.0) is None
    assert not presence.press(130.0)  # too late to be the second one


def test_a_lost_guard_makes_it_forget() -> None:
    presence = Presence(required=True)
    presence.press(0.0)
    presence.forget()
    assert not presence.attended(0.1)
