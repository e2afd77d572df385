"""Reads a configuration file, and the ones that are shipped."""

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.problems import Problem
from config.settings import Settings

MAX_BYTES = 1 << 20

_POSITION = re.compile(r"(?P<what>.*) \(at (?P<position>line \d+, column \d+|end of document)\)", re.DOTALL)


class ConfigError(Exception):
    """A configuration that cannot be used. ``problems`` are sentences, each ``file: key: message``."""

    def __init__(self, *problems: str) -> None:
        """Hold at least one problem."""
        super().__init__("\n".join(problems))
        self.problems = problems


def load(file: str | Path) -> Settings:
    """Read and validate a configuration file. Relative paths in it start at its folder.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or holds settings that are not allowed;
            with every problem that was found.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file") from None
    except IsADirectoryError:
        raise ConfigError(f"{file}: this is a folder, not a configuration file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{file}: cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{file}: is larger than {MAX_BYTES >> 20} MiB and no configuration")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: line {line}: is not UTF-8 text; save the file as UTF-8") from None
    return parse(text, source=str(file), folder=Path(file).absolute().parent)


def parse(text: str, *, source: str, folder: Path) -> Settings:
    """Validate the text of a configuration.

    Args:
        text: TOML.
        source: what messages call it.
        folder: where its relative paths start.

    Raises:
        ConfigError: as ``load`` does.
    """
    data = _toml(text, source)
    try:
        return Settings.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        problems = (Problem(detail["loc"], detail["msg"]) for detail in error.errors())
        raise ConfigError(*(f"{source}: {each.key}: {each.sentence}" for each in problems)) from None


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.fullmatch(str(error))
        what, position = (found["what"], found["position"]) if found else (str(error), "TOML")
        raise ConfigError(f"{source}: {position}: {what[:1].lower()}{what[1:]}") from None
    except (ValueError, RecursionError) as error:  # a number of 5000 digits, a thousand open brackets
        raise ConfigError(f"{source}: TOML: cannot be read: {error}") from None


def example_names() -> tuple[str, ...]:
    """Return the names of the shipped configurations."""
    files = resources.files("config").joinpath("examples").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def example(name: str) -> str:
    """Return the text of a shipped configuration.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in example_names():
        known = ", ".join(example_names())
        raise ConfigError(f'no shipped configuration is called "{name}"; there are: {known}')
    return resources.files("config").joinpath("examples", f"{name}.toml").read_text(encoding="utf-8")
