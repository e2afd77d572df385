"""A fork for each mutant: pytest is imported once, the mutated module before anything of its package.

The source tree is never written to: bytecode and hypothesis' notes go to a temporary folder.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import hypothesis.stateful
import hypothesis.strategies
import psutil
import pytest

from campaign.mutation.child import PROFILE, ROOT, Job, run

#: What every child would import for itself otherwise.
PRELOADED = (asyncio, hypothesis.stateful, hypothesis.strategies, psutil, pytest)
_POLL_S = 0.01
#: Exit code of a child in which not even pytest could begin.
_BROKEN = 70


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Result:
    """How a job ended, the test that failed first, and how many seconds each test took."""

    job: Job
    outcome: Outcome
    failed: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


class BrokenTestsError(RuntimeError):
    """pytest could not run the tests at all, so the run says nothing about a mutant."""


class _Child(NamedTuple):
    job: Job
    began_s: float
    notes: Path


def prepare(scratch: Path) -> None:
    """Make this process ready to be forked; ``scratch`` is a folder for what the tests write."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.pycache_prefix, sys.dont_write_bytecode = str(scratch / "pycache"), False
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
    hypothesis.settings.register_profile(
        PROFILE, derandomize=True, max_examples=25, deadline=None, database=None
    )
    gc.collect()
    gc.freeze()


def play(jobs: Iterable[Job], at_once: int, scratch: Path) -> Iterator[Result]:
    """Run all jobs, ``at_once`` at a time, and yield each result as it comes.

    A job is taken from ``jobs`` only when it can begin, so that it may depend on earlier results.

    Raises:
        BrokenTestsError: when pytest itself fails.
    """
    waiting = iter(jobs)
    running: dict[int, _Child] = {}
    try:
        while True:
            while len(running) < at_once and (job := next(waiting, None)) is not None:
                child = _Child(job, time.monotonic(), scratch / f"{time.monotonic_ns()}.json")
                running[_fork(child)] = child
            if not running:
                return
            time.sleep(_POLL_S)
            for pid, child in list(running.items()):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    del running[pid]  # first: its number may belong to another process from now on
                    yield _result(child, status)
                elif time.monotonic() - child.began_s > child.job.timeout_s:
                    del running[pid]
                    _kill(pid)
                    yield Result(child.job, Outcome.TIMED_OUT)
    finally:
        for pid in running:
            _kill(pid)


def _result(child: _Child, status: int) -> Result:
    code = os.waitstatus_to_exitcode(status)
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED, _BROKEN):
        raise BrokenTestsError(f"pytest could not run the tests of {child.job.module} (exit code {code})")
    outcome = Outcome.SURVIVED if code == pytest.ExitCode.OK else Outcome.KILLED
    if not child.notes.exists():  # the child was killed from within, by its own mutant
        return Result(child.job, outcome)
    notes = json.loads(child.notes.read_text())
    child.notes.unlink()
    return Result(child.job, outcome, notes["failed"], notes["seconds"])


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _fork(child: _Child) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = _BROKEN
    try:
        code = run(child.job, child.notes)
    finally:
        os._exit(code)  # whatever happens, a child never returns into the parent's loop
