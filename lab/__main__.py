"""``./dev lab``: build the virtual machine once, then strike the daemons in it. See lab/README.md."""

import argparse
import queue
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from lab import figures
from lab.book import Book
from lab.image.build import FOLDER, build, fingerprint
from lab.image.run import BuildError
from lab.machine import Image, Machine, MachineError
from lab.scenarios import SCENARIOS, Finding, play
from lab.strikes import Outcome, Strike, plan, strike

_MODES = {"kept": (True,), "released": (False,), "both": (True, False)}


def main(arguments: list[str] | None = None) -> int:
    """Run the lab; return the exit code: 1 if a line did not go low, or heat came back by itself."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no machine stays behind
    try:
        image = build(lambda what: _say(f"making {what}"))
        if options.what == "build":
            return 0
        run = _Run(image, options.json, fresh=options.fresh)
        if options.what in ("all", "strikes"):
            run.strikes(list(plan(options.kills, _MODES[options.mode], options.seed)), options.jobs)
        if options.what != "strikes":
            run.scenarios(list(SCENARIOS) if options.what == "all" else [options.what])
    except (BuildError, MachineError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    run.write()
    print(figures.table(run.figures()))
    return 0 if run.safe() else 1


class _Run:
    """What was asked for and has been found. It is written down after every strike."""

    def __init__(self, image: Image, json: Path | None, *, fresh: bool) -> None:
        path = FOLDER / f"found-{fingerprint()}.jsonl"
        if fresh:
            path.unlink(missing_ok=True)
        self._book = Book(path)
        self._image, self._json = image, json
        self._outcomes: list[Outcome] = []
        self._findings: list[Finding] = []
        self._lock = threading.Lock()
        self._running: list[Machine] = []

    def figures(self) -> figures.Figures:
        return figures.figures(self._outcomes, self._findings)

    def safe(self) -> bool:
        struck = all(one.low_s is not None and one.heats == 0 for one in self._outcomes)
        return struck and all(finding.as_wanted for finding in self._findings)

    def strikes(self, planned: list[Strike], jobs: int) -> None:
        left: queue.SimpleQueue[Strike] = queue.SimpleQueue()
        for one in planned:
            known = self._book.outcome(one)
            if known is None:
                left.put(one)
            else:
                self._outcomes.append(known)
        jobs = min(jobs, left.qsize())
        if jobs > 0:
            with ThreadPoolExecutor(jobs) as workers:
                struck = [workers.submit(self._strike_all, left, len(planned)) for _ in range(jobs)]
                try:
                    for worker in as_completed(struck):
                        worker.result()
                except BaseException:
                    self._give_up()
                    raise

    def _strike_all(self, left: "queue.SimpleQueue[Strike]", of: int) -> None:
        with Machine(self._image, resume="idle") as machine:
            self._running.append(machine)
            while True:
                try:
                    one = left.get_nowait()
                except queue.Empty:
                    return
                begun_s = time.monotonic()
                outcome = strike(machine, one)
                self._book.add(strike=one, result=outcome)
                with self._lock:
                    self._outcomes.append(outcome)
                    self._note(f"{len(self._outcomes)} of {of}", outcome, time.monotonic() - begun_s)

    def _give_up(self) -> None:
        """Let no worker wait for a machine when one of them has failed, or somebody has had enough."""
        for machine in self._running:
            machine.close()

    def scenarios(self, names: list[str]) -> None:
        known = [found for name in names if (found := self._book.finding(name)) is not None]
        self._findings += known
        left = [name for name in names if name not in {found.name for found in known}]
        if left:
            with Machine(self._image, resume="idle") as machine:
                for name in left:
                    begun_s = time.monotonic()
                    finding = play(machine, name)
                    self._book.add(result=finding)
                    self._findings.append(finding)
                    self._note(name, finding, time.monotonic() - begun_s)

    def _note(self, which: str, what: Outcome | Finding, took_s: float) -> None:
        _say(f"{which} ({took_s:.0f} s): {what}")
        self.write()

    def write(self) -> None:
        if self._json is not None:
            figures.write(self._json, self.figures())


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev lab",
        description="The shipped units on a real kernel, in a virtual machine: lab/README.md",
    )
    what = ["all", "build", "strikes", *SCENARIOS]
    parser.add_argument("what", nargs="?", default="all", choices=what, help=", ".join(what), metavar="WHAT")
    parser.add_argument(
        "--kills", type=int, default=104, metavar="N", help="strikes for each mode (%(default)s)"
    )
    parser.add_argument(
        "--mode",
        choices=_MODES,
        default="both",
        help="whether a line keeps its level when its owner dies, as on a Raspberry Pi, or is released",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the moments (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="machines at the same time")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run has found")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, as they come")
    return parser


if __name__ == "__main__":
    sys.exit(main())
