"""Let a hostile controller loose on the guard, for as long as you like.

    python -m campaign.fuzz --minutes 60 [--seed S] [--json F] [--findings FOLDER]
    python -m campaign.fuzz --replay FILE

Exit code 0 if nothing was found and the cycles kept their deadline, else 1. ``campaign.fuzz.hunt``
says what guides it.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence as Words
from pathlib import Path

from campaign.fuzz.hunt import Hunt, hunt, scratch
from campaign.fuzz.lines import all_lines
from campaign.fuzz.playing import play
from campaign.fuzz.sequences import load, store

#: Half of a cycle of 100 ms for 99 of 100 cycles; none may be an overrun.
P99_MS, MOST_MS = 50.0, 1000.0
_TOLD_EVERY_S = 30.0


class Teller:
    """Prints a line each half minute."""

    def __init__(self) -> None:
        """Begin now."""
        self._began_s = self._told_s = time.monotonic()
        self.first_rss_kb = 0

    def __call__(self, so_far: Hunt) -> None:
        """Print one, if it is time."""
        now_s = time.monotonic()
        if now_s - self._told_s < _TOLD_EVERY_S:
            return
        self._told_s = now_s
        self.first_rss_kb = self.first_rss_kb or rss_kb()
        print(
            f"fuzz {(now_s - self._began_s) / 60:.1f} min: {so_far.sequences:,} sequences, "
            f"{so_far.cycles:,} cycles, {so_far.packets:,} packets, {len(so_far.kept):,} kept, "
            f"{len(so_far.lines.seen):,} lines, {len(so_far.findings)} findings, "
            f"longest cycle {so_far.times.most_ms:.1f} ms",
            file=sys.stderr,
            flush=True,
        )


def rss_kb() -> int:
    """Return the most memory that this process has used so far, kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: Words[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _options(arguments)
    if options.replay:
        return _replay(options.replay)
    began_s, teller = time.monotonic(), Teller()
    result = hunt(options.minutes * 60.0, options.seed, tell=teller)
    figures = flat(result, (time.monotonic() - began_s) / 60.0, options.seed, teller.first_rss_kb)
    print(table(figures))
    for number, finding in enumerate(result.findings, 1):
        file = options.findings / f"finding-{number}.json"
        store(finding.sequence, file, finding.what)
        print(f"\n{file}: {finding.what}\n{finding.trace}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    kept = figures["fuzz.cycle_p99_ms"] < P99_MS and figures["fuzz.cycle_max_ms"] < MOST_MS
    return 0 if kept and not result.findings else 1


def flat(result: Hunt, minutes: float, seed: int, first_rss_kb: int) -> dict[str, float | int]:
    """Return ``fuzz.*``."""
    guard = all_lines()
    return {
        "fuzz.minutes": round(minutes, 2),
        "fuzz.seed": seed,
        "fuzz.sequences": result.sequences,
        "fuzz.cycles": result.cycles,
        "fuzz.packets": result.packets,
        "fuzz.corpus": len(result.kept),
        "fuzz.features": len(result.features),
        "fuzz.lines": len(result.lines.seen & guard),
        "fuzz.lines_all": len(guard),
        "fuzz.crashes": sum(finding.crash for finding in result.findings),
        "fuzz.broken": sum(not finding.crash for finding in result.findings),
        "fuzz.cycle_p50_ms": round(result.times.quantile_ms(0.5), 2),
        "fuzz.cycle_p99_ms": round(result.times.quantile_ms(0.99), 2),
        "fuzz.cycle_max_ms": round(result.times.most_ms, 2),
        "fuzz.rss_first_mb": round(first_rss_kb / 1024, 1),
        "fuzz.rss_mb": round(rss_kb() / 1024, 1),
    }


def table(figures: dict[str, float | int]) -> str:
    """Return the figures as two columns."""
    words = {
        "fuzz.minutes": "minutes",
        "fuzz.seed": "seed",
        "fuzz.sequences": "sequences",
        "fuzz.cycles": "guard cycles",
        "fuzz.packets": "packets sent",
        "fuzz.corpus": "sequences kept",
        "fuzz.features": "abstract states",
        "fuzz.lines": "lines of the guard's functions run",
        "fuzz.lines_all": "  of",
        "fuzz.crashes": "kinds of crashes",
        "fuzz.broken": "kinds of broken invariants",
        "fuzz.cycle_p50_ms": "CPU of a cycle, p50, ms",
        "fuzz.cycle_p99_ms": "  p99, ms",
        "fuzz.cycle_max_ms": "  max, ms",
        "fuzz.rss_first_mb": "memory after half a minute, MB",
        "fuzz.rss_mb": "  at the end, corpus and all, MB",
    }
    return "\n".join(f"{word:36}{figures[key]:>14,}" for key, word in words.items())


def _replay(file: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=scratch()) as folder:
        finding = play(load(file), folder).finding
    if finding is None:
        print(f"{file}: nothing breaks")
        return 0
    print(f"{file}: {finding.what}\n{finding.trace}")
    return 1


def _options(arguments: Words[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev campaign fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, metavar="M", help="how long (%(default)g)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of all choices (%(default)s)")
    parser.add_argument(
        "--json", type=Path, metavar="F", help="write the figures to F as one flat JSON object"
    )
    folder = Path("build/fuzz")
    parser.add_argument("--findings", type=Path, default=folder, metavar="FOLDER", help="(%(default)s)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play one stored finding again")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
