"""The guard's memory as a value: charged in advance, corrected afterwards, never too little."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.limits import DAY_S, Limits
from hardware.ledger import (
    MAX_EVENTS,
    SEQ_GAP,
    Latch,
    Ledger,
    SessionRecord,
    after_clock_jump,
    unreadable,
    wake,
)
from hardware.link import Event

NOW_S = 1_800_000_000.0
LIMITS = Limits()
EVENT = Event(0, NOW_S, 1.0, "fault", "sensor_open", "torn")


def used(*ended_s_ago: float, heated_s: float = 480.0, dose_cem43: float = 0.5) -> Ledger:
    """A ledger with sessions that ended so long ago."""
    return Ledger(
        saved_wall_s=NOW_S,
        sessions=tuple(
            SessionRecord(f"s{n}", NOW_S - ago_s - heated_s, NOW_S - ago_s, heated_s, dose_cem43)
            for n, ago_s in enumerate(ended_s_ago)
        ),
    )


# --- sessions ---------------------------------------------------------------------------------------


def test_an_open_session_counts_with_the_most_it_can_become() -> None:
    ledger = Ledger().open_session("s1", NOW_S, 600.0, 2.0)

    assert (ledger.day(NOW_S).sessions, ledger.day(NOW_S).heated_s, ledger.day(NOW_S).dose_cem43) == (
        1,
        600.0,
        2.0,
    )


def test_a_closed_session_counts_with_what_it_used_and_starts_the_rest() -> None:
    ledger = Ledger().open_session("s1", NOW_S, 600.0, 2.0).close_session(NOW_S + 100.0, 90.0, 0.3, 1800.0)

    assert ledger.day(NOW_S + 100.0).heated_s == 90.0
    assert ledger.rest_until_wall_s == NOW_S + 1900.0


def test_a_session_without_heat_leaves_no_trace() -> None:
    before = used(7200.0)

    after = before.open_session("new", NOW_S, 600.0, 2.0).close_session(NOW_S + 9.0, 0.0, 0.0, 1800.0)

    assert after.sessions == before.sessions
    assert after.rest_until_wall_s is None


def test_a_session_leaves_the_day_24_hours_after_its_end() -> None:
    ledger = used(DAY_S - 1.0)

    assert ledger.day(NOW_S).sessions == 1
    assert ledger.day(NOW_S + 1.0).sessions == 0


def test_old_sessions_are_dropped_when_a_new_one_opens() -> None:
    ledger = used(DAY_S + 5.0, 3600.0).open_session("new", NOW_S, 300.0, 2.0)

    assert [record.session_id for record in ledger.sessions] == ["s1", "new"]


def test_later_dose_goes_to_the_last_session_or_nowhere() -> None:
    assert used(9000.0, 60.0).add_dose(0.25).sessions[-1].dose_cem43 == 0.75
    assert Ledger().add_dose(0.25) == Ledger()


# --- when is the next one? ----------------------------------------------------------------------------


def test_a_rested_pad_is_ready_now() -> None:
    assert Ledger().ready_at(NOW_S, LIMITS) is None
    assert used(3600.0).ready_at(NOW_S, LIMITS) is None


def test_a_used_up_day_is_ready_when_enough_sessions_have_left_it() -> None:
    six = used(20000.0, 16000.0, 12000.0, 8000.0, 4000.0, 2000.0, heated_s=300.0, dose_cem43=0.1)

    assert six.ready_at(NOW_S, LIMITS) == NOW_S - 20000.0 + DAY_S
    assert six.ready_at(NOW_S, Limits(day_sessions=5)) == NOW_S - 16000.0 + DAY_S


def test_a_used_up_dose_is_ready_when_its_session_has_left() -> None:
    ledger = replace(used(8000.0, 4000.0, dose_cem43=2.1), rest_until_wall_s=NOW_S + 60.0)

    assert ledger.ready_at(NOW_S, LIMITS) == NOW_S - 8000.0 + DAY_S


records = st.builds(
    lambda ago_s, heated_s, dose: SessionRecord("s", NOW_S - ago_s - heated_s, NOW_S - ago_s, heated_s, dose),
    st.floats(0.0, 2 * DAY_S),
    st.floats(1.0, 600.0),
    st.floats(0.0, 3.0),
)


@given(st.lists(records, max_size=8), st.floats(-1000.0, 5000.0), st.sampled_from([300.0, 480.0, 900.0]))
def test_when_it_says_ready_it_is_and_the_moment_before_it_was_not(
    sessions: list[SessionRecord], rest_s: float, wanted_s: float
) -> None:
    ledger = Ledger(sessions=tuple(sessions), rest_until_wall_s=NOW_S + rest_s)

    def fits(now_s: float) -> bool:
        day = ledger.day(now_s)
        within = day.sessions < 6 and day.heated_s + wanted_s <= 901.0 and day.dose_cem43 < 4.0
        return within and now_s >= NOW_S + rest_s

    ready_s = ledger.ready_at(NOW_S, Limits(day_heated_s=900.0), wanted_s)

    assert fits(NOW_S if ready_s is None else ready_s)
    if ready_s is not None:
        assert not fits(ready_s - 0.01)


# --- latches and events ---------------------------------------------------------------------------------


def test_the_first_latch_of_a_code_stays() -> None:
    first = Latch("over_temperature", "46.1 °C", NOW_S)
    ledger = Ledger().latch(first).latch(Latch("over_temperature", "47 °C", NOW_S + 5.0))

    assert ledger.latches == (first,)
    assert len(ledger.latch(Latch("sensor_open", "torn", NOW_S)).latches) == 2


def test_events_are_numbered_and_forgotten_when_acknowledged() -> None:
    ledger = Ledger().log(EVENT).log(EVENT).log(EVENT)
    assert [event.seq for event in ledger.events] == [1, 2, 3]

    left = ledger.acknowledge(2)

    assert [event.seq for event in left.events] == [3]
    assert left.log(EVENT).events[-1].seq == 4


def test_a_controller_that_never_comes_costs_the_oldest_events() -> None:
    ledger = Ledger()
    for _ in range(MAX_EVENTS + 7):
        ledger = ledger.log(EVENT)

    assert [event.seq for event in ledger.events] == list(range(8, MAX_EVENTS + 8))


# --- waking up ------------------------------------------------------------------------------------------


def test_a_session_that_was_open_is_closed_in_full_and_rests_from_now() -> None:
    ledger = wake(Ledger().open_session("s1", NOW_S - 60.0, 480.0, 2.0), NOW_S, 1800.0)

    assert ledger.sessions == (SessionRecord("s1", NOW_S - 60.0, NOW_S, 480.0, 2.0),)
    assert ledger.rest_until_wall_s == NOW_S + 1800.0
    assert [(e.kind, e.code, e.session_id) for e in ledger.events] == [("session_ended", "interrupted", "s1")]
    assert ledger.events[0].seq > SEQ_GAP


def test_a_healthy_ledger_wakes_unchanged_but_for_the_numbers() -> None:
    ledger = used(3600.0)

    assert wake(ledger, NOW_S + 10.0, 1800.0) == replace(ledger, next_event_seq=1 + SEQ_GAP)


@pytest.mark.parametrize(("behind_s", "jumped"), [(-100.0, False), (0.0, False), (2.0, False), (2.1, True)])
def test_a_clock_behind_the_ledger_is_a_jump(behind_s: float, jumped: bool) -> None:
    ledger = after_clock_jump(used(3600.0), NOW_S - behind_s, 1800.0)

    assert bool(ledger.events) is jumped
    assert (ledger.rest_until_wall_s == NOW_S - behind_s + 1800.0) is jumped


def test_after_a_jump_nothing_lies_in_the_future() -> None:
    locked = Latch("dose_exceeded", "much", NOW_S, NOW_S + DAY_S)
    other = Latch("sensor_open", "torn", NOW_S)
    then_s = NOW_S - 1e7

    ledger = after_clock_jump(replace(used(10.0, 5.0), latches=(locked, other)), then_s, 1800.0)

    assert all(record.ended_wall_s == then_s for record in ledger.sessions)
    assert ledger.latches[0].until_wall_s == then_s + DAY_S
    assert ledger.latches[1] == other
    assert ledger.day(then_s).sessions == 2
    assert ledger.day(then_s + DAY_S).sessions == 0


def test_a_jump_before_the_first_session_starts_no_rest() -> None:
    assert after_clock_jump(Ledger(saved_wall_s=NOW_S), NOW_S - 50.0, 1800.0).rest_until_wall_s is None


def test_an_unreadable_ledger_stands_as_a_session_just_ended_and_a_latch() -> None:
    ledger = unreadable(NOW_S, LIMITS, "checksum does not match")

    assert [latch.code for latch in ledger.latches] == ["ledger_corrupt"]
    assert ledger.rest_until_wall_s == NOW_S + LIMITS.rest_s
    assert ledger.day(NOW_S).heated_s == LIMITS.session_max_s
    assert ledger.events[0].code == "ledger_corrupt"
    assert ledger.events[0].seq >= NOW_S
