"""What one step of this project's control costs beside one call of simple-pid, in the same run."""

import statistics
import timeit
from typing import Final

from simple_pid import PID

from bench.control import ours
from bench.control.pairs import nominal

#: Short rounds and many: on a busy machine some are interrupted, and most are not.
_CALLS: Final = 200
_ROUNDS: Final = 301


def ratio() -> float:
    """Return the ratio of the medians of some rounds, taken in turns."""
    control, peer = ours.untuned(nominal())(), PID(1.0, 0.1, 0.05, setpoint=40.0, sample_time=None)
    readings_c = (39.9, 39.95)

    def step() -> None:
        control.step(40.0, readings_c, 0.1, 0.4)

    def call() -> None:
        peer(39.9, dt=0.1)

    steps, calls = [], []
    for _ in range(_ROUNDS):
        steps.append(timeit.timeit(step, number=_CALLS))
        calls.append(timeit.timeit(call, number=_CALLS))
    return statistics.median(steps) / statistics.median(calls)
