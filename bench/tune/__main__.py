"""The trial of ``heatpack tune`` on random pads: how often it works, what it finds, what it costs.

Each device is tuned once, on a wearer at random or, every other one, on nobody, below the guard's own checks
and limits. A trial works when it ends by itself, the pad is identified, and no fault is latched until a
minute after.
"""

import argparse
import gc
import multiprocessing
import os
import sys
from functools import partial

from bench import report
from bench.tune.figures import show
from bench.tune.trial import tune
from campaign.progress import Progress


def main() -> int:
    """Run, and show; return the exit code."""
    options = _options()
    one = partial(tune, seed=options.seed, bits=options.bits)
    tuned = []
    with (
        Progress("tune", options.runs) as progress,
        multiprocessing.get_context("spawn").Pool(options.jobs, initializer=gc.disable) as pool,
    ):
        try:
            for result in pool.imap_unordered(one, range(options.runs)):
                tuned.append(result)
                progress.advance()
        except KeyboardInterrupt:
            print("\ntune: stopped; nothing was written", file=sys.stderr)
            return 130
    report.store(options.json, show(sorted(tuned, key=lambda t: t.run)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench tune", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="devices (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same runs (%(default)s)")
    parser.add_argument(
        "--bits", type=int, choices=(10, 12), default=10, help="of the converter (%(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes (%(default)s)"
    )
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
