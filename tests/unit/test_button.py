"""One button: press stops, a short press asks for a start, three seconds ask for a reset."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.button import UNKNOWN, Button, Press


def play(samples: str, button: Button = UNKNOWN) -> list[Press]:
    """Sample ``_`` (up) and ``#`` (down), ten a second; return what was meant."""
    meant: list[Press] = []
    for n, sample in enumerate(samples):
        button, press = button.step(n / 10, sample == "#")
        if press is not Press.NONE:
            meant.append(press)
    return meant


def test_down_is_known_at_once_and_short_when_let_go() -> None:
    assert play("___##") == [Press.DOWN]
    assert play("___#####__") == [Press.DOWN, Press.SHORT]


def test_a_spike_may_stop_but_never_asks_for_heat_and_a_gap_is_nothing() -> None:
    assert play("___#____#___") == [Press.DOWN, Press.DOWN]
    assert play("___####_###__") == [Press.DOWN, Press.SHORT]


def test_three_seconds_are_a_long_press_once_and_not_a_short_one() -> None:
    assert play("__" + "#" * 30) == [Press.DOWN]
    assert play("__" + "#" * 100 + "____") == [Press.DOWN, Press.LONG]


def test_a_press_that_stopped_a_session_means_nothing_more() -> None:
    button, press = Button().step(0.0, True)
    assert press is Press.DOWN

    assert play("#" * 60 + "____", button.consume()) == []


def test_a_button_that_is_down_at_power_up_means_nothing_until_it_was_up() -> None:
    """A shorted wire must not clear a fault three seconds after each start."""
    assert play("#" * 100) == []
    assert play("#" * 100 + "___") == []
    assert play("#" * 100 + "___####__") == [Press.DOWN, Press.SHORT]


@given(st.text("_#", max_size=200))
def test_every_short_or_long_press_was_a_down_first(samples: str) -> None:
    meant = play(samples)

    for before, after in zip([None, *meant], meant, strict=False):
        assert after is Press.DOWN or before is Press.DOWN
