"""This project's control law and its peers', on the same random pads and wearers, without any guard.

Each law heats each pad for ten minutes, with both converters, at 40 and at 42 °C. All figures are of the
pad's true temperature. Peers are implemented here after their published algorithms, and tuned as they say.
"""

import argparse
import datetime
import os
import sys
from pathlib import Path

from bench import report
from bench.control import figures, page, step_cost
from bench.control.play import all_runs
from campaign.progress import Progress
from campaign.version import version


def main() -> int:
    """Run, and show; return the exit code."""
    options = _options()
    with Progress("control", options.runs) as progress:
        played = []
        try:
            for one in all_runs(range(options.runs), options.seed, options.jobs):
                played.append(one)
                progress.advance()
        except KeyboardInterrupt:
            print("\ncontrol: stopped; nothing was written", file=sys.stderr)
            return 130
    results = figures.gather(played)
    about = page.About(
        seed=options.seed,
        command=f"./dev bench control --runs {options.runs} --seed {options.seed}",
        version=version(),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )
    figures.write_csv(options.csv, results)
    options.html.parent.mkdir(parents=True, exist_ok=True)
    options.html.write_text(page.render(results, about), encoding="utf-8")
    figures.show(results)
    print(f"{options.csv}\n{options.html}")
    cost = step_cost.ratio()
    print(f"One step of the control costs {cost:.1f} times a call of simple-pid, in this run.")
    report.store(options.json, {**figures.flat(results), "control.step_cost_ratio": round(cost, 2)})
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench control", description=__doc__)
    folder = Path("build/control")
    parser.add_argument(
        "--runs", type=int, default=200, metavar="N", help="devices with their wearers (%(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="J", help="processes (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same runs (%(default)s)")
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    parser.add_argument("--csv", type=Path, default=folder / "results.csv", metavar="F", help="(%(default)s)")
    parser.add_argument("--html", type=Path, default=folder / "index.html", metavar="F", help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
