"""`heatpack check-config` and `example`."""

import argparse
import sys

from controller.commands.common import EXIT_CONFIG, Add, settings_of


def add_commands(add: Add) -> None:
    """Add them."""
    check = add(
        "check-config", _check, "check a configuration and explain it", "check-config pad.toml", config=False
    )
    check.add_argument("file", metavar="F", help="the configuration file")
    example = add(
        "example", _example, "print a shipped configuration", "example pad > heatpack.toml", config=False
    )
    example.add_argument("name", metavar="NAME", help="simulated or pad")


def _check(options: argparse.Namespace) -> int:
    settings = settings_of(options.file)
    if settings is None:
        return EXIT_CONFIG
    from config.describe import describe
    from controller.mqtt.secrets import secret_problems

    problems = [f"{options.file}: {problem}" for problem in secret_problems(settings.mqtt)]
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return EXIT_CONFIG
    print(describe(settings))
    return 0


def _example(options: argparse.Namespace) -> int:
    from config.loader import ConfigError, example

    try:
        print(example(options.name), end="")
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return EXIT_CONFIG
    return 0
