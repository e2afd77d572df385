"""Let strangers write to the controller: ``./dev campaign messages [--messages N] [--seed S] [--json F]``.

Exit code 0 if nothing crashed and no start was one that the rules forbid, else 1. That the memory of a
real controller stays flat and a stop stays quick meanwhile: ``tests/system/test_whole_flood.py``.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from bench import report
from campaign.messages.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return the exit code."""
    options = _options(arguments)
    began_s = time.monotonic()
    ran = asyncio.run(World(options.seed).run(options.messages))
    figures = {
        "messages.heard": ran.messages,
        "messages.refused": sum(ran.refused.values()),
        "messages.starts": ran.starts,
        "messages.starts_after_sessions": ran.after_sessions,
        "messages.forbidden_starts": len(ran.mistakes),
        "messages.seconds": round(time.monotonic() - began_s, 1),
    }
    rows = [
        (name.removeprefix("messages.").replace("_", " "), f"{value:,}") for name, value in figures.items()
    ]
    rows += [(f"refused: {code}", f"{count:,}") for code, count in sorted(ran.refused.items())]
    report.table(f"Messages, seed {options.seed}", ("what", "how many"), rows)
    for mistake in ran.mistakes[:20]:
        print(mistake, file=sys.stderr)
    report.store(options.json, figures)
    return 1 if ran.mistakes else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev campaign messages", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, metavar="N", help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same run (%(default)s)")
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
