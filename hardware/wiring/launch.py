"""Starts the processes that look at the board: the command line itself loads no pin factory."""

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from hardware import stage
from hardware.codec import CodecError, from_plain
from hardware.wiring.facts import BoardFacts

if TYPE_CHECKING:
    from config.settings import Settings

#: A look takes a second on the slowest board. A driver that hangs must not hang the doctor.
_PATIENCE_S = 30.0


def look(settings: "Settings", *, converter: bool) -> BoardFacts:
    """Look at the board of a validated configuration; what goes wrong is in the facts."""
    command, descriptor = _command(settings, "hardware.wiring.probe")
    if not converter:
        command.append("--no-converter")
    try:
        done = subprocess.run(
            command, pass_fds=[descriptor], capture_output=True, text=True, timeout=_PATIENCE_S
        )
        return from_plain(BoardFacts, json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return BoardFacts(error=f"no answer from the board within {_PATIENCE_S:g} s; a driver hangs")
    except (ValueError, CodecError):
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return BoardFacts(error=f"the board cannot be looked at: {last}")
    finally:
        os.close(descriptor)


def walk(settings: "Settings", speed: float) -> NoReturn:
    """Become the guided check of the wiring; see ``hardware.wiring.walk``."""
    command, descriptor = _command(settings, "hardware.wiring.minder")
    os.set_inheritable(descriptor, True)
    sys.stdout.flush()
    os.execv(sys.executable, [*command, f"--speed={speed!r}"])


def _command(settings: "Settings", module: str) -> tuple[list[str], int]:
    descriptor = os.memfd_create("heatpack-settings", 0)
    os.write(descriptor, stage.to_json(stage.guard_settings(settings)).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    # -P: a folder named "hardware" where this happens to be started must not be imported.
    return [sys.executable, "-P", "-m", module, f"--settings-fd={descriptor}"], descriptor
