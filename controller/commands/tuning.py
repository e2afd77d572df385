"""`heatpack tune`."""

import argparse
import sys
from pathlib import Path

from controller.commands.common import EXIT_CONFIG, EXIT_HARDWARE, Add, add_speed, settings_of


def add_commands(add: Add) -> None:
    """Add it."""
    command = add("tune", _tune, "learn the pad, under the guard's protection", "tune --target 40 --write")
    command.add_argument("--target", type=float, metavar="C", help="heat up to C °C at most, 35-42")
    command.add_argument("--write", action="store_true", help="save the model in the configuration file")
    command.add_argument("--yes", action="store_true", help="heat without asking first")
    add_speed(command)


def _tune(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from config.speed import refuse_speed

    why = refuse_speed(settings.hardware.pin_factory, options.speed)
    if why is not None:
        print(f"heatpack tune: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    from controller.tuning.command import tune

    return tune(
        settings,
        Path(options.config),
        target_c=options.target,
        speed=options.speed,
        write=options.write,
        yes=options.yes,
    )
