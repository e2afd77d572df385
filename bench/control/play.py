"""Runs devices, each with all laws, converters and targets, on several processes. Same seed, same runs."""

import gc
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bench.control.bound import bounds
from bench.control.laws import LAWS
from bench.control.metrics import Outcome, outcome
from bench.control.pairs import device
from bench.control.session import heat

BITS: Final = (10, 12)
TARGETS_C: Final = (40.0, 42.0)


@dataclass(frozen=True, slots=True)
class Played:
    """One device: its sessions, and the targets that its power cannot reach or hold."""

    outcomes: tuple[Outcome, ...]
    unreachable_c: tuple[float, ...]


def play(run: int, seed: int) -> Played:
    """Let every law heat one device."""
    drawn = device(run, seed)
    bound_s = bounds(drawn.parameters, TARGETS_C)
    reachable = {target_c: found for target_c, found in bound_s.items() if found is not None}
    outcomes = []
    for bits in BITS if reachable else ():
        built = replace(drawn, bits=bits)
        for contestant in LAWS:
            fresh = contestant.build(built)
            for target_c, least_s in reachable.items():
                session = heat(contestant, fresh(), built.session(f"{target_c}"), target_c)
                outcomes.append(outcome(session, run=run, law=contestant.key, bits=bits, bound_s=least_s))
    return Played(tuple(outcomes), tuple(target_c for target_c in TARGETS_C if target_c not in reachable))


def all_runs(runs: Iterable[int], seed: int, jobs: int) -> Iterator[Played]:
    """Yield the runs as they come."""
    if jobs == 1:
        yield from (play(run, seed) for run in runs)
        return
    with multiprocessing.get_context("spawn").Pool(
        jobs, initializer=gc.disable, maxtasksperchild=100
    ) as pool:
        yield from pool.imap_unordered(partial(play, seed=seed), runs)
