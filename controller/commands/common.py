"""What the subcommands share: how one is added, its configuration, and exit codes."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from config.settings import Settings

EXIT_CONFIG = 2
EXIT_HARDWARE = 4

Run = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """Adds a subcommand. ``example`` follows "heatpack " in its help; ``config``: it takes ``--config``."""

    def __call__(
        self, name: str, run: Run, help: str, example: str, *, config: bool = True
    ) -> argparse.ArgumentParser:
        """Return the parser of the subcommand, for its options."""


def settings_of(path: str) -> "Settings | None":
    """Load a configuration; on a bad one print every problem and return None."""
    from config.loader import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return None


def add_speed(command: argparse.ArgumentParser, default: float = 1.0) -> None:
    """Add ``--speed``."""
    command.add_argument(
        "--speed",
        type=_speed,
        default=default,
        metavar="N",
        help="device seconds per second, for simulated pads (default: %(default)g)",
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = float("nan")
    if not 0.1 <= speed <= 100.0:
        raise argparse.ArgumentTypeError(f"{text} is not a speed; 0.1 to 100 is allowed")
    return speed
