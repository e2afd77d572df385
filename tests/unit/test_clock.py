"""Device time: the machine's, faster, or by hand."""

import time

import pytest

from hardware.clock import ManualClock, ScaledClock, SystemClock


def test_the_system_clock_is_both_clocks_of_the_machine() -> None:
    before_s, now, after_s = time.monotonic(), SystemClock().now(), time.monotonic()

    assert before_s <= now.mono_s <= after_s
    assert abs(now.wall_s - time.time()) < 5.0


def test_a_manual_clock_stands_still_until_told() -> None:
    clock = ManualClock(10.0, 500.0)
    assert clock.now() == clock.now()

    clock.advance(2.5)

    assert (clock.now().mono_s, clock.now().wall_s) == (12.5, 502.5)

    clock.step_wall(-100.0)

    assert (clock.now().mono_s, clock.now().wall_s) == (12.5, 402.5)


class Machine:
    """The machine's monotonic clock, by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr("hardware.clock.time.monotonic", lambda: self.now_s)

    def passes(self, seconds: float, *, clock: ScaledClock) -> float:
        """Let real seconds pass; return how many device seconds that were."""
        before_s = clock.now().mono_s
        self.now_s += seconds
        return clock.now().mono_s - before_s


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_scaled_clock_runs_faster(machine: Machine) -> None:
    clock = ScaledClock(20.0)

    assert machine.passes(0.005, clock=clock) == pytest.approx(0.1)
    assert machine.passes(0.008, clock=clock) == pytest.approx(0.16)


def test_a_hiccup_of_the_host_is_not_a_hang_of_the_pi(machine: Machine) -> None:
    clock = ScaledClock(20.0)

    assert machine.passes(0.3, clock=clock) == pytest.approx(ScaledClock.HICCUP_S)
    assert machine.passes(0.99, clock=clock) == pytest.approx(ScaledClock.HICCUP_S)


def test_a_stall_counts_in_full(machine: Machine) -> None:
    assert machine.passes(1.0, clock=ScaledClock(20.0)) == pytest.approx(20.0)


def test_both_scaled_clocks_go_together_and_never_back(machine: Machine) -> None:
    clock = ScaledClock(7.0)
    began = last = clock.now()
    for seconds in (0.0, 0.01, 2.0, 0.5, 0.0, 0.03):
        machine.now_s += seconds
        now = clock.now()
        assert now.mono_s >= last.mono_s
        assert now.wall_s - began.wall_s == pytest.approx(now.mono_s - began.mono_s)
        last = now


def test_a_scaled_clock_never_starts_before_what_an_earlier_run_recorded() -> None:
    ahead_s = time.time() + 5000.0

    assert ScaledClock(20.0, not_before_wall_s=ahead_s).now().wall_s >= ahead_s
    assert ScaledClock(20.0, not_before_wall_s=5.0).now().wall_s >= time.time() - 5.0
