"""``heatpack doctor``: look at everything, print a line for each thing, change nothing."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from config.settings import Settings
from controller.doctor import broker, machine, services
from controller.doctor.check_board import check_board
from controller.doctor.check_machine import check_clock, check_kernel, check_room, check_software
from controller.doctor.check_pack import check_broker, check_files
from controller.doctor.check_readings import check_readings
from controller.doctor.check_services import check_services
from controller.doctor.facts import Facts
from controller.doctor.finding import Finding, good
from controller.mqtt.secrets import secret_problems
from hardware.wiring.facts import BoardFacts

_LEAST_COLUMNS = 30
#: Looks at the board, with the converter or without it.
Look = Callable[[bool], BoardFacts]


def doctor(
    settings: Settings, config: Path, look: Look, *, as_json: bool = False, out: TextIO | None = None
) -> int:
    """Print the findings; return 0 if all is well, 1 otherwise."""
    out = out or sys.stdout
    facts = gather(settings, config)
    # While a guard runs, or may run, the converter is its own.
    board = look(facts.files.guard_pid is None and not facts.files.hidden)
    findings = tuple(examine(settings, config, facts, board))
    healthy = all(finding.ok for finding in findings)
    if as_json:
        told = [{"topic": each.topic, "ok": each.ok, "message": each.sentence} for each in findings]
        print(json.dumps({"ok": healthy, "findings": told}, ensure_ascii=False), file=out)
    else:
        columns = shutil.get_terminal_size().columns if out.isatty() else None
        print("\n".join(lines(findings, columns)), file=out)
    return 0 if healthy else 1


def gather(settings: Settings, config: Path) -> Facts:
    """Look at the machine and visit the broker."""
    return Facts(
        software=machine.software(),
        machine=machine.machine(settings),
        services=services.services(config.absolute()),
        files=machine.files(settings),
        broker=broker.visit(settings),
        room=machine.room(settings),
        time=machine.clock(services.synchronised()),
        user=machine.user(),
        is_root=os.geteuid() == 0,
        secrets=tuple(secret_problems(settings.mqtt)),
    )


def examine(settings: Settings, config: Path, facts: Facts, board: BoardFacts) -> Iterator[Finding]:
    """Judge everything, in the order in which a person mends it."""
    yield good("configuration", f"{config} is valid")
    yield from check_software(settings, facts.software)
    yield from check_board(settings, facts, board)
    yield from check_readings(settings, facts, board)
    yield from check_kernel(settings, facts)
    yield from check_services(settings, facts)
    yield from check_files(settings, facts, board.ledger)
    yield from check_broker(settings, facts)
    yield from check_room(facts.room)
    yield from check_clock(facts, board.ledger.saved_s)


def lines(findings: tuple[Finding, ...], columns: int | None = None) -> Iterator[str]:
    """Yield what a person reads; sentences are folded at ``columns``, if that is given."""
    width = max(len(finding.topic) for finding in findings)
    room = None if columns is None else max(_LEAST_COLUMNS, columns - width - 7)
    for finding in findings:
        folded = [finding.sentence] if room is None else textwrap.wrap(finding.sentence, room)
        yield f"{'OK' if finding.ok else '!!'}  {finding.topic:<{width}}  {folded[0]}"
        yield from (f"{'':{width + 6}}{more}" for more in folded[1:])
    problems = sum(not finding.ok for finding in findings)
    yield ""
    yield "All is well." if not problems else f"{problems} problem{'s' * (problems != 1)}."
