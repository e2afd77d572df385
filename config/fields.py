"""The kinds of value that a configuration holds. Each refuses with a sentence that says what it expects.

Nothing is converted in silence: ``"40"`` is not a number, ``1`` is not true, 40.5 is not a whole
number. A whole number may stand where a number is expected; NaN and infinity may not.
"""

import re
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

_LONGEST_SHOWN = 40

Check = Callable[[object], object]


class Section(BaseModel):
    """A section of the file: unchangeable, and without room for a key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def shown(value: object) -> str:
    """Return a value as a person would recognise it in their file, shortened."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() | int():
            return f"{value:.10g}" if isinstance(value, float) or abs(value) < 10**10 else "a huge number"
        case str():
            words = f'"{value}"' if value.isprintable() else repr(value)
        case list() | tuple():
            return "a list"
        case dict():
            return "a section"
        case _:
            words = str(value)
    return words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"


def number(low: float, high: float, unit: str = "") -> BeforeValidator:
    """Accept a number from ``low`` to ``high``."""
    return BeforeValidator(_number(low, high, unit))


def whole(low: int, high: int) -> BeforeValidator:
    """Accept a whole number from ``low`` to ``high``."""
    return BeforeValidator(_whole(low, high))


def limit(absolute: float, tightest: float, unit: str = "") -> BeforeValidator:
    """Accept a number from the absolute limit to the ``tightest`` that leaves a session possible.

    Whole numbers only, if both ends are ``int``.
    """
    low, high = sorted((absolute, tightest))
    inside = _whole(low, high) if isinstance(low, int) and isinstance(high, int) else _number(low, high, unit)
    side = "less" if absolute == high else "more"

    def check(value: object) -> object:
        if type(value) in (int, float) and (value > high if side == "less" else value < low):  # type: ignore[operator]
            raise ValueError(
                f"{shown(value)} is looser than the absolute limit {shown(absolute)}; "
                f"use {shown(absolute)} or {side}"
            )
        return inside(value)

    return BeforeValidator(check)


def _number(low: float, high: float, unit: str) -> Check:
    expected = f"a number from {shown(low)} to {shown(high)}{unit and f' {unit}'}"

    def check(value: object) -> object:
        # Not isinstance(): true is an int. The comparison is false for NaN.
        if type(value) not in (int, float) or not low <= value <= high:  # type: ignore[operator]
            raise ValueError(f"expected {expected}, got {shown(value)}")
        return float(value)  # type: ignore[arg-type]

    return check


def _whole(low: int, high: int) -> Check:
    expected = f"{low}" if low == high else f"a whole number from {low} to {high}"

    def check(value: object) -> object:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"expected {expected}, got {shown(value)}")
        return value

    return check


def flag() -> BeforeValidator:
    """Accept true or false."""

    def check(value: object) -> object:
        if type(value) is not bool:
            raise ValueError(f"expected true or false, got {shown(value)}")
        return value

    return BeforeValidator(check)


def choice(*options: str) -> BeforeValidator:
    """Accept one of a few words."""
    expected = " or ".join(f'"{option}"' for option in options)

    def check(value: object) -> object:
        if value not in options:
            raise ValueError(f"expected {expected}, got {shown(value)}")
        return value

    return BeforeValidator(check)


def text(expected: str, accept: Callable[[str], bool]) -> BeforeValidator:
    """Accept text for which ``accept`` holds; ``expected`` completes the sentence "expected …"."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not accept(value):
            raise ValueError(f"expected {expected}, got {shown(value)}")
        return value

    return BeforeValidator(check)


def matching(expected: str, pattern: str) -> BeforeValidator:
    """Accept text that ``pattern`` matches as a whole."""
    return text(expected, lambda value: re.fullmatch(pattern, value) is not None)


def printable(most: int) -> BeforeValidator:
    """Accept 1 to ``most`` printable characters."""
    return text(
        f"1 to {most} printable characters", lambda value: 0 < len(value) <= most and value.isprintable()
    )


def path() -> BeforeValidator:
    """Accept a path. A relative one starts at the ``folder`` of the validation context, if given."""

    def check(value: object, info: ValidationInfo) -> Path:
        words = str(value) if isinstance(value, Path) else value
        if not isinstance(words, str) or not words or "\0" in words:
            raise ValueError(f"expected a path, got {shown(value)}")
        if words.startswith("~"):
            raise ValueError(f"write the path out: {shown(value)} means another folder for each user")
        folder = (info.context or {}).get("folder")
        return Path(words) if folder is None else Path(folder) / words

    return BeforeValidator(check)
