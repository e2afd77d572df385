"""``heatpack off``: heater and series switch low, whatever else is wrong.

What ``ExecStopPost=`` runs after the guard, also after one that crashed, so it needs little: one
pin number from the configuration, no validation of the rest, neither pydantic nor asyncio.

With lgpio the lines go low first by that library alone. Loading gpiozero takes longer than all the rest, and
for as long a line that a killed guard left high would heat.

It leaves the lines driven low. Raspberry Pi kernels keep an output as it was when its owner exits,
so a line that a killed guard left high stays high until somebody drives it low, and a line that is
low stays low. Therefore the pins are used without gpiozero's device classes: those become floating
inputs when they are closed, collected, or caught by gpiozero's clean-up at exit.
"""

import contextlib
import os
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hardware.pin_factory import PinFactory

EXIT_BAD_CONFIGURATION = 2
EXIT_HARDWARE_MISSING = 4

_LINES = ("heater_pin", "enable_pin", "led_pin")  # heater first
#: What the kernel calls the chips whose lines are the pins of the header.
_CHIPS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")


def main(config_path: str | Path) -> int:
    """Drive the lines low and say so in a line.

    Args:
        config_path: the configuration; only ``hardware.heater_pin`` must be readable in it.

    Returns:
        0; 2 for a file without a readable ``hardware.heater_pin``; 4 for missing or busy hardware.
    """
    try:
        hardware = _hardware_table(Path(config_path))
        if _pin(hardware, "heater_pin") is None:
            raise ValueError("hardware.heater_pin: expected a BCM pin number, such as 17")
    except (OSError, ValueError) as error:
        return _fail(f"{config_path}: {_reason(error)}", EXIT_BAD_CONFIGURATION)
    name = hardware.get("pin_factory", "lgpio")
    lines = {key: number for key in _LINES if (number := _pin(hardware, key)) is not None}
    return drive(lines, name if isinstance(name, str) else "lgpio")


def drive(lines: dict[str, int], name: str) -> int:
    """Drive lines low and say so in a line.

    Args:
        lines: BCM numbers by their keys in the configuration, in the order in which they go low.
        name: the pin factory.

    Returns:
        0 if all are; 4 for missing or busy hardware, then the others are low all the same.
    """
    if name == "lgpio":
        _low_at_once(tuple(lines.values()))
    # Only now: with gpiozero this takes three times as long as all of the above.
    from hardware.missing import HardwareMissing
    from hardware.pin_factory import load_factory

    try:
        factory = load_factory(name)
    except HardwareMissing as error:
        return _fail(str(error), EXIT_HARDWARE_MISSING)
    low, problems = [], []
    for key, number in lines.items():  # each whatever the others do
        try:
            _drive_low(factory, number, key)
            low.append(f"{key} {number}")
        except HardwareMissing as error:
            problems.append(str(error))
    if low:
        print(f"driven low: {', '.join(low)}")
    return _fail("; ".join(problems), EXIT_HARDWARE_MISSING) if problems else 0


def _low_at_once(lines: tuple[int, ...]) -> None:
    """Drive lines low by lgpio alone. What goes wrong is left to the slower way, which follows and tells."""
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory() as folder:
        with contextlib.chdir(folder):  # see hardware.pin_factory
            import lgpio
        for name in sorted(os.listdir("/dev")):
            if name.startswith("gpiochip"):
                _low_on(lgpio, int(name.removeprefix("gpiochip")), lines)


def _low_on(lgpio: Any, number: int, lines: tuple[int, ...]) -> None:
    with contextlib.suppress(Exception):
        chip = lgpio.gpiochip_open(number)
        if lgpio.gpio_get_chip_info(chip)[3] in _CHIPS:
            for line in lines:
                with contextlib.suppress(Exception):
                    lgpio.gpio_claim_output(chip, line, 0)
        lgpio.gpiochip_close(chip)


def _hardware_table(path: Path) -> dict[str, Any]:
    table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("hardware")
    return table if isinstance(table, dict) else {}


def _reason(error: OSError | ValueError) -> str:
    match error:
        case OSError():
            return error.strerror or str(error)
        case UnicodeDecodeError():
            return "is not UTF-8 text; save the file as UTF-8"
        case tomllib.TOMLDecodeError():
            return f"is not TOML: {error}"
    return str(error)


def _pin(hardware: dict[str, Any], key: str) -> int | None:
    number = hardware.get(key)
    return number if type(number) is int else None  # a bool is an int, but no pin


def _drive_low(factory: "PinFactory", number: int, key: str) -> None:
    from hardware.missing import explained

    with explained(f"pin {number} (hardware.{key})"):
        factory.pin(number).output_with_state(False)


def _fail(sentence: str, code: int) -> int:
    print(f"heatpack off: {sentence}", file=sys.stderr)
    return code
