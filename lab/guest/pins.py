"""Real GPIO lines through lgpio, with a modelled pad behind them.

A virtual machine has no SPI bus with a converter on it. Here the converter's words are answered by the
modelled pad, which is heated by what the kernel says of the lines of heater and series switch, whoever
drives them. Everything else is gpiozero's own ``LGPIOFactory`` on the machine's GPIO character device, and
this class takes its place among gpiozero's entry points, so that the configuration is the shipped one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpiozero.pins.lgpio import LGPIOFactory

if TYPE_CHECKING:
    from hardware.clock import Clock
    from hardware.settings import GuardSettings

_CHIP = 0
_PI_ZERO_2_W = 0x902120
_UNUSED = 0xFF


def line_file(number: int) -> Path:
    """Return the file in which the kernel shows the level of a simulated line."""
    return next(Path("/sys/devices/platform/gpio-sim.0").glob(f"gpiochip*/sim_gpio{number}/value"))


class LabFactory(LGPIOFactory):
    """The pins of the machine's ``gpiochip0``, numbered as on a Raspberry Pi."""

    def __init__(self) -> None:
        """Open the chip."""
        super().__init__(chip=_CHIP)
        self._clock: Clock | None = None  # `heatpack off` attaches no pad

    def attach(self, clock: "Clock", settings: "GuardSettings") -> None:
        """Put on a pad. It follows ``clock`` whenever its converter is asked."""
        # Here, so that `heatpack off`, whose time is measured, loads no more than it does on a Pi.
        from hardware.simulated.pad import SimulatedPad

        self._clock = clock
        self._adc = (settings.adc.spi_port, settings.adc.spi_device)
        self._pad = SimulatedPad(settings)
        self._reached_s = clock.now().mono_s
        self._heater = line_file(settings.pins.heater)
        self._enable = None if settings.pins.enable is None else line_file(settings.pins.enable)

    def transfer(self, port_device: tuple[int, int], words: Sequence[int]) -> list[int]:
        """Let the pad reach the present at the lines' levels, then answer for its converter."""
        if self._clock is None or port_device != self._adc:
            return [_UNUSED] * len(words)
        now_s = self._clock.now().mono_s
        self._pad.advance(
            now_s - self._reached_s,
            gate=_is_high(self._heater),
            series_switch=self._enable is None or _is_high(self._enable),
        )
        self._reached_s = now_s
        return self._pad.adc.transfer(words)

    def _get_revision(self) -> int:
        return _PI_ZERO_2_W

    def _get_spi_class(self, shared: bool, hardware: bool) -> Any:
        from hardware.simulated.factory import SimulatedSPI, SimulatedSPIShared

        return SimulatedSPIShared if shared else SimulatedSPI


def _is_high(line: Path) -> bool:
    return line.read_text().strip() == "1"
