"""The fuzzer: invent or vary a sequence, play it, keep it when it reached something new.

What guides it is *abstract state*, in every run: which combinations of phase, self-test, verdicts,
latches, sensor faults and link were reached, which frames moved one phase to another, and which
answers and events came back (``campaign.fuzz.noting``). *Lines* of ``hardware/`` guide it too, in one
run of ten and in each run that was kept: watching them slows a run down.
"""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from campaign.fuzz.inventing import invent, vary
from campaign.fuzz.lines import Lines
from campaign.fuzz.noting import Feature
from campaign.fuzz.playing import Finding, play
from campaign.fuzz.sequences import Sequence
from campaign.fuzz.shrinking import shrink
from campaign.fuzz.times import Times

_WATCHED_EVERY = 10
_NEW_SHARE = 0.25
_SHARED_MEMORY = "/dev/shm"


@dataclass(slots=True)
class Hunt:
    """What was done so far."""

    findings: list[Finding] = field(default_factory=list)
    sequences: int = 0
    cycles: int = 0
    packets: int = 0
    kept: list[Sequence] = field(default_factory=list)
    features: set[Feature] = field(default_factory=set)
    lines: Lines = field(default_factory=Lines)
    times: Times = field(default_factory=Times)

    def has(self, finding: Finding) -> bool:
        """Whether something of the same kind was found before."""
        return any(known.kind == finding.kind for known in self.findings)


def hunt(
    seconds: float, seed: int, *, most: int | None = None, tell: Callable[[Hunt], None] = lambda _: None
) -> Hunt:
    """Hunt for ``seconds``, or until ``most`` sequences; ``tell`` is called after each."""
    rng, result = random.Random(seed), Hunt()
    end_s = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=scratch()) as folder:
        while time.monotonic() < end_s and (most is None or result.sequences < most):
            finding = _try(result, _next(rng, result.kept), folder)
            if finding is not None and not result.has(finding):
                result.findings.append(shrink(finding, folder))
            tell(result)
    return result


def scratch() -> str | None:
    """Return a folder in which a sync costs nothing, for it would count as a cycle's; None without one."""
    return _SHARED_MEMORY if Path(_SHARED_MEMORY).is_dir() else None


def _next(rng: random.Random, kept: list[Sequence]) -> Sequence:
    if not kept or rng.random() < _NEW_SHARE:
        return invent(rng)
    return vary(rng, _choose(rng, kept), _choose(rng, kept))


def _choose(rng: random.Random, kept: list[Sequence]) -> Sequence:
    """Choose one that was kept, the newest more often: they have been varied the least."""
    return kept[-1 - int(rng.random() ** 2 * len(kept))]


def _try(result: Hunt, sequence: Sequence, folder: str) -> Finding | None:
    with_lines = result.sequences % _WATCHED_EVERY == 0
    lines_before = len(result.lines.seen)
    played = play(sequence, folder, result.lines if with_lines else None)
    result.sequences += 1
    result.cycles += len(played.times_ms)
    result.packets += played.packets
    if not with_lines:
        result.times.add(played.times_ms)
    new = played.features - result.features or len(result.lines.seen) > lines_before
    if played.finding is None and new:
        result.kept.append(sequence)
        if not with_lines:
            play(sequence, folder, result.lines)
    result.features |= played.features
    return played.finding
