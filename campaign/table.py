"""The campaign's results on disk: a CSV file that grows by one line per run and can be continued.

The first line says which campaign made the file, the second names the columns. A line counts once its line
end is written: what a killed campaign left half written is cut off, and that run is made again.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from campaign import line
from campaign.result import Kind, Result

_MARK: Final = "# heatpack campaign, version "


@dataclass(frozen=True, slots=True)
class Origin:
    """Which campaign a file belongs to. Results of two origins never share a file."""

    version: str
    seed: int

    def __str__(self) -> str:
        """Return the first line of the file."""
        return f"{_MARK}{self.version}, seed {self.seed}"


class TableError(Exception):
    """The file cannot be read or continued. The message is a sentence for a person."""


class Table:
    """Appends results to a file, new or begun earlier; use it as a context manager.

    ``done`` has kind and number of the runs that were in the file when it was opened.
    """

    def __init__(self, path: Path, origin: Origin) -> None:
        """Open the file and cut off what is half written.

        Raises:
            TableError: the file is of another campaign, or damaged before its last line.
            OSError: the file cannot be opened or written.
        """
        self._file = path.open("a+b", buffering=0)
        try:
            self._file.seek(0)
            found, length = _parse(path, self._file.read(), str(origin))
            self._file.truncate(length)
            if not length:
                self._write(f"{origin}\n{line.columns()}")
        except BaseException:
            self._file.close()
            raise
        self.done: Final = _keys(found)

    def append(self, results: Iterable[Result]) -> None:
        """Add a line for each result.

        Raises:
            ValueError: a number is not finite, or a text holds a line end; nothing is written.
            OSError: the file cannot be written.
        """
        self._write("".join(map(line.encode, results)))

    def __enter__(self) -> "Table":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring the file to the disk and close it."""
        with self._file:
            os.fsync(self._file.fileno())

    def _write(self, text: str) -> None:
        rest = text.encode()
        while rest:
            rest = rest[self._file.write(rest) or 0 :]


def read(path: Path) -> list[Result]:
    """Return the results of a file in its order, without a half written last line.

    Raises:
        TableError: this is not a campaign's file, or it is damaged before its last line.
        OSError: the file cannot be read.
    """
    return _parse(path, path.read_bytes(), None)[0]


def done(path: Path) -> set[tuple[Kind, int]]:
    """Return kind and number of the runs that a file has; none when there is no such file."""
    return _keys(read(path)) if path.exists() else set()


def _keys(results: Iterable[Result]) -> set[tuple[Kind, int]]:
    return {(result.kind, result.run) for result in results}


def _parse(path: Path, data: bytes, origin: str | None) -> tuple[list[Result], int]:
    """Return the whole results, and how many bytes of the file are worth keeping."""
    mark = _MARK.encode()
    if data[: len(mark)] != mark[: len(data)]:
        raise TableError(f"{path} does not hold results of a campaign. Choose another name.")
    if data.count(b"\n") < 2:  # killed while it wrote the header: there are no results yet
        return [], 0
    whole = data[: data.rfind(b"\n") + 1]
    first, names, *rows = whole.decode("utf-8", "replace").split("\n")[:-1]
    if origin is not None and first != origin:
        raise TableError(
            f'{path} belongs to another campaign: it says "{first[2:]}", and this is "{origin[2:]}".'
            " Choose another name, or delete the file to start over."
        )
    if f"{names}\n" != line.columns():
        raise TableError(
            f"{path} has other columns than this version writes. Choose another name,"
            " or delete the file to start over."
        )
    found = []
    for number, row in enumerate(rows, start=3):
        try:
            found.append(line.decode(row))
        except ValueError as error:
            raise TableError(
                f"{path}, line {number} is damaged: {error}. Delete that line; its run is then made again."
            ) from None
    return found, len(whole)
