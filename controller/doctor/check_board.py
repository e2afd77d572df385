"""Judges pin factory, pins and SPI bus: facts to findings. Pure."""

import re
from collections.abc import Iterator

from config.settings import Settings
from config.speed import REAL_PIN_FACTORIES
from controller.doctor.facts import Facts, Machine
from controller.doctor.finding import Finding, bad, good
from hardware.wiring.facts import BoardFacts


def drives_pins(settings: Settings) -> bool:
    """Whether this configuration belongs to a board with pins."""
    return settings.hardware.pin_factory in REAL_PIN_FACTORIES


def check_board(settings: Settings, facts: Facts, board: BoardFacts) -> Iterator[Finding]:
    """Judge the pin factory and all that it reaches."""
    name = settings.hardware.pin_factory
    if board.error is not None:
        yield bad("pin factory", board.error)
    else:
        yield good("pin factory", f"{name} opens{'' if board.chip is None else f' {board.chip}'}")
    yield from _pins(settings, facts, board)
    if drives_pins(settings):
        yield from _spi(settings, facts)


def _pins(settings: Settings, facts: Facts, board: BoardFacts) -> Iterator[Finding]:
    hardware, guard = settings.hardware, facts.files.guard_pid
    held = [line for line in board.lines if line.user is not None]
    if guard is not None:
        yield good("pins", f"held by the running guard (process {guard})")
    elif held:
        for line in held:
            yield bad(
                "pins",
                f"pin {line.number} (hardware.{line.key}) is held by {line.user!r}: stop that program, "
                "or remove the overlay that takes the pin from config.txt",
            )
    elif board.lines:
        yield good("pins", f"{', '.join(str(line.number) for line in board.lines)} are free")
    elif board.error is None:
        yield good("pins", f"{hardware.pin_factory} cannot tell who holds them")
    switches = {
        "heater_pin": hardware.heater_pin,
        "enable_pin": hardware.enable_pin,
        "deadman_pin": hardware.deadman_pin,
    }
    for key, number in switches.items():
        if number is not None and (raising := _raised_at_boot(facts.machine, number)) is not None:
            yield bad(
                "pins",
                f"config.txt has {raising!r}, which raises pin {number} (hardware.{key}) before any guard "
                "runs: remove it, or choose another pin",
            )


def _raised_at_boot(machine: Machine, number: int) -> str | None:
    """Return the line of config.txt that pulls or drives a pin high at boot."""
    for line in machine.config_txt or ():
        found = re.fullmatch(r"gpio=([\d,-]+)=([\w,]+)", line)
        if found is not None and number in _numbers(found[1]) and {"pu", "dh"} & set(found[2].split(",")):
            return line
    return None


def _numbers(text: str) -> set[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def _spi(settings: Settings, facts: Facts) -> Iterator[Finding]:
    adc, machine = settings.hardware.adc, facts.machine
    path = f"/dev/spidev{adc.spi_port}.{adc.spi_device}"
    enable = "put dtparam=spi=on into config.txt (or `raspi-config nonint do_spi 0`) and reboot"
    if machine.spi is None:
        configured = machine.config_txt is not None and any(
            line.startswith("dtparam=") and "spi=on" in line for line in machine.config_txt
        )
        if configured and machine.spi_loaded:
            remedy = "the bus is there, but not this chip select: look at hardware.adc.spi_device"
        elif configured:
            remedy = "config.txt has dtparam=spi=on already: reboot"
        else:
            remedy = enable
        yield bad("spi", f"{path} is missing: {remedy}")
        return
    node = machine.spi
    unit = None if facts.services is None else facts.services.guard
    group_may = node.mode & 0o060 == 0o060
    if unit is None and node.writable:
        yield good("spi", f"{node.path} can be opened")
    elif unit is not None and group_may and node.group in unit.groups:
        yield good("spi", f"{node.path} is open to the group {node.group}, and {unit.name} is in it")
    elif not group_may:
        yield bad("spi", f"{node.path} has mode {node.mode:04o}: its group needs to read and write it")
    elif unit is not None:
        yield bad(
            "spi",
            f"{node.path} is open to the group {node.group}, and {unit.name} is not in it: restore the "
            f"shipped unit, or add SupplementaryGroups={node.group}",
        )
    else:
        yield bad(
            "spi",
            f"{node.path} is open to the group {node.group}, and {facts.user} is not in it: "
            f"`sudo usermod -aG {node.group} {facts.user}`, then log in again",
        )
