"""Frozen dataclasses to JSON and back, strictly.

The guard decodes what a possibly hostile controller sends, and runs without pydantic to stay small
(docs/decisions/0002). Only the shapes that the project uses are supported: ``float``, ``int``,
``str``, ``bool``, ``None``, unions of these, literal strings, nested dataclasses and ``tuple[X, ...]``.
"""

import dataclasses
import functools
import math
import types
import typing
from typing import Any, TypeVar

T = TypeVar("T")


class CodecError(ValueError):
    """The data does not have the declared shape. The message names the field."""


def to_plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists and scalars that ``json.dumps`` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_plain(getattr(value, name)) for name in _hints(type(value))}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(cls: type[T], data: Any, where: str = "") -> T:
    """Build a ``cls`` from decoded JSON.

    Raises:
        CodecError: a key is missing or unknown, a type is wrong, or a number is not finite.
    """
    if not isinstance(data, dict):
        raise CodecError(f"{where or cls.__name__}: expected an object")
    shape: Any = cls
    hints = _hints(shape)
    unknown = data.keys() - hints.keys()
    if unknown:
        raise CodecError(f"{where}{sorted(map(str, unknown))[0]}: unknown key")
    missing = _required(shape) - data.keys()
    if missing:
        raise CodecError(f"{where}{sorted(missing)[0]}: missing")
    values = {key: _value(hints[key], item, f"{where}{key}") for key, item in data.items()}
    try:
        return cls(**values)
    except ValueError as error:  # raised by __post_init__, which states ranges
        raise CodecError(f"{where}{error}") from None


@functools.cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@functools.cache
def _required(cls: Any) -> frozenset[str]:
    absent = dataclasses.MISSING
    return frozenset(
        field.name
        for field in dataclasses.fields(cls)
        if field.default is absent and field.default_factory is absent
    )


def _value(hint: Any, item: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is types.UnionType or origin is typing.Union:
        return _union(typing.get_args(hint), item, where)
    if origin is tuple:
        if not isinstance(item, list):
            raise CodecError(f"{where}: expected a list")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, part, f"{where}[{n}]") for n, part in enumerate(item))
    if origin is typing.Literal:
        if item not in typing.get_args(hint):
            raise CodecError(f"{where}: {item!r} is not one of {typing.get_args(hint)}")
        return item
    if hint is float:
        return _finite(item, where)
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast("type[Any]", hint), item, f"{where}.")
    if type(item) is not hint:  # bool is an int: isinstance would let True through as 1
        raise CodecError(f"{where}: expected {getattr(hint, '__name__', hint)}")
    return item


def _union(options: tuple[Any, ...], item: Any, where: str) -> Any:
    if item is None and type(None) in options:
        return None
    rest = [option for option in options if option is not type(None)]
    for option in rest[:-1]:
        try:
            return _value(option, item, where)
        except CodecError:
            continue
    return _value(rest[-1], item, where)


def _finite(item: Any, where: str) -> float:
    # A huge integer literal overflows float(); JSON lets NaN and Infinity through.
    if type(item) not in (int, float):
        raise CodecError(f"{where}: expected a number")
    try:
        number = float(item)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise CodecError(f"{where}: expected a finite number")
    return number
