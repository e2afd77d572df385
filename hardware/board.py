"""The pins and the converter, through gpiozero. Thin: it switches and reads, it judges nothing.

The MOSFET is a plain output, switched by the judged cycle: a PWM thread or peripheral would keep
heating when the loop hangs. gpiozero cleans up on normal exit only; what holds after any other
exit is the gate's pull-down, the series switch and ``hardware.off``.
"""

import contextlib
import warnings
from dataclasses import dataclass
from typing import Any

from gpiozero import MCP3008, MCP3208, InputDevice, OutputDevice, SPISoftwareFallback

from hardware.missing import explained
from hardware.pin_factory import PinFactory
from hardware.self_test import Levels
from hardware.settings import AdcSettings, GuardSettings

_CHIPS = {"MCP3008": MCP3008, "MCP3208": MCP3208}


@dataclass(slots=True)
class Board:
    """The open hardware of one build. Not responsible for when the heater may be on.

    To heat: ``enable(True)``, then ``heater(True)``. To stop: ``heater(False)`` first, so that the
    MOSFET and not the series switch breaks the current.
    """

    _heater: OutputDevice
    _enable: OutputDevice | None
    _deadman: OutputDevice | None
    _button: InputDevice | None
    _led: OutputDevice | None
    _thermistors: tuple[Any, ...]
    _reference: Any
    _supply: Any

    @classmethod
    def open(cls, settings: GuardSettings, factory: PinFactory) -> "Board":
        """Claim every pin and the SPI port; outputs are low from the moment they are claimed.

        Raises:
            HardwareMissing: a pin or the port is absent, in use or not permitted.
        """
        pins, adc = settings.pins, settings.adc
        with contextlib.ExitStack() as undo:

            def output(number: int, key: str) -> OutputDevice:
                with explained(f"pin {number} (hardware.{key})"):
                    device = OutputDevice(number, initial_value=False, pin_factory=factory)
                undo.callback(_release_low, device)
                return device

            def optional(number: int | None, key: str) -> OutputDevice | None:
                return None if number is None else output(number, key)

            def channel(number: int | None) -> Any:
                if number is None:
                    return None
                device = _open_channel(adc, number, factory)
                undo.callback(device.close)
                return device

            heater = output(pins.heater, "heater_pin")  # first: low before anything can fail
            enable = optional(pins.enable, "enable_pin")
            deadman = optional(pins.deadman, "deadman_pin")
            led = optional(pins.led, "led_pin")
            button = None
            if pins.button is not None:
                with explained(f"pin {pins.button} (hardware.button_pin)"):
                    button = InputDevice(pins.button, pull_up=True, pin_factory=factory)
                undo.callback(button.close)
            thermistors = tuple(channel(thermistor.channel) for thermistor in settings.thermistors)
            reference, supply = channel(adc.reference_channel), channel(adc.supply_channel)
            undo.pop_all()
        return cls(heater, enable, deadman, button, led, thermistors, reference, supply)

    def codes(self) -> tuple[int | None, ...]:
        """Return each thermistor's code, in the order of the settings; None where a transfer failed."""
        return tuple(_code(channel) for channel in self._thermistors)

    def reference_code(self) -> int | None:
        """Return the code of the reference channel; None without one, or where the transfer failed."""
        return None if self._reference is None else _code(self._reference)

    def supply_code(self) -> int | None:
        """Return the code of the supply channel; None without one, or where the transfer failed."""
        return None if self._supply is None else _code(self._supply)

    def levels(self) -> Levels | None:
        """Read the pins of MOSFET and series switch back, as they are and not as they were set.

        Returns:
            Whether each is high, None for a switch that the build does not have; None if a pin
            cannot be read.
        """
        try:
            return bool(self._heater.value), None if self._enable is None else bool(self._enable.value)
        except Exception:  # as in _code
            return None

    def heater(self, on: bool) -> None:
        """Switch the MOSFET."""
        self._heater.value = on

    def enable(self, on: bool) -> None:
        """Close or open the series switch, if there is one."""
        if self._enable is not None:
            self._enable.value = on

    def toggle_deadman(self) -> None:
        """Give the dead-man circuit one edge, if there is one."""
        if self._deadman is not None:
            self._deadman.toggle()

    def button_pressed(self) -> bool:
        """Return whether the button, wired to ground, is down now; False without one."""
        return self._button is not None and bool(self._button.is_active)

    def led(self, on: bool) -> None:
        """Switch the LED, if there is one."""
        if self._led is not None:
            self._led.value = on

    def all_off(self) -> None:
        """Heater low first, then series switch and LED. Each is tried, whatever the others do."""
        for switch in (self.heater, self.enable, self.led):
            with contextlib.suppress(Exception):
                switch(False)

    def close(self) -> None:
        """Switch everything off and release the hardware, with the outputs left driven low.

        The factory must stay open until the process ends: closing it makes floating inputs.
        """
        self.all_off()
        for output in (self._heater, self._enable, self._deadman, self._led):
            if output is not None:
                _release_low(output)
        for device in (self._button, *self._thermistors, self._reference, self._supply):
            if device is not None:
                with contextlib.suppress(Exception):
                    device.close()


def _release_low(device: OutputDevice) -> None:
    # Closing a gpiozero device turns its pin into a floating input, on which a gate without its
    # pull-down drifts. Driven low again, the line stays low: on Raspberry Pi kernels even after exit.
    pin = device.pin
    with contextlib.suppress(Exception):
        device.close()
    with contextlib.suppress(Exception):
        if pin is not None:
            pin.output_with_state(False)


def _open_channel(adc: AdcSettings, number: int, factory: PinFactory) -> Any:
    where = f"SPI port {adc.spi_port}, device {adc.spi_device} (hardware.adc)"
    with warnings.catch_warnings(), explained(where):
        # Bit-banged SPI would take a good part of each cycle, and hides that SPI is not enabled.
        warnings.simplefilter("error", SPISoftwareFallback)
        return _CHIPS[adc.chip](channel=number, port=adc.spi_port, device=adc.spi_device, pin_factory=factory)


def _code(channel: Any) -> int | None:
    # lgpio and pigpio raise classes of their own with no common base. Whatever a driver raises,
    # there is no reading, and the checks decide what that means.
    try:
        return int(channel.raw_value)
    except Exception:
        return None
