"""A disk that may lose its power: what was synced stays, what was not may be there or not, in any order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from campaign.storage.trace import Call, Create, Said, Sync, SyncFolder, Truncate, Unlink, Write

#: What a disk writes whole or not at all.
SECTOR = 512

Files = dict[str, bytes]


@dataclass(slots=True)
class _File:
    """``kept``: the content on the disk, None if there is no such file; ``pending``: what came since."""

    kept: bytes | None = None
    pending: list[Call] = field(default_factory=list)


class Disk:
    """Takes calls one by one, and tells what a power cut might leave."""

    def __init__(self) -> None:
        """Start without files."""
        self._files: dict[str, _File] = {}

    def take(self, call: Call) -> None:
        """Let a call happen."""
        if isinstance(call, Said):
            return
        if isinstance(call, SyncFolder):
            for file in self._files.values():
                _settle_name(file)
            return
        file = self._files.setdefault(call.file, _File())
        if isinstance(call, Sync):
            file.kept, file.pending = _applied(file.kept, file.pending), []
        else:
            file.pending.append(call)

    def all(self) -> Files:
        """Everything has reached the disk: what a kill leaves."""
        return _there((name, _applied(file.kept, file.pending)) for name, file in self._files.items())

    def none(self) -> Files:
        """Nothing has reached the disk since its file was synced."""
        return _there((name, file.kept) for name, file in self._files.items())

    def some(self, chance: Random) -> Files:
        """Of what was not synced, any sectors have reached the disk, whichever came first."""
        share = chance.random()
        return _there(
            (name, _applied(file.kept, _any_of(file.pending, share, chance)))
            for name, file in self._files.items()
        )

    def torn(self, chance: Random) -> Files:
        """Everything has reached the disk but the end of the last write."""
        files = self.all()
        for name, file in self._files.items():
            last = file.pending[-1] if file.pending else None
            if isinstance(last, Write):
                cut = Write(name, last.offset, last.data[: chance.randrange(len(last.data))])
                torn = _applied(file.kept, [*file.pending[:-1], cut])
                files.pop(name, None)
                files.update(_there([(name, torn)]))
        return files


def _there(files: Iterator[tuple[str, bytes | None]] | list[tuple[str, bytes | None]]) -> Files:
    return {name: content for name, content in files if content is not None}


def _applied(content: bytes | None, calls: list[Call]) -> bytes | None:
    for call in calls:
        match call:
            case Create():
                content = b"" if content is None else content
            case Unlink():
                content = None
            case Truncate(_, size):
                content = (content or b"")[:size].ljust(size, b"\0")
            case Write(_, offset, data):
                before = (content or b"").ljust(offset, b"\0")
                content = before[:offset] + data + before[offset + len(data) :]
            case _:
                raise AssertionError(f"not a change of a file: {call}")
    return content


def _settle_name(file: _File) -> None:
    gone = max((n for n, call in enumerate(file.pending) if isinstance(call, Unlink)), default=-1)
    if gone >= 0:
        file.kept, file.pending = None, file.pending[gone + 1 :]
    if any(isinstance(call, Create) for call in file.pending):
        file.kept = file.kept or b""
        file.pending = [call for call in file.pending if not isinstance(call, Create)]


def _any_of(pending: list[Call], share: float, chance: Random) -> list[Call]:
    """What happened to a name is kept in its order; the bytes of a file are not."""
    ends = [*(number for number, call in enumerate(pending) if isinstance(call, Unlink)), len(pending)]
    end = chance.randrange(len(ends))
    begin = ends[end - 1] + 1 if end else 0
    return [
        *pending[:begin],
        *(part for part in _sectors(pending[begin : ends[end]]) if chance.random() < share),
    ]


def _sectors(calls: list[Call]) -> Iterator[Call]:
    for call in calls:
        if not isinstance(call, Write):
            yield call
            continue
        at, end = call.offset, call.offset + len(call.data)
        while at < end:
            upto = min(end, (at // SECTOR + 1) * SECTOR)
            yield Write(call.file, at, call.data[at - call.offset : upto - call.offset])
            at = upto
