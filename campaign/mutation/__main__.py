"""Mutate the guard's judgement and see whether its tests notice.

    python -m campaign.mutation [--only MODULE] [--jobs J] [--json F] [--list]

Exit code 0 if at least 95 % of the mutants were noticed, else 1.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from campaign.mutation import forks, report
from campaign.mutation.child import ROOT
from campaign.mutation.hunt import hunt
from campaign.mutation.mutants import mutants
from campaign.mutation.report import Tried
from campaign.mutation.targets import EXEMPTIONS, TARGETS, Exemption

GOAL_PERCENT = 95.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _options(arguments)
    tried = [one for name in options.only or TARGETS for one in _found(name)]
    stale = _stale(tried)
    if stale and not options.only:
        print(f"Exempt, but not to be found: {stale[0].before} -> {stale[0].after}", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(report.place(one) for one in tried))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no child is left behind
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        forks.prepare(Path(scratch))
        tried = hunt(tried, options.jobs, Path(scratch))
    print(report.text(tried))
    if options.json:
        options.json.write_text(json.dumps(report.plain(tried), indent=1, ensure_ascii=False) + "\n")
    return 0 if report.score(tried).percent >= GOAL_PERCENT else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=[*TARGETS], help="mutate this module alone")
    parser.add_argument("--jobs", type=int, default=2, help="mutants that are tried at once (default 2)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--list", action="store_true", help="list the mutants and try none")
    return parser.parse_args(arguments)


def _found(name: str) -> list[Tried]:
    known = {(e.module, e.before, e.after): e for e in EXEMPTIONS}
    source = ROOT.joinpath("hardware", *name.split(".")).with_suffix(".py").read_text()
    return [
        Tried(f"hardware.{name}", mutant, exemption=known.get((name, mutant.before, mutant.after)))
        for mutant in mutants(source)
    ]


def _stale(tried: Sequence[Tried]) -> list[Exemption]:
    used = [one.exemption for one in tried]
    return [exemption for exemption in EXEMPTIONS if exemption not in used]


if __name__ == "__main__":
    raise SystemExit(main())
