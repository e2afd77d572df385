"""The storage campaign: the safety log on a disk that loses its power, its pages, or the process above it.

What is promised to others (an entry told to the phone, an event acknowledged to the guard, heat asked for)
has to be in the log afterwards, every session has to have an end, and `heatpack log verify` nothing to say.
"""

import argparse
import logging
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import report
from campaign.progress import Progress
from campaign.storage import cuts, kills, pages
from campaign.storage.pages import Outcome, Pages
from campaign.storage.tally import Tally

_HEAD = ("", "how often", "lost", "without an end", "chain broken", "set aside")


def main(arguments: list[str] | None = None) -> int:
    """Run it; return the exit code: 1 if anything was lost, open, unnoticed or not verified."""
    options = _options(arguments)
    logging.disable()  # of hundreds of restarts on damaged disks
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="heatpack-storage-") as folder:
        if options.traces:
            tallies["cuts"] = _cuts(options.traces, options.seed)
        if options.kills:
            tallies["kills"] = _kills(Path(folder), options.kills, options.seed, options.jobs)
        damaged = _pages(options.sessions, options.seed) if options.sessions else None
    names = {"cuts": "power cut after a system call", "kills": "controller killed"}
    rows = [(names[name], *map(str, _counts(tally))) for name, tally in tallies.items()]
    report.table("What is left of the log", _HEAD, rows)
    broken = [words for tally in tallies.values() for words in tally.broken]
    figures: dict[str, float | int] = {
        f"storage.{name}.{key}": value
        for name, tally in tallies.items()
        for key, value in zip(
            ("runs", "lost", "unfinished", "unverified", "set_aside"), _counts(tally), strict=True
        )
    }
    if damaged is not None:
        kinds = list(damaged.outcomes)
        outcomes = [outcome for outcome in Outcome if damaged.total(outcome)]
        table = [(o, *(str(damaged.outcomes[kind][o]) for kind in kinds)) for o in outcomes]
        report.table(f"{damaged.damaged} damaged pages", ("", *kinds), table)
        figures["storage.pages.runs"] = damaged.damaged
        figures |= {f"storage.pages.{o.name.lower()}": damaged.total(o) for o in Outcome}
        broken += damaged.broken
    for words in broken:
        print(words)
    report.store(options.json, figures)
    return int(bool(broken))


def _cuts(traces: int, seed: int) -> Tally:
    whole = Tally()
    with Progress("traces", traces) as progress:
        for number in range(traces):
            with tempfile.TemporaryDirectory(dir=_memory()) as folder:
                (Path(folder) / "disks").mkdir()
                traced = cuts.record(Path(folder) / "pack")
                whole += cuts.check(Path(folder) / "disks", traced, seed + number)
            progress.advance()
    return whole


def _kills(folder: Path, moments: int, seed: int, jobs: int) -> Tally:
    """Share the moments among several packs: most of the time of each is waiting."""
    with Progress("kills", moments) as progress, ThreadPoolExecutor(jobs) as packs:

        def some(job: int) -> Tally:
            own = folder / str(job)
            own.mkdir()
            share = len(range(job, moments, jobs))
            return kills.kill(own, share, seed * jobs + job, lambda: progress.advance(1))

        return sum(packs.map(some, range(jobs)), Tally())


def _pages(sessions: int, seed: int) -> Pages:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        return pages.damage(Path(folder), seed, sessions)


def _memory() -> Path | None:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


def _counts(tally: Tally) -> tuple[int, ...]:
    return (
        tally.cuts,
        len(tally.lost),
        len(tally.unfinished),
        len(tally.unverified),
        len(tally.set_aside),
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev campaign storage", description=__doc__)
    for name, default, what in (
        ("traces", 3, "recordings of a controller's system calls; each is cut after every call, four ways"),
        ("kills", 200, "random moments at which the controller is killed, every second time with the guard"),
        ("sessions", 20, "sessions in the log whose pages are damaged, each in five ways"),
        ("jobs", 4, "packs that are killed at the same time"),
        ("seed", 1, "same seed, same accidents"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{what} (%(default)s)")
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
