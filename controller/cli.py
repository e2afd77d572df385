"""The ``heatpack`` command. Each subcommand imports only what it uses: ``off`` and the guard stay small."""

import argparse
import os
import sys

from controller.commands import broker, configuration, daemons, doctor, phone, records, tuning
from controller.commands.common import Run

EXIT_UNWRITABLE = 1
EXIT_BROKEN_PIPE = 141  # as a shell says of a program that SIGPIPE has ended
DEFAULT_CONFIG = "/etc/heatpack/heatpack.toml"


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; return its exit code."""
    try:
        try:
            options = parser().parse_args(arguments)
            run: Run = options.run
            return run(options)
        finally:
            sys.stdout.flush()  # here, where what goes wrong with it is told in a sentence
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _forget_output()  # whoever read it has gone; there is nobody to tell
        return EXIT_BROKEN_PIPE
    except OSError as error:
        _forget_output()
        print(f"heatpack: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        return EXIT_UNWRITABLE


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; ``run`` of its result is the function to call."""
    whole = argparse.ArgumentParser(
        prog="heatpack", description="A wearable heat pad with hard limits. Never use it asleep."
    )
    whole.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Run, help: str, example: str, *, config: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            help=help,
            description=help[:1].upper() + help[1:] + ".",
            epilog=f"example:\n  heatpack {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        if config:
            default = os.environ.get("HEATPACK_CONFIG", DEFAULT_CONFIG)
            command.add_argument(
                "--config", metavar="F", default=default, help="configuration file (default: %(default)s)"
            )
        return command

    for topic in (daemons, configuration, broker, doctor, phone, tuning, records):
        topic.add_commands(add)
    return whole


class _Version(argparse.Action):
    """``--version`` asks for the version when it is asked for, not at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            release = version("heatpack")
        except PackageNotFoundError:
            release = "from its sources, not installed"
        print(f"heatpack {release}")
        parser.exit()


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
