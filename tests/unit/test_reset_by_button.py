"""On a pack whose reset needs its button, nobody on the link can clear a fault."""

from dataclasses import replace

import pytest

from hardware.link import Reset
from tests.support.bench_guard import OPEN, Bench


@pytest.fixture
def latched() -> Bench:
    bench = Bench()
    bench.settings = replace(
        bench.settings, pins=replace(bench.settings.pins, button=23, reset_needs_button=True)
    )
    bench.state.settings = bench.settings
    bench.senses = (OPEN,)
    bench.run(2.0)
    bench.senses = (33.0,)
    bench.run(40.0)
    assert bench.fault == "sensor_open"
    return bench


def test_a_reset_from_the_link_is_refused_and_says_what_to_do(latched: Bench) -> None:
    latched.cycle(Reset("r1"))

    answer = latched.answers[-1]
    assert (answer.accepted, answer.code) == (False, "needs_button")
    assert answer.message == "Hold the pack's button for 3 s to reset it"
    assert latched.fault == "sensor_open"
    assert latched.status.fault is not None
    assert not latched.status.fault.clearable


def test_a_person_who_holds_the_button_clears_it(latched: Bench) -> None:
    latched.button = True
    latched.run(3.3)

    assert latched.fault is None


def test_without_a_fault_there_is_nothing_to_reset_for_anybody(latched: Bench) -> None:
    latched.button = True
    latched.run(3.3)
    latched.cycle(Reset("r2"))

    assert latched.answers[-1].accepted
