"""The forked child: one mutated module in the place of the real one, and pytest over its tests."""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROFILE = "mutation"
_MEMORY_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the module in whose place ``source`` stands (None: nothing is mutated), and the tests.

    ``order`` names single tests in the order in which they are to run; the others follow.
    """

    module: str
    source: str | None
    tests: tuple[Path, ...]
    timeout_s: float
    order: tuple[str, ...] = ()


def run(job: Job, notes: Path) -> int:
    """Run the job in this process, which can do nothing else afterwards; return pytest's exit code.

    ``notes`` becomes a JSON file: the test that failed, and the seconds that each one took.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    if job.source is not None:
        sys.meta_path.insert(0, _Mutated(job.module, job.source))
    watcher = _Watcher(job.order)
    options = ["-x", "-q", "-p", "no:cacheprovider", f"--hypothesis-profile={PROFILE}"]
    ignored = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of hypothesis, which is here already
    code = int(pytest.main([*options, *ignored, *map(str, job.tests)], plugins=[watcher]))
    notes.write_text(json.dumps({"failed": watcher.failed, "seconds": watcher.seconds}))
    return code


class _Watcher:
    """Puts the tests into their order, and notes how they fare."""

    def __init__(self, order: tuple[str, ...]) -> None:
        self._ranks = {name: rank for rank, name in enumerate(order)}
        self.failed: str | None = None
        self.seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._ranks.get(item.nodeid, len(self._ranks)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and self.failed is None:
            self.failed = report.nodeid


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module before Python does, and gives it the mutated source."""

    def __init__(self, module: str, source: str) -> None:
        self._module, self._source = module, source
        if any(name.partition(".")[0] == module.partition(".")[0] for name in sys.modules):
            raise RuntimeError(f"{module} may be in use already: its package was imported before the mutant")

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        where = ROOT.joinpath(*self._module.split(".")).with_suffix(".py")
        module.__file__ = str(where)
        exec(compile(self._source, where, "exec"), module.__dict__)
