"""The fault campaign: thousands of random pads and wearers, each in a healthy session and with one fault.

The guard's step and the controller's PID are the code of the daemons; pad, wearer and converter are
simulated, all in one process and without waiting. Results go to a CSV file, as they come, and to an HTML
page at the end. Called again with the same file, it goes on where it was.
"""

import argparse
import datetime
import os
import sys
from pathlib import Path

from bench import report
from campaign import figures, page
from campaign.faults import FAULTS
from campaign.pool import pairs
from campaign.progress import Progress
from campaign.result import Result
from campaign.table import Origin, Table, TableError, read
from campaign.version import version

_NOTES = (
    "Each run is a healthy session and its exact twin that a fault strikes at a random moment: the guard's "
    "step is a pure function, so the time before the fault is simulated once.",
    "Guard and controller run in cycles of 0.2 s, twice their own: half of the samples, so more noise in "
    "every mean, and everything is noticed later. The pad is integrated in steps of 0.1 s with the midpoint "
    "rule, within 0.01 °C of steps ten times finer.",
    "Peaks are counted from the fault on, through 75 s after the session's end.",
    "A code is right if it is one that the fault's row names. A fault of the pad that leaves the reading "
    "within 2 °C of the truth, or that strikes in the last minute, may also end as if nothing had happened.",
)


def main() -> int:
    """Run what is missing; return the exit code."""
    options = _options()
    csv_file: Path = options.csv
    csv_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        results = _run(csv_file, options.runs, options.seed, options.jobs)
    except TableError as error:
        print(f"campaign: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ncampaign: stopped; what is done is in {csv_file}, call again to go on", file=sys.stderr)
        return 130
    about = page.About(
        seed=options.seed,
        command=f"./dev campaign --runs {options.runs} --seed {options.seed}",
        version=version(),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        hardware={fault.name: fault.hardware for fault in FAULTS if fault.hardware},
        notes=_NOTES,
    )
    options.html.write_text(page.render(results, about), encoding="utf-8")
    print(figures.for_terminal(results))
    print(f"\n{csv_file}\n{options.html}")
    report.store(options.json, figures.flat(results))
    return 0


def _run(csv_file: Path, runs: int, seed: int, jobs: int) -> list[Result]:
    with Table(csv_file, Origin(version(), seed)) as table:
        finished = table.done
        missing = [n for n in range(runs) if not {("healthy", n), ("fault", n)} <= finished]
        with Progress("campaign", runs, before=runs - len(missing)) as progress:
            for both in pairs(missing, seed, jobs):
                table.append(result for result in both if (result.kind, result.run) not in finished)
                progress.advance(1)
    return [result for result in read(csv_file) if result.run < runs]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev campaign", description=__doc__)
    parser.add_argument(
        "--runs",
        type=int,
        default=1000,
        metavar="N",
        help="healthy sessions, and as many with a fault (%(default)s)",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same runs (%(default)s)")
    folder = Path("build/campaign")
    parser.add_argument("--csv", type=Path, default=folder / "results.csv", metavar="F", help="(%(default)s)")
    parser.add_argument("--html", type=Path, default=folder / "index.html", metavar="F", help="(%(default)s)")
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
