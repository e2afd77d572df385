"""Try every mutant: the tests that noticed the last ones first, then the quick tests, then the slow."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from campaign.mutation.child import ROOT, Job
from campaign.mutation.forks import Outcome, play
from campaign.mutation.report import Tried
from campaign.mutation.targets import LAST, TARGETS

#: A mutant may take this many times as long as the tests take without it, and as many seconds more.
_PATIENCE, _PATIENCE_S = 3.0, 10.0
_HEALTHY_TIMEOUT_S = 600.0


class _Order:
    """In which order a module's tests run."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._quick_first = sorted(filter(_alone, seconds), key=seconds.__getitem__)
        self._latest_first: list[str] = []
        self.timeout_s = _PATIENCE * sum(seconds.values()) + _PATIENCE_S

    def noticed(self, name: str) -> None:
        """Put a test in front: the next mutant is likely a neighbour of the one that it noticed."""
        if _alone(name):
            self._latest_first = [name, *(other for other in self._latest_first if other != name)]

    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self._latest_first, *self._quick_first]))


def _alone(test: str) -> bool:
    return Path(test.partition("::")[0]).stem.removeprefix("test_") not in LAST


def hunt(tried: Sequence[Tried], at_once: int, scratch: Path) -> list[Tried]:
    """Return the mutants with their outcomes; exempt ones are left alone.

    Raises:
        SystemExit: if the tests fail without any mutant.
    """
    orders = _healthy(list(dict.fromkeys(one.module for one in tried)), at_once, scratch)
    hunted = {one.mutant.source: one for one in tried if one.exemption is None}

    def jobs() -> Iterator[Job]:
        for source, one in list(hunted.items()):
            order = orders[one.module]
            yield Job(one.module, source, tests(one.module), order.timeout_s, order.names())

    began_s, survived = time.monotonic(), 0
    for count, result in enumerate(play(jobs(), at_once, scratch), 1):
        source = result.job.source or ""
        hunted[source] = replace(hunted[source], outcome=result.outcome, noticed_by=result.failed)
        if result.failed is not None:
            orders[result.job.module].noticed(result.failed)
        survived += result.outcome is Outcome.SURVIVED
        _progress(count, len(hunted), survived, time.monotonic() - began_s)
    return [hunted.get(one.mutant.source, one) for one in tried]


def tests(module: str) -> tuple[Path, ...]:
    """Return the test files that judge a module, e.g. of ``hardware.checks``."""
    names = TARGETS[module.removeprefix("hardware.")]
    return tuple(ROOT / "tests" / "unit" / f"test_{name}.py" for name in names)


def _healthy(modules: Sequence[str], at_once: int, scratch: Path) -> dict[str, _Order]:
    """Run the tests without any mutant: they must pass, and show which of them are quick."""
    jobs = [Job(module, None, tests(module), _HEALTHY_TIMEOUT_S) for module in modules]
    orders: dict[str, _Order] = {}
    for result in play(jobs, at_once, scratch):
        if result.outcome is not Outcome.SURVIVED:
            raise SystemExit(
                f"The tests of {result.job.module} fail without any mutant: {result.failed}. Mend them first"
            )
        orders[result.job.module] = _Order(result.seconds)
    return orders


def _progress(done: int, total: int, survived: int, elapsed_s: float) -> None:
    left_s = elapsed_s / done * (total - done)
    line = f"\r{done}/{total} mutants, {survived} survived, {left_s / 60:.0f} min left  "
    print(line, end="\n" if done == total else "", file=sys.stderr, flush=True)
