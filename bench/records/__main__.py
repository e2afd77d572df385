"""The safety log: what a session writes to the disk, whether tampering is noticed, and what grows with it.

One session of eight minutes of both real daemons, counted by the kernel. Random tamperings with logs as
months leave them behind, and these logs themselves. What takes longer with ten thousand sessions than with
ten.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.records import scaling, writes
from bench.records.honest import honest
from bench.records.tampering import tampered
from controller.records import query
from controller.records.verify import verify
from tests.support.broker import Broker

#: Where files cost no disk.
MEMORY = Path("/dev/shm")


def main() -> int:
    options = _options()
    figures: dict[str, float | int] = {}
    if options.sessions:
        figures |= _writes(options.sessions, options.speed)
    if options.runs:
        figures |= _tamperings(options.runs)
    if options.turns:
        figures |= _scaling(options.turns)
    report.store(options.json, figures)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench records", description=__doc__)
    for name, default, what in (
        ("sessions", 3, "sessions whose writes are counted"),
        ("runs", 1000, "honest logs, and as many tamperings"),
        ("turns", 7, "turns of what grows, with few sessions and with many"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{what} (%(default)s)")
    parser.add_argument(
        "--speed", type=float, default=writes.SPEED, metavar="N", help="device seconds a second (%(default)s)"
    )
    parser.add_argument("--json", metavar="F", help="write the figures to F as one flat JSON object")
    return parser.parse_args()


def _writes(sessions: int, speed: float) -> dict[str, float | int]:
    disk = Path("build")
    disk.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="heatpack-", dir=MEMORY if MEMORY.is_dir() else None) as folder,
        tempfile.TemporaryDirectory(prefix="records-", dir=disk.resolve()) as state,
        Broker(Path(folder)) as broker,
    ):
        found = writes.measure(Path(folder), Path(state), broker, sessions, speed)
    rows = [
        ("guard: ledger", f"{found.ledger.dirtied / 1000:.1f}", f"{found.ledger.asked / 1000:.1f}"),
        ("controller: log", f"{found.log.dirtied / 1000:.1f}", f"{found.log.asked / 1000:.1f}"),
        ("lines for the journal", f"{found.journal_bytes / 1000:.1f}", f"{found.journal_bytes / 1000:.1f}"),
        ("all", f"{found.kb:.1f}", ""),
    ]
    report.table(
        f"Written per session of 8 minutes, kB; mean of {sessions}", ("", "pages", "asked for"), rows
    )
    return {
        "records.write_kb_per_session": round(found.kb, 1),
        "records.write_kb.ledger": round(found.ledger.dirtied / 1000, 1),
        "records.write_kb.log": round(found.log.dirtied / 1000, 1),
        "records.write_kb.journal": round(found.journal_bytes / 1000, 2),
        "records.asked_kb_per_session": round((found.ledger.asked + found.log.asked) / 1000, 1),
    }


def _tamperings(runs: int) -> dict[str, float | int]:
    passed, missed = 0, list[str]()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for run in range(runs):
            path, chance = Path(folder) / f"{run}.db", random.Random(run)
            honest(path, chance)
            passed += _is_honest(path)
            done = tampered(path, chance)
            if _is_honest(path):
                missed.append(f"run {run}: {done}")
            path.unlink()
    rows = [
        ("honest logs that pass", f"{passed} of {runs}"),
        ("tamperings found", f"{runs - len(missed)} of {runs}"),
    ]
    report.table("`heatpack log verify`", ("", ""), rows)
    for what in missed:
        print(f"missed: {what}")
    return {
        "records.honest": runs,
        "records.honest_passed": passed,
        "records.tamperings": runs,
        "records.tamperings_found": runs - len(missed),
    }


def _is_honest(path: Path) -> bool:
    with query.reading(path) as db:
        return verify(db).ok


def _scaling(turns: int) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory(prefix="heatpack-") as folder, Broker(Path(folder)) as broker:
        few, many, kb_per_session = scaling.measure(Path(folder), broker, turns)
    head = ("", f"{scaling.FEW} sessions", f"{scaling.MANY:,} sessions", "ratio")
    report.table(f"Medians of {turns} turns, ms", head, list(scaling.rows(few, many)))
    print(f"A session takes {kb_per_session:.1f} kB in the log.")
    return {
        "records.log_kb_per_session": round(kb_per_session, 2),
    } | {
        f"records.scaling.{name}.{key}": value
        for name in scaling.NAMES
        for key, value in (
            ("few_ms", round(1e3 * report.median(few[name]), 1)),
            ("many_ms", round(1e3 * report.median(many[name]), 1)),
            ("ratio", round(scaling.ratio(few, many, name), 3)),
        )
    }


if __name__ == "__main__":
    sys.exit(main())
