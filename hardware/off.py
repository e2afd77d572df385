"""``heatpack off``: heater and series switch low, whatever else is wrong.

What ``ExecStopPost=`` runs after the guard, also after one that crashed, so it needs little: one
pin number from the configuration, no validation of the rest, neither pydantic nor asyncio.

It leaves the lines driven low. Raspberry Pi kernels keep an output as it was when its owner exits,
so a line that a killed guard left high stays high until somebody drives it low, and a line that is
low stays low. Therefore the pins are used without gpiozero's device classes: those become floating
inputs when they are closed, collected, or caught by gpiozero's clean-up at exit.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

from hardware.missing import HardwareMissing, explained
from hardware.pin_factory import PinFactory, load_factory

EXIT_BAD_CONFIGURATION = 2
EXIT_HARDWARE_MISSING = 4


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
        reason = error.strerror if isinstance(error, OSError) else error
        return _fail(f"{config_path}: {reason}", EXIT_BAD_CONFIGURATION)
    name = hardware.get("pin_factory", "lgpio")
    try:
        factory = load_factory(name if isinstance(name, str) else "lgpio")
    except HardwareMissing as error:
        return _fail(str(error), EXIT_HARDWARE_MISSING)
    low, problems = [], []
    for key in ("heater_pin", "enable_pin", "led_pin"):  # heater first, and each whatever the others do
        number = _pin(hardware, key)
        if number is None:
            continue
        try:
            _drive_low(factory, number, key)
            low.append(f"{key} {number}")
        except HardwareMissing as error:
            problems.append(str(error))
    if low:
        print(f"driven low: {', '.join(low)}")
    return _fail("; ".join(problems), EXIT_HARDWARE_MISSING) if problems else 0


def _hardware_table(path: Path) -> dict[str, Any]:
    table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("hardware")
    return table if isinstance(table, dict) else {}


def _pin(hardware: dict[str, Any], key: str) -> int | None:
    number = hardware.get(key)
    return number if type(number) is int else None  # a bool is an int, but no pin


def _drive_low(factory: PinFactory, number: int, key: str) -> None:
    with explained(f"pin {number} (hardware.{key})"):
        factory.pin(number).output_with_state(False)


def _fail(sentence: str, code: int) -> int:
    print(f"heatpack off: {sentence}", file=sys.stderr)
    return code
