"""The phases that a person sees: every row of the table, and what statuses make of it."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.session import TRANSITIONS, Event, Phase, Transition, View, advance, observe

CALM = View(heating=False, reached=False, resting=False, fault=False, counting=False, temperature_c=33.0)
WARMING = replace(CALM, heating=True)
HOLDING = replace(WARMING, reached=True, temperature_c=40.0)
HOT = replace(CALM, resting=True, temperature_c=40.0)
RESTING = replace(CALM, resting=True, temperature_c=36.0)
COUNTING = replace(CALM, counting=True)

views = st.builds(
    View,
    heating=st.booleans(),
    reached=st.booleans(),
    resting=st.booleans(),
    fault=st.booleans(),
    counting=st.booleans(),
    temperature_c=st.none() | st.floats(allow_nan=True),
)


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.source} {row.event}")
def test_each_row_does_what_it_says(row: Transition) -> None:
    assert advance(row.source, row.event) is row.target


def test_no_two_rows_contradict_each_other() -> None:
    keys = [(row.source, row.event) for row in TRANSITIONS]
    assert len(keys) == len(set(keys))


def test_an_event_without_a_row_changes_nothing() -> None:
    rows = {(row.source, row.event) for row in TRANSITIONS}
    missing = [pair for pair in itertools.product(Phase, Event) if pair not in rows]
    assert missing
    for phase, event in missing:
        assert advance(phase, event) is phase


def test_heat_begins_only_where_nothing_is_wrong() -> None:
    assert {row.source for row in TRANSITIONS if row.target is Phase.WARMING} == {
        Phase.IDLE,
        Phase.WAITING,
        Phase.COOLING,
        Phase.RESTING,
    }
    assert {row.source for row in TRANSITIONS if row.target is Phase.HOLDING} == {Phase.WARMING}
    assert [row.event for row in TRANSITIONS if row.source is Phase.FAULT] == [Event.CLEARED]


def test_without_the_guard_nothing_heats_or_counts_and_the_rest_stands() -> None:
    after = {phase: advance(phase, Event.GUARD_LOST) for phase in Phase}
    assert after[Phase.WARMING] is after[Phase.HOLDING] is Phase.COOLING
    assert after[Phase.WAITING] is Phase.IDLE
    assert all(after[phase] is phase for phase in (Phase.IDLE, Phase.COOLING, Phase.RESTING, Phase.FAULT))


def test_a_session_from_the_countdown_to_the_end_of_the_rest() -> None:
    phase, seen = Phase.IDLE, []
    for view in (CALM, COUNTING, WARMING, HOLDING, HOLDING, HOT, RESTING, CALM):
        phase = observe(phase, view)
        seen.append(phase.value)
    assert seen == ["idle", "waiting", "warming", "holding", "holding", "cooling", "resting", "idle"]


def test_a_fault_comes_before_everything() -> None:
    for phase, view in itertools.product(Phase, (CALM, HOLDING, HOT, COUNTING)):
        assert observe(phase, replace(view, fault=True)) is Phase.FAULT
    assert observe(Phase.FAULT, HOT) is Phase.COOLING
    assert observe(Phase.FAULT, RESTING) is Phase.RESTING
    assert observe(Phase.FAULT, CALM) is Phase.IDLE


def test_a_countdown_that_is_cancelled_leads_back() -> None:
    assert observe(Phase.WAITING, CALM) is Phase.IDLE
    assert observe(Phase.WAITING, RESTING) is Phase.RESTING
    assert observe(observe(Phase.RESTING, replace(RESTING, counting=True)), RESTING) is Phase.RESTING


def test_a_controller_that_finds_the_pack_in_the_middle_catches_up_at_once() -> None:
    assert observe(Phase.IDLE, HOLDING) is Phase.HOLDING
    assert observe(Phase.IDLE, RESTING) is Phase.RESTING
    assert observe(Phase.HOLDING, CALM) is Phase.IDLE


def test_a_pad_of_unknown_temperature_still_cools() -> None:
    assert observe(Phase.HOLDING, replace(HOT, temperature_c=None)) is Phase.COOLING


@given(phase=st.sampled_from(Phase), view=views)
def test_every_view_settles_at_once(phase: Phase, view: View) -> None:
    settled = observe(phase, view)
    assert observe(settled, view) is settled


@given(sequence=st.lists(views, min_size=1))
def test_what_a_person_sees_agrees_with_the_guard(sequence: list[View]) -> None:
    phase = Phase.IDLE
    for view in sequence:
        phase = observe(phase, view)
        assert (phase is Phase.FAULT) == view.fault
        if not view.fault:
            assert (phase in (Phase.WARMING, Phase.HOLDING)) == view.heating
            assert (phase is Phase.WAITING) == (view.counting and not view.heating)


def test_every_phase_can_be_reached() -> None:
    reached = {Phase.IDLE}
    for _ in Phase:
        reached |= {row.target for row in TRANSITIONS if row.source in reached}
    assert reached == set(Phase)
