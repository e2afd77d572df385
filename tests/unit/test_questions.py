"""The guard's questions, seen from the controller: a demand that is not met although nothing forbids it."""

from collections.abc import Iterable
from dataclasses import replace

from controller.questions import Questions
from controller.records.entry import Entry
from hardware.link import DayStatus, SessionStatus, Status

SESSION = SessionStatus("s-1", "phone", 40.0, 480.0, 1000.0, 0.0, 480.0, True)
STATUS = Status(
    1, 0.0, 1000.0, 39.9, (), 0.0, False, SESSION, 0.0, 0.0, DayStatus(1, 0.0, 0.0), None, None, None
)


def statuses(begin_s: float, end_s: float, duty: float, notice: str | None = None) -> Iterable[Status]:
    for tick in range(round(begin_s * 10), round(end_s * 10)):
        session = replace(SESSION, elapsed_s=tick / 10)
        yield replace(STATUS, tick=tick, session=session, duty=duty, notice=notice)


def heard(*parts: Iterable[Status], wanted: float = 0.4) -> Entry | None:
    """Hear the parts one after the other, and then that the session is over."""
    questions = Questions()
    told = [questions.hear(status, wanted) for part in parts for status in part]
    assert told == [None] * len(told)
    over = replace(STATUS, session=None)
    entry = questions.hear(over, 0.0)
    assert questions.hear(over, 0.0) is None
    return entry


def test_two_questions_are_told_when_the_session_is_over() -> None:
    entry = heard(
        statuses(0, 95, 0.4),
        statuses(95, 107, 0.0),
        statuses(107, 220, 0.4),
        statuses(220, 232, 0.0),
        statuses(232, 300, 0.4),
    )
    assert entry is not None
    assert (entry.kind, entry.session_id) == ("questions", "s-1")
    assert entry.message == "The guard withheld heat 2 times to see whether the reading answers to it"
    assert entry.data == {"at_s": [95.0, 220.0]}


def test_a_demand_that_comes_late_is_no_question() -> None:
    assert heard(statuses(0, 95, 0.4), statuses(95, 97, 0.0), statuses(97, 120, 0.4)) is None


def test_a_pause_that_has_a_name_is_no_question() -> None:
    assert heard(statuses(0, 95, 0.4), statuses(95, 120, 0.0, "too_warm"), statuses(120, 130, 0.4)) is None


def test_no_heat_is_no_question_where_none_is_wanted() -> None:
    assert heard(statuses(1, 95, 0.0), wanted=0.0) is None


def test_the_time_before_the_first_heat_does_not_count() -> None:
    waiting = [replace(STATUS, tick=tick) for tick in range(100)]
    assert heard(waiting, statuses(1, 5, 0.4)) is None


def test_one_session_knows_nothing_of_the_one_before() -> None:
    questions = Questions()
    for status in (*statuses(0, 95, 0.4), *statuses(95, 107, 0.0)):
        questions.hear(status, 0.4)
    following = replace(STATUS, session=replace(SESSION, session_id="s-2", elapsed_s=0.1), duty=0.4)
    entry = questions.hear(following, 0.4)
    assert entry is not None
    assert entry.session_id == "s-1"
    assert questions.hear(replace(STATUS, session=None), 0.0) is None
