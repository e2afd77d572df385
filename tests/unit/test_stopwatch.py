"""The stopwatch of the timed tests leaves out what a busy machine takes, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.starved import Stopwatch


@pytest.fixture
def rival() -> Iterator[None]:
    """A program that never rests, on the one processor that is left to the test."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
            yield
            process.kill()
    finally:
        os.sched_setaffinity(0, processors)


@pytest.mark.usefixtures("rival")
def test_it_stands_still_while_somebody_else_has_the_processor() -> None:
    watch = Stopwatch(os.getpid())
    while (passed_s := time.monotonic() - watch.began_s) < 1.0:
        pass
    assert watch.lost_s() > 0.1
    assert watch.at_s(watch.began_s + passed_s) < passed_s - 0.1


def test_it_runs_on_while_a_program_waits_of_its_own_accord() -> None:
    watch = Stopwatch(os.getpid())
    time.sleep(0.3)
    assert watch.at_s() > 0.1
