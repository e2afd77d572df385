"""``docs/cli.md``: every command and option, from the parser itself."""

import argparse
import os
from collections.abc import Iterator
from typing import Final
from unittest import mock

from controller.cli import DEFAULT_CONFIG, parser

_HEAD: Final = f"""# Command line

<!-- Written by `.venv/bin/python -m docs.generate` from the parser: do not edit. -->

`heatpack COMMAND`; in a checkout `./dev run COMMAND`. `heatpack COMMAND --help` says the same as this page.

Commands that need to know the pack take `--config F`. Without it that is the file in `$HEATPACK_CONFIG`, else
`{DEFAULT_CONFIG}`. What stands in it: [Configuration](configuration.md).
"""


def text() -> str:
    """Return the page."""
    with mock.patch.dict(os.environ):
        os.environ.pop("HEATPACK_CONFIG", None)
        whole = parser()
    chosen = next(action for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    says = {choice.dest: choice.help or "" for choice in chosen._choices_actions}
    commands: dict[str, argparse.ArgumentParser] = dict(chosen.choices)
    rows = [f"| [`{name}`](#heatpack-{name}) | {_cell(says[name])} |" for name in commands]
    parts = [_HEAD, "\n".join(["| command | does |", "|---|---|", *rows]) + "\n"]
    parts += ["\n".join(_command(name, command)) for name, command in commands.items()]
    return "\n".join(parts)


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## `heatpack {name}`\n"
    yield f"{command.description}\n"
    own = [action for action in command._actions if action.dest not in ("help", "config")]
    configured = any(action.dest == "config" for action in command._actions)
    if own:
        yield from ["| | |", "|---|---|"]
        yield from (f"| {_invocation(action)} | {_cell(_help(action, command.prog))} |" for action in own)
        yield ""
    if configured:
        yield "Takes `--config`.\n"
    yield "```sh"
    yield from (line.strip() for line in (command.epilog or "").splitlines()[1:])
    yield "```\n"


def _invocation(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`"
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _help(action: argparse.Action, prog: str) -> str:
    return (action.help or "") % {**vars(action), "prog": prog}


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
