"""Runs devices, each with all laws, converters and targets, on several processes. Same seed, same runs."""

import gc
import multiprocessing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bench.control import ours
from bench.control.bound import bounds
from bench.control.guarded import KEY, heat_guarded
from bench.control.laws import LAWS, OURS
from bench.control.metrics import Outcome, outcome
from bench.control.pad import TICK_S
from bench.control.pairs import Device, device
from bench.control.scene import HAPPENS_S, SCENES
from bench.control.session import heat
from bench.control.trials import tuned_model

BITS: Final = (10, 12)
TARGETS_C: Final = (40.0, 42.0)
CASES: Final = tuple((bits, target_c) for target_c in TARGETS_C for bits in BITS)
#: The case that every device plays; the others, scenes, and the guard are for every fourth one.
MAIN: Final = (10, 40.0)
OTHERS_EVERY: Final = 4


@dataclass(frozen=True, slots=True)
class Disturbed:
    """One law in one scene: the most above the target, from the moment when it happens on, °C."""

    law: str
    scene: str
    overshoot_c: float


@dataclass(frozen=True, slots=True)
class Played:
    """One device.

    Attributes:
        outcomes: its sessions.
        unreachable_c: targets that its power cannot reach or hold.
        untuned_bits: converters with which this project's trial found nothing.
        disturbed: what this project's laws made of each scene.
    """

    outcomes: tuple[Outcome, ...]
    unreachable_c: tuple[float, ...]
    untuned_bits: tuple[int, ...] = ()
    disturbed: tuple[Disturbed, ...] = ()


def play(run: int, seed: int) -> Played:
    """Let every law heat one device."""
    drawn = device(run, seed)
    bound_s = bounds(drawn.parameters, TARGETS_C)
    unreachable_c = tuple(target_c for target_c in TARGETS_C if bound_s[target_c] is None)
    outcomes: list[Outcome] = []
    disturbed: list[Disturbed] = []
    untuned_bits: list[int] = []
    for bits in BITS:
        built = replace(drawn, bits=bits)
        targets_c = [
            target_c
            for target_c in TARGETS_C
            if target_c not in unreachable_c and ((bits, target_c) == MAIN or run % OTHERS_EVERY == 0)
        ]
        outcomes += _all_laws(built, {target_c: bound_s[target_c] or 0.0 for target_c in targets_c})
        if bits == MAIN[0] and MAIN[1] in targets_c and run % OTHERS_EVERY == 0:
            session = heat_guarded(built, ours.tuned(built)().plan, MAIN[1])
            outcomes.append(outcome(session, run=run, law=KEY, bits=bits, bound_s=bound_s[MAIN[1]] or 0.0))
        if (bits, MAIN[1]) == MAIN and MAIN[1] in targets_c and run % OTHERS_EVERY == 0:
            disturbed += _disturbed(built)
        if targets_c and tuned_model(built) is None:
            untuned_bits.append(bits)
    return Played(tuple(outcomes), unreachable_c, tuple(untuned_bits), tuple(disturbed))


def _all_laws(built: Device, bound_s: dict[float, float]) -> Iterator[Outcome]:
    for contestant in LAWS if bound_s else ():
        fresh = contestant.build(built)
        for target_c, least_s in bound_s.items():
            session = heat(contestant, fresh(), built.session(f"{target_c}"), target_c)
            yield outcome(session, run=built.run, law=contestant.key, bits=built.bits, bound_s=least_s)


def _disturbed(built: Device) -> Iterator[Disturbed]:
    for contestant in OURS:
        fresh = contestant.build(built)
        for scene in SCENES:
            session = heat(contestant, fresh(), built.session(scene.key), MAIN[1], scene=scene)
            above_c = max(session.true_c[round(HAPPENS_S / TICK_S) :]) - MAIN[1]
            yield Disturbed(contestant.key, scene.key, max(0.0, above_c))


def all_runs(runs: Iterable[int], seed: int, jobs: int) -> Iterator[Played]:
    """Yield the runs as they come."""
    if jobs == 1:
        yield from (play(run, seed) for run in runs)
        return
    with multiprocessing.get_context("spawn").Pool(
        jobs, initializer=gc.disable, maxtasksperchild=100
    ) as pool:
        yield from pool.imap_unordered(partial(play, seed=seed), runs)
