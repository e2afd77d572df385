"""`heatpack log verify` and `heatpack forget`: whether the records are whole, and how some of them go.

Each function prints, and returns the exit code. None lets a traceback reach a user.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from controller.records import query, words
from controller.records.entry import Entry, StorageError
from controller.records.forget import PROTECTED_S, empty, forget, forgettable, set_aside
from controller.records.log import boot_id
from controller.records.noted import Noted, against
from controller.records.removal import plural
from controller.records.terminal import since_wall_s
from controller.records.verify import Verdict, verify


def verify_log(path: Path, *, noted: Noted | None = None, as_json: bool = False) -> int:
    """Say whether the log at ``path`` is what was written; 0 if it is, 1 if not or if it cannot be read.

    Args:
        path: the database.
        noted: a hash of then, to compare with.
        as_json: for programs.
    """
    try:
        with query.reading(path) as db:
            verdict = verify(db)
            contradiction = against(db, noted) if noted and verdict.ok else None
    except StorageError as error:
        return _complain(error)
    problem = verdict.problem or contradiction
    if as_json:
        plain = {**asdict(verdict), "ok": problem is None, "problem": problem}
        plain["head_hash"] = verdict.head_hash.hex() if verdict.head_hash else None
        print(json.dumps(plain, indent=2))
    elif problem is not None:
        print(problem)
    else:
        print("\n".join(_good(verdict, noted)))
    return 0 if problem is None else 1


def head_of(text: str) -> Noted:
    """Return what ``--head`` means: "HASH" or "SEQ:HASH", the hash whole or its first digits.

    Raises:
        ValueError: it means nothing.
    """
    match = re.fullmatch(r"(?:(\d{1,18}):)?([0-9a-fA-F]{8,64})", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a hash of 8 to 64 hex digits, or NUMBER:HASH")
    return Noted(match[2].lower(), int(match[1]) if match[1] else None)


def forget_records(path: Path, before: str, *, yes: bool = False, ask: Callable[[str], str] = input) -> int:
    """Remove the records of before ``before`` for good, after a question.

    Args:
        path: the database.
        before: a time or an age, as for ``heatpack log --since``.
        yes: do not ask.
        ask: puts the question; a test answers it.
    """
    now_s = time.time()
    try:
        before_s = since_wall_s(before, now_s, "--before")
        if before_s > now_s - PROTECTED_S:
            raise ValueError(
                f"--before {before!r}: the records of the last 24 hours stay, so that a command that comes"
                " twice is not carried out twice; use 1d or more."
            )
    except ValueError as error:
        print(f"heatpack: {error}", file=sys.stderr)
        return 2
    try:
        return _forget(path, before_s, None if yes else ask)
    except StorageError as error:
        return _complain(error)


def _forget(path: Path, before_s: float, ask: Callable[[str], str] | None) -> int:
    counts = forgettable(path, before_s)
    when = words.moment(before_s, "%Y-%m-%d %H:%M")
    if not counts.entries and not counts.sessions:
        print(f"There are no records of before {when}.")
        emptied = empty(path)
    else:
        print(f"This removes {counts.words} of before {when}, and cannot be undone.")
        if ask is not None and not _agreed(ask):
            print("Nothing was removed.")
            return 1
        stamp = Entry(time.time(), time.monotonic(), "", boot_id=boot_id())
        done = forget(path, before_s, stamp)
        logged = f" Entry {done.counts.logged.seq} of the log says so." if done.counts.logged else ""
        print(f"Removed: {done.counts.words}.{logged}")
        emptied = done.emptied
    if not emptied:
        print("The log is being read: its write-ahead file keeps copies until that is over. Run this again.")
    for aside in set_aside(path):
        print(f"{aside} is of a damaged log that was set aside. It may hold records too: remove it yourself.")
    return 0


def _agreed(ask: Callable[[str], str]) -> bool:
    try:
        return ask("Remove them? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _good(verdict: Verdict, noted: Noted | None) -> list[str]:
    if verdict.head_hash is None:
        return ["The log is empty."]
    lines = [
        f"The log is as it was written: {plural(verdict.entries, 'entry')}, up to entry {verdict.head_seq}."
    ]
    if verdict.checkpoints:
        about = plural(verdict.checkpoints, "entry")
        lines.append(f"Older ones were removed: see {about} of the kind records_removed.")
    if noted is not None:
        lines.append("It has the entry that was noted.")
    return [*lines, f"Note this elsewhere: {verdict.head_seq}:{verdict.head_hash.hex()}"]


def _complain(error: StorageError) -> int:
    print(f"heatpack: {error}", file=sys.stderr)
    return 1
