"""`heatpack start`, `stop`, `reset`, `status`, `watch` and `fleet`: a phone in the terminal."""

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from controller.commands.common import EXIT_CONFIG, Add, Run, settings_of

if TYPE_CHECKING:
    from config.settings import Settings


def add_commands(add: Add) -> None:
    """Add them."""
    start = add("start", _start, "ask the pack for heat", "start --target 40 --minutes 8 --area neck")
    start.add_argument("--target", type=_number, metavar="C", help="target in °C, 35-42")
    start.add_argument("--minutes", type=_number, metavar="M", help="duration, 5-10")
    start.add_argument("--area", metavar="TEXT", help="body area, for the record")
    add("stop", _terminal("stop"), "stop the heat", "stop")
    add("reset", _terminal("reset"), "clear a latched fault", "reset")
    status = add("status", _status, "show what the pack is doing", "status --json")
    status.add_argument("--json", action="store_true", help="print the state as JSON")
    add("watch", _terminal("watch"), "show the pack live", "watch")
    fleet = add("fleet", _fleet, "show all packs on the broker, live", "fleet --once")
    fleet.add_argument("--once", action="store_true", help="print what the broker knows and exit")
    fleet.add_argument(
        "--json", action="store_true", help="print JSON, one object a line; a list with --once"
    )


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} is not a number")
    return number


def _start(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.terminal import start

    return start(settings, target_c=options.target, minutes=options.minutes, area=options.area)


def _status(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.terminal import status

    return status(settings, as_json=options.json)


def _fleet(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.terminal import fleet

    return fleet(settings, once=options.once, as_json=options.json)


def _terminal(name: str) -> Run:
    def run(options: argparse.Namespace) -> int:
        settings = settings_of(options.config)
        if settings is None:
            return EXIT_CONFIG
        from controller import terminal

        act: Callable[[Settings], int] = getattr(terminal, name)
        return act(settings)

    return run
