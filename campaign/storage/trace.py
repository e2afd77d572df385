"""What a real controller does to its log and says to others, in the order in which the kernel sees it.

strace (https://strace.io) prints the system calls. A write counts from the moment at which it was asked
for, because from then on it may reach the disk; a sync from the moment at which it has returned, because
not before then it is a promise. What is said on a socket counts from the moment at which it was said.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,sendto,sendmsg"


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes for a place in a file."""

    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file gets this length."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Create:
    """A file begins to exist."""

    file: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """A file is gone."""

    file: str


@dataclass(frozen=True, slots=True)
class Sync:
    """What was written to a file before is on the disk, and so is its name."""

    file: str


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """What was created and removed before is on the disk, without the bytes in it."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something left the process on a socket."""

    data: bytes


Call = Write | Truncate | Create | Unlink | Sync | SyncFolder | Said


def strace(program: str, output: Path, command: list[str]) -> list[str]:
    """Return the command that runs ``command`` as it is, with its calls printed to ``output``."""
    how = ["-D", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={CALLS}"]
    return [program, *how, "-o", str(output), *command]


def calls(lines: Iterable[str], folder: Path) -> Iterator[Call]:
    """Give what concerns the log in ``folder``, and what was said."""
    names = {str(folder / name): name for name in ("log.db", "log.db-wal", "log.db-journal")}
    names[str(folder)] = ""
    begun: dict[str, str] = {}
    for line in lines:
        process, _, what = line.strip().partition(" ")
        what = what.strip()
        ended = re.fullmatch(r"<\.\.\. \w+ resumed>(.*)", what)
        if ended:
            call = _parsed(begun.pop(process, "") + ended[1], names)
            if isinstance(call, Sync | SyncFolder):
                yield call
            continue
        if what.endswith("<unfinished ...>"):
            begun[process] = what.removesuffix("<unfinished ...>").rstrip()
            what = begun[process] + ") = ?"
        call = _parsed(what, names)
        if call is not None and not (isinstance(call, Sync | SyncFolder) and what.endswith("= ?")):
            yield call


_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def _parsed(line: str, names: dict[str, str]) -> Call | None:
    match = _CALL.fullmatch(line)
    if match is None or match["result"].startswith("-1"):
        return None
    name, arguments = match["name"], match["arguments"]
    texts = [_bytes(text) for text in _TEXT.findall(arguments)]
    opened = re.match(r"\d+<([^>]*)>", arguments)
    path = _path(opened[1]) if opened else ""
    if name in ("sendto", "sendmsg") or (name == "write" and path.startswith(("socket:", "TCP:", "UNIX"))):
        return Said(b"".join(texts))
    if name == "openat":
        file = names.get(texts[0].decode()) if texts else None
        return Create(file) if file and "O_CREAT" in arguments else None
    if name in ("unlink", "unlinkat"):
        file = names.get(texts[0].decode())
        return Unlink(file) if file else None
    file = names.get(path)
    if file is None:
        return None
    if name == "pwrite64":
        offset = int(arguments.rsplit(", ", 1)[1])
        return Write(file, offset, texts[0])
    if name == "ftruncate":
        return Truncate(file, int(arguments.rsplit(", ", 1)[1]))
    assert name in ("fsync", "fdatasync"), f"the log is written in a way that is not known here: {line[:80]}"
    return Sync(file) if file else SyncFolder()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _path(text: str) -> str:
    return _bytes(text).decode() if text.startswith("\\x") else text
