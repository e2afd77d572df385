"""A look that changes nothing: who holds the lines, what the converter says, what the ledger holds.

No line is claimed, so nothing can be switched by it, and none is taken from a guard that starts in
the same moment. A process of its own, because gpiozero tidies up when it ends.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
import warnings
from typing import Any

from gpiozero import MCP3008, MCP3208, SPISoftwareFallback

from hardware import stage
from hardware.clock import SystemClock
from hardware.codec import to_plain
from hardware.ledger_file import LedgerCorruptError, LedgerFile
from hardware.missing import HardwareMissing, explained
from hardware.pin_factory import PinFactory, open_factory
from hardware.self_test import REFERENCE_LSB
from hardware.settings import GuardSettings, PinSettings, ThermistorSettings
from hardware.supply import volts_of
from hardware.thermistor import Thermistor
from hardware.wiring.facts import BoardFacts, LedgerLook, Line, ReferenceLook, SensorLook

_CHIPS = {"MCP3008": MCP3008, "MCP3208": MCP3208}
#: The median of so many codes counts.
_LOOKS = 9
_PAUSE_S = 0.01
_LINE_IN_USE = 1  # lgpio's and the kernel's flag of a line that somebody holds


def main(arguments: list[str] | None = None) -> int:
    """Print ``BoardFacts`` as a line of JSON; return 0."""
    parser = argparse.ArgumentParser(prog="heatpack doctor: probe")
    parser.add_argument("--settings-fd", type=int, required=True)
    parser.add_argument("--no-converter", action="store_true", help="leave the SPI bus alone")
    options = parser.parse_args(arguments)
    with os.fdopen(options.settings_fd, encoding="utf-8") as file:
        settings = stage.from_json(file.read())
    print(json.dumps(to_plain(look(settings, converter=not options.no_converter))))
    return 0


def look(settings: GuardSettings, *, converter: bool) -> BoardFacts:
    """Look at the build; with ``converter`` also ask it."""
    ledger = _ledger(settings)
    try:
        factory = open_factory(settings, SystemClock())
    except HardwareMissing as error:
        return BoardFacts(error=str(error), ledger=ledger)
    chip, lines = _chip(factory), _lines(factory, settings.pins)
    if not converter:
        return BoardFacts(chip=chip, lines=lines, ledger=ledger)
    try:
        sensors, reference, supply_v = _converter(settings, factory)
    except HardwareMissing as error:
        return BoardFacts(chip=chip, lines=lines, asked=True, spi_error=str(error), ledger=ledger)
    return BoardFacts(None, chip, lines, True, None, sensors, reference, supply_v, ledger)


def keyed_pins(pins: PinSettings) -> dict[str, int]:
    """Return the pins of a build by their keys; the heater's first."""
    keyed = {
        "heater_pin": pins.heater,
        "enable_pin": pins.enable,
        "deadman_pin": pins.deadman,
        "button_pin": pins.button,
        "led_pin": pins.led,
    }
    return {key: number for key, number in keyed.items() if number is not None}


def _ledger(settings: GuardSettings) -> LedgerLook:
    try:
        ledger = LedgerFile(os.path.join(settings.state_dir, "ledger.json")).load()
    except LedgerCorruptError as error:
        return LedgerLook(f"is corrupt ({error})")
    except OSError as error:
        return LedgerLook(f"cannot be read: {error.strerror}")
    return LedgerLook(None, None if ledger is None else ledger.saved_wall_s)


def _chip(factory: PinFactory) -> str | None:
    """The chip that lgpio has opened, in words; None for other factories."""
    handle = getattr(factory, "_handle", None)
    if handle is None:
        return None
    import lgpio

    _, lines, name, label = lgpio.gpio_get_chip_info(handle)
    return f"{name}, {label}, {lines} lines"


def _lines(factory: PinFactory, pins: PinSettings) -> tuple[Line, ...]:
    handle = getattr(factory, "_handle", None)
    if handle is None:
        return ()
    import lgpio

    found = []
    for key, number in keyed_pins(pins).items():
        with contextlib.suppress(lgpio.error):
            _, _, flags, _, user = lgpio.gpio_get_line_info(handle, number)
            found.append(Line(key, number, (user or "the kernel") if flags & _LINE_IN_USE else None))
    return tuple(found)


def _converter(
    settings: GuardSettings, factory: PinFactory
) -> tuple[tuple[SensorLook, ...], ReferenceLook | None, float | None]:
    adc = settings.adc
    sensors = tuple(_sensor(settings, factory, thermistor) for thermistor in settings.thermistors)
    reference, supply_v = None, None
    if adc.reference_channel is not None:
        half, allowed = 1 << (adc.bits - 1), int(REFERENCE_LSB[adc.bits])
        code = _code(settings, factory, adc.reference_channel)
        reference = ReferenceLook(adc.reference_channel, code, half - allowed, half + allowed)
    if adc.supply_channel is not None:
        code = _code(settings, factory, adc.supply_channel)
        supply_v = None if code is None else volts_of(adc, code)
    return sensors, reference, supply_v


def _sensor(settings: GuardSettings, factory: PinFactory, thermistor: ThermistorSettings) -> SensorLook:
    code = _code(settings, factory, thermistor.channel)
    if code is None:
        return SensorLook(thermistor.channel, None, "adc_failed")
    reading = Thermistor.of(thermistor, settings.adc.bits).read(code)
    return SensorLook(thermistor.channel, reading.temperature_c, reading.fault)


def _code(settings: GuardSettings, factory: PinFactory, number: int) -> int | None:
    """The median of some codes of a channel; None without an answer.

    Raises:
        HardwareMissing: the port cannot be opened.
    """
    adc = settings.adc
    where = f"SPI port {adc.spi_port}, device {adc.spi_device} (hardware.adc)"
    with warnings.catch_warnings(), explained(where):
        warnings.simplefilter("error", SPISoftwareFallback)
        channel: Any = _CHIPS[adc.chip](
            channel=number, port=adc.spi_port, device=adc.spi_device, pin_factory=factory
        )
    codes = []
    with contextlib.closing(channel):
        for _ in range(_LOOKS):
            with contextlib.suppress(Exception):  # back ends raise what they like; see hardware.missing
                codes.append(int(channel.raw_value))
            time.sleep(_PAUSE_S)
    return int(statistics.median(codes)) if len(codes) == _LOOKS else None


if __name__ == "__main__":
    sys.exit(main())
