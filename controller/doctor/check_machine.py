"""Judges the machine beneath the pack: facts to findings. Pure."""

import time
from collections.abc import Iterator

from config.settings import Settings
from controller.doctor.check_board import drives_pins
from controller.doctor.facts import Facts, Room, Software
from controller.doctor.finding import Finding, bad, good

_MIB = 1 << 20
#: Log and ledger of years; below this a system begins to misbehave anyway.
_DISK_FREE = 200 * _MIB
#: Both daemons, with as much again to spare.
_MEMORY_FREE = 100 * _MIB
#: lgpio's package of this version on PyPI is a name without a library in it.
_EMPTY_LGPIO = "0.0.0.2"
_CLOCK_STEP_S = 2.0


def check_software(settings: Settings, software: Software) -> Iterator[Finding]:
    """Judge the versions."""
    lgpio = software.packages.get("lgpio")
    if settings.hardware.pin_factory == "lgpio" and lgpio == _EMPTY_LGPIO:
        yield bad(
            "software",
            f"lgpio {_EMPTY_LGPIO} is an empty package: `pip uninstall lgpio`, `apt install python3-lgpio`, "
            "in an environment made with --system-site-packages",
        )
    named = (f"{name} {number}" for name, number in software.packages.items() if number is not None)
    yield good("software", ", ".join([f"Python {software.python}", *named]))


def check_kernel(settings: Settings, facts: Facts) -> Iterator[Finding]:
    """Judge what happens to a pin when its process dies."""
    if not drives_pins(settings):
        yield good(
            "kernel", f"nothing to ask: {settings.hardware.pin_factory} drives no pins of this machine"
        )
        return
    machine = facts.machine
    strict = any(line.replace(" ", "") == "dtparam=strict_gpiod" for line in machine.config_txt or ())
    if machine.keeps_outputs:
        then = (
            "config.txt has it: reboot" if strict else "put dtparam=strict_gpiod into config.txt and reboot"
        )
        yield bad("kernel", f"it keeps a dead process's output driven, a heater too: {then}")
    elif machine.keeps_outputs is False:
        yield good("kernel", "a dead process's output becomes an input")
    elif machine.model is not None and not strict:
        yield bad(
            "kernel",
            "it does not say whether it keeps a dead process's output driven: put dtparam=strict_gpiod into "
            "config.txt and reboot",
        )
    else:
        yield good("kernel", "a dead process's output becomes an input, as far as can be seen from here")


def check_room(room: Room | None) -> Iterator[Finding]:
    """Judge disk and memory."""
    if room is None:
        yield bad("disk", "the disk of paths.state cannot be asked: is it mounted?")
        return
    free = f"{room.disk_free // _MIB} MiB free of {room.disk // _MIB}"
    if room.read_only:
        yield bad("disk", "the disk of paths.state is read-only: no session can start; is the card worn out?")
    elif room.disk_free < _DISK_FREE:
        yield bad(
            "disk", f"{free}, at least {_DISK_FREE // _MIB} are needed: make room, or no session can start"
        )
    else:
        yield good("disk", free)
    free = f"{room.memory_free // _MIB} MiB free of {room.memory // _MIB}"
    if room.memory_free < _MEMORY_FREE:
        yield bad("memory", f"{free}, at least {_MEMORY_FREE // _MIB} should be: stop what is not needed")
    else:
        yield good("memory", free)


def check_clock(facts: Facts, ledger_saved_s: float | None) -> Iterator[Finding]:
    """Judge the wall clock, by which rest and daily budget are counted."""
    now = facts.time
    if ledger_saved_s is not None and now.now_s < ledger_saved_s - _CLOCK_STEP_S:
        yield bad(
            "clock",
            f"it is {_local(now.now_s)}, but the ledger's last entry is of {_local(ledger_saved_s)}: set the "
            "clock, or the rest starts again at the guard's next start",
        )
    elif now.synchronised is False:
        yield bad(
            "clock",
            f"it is {_local(now.now_s)}, from nowhere: a Pi has no clock that runs without power; give it a "
            "network with NTP (`timedatectl set-ntp true`) or a clock module",
        )
    else:
        source = "synchronised" if now.synchronised else "nobody says whether it is synchronised"
        yield good("clock", f"{_local(now.now_s)}, {source}, up for {now.up_s / 3600:.1f} h")


def _local(unix_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(unix_s))
