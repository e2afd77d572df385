"""How every measurement prints and stores its figures."""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence


def arguments(description: str, runs: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--runs", type=int, default=runs, metavar="N", help="how often (default: %(default)s)"
    )
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args()


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that at least this share of all do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-round(share * 1000) * len(ordered) // 1000))
    return ordered[min(rank, len(ordered)) - 1]


def span(values: Sequence[float]) -> str:
    return f"{min(values):.3g}-{max(values):.3g}" if values else ""


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    print(title)
    for row in (head, *rows):
        cells = [
            cell.ljust(w) if n == 0 else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())
    print()


def store(path: str | None, figures: Mapping[str, float | int]) -> None:
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(dict(sorted(figures.items())), file, indent=1)
            file.write("\n")
