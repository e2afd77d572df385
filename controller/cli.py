"""The ``heatpack`` command. Each subcommand imports only what it uses: ``off`` and the guard stay small."""

import argparse
import os
import sys

from controller.commands import daemons
from controller.commands.common import Add, Run

EXIT_UNWRITABLE = 1
EXIT_BROKEN_PIPE = 141  # as a shell says of a program that SIGPIPE has ended
DEFAULT_CONFIG = "/etc/heatpack/heatpack.toml"


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            options = parser(given[0] if given else None).parse_args(given)
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


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command line; ``run`` of its result is the function to call.

    Args:
        command: what is going to be parsed, if that is known. For a command of the daemons nothing else is
            loaded: while ``off`` loads it, a pin may be high that nobody owns.
    """
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
            default = os.environ.get("HEATPACK_CONFIG") or DEFAULT_CONFIG
            command.add_argument(
                "--config", metavar="F", default=default, help="configuration file (default: %(default)s)"
            )
        return command

    daemons.add_commands(add)
    if command not in daemons.COMMANDS:
        _add_others(add)
    return whole


def _add_others(add: Add) -> None:
    from controller.commands import broker, configuration, doctor, phone, records, tuning

    for topic in (configuration, broker, doctor, phone, tuning, records):
        topic.add_commands(add)


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
