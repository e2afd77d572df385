"""One result as one line of CSV, and back."""

import csv
import io
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from campaign.result import Kind, Result, Struck

#: Six digits: a millidegree of a temperature, and of a dose as much as any model is worth.
DIGITS: Final = 6


def columns() -> str:
    """Return the line that names the columns."""
    return _line([field.name for field in fields(Result)])


def encode(result: Result) -> str:
    """Return the result as a line with its line end; numbers are rounded to ``DIGITS`` digits.

    Raises:
        ValueError: a number is not finite, or a text holds a line end.
    """
    return _line([_text(name, getattr(result, name)) for name in _READERS])


def decode(line: str) -> Result:
    """Return the result of a line without its line end.

    Raises:
        ValueError: this is not a line of a result.
    """
    cells = next(csv.reader([line], strict=True), [])
    if len(cells) != len(_READERS):
        raise ValueError(f"it has {len(cells)} cells and not {len(_READERS)}")
    values: dict[str, Any] = {}
    for (name, reader), cell in zip(_READERS.items(), cells, strict=True):
        try:
            values[name] = reader(cell)
        except ValueError:
            raise ValueError(f'"{cell}" is no {name}') from None
    return Result(**values)


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}: a campaign counts finite numbers only")
        return f"{value:.{DIGITS}g}"
    if isinstance(value, str) and ("\n" in value or "\r" in value):
        raise ValueError(f"{name} holds a line end: {value!r}")
    return str(value)


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _one_of(*choices: Any) -> Callable[[str], Any]:
    def read(cell: str) -> str:
        if cell not in choices:
            raise ValueError(cell)
        return cell

    return read


def _flag(cell: str) -> bool:
    return ("0", "1").index(cell) == 1


def _finite(cell: str) -> float:
    if not math.isfinite(value := float(cell)):
        raise ValueError(cell)
    return value


def _finite_or_none(cell: str) -> float | None:
    return _finite(cell) if cell else None


_BY_TYPE: Mapping[Any, Callable[[str], Any]] = {
    int: int,
    str: str,
    bool: _flag,
    float: _finite,
    float | None: _finite_or_none,
    Kind: _one_of(*typing.get_args(Kind)),
    Struck: _one_of(*typing.get_args(Struck)),
}
_READERS: Final = {field.name: _BY_TYPE[field.type] for field in fields(Result)}
