"""From release to heat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.post_session import TRANSITIONS, Cause, Change, Outcome, Phase, PostSession, diagram

STRETCH_S, WINDOW_S = 60.0, 10.0


@pytest.fixture
def countdown() -> PostSession:
    return PostSession(STRETCH_S, WINDOW_S)


def change(outcome: Outcome | None) -> Change | None:
    return None if outcome is None else outcome.change


def fires(countdown: PostSession, from_s: float, to_s: float) -> list[str | None]:
    """The sessions that fire while a loop ticks ten times a second."""
    outcomes = (countdown.step(from_s + tick / 10) for tick in range(int((to_s - from_s) * 10)))
    return [outcome.session_id for outcome in outcomes if outcome and outcome.change is Change.FIRE]


def test_released_stretch_window_heat(countdown: PostSession) -> None:
    outcome = countdown.handle(Cause.RELEASED, 100.0, "t7")
    assert outcome == Outcome(Change.COUNTING, "t7", "Stretch now; heat starts in 70 s")
    assert countdown.starts_in_s(100.0) == 70.0
    assert countdown.step(159.9) is None
    assert countdown.step(160.0) == Outcome(
        Change.WINDOW, "t7", "Heat starts in 10 s; cancel now if you do not want it"
    )
    assert countdown.starts_in_s(164.0) == 6.0
    assert countdown.step(169.9) is None
    outcome = countdown.step(170.0) or pytest.fail("it does not fire")
    assert (outcome.change, outcome.session_id) == (Change.FIRE, "t7")
    assert countdown.phase is Phase.OFF
    assert countdown.starts_in_s(170.0) is None
    assert countdown.step(1000.0) is None


def test_stretched_skips_the_rest_of_the_stretch_but_not_the_window(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    assert change(countdown.handle(Cause.STRETCHED, 5.0, "t7")) is Change.WINDOW
    assert countdown.starts_in_s(5.0) == WINDOW_S
    assert fires(countdown, 5.0, 14.9) == []
    assert fires(countdown, 15.0, 16.0) == ["t7"]


@pytest.mark.parametrize("cause", [Cause.CANCELLED, Cause.STOP])
@pytest.mark.parametrize("at_s", [0.0, 30.0, 65.0])
def test_cancelled_or_stop_ends_it(countdown: PostSession, cause: Cause, at_s: float) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    assert fires(countdown, 0.0, at_s) == []
    assert change(countdown.handle(cause, at_s)) is Change.ENDED
    assert fires(countdown, at_s, 200.0) == []


def test_a_cancel_that_names_another_session_still_ends_it(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    assert countdown.handle(Cause.CANCELLED, 1.0, "t8").change is Change.ENDED


def test_stretched_of_another_session_is_ignored(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    outcome = countdown.handle(Cause.STRETCHED, 1.0, "t8")
    assert outcome == Outcome(Change.IGNORED, "t8", "Session t8 is not the one that counts down")


def test_the_same_session_heats_once(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    assert countdown.handle(Cause.RELEASED, 1.0, "t7").change is Change.IGNORED
    assert fires(countdown, 1.0, 100.0) == ["t7"]
    outcome = countdown.handle(Cause.RELEASED, 100.0, "t7")
    assert outcome == Outcome(Change.IGNORED, "t7", "Session t7 already had its countdown")
    assert fires(countdown, 100.0, 200.0) == []


def test_a_release_that_comes_again_after_the_cancel_does_not_heat(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    countdown.handle(Cause.CANCELLED, 1.0, "t7")
    assert countdown.handle(Cause.RELEASED, 2.0, "t7").change is Change.IGNORED


def test_a_cancel_that_overtakes_its_release_counts(countdown: PostSession) -> None:
    assert countdown.handle(Cause.CANCELLED, 0.0, "t7").change is Change.IGNORED
    assert countdown.handle(Cause.RELEASED, 1.0, "t7").change is Change.IGNORED


def test_sessions_of_an_earlier_run_are_remembered() -> None:
    countdown = PostSession(STRETCH_S, WINDOW_S, used=["t6", "t7"])
    assert countdown.handle(Cause.RELEASED, 0.0, "t7").change is Change.IGNORED
    assert countdown.handle(Cause.RELEASED, 0.0, "t8").change is Change.COUNTING


def test_without_a_session_id_every_release_while_idle_is_a_new_one(countdown: PostSession) -> None:
    for start_s in (0.0, 100.0):
        assert countdown.handle(Cause.RELEASED, start_s).change is Change.COUNTING
        assert countdown.handle(Cause.RELEASED, start_s + 1).change is Change.IGNORED
        assert fires(countdown, start_s, start_s + 80) == [None]


@pytest.mark.parametrize("cause", [Cause.STRETCHED, Cause.CANCELLED, Cause.STOP])
def test_without_a_countdown_nothing_happens_and_says_why(countdown: PostSession, cause: Cause) -> None:
    outcome = countdown.handle(cause, 0.0)
    assert outcome == Outcome(Change.IGNORED, None, f"Nothing counts down, so {cause.value} changes nothing")


@pytest.mark.parametrize("cause", [Cause.RELEASED, Cause.STRETCHED, Cause.CANCELLED])
def test_a_retained_trigger_is_ignored(countdown: PostSession, cause: Cause) -> None:
    assert countdown.handle(cause, 0.0, "t7", retained=True).change is Change.IGNORED
    assert countdown.handle(Cause.RELEASED, 0.0, "t7").change is Change.COUNTING


def test_after_a_hang_the_window_to_cancel_is_there_in_full(countdown: PostSession) -> None:
    countdown.handle(Cause.RELEASED, 0.0, "t7")
    assert change(countdown.step(500.0)) is Change.WINDOW
    assert countdown.step(509.9) is None
    assert change(countdown.step(510.0)) is Change.FIRE


_steps = st.lists(
    st.tuples(
        st.sampled_from(Cause).filter(lambda cause: cause is not Cause.ELAPSED),
        st.sampled_from(["a", "b"]),
        st.integers(0, 80),
    ),
    max_size=40,
)


@given(_steps)
def test_no_session_fires_twice_and_none_without_its_window(steps: list[tuple[Cause, str, int]]) -> None:
    countdown, now_s, fired, window_s = PostSession(STRETCH_S, WINDOW_S), 0.0, [], None
    for cause, session_id, pause_s in steps:
        outcome = countdown.handle(cause, now_s, session_id)
        window_s = now_s if outcome.change is Change.WINDOW else window_s
        end_s = now_s + pause_s
        while now_s < end_s:
            now_s = min(end_s, now_s + 1.0)
            stepped = countdown.step(now_s)
            if change(stepped) is Change.WINDOW:
                window_s = now_s
            elif stepped is not None:
                assert window_s is not None
                assert now_s - window_s >= WINDOW_S
                fired.append(stepped.session_id)
    assert len(fired) == len(set(fired))


def test_the_table_has_no_two_rows_for_one_case_and_only_time_fires() -> None:
    cases = [(row.source, row.cause) for row in TRANSITIONS]
    assert len(cases) == len(set(cases))
    assert [row.cause for row in TRANSITIONS if row.change is Change.FIRE] == [Cause.ELAPSED]


def test_the_diagram_shows_every_row() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> off"]
    assert "    cancel_window --> off: elapsed / heat" in lines
    assert len(lines) == 2 + len(TRANSITIONS)
