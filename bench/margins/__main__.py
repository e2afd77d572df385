"""Gain, phase and delay margins of the loop that holds a pad at 40 °C, over random pads and wearers.

The matrices are those of the running code: simulated pad, estimator, PID, sample and hold, and the link's
cycle. Worst pair, 1 in 100, 1 in 20 and median: tuned, tuned with each number up to 20 % wrong, and untuned.
"""

import sys

from bench import report
from bench.margins.figures import LAWS, MEASURES, SHARES, flat
from bench.margins.pairs import judge, parameters_of
from campaign.progress import Progress
from hardware.simulated.plant import PlantParameters

SEED = 1


def main() -> int:
    """Measure, and show; return the exit code."""
    options = report.arguments(__doc__ or "", runs=1000)
    pairs = []
    try:
        with Progress("margins", options.runs) as progress:
            for run in range(options.runs):
                pairs.append(judge(parameters_of(run, SEED)))
                progress.advance()
    except KeyboardInterrupt:
        print("\nmargins: stopped; nothing was written", file=sys.stderr)
        return 130
    figures = flat(pairs, judge(PlantParameters()))
    _show(figures)
    report.store(options.json, figures)
    return 0


def _show(figures: dict[str, float | int]) -> None:
    saturated = figures["margins.saturated"]
    head = ("", "nominal", "worst", "1 in 100", "1 in 20", "median")
    for law in LAWS:
        rows = [
            [
                measure.title,
                *(
                    _cell(figures, f"margins.{law}.{measure.key}.{column}", measure.digits)
                    for column in ("nominal", *SHARES)
                ),
            ]
            for measure in MEASURES
        ]
        stable = figures["margins.runs"] - saturated - figures[f"margins.{law}.unstable"]
        report.table(f"{law}: {stable:,} pairs", head, rows)
        print(f"  not stable: {figures[f'margins.{law}.unstable']:,}")
        print(f"  least gain as a share of the real one: {figures[f'margins.{law}.least_gain']:g}\n")
    print(f"On {saturated:,} more the pad's power does not hold 40 °C: there is no loop.")


def _cell(figures: dict[str, float | int], key: str, digits: int) -> str:
    return f"{figures[key]:.{digits}f}" if key in figures else "–"


if __name__ == "__main__":
    sys.exit(main())
