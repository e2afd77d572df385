"""Runs pairs on several processes. The same seed gives the same runs, whatever their order."""

import gc
import multiprocessing
from collections.abc import Iterable, Iterator
from functools import partial

from campaign.result import Result
from campaign.run import pair


def pairs(runs: Iterable[int], seed: int, jobs: int) -> Iterator[tuple[Result, Result]]:
    """Yield a healthy run and its twin with a fault for each number, as they come."""
    if jobs == 1:
        yield from (pair(run, seed) for run in runs)
        return
    # A run makes millions of small values and no cycles: looking for cycles takes a tenth of its time.
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(jobs, initializer=gc.disable, maxtasksperchild=500) as pool:
        yield from pool.imap_unordered(partial(pair, seed=seed), runs, chunksize=1)
