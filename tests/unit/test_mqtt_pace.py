"""How many messages may pass."""

from hypothesis import given
from hypothesis import strategies as st

from controller.mqtt.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_passes_and_then_so_many_a_second() -> None:
    clock = Clock()
    pace = Pace(2.0, 3, clock)
    assert [pace.admits() for _ in range(5)] == [True, True, True, False, False]
    clock.now_s += 0.5
    assert [pace.admits() for _ in range(2)] == [True, False]
    clock.now_s += 3600.0  # however long it was quiet, no more than the burst is saved up
    assert [pace.admits() for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0.0, 2.0), max_size=200))
def test_never_more_than_the_burst_and_the_rate(gaps_s: list[float]) -> None:
    clock = Clock()
    pace = Pace(2.0, 5, clock)
    passed = 0
    for gap_s in gaps_s:
        clock.now_s += gap_s
        passed += pace.admits()
        assert passed <= 5 + 2.0 * (clock.now_s - 100.0) + 1e-6
