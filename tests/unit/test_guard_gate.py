"""The gate alone: with every check struck dumb, it still gives no heat that is not due.

``_gate`` restates what the checks have judged already, so that a mistake in one row cannot heat by
itself. Here all rows say nothing at all.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.checks import NO_TIMERS
from hardware.heat_phase import Demand, HeatPhase
from hardware.ledger import Latch
from tests.support.bench_guard import OPEN, Bench


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session that heats, in a guard without checks."""
    bench = Bench()
    bench.heat(None)
    monkeypatch.setattr("hardware.guard.judge", lambda *_: ((), NO_TIMERS))
    assert bench.cycle().heater
    return bench


def phase(bench: Bench) -> HeatPhase:
    assert bench.state.phase is not None
    return bench.state.phase


def unlink(bench: Bench) -> None:
    bench.linked = False


def silence(bench: Bench) -> None:
    bench.alive = False
    bench.run(1.0)


def ask_for_a_minute(bench: Bench) -> None:
    bench.alive = False
    bench.cycle(replace(bench.demand(), lifetime_s=60.0))
    bench.run(1.0)


def forget_the_demand(bench: Bench) -> None:
    bench.alive = False
    bench.state = replace(bench.state, phase=replace(phase(bench), demand=None))


def answer_the_future(bench: Bench) -> None:
    bench.alive = False
    future = Demand(1.0, bench.clock.now().mono_s + 50.0, 1.0)
    bench.state = replace(bench.state, phase=replace(phase(bench), demand=future))


def latch(bench: Bench) -> None:
    latched = bench.state.ledger.latch(Latch("over_temperature", "46 °C", 0.0))
    bench.state = replace(bench.state, ledger=latched)


def tear_the_wire(bench: Bench) -> None:
    bench.senses = (OPEN,)


def warm_to_the_inhibit(bench: Bench) -> None:
    bench.warm_to(43.05)


def use_up_the_time(bench: Bench) -> None:
    bench.state = replace(
        bench.state, phase=replace(phase(bench), energised_s=bench.clock.now().mono_s - 600.0)
    )


def end_the_session(bench: Bench) -> None:
    bench.state = replace(bench.state, phase=None)


@pytest.mark.parametrize(
    "spoil",
    [
        unlink,
        silence,
        ask_for_a_minute,
        forget_the_demand,
        answer_the_future,
        latch,
        tear_the_wire,
        warm_to_the_inhibit,
        use_up_the_time,
        end_the_session,
    ],
)
def test_the_gate_closes_by_itself(unchecked: Bench, spoil: Callable[[Bench], None]) -> None:
    spoil(unchecked)

    out = unchecked.cycle()

    assert not out.heater
    assert out.status.duty == 0.0
