"""Tells a late program from a machine that gave it no processor."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

#: A share of the time, from which on nobody can say why something was late.
TOO_MUCH = 0.3


@contextlib.contextmanager
def unless_starved(pid: int) -> Iterator[None]:
    """A failure counts, unless the process stood ready without a processor for much of the time.

    Then the test is skipped with that reason; with ``CI=true`` a skip is a failure.
    """
    began_s, before_s = time.monotonic(), _waited_s(pid)
    try:
        yield
    except AssertionError:
        share = (_waited_s(pid) - before_s) / (time.monotonic() - began_s)
        if share > TOO_MUCH:
            pytest.skip(f"the machine was too busy: for {share:.0%} of the time there was no processor")
        raise


def _waited_s(pid: int) -> float:
    """Seconds that the process was ready to run and did not (Linux, Documentation/scheduler/sched-stats)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):  # a kernel that does not count it
        return 0.0
