"""A gpiozero pin factory with a modelled pad behind it.

The real gpiozero drivers run on it: an MCP3xxx device sends its SPI words to the modelled
converter, and the level of the heater pin heats the modelled pad. Nothing above it can tell.
"""

from collections import deque
from collections.abc import Callable, Sequence

from gpiozero import SPIBadArgs
from gpiozero.mixins import SharedMixin
from gpiozero.pins import SPI
from gpiozero.pins.mock import MockFactory, MockPin, PinState
from gpiozero.pins.pi import spi_port_device

from hardware.clock import Clock
from hardware.settings import GuardSettings
from hardware.simulated.faults import Fault
from hardware.simulated.pad import SimulatedPad
from hardware.simulated.plant import Plant, PlantParameters

_PI_ZERO_2_W = "902120"
#: Edges that a pin remembers; a daemon on the simulator runs for weeks.
_STATES_KEPT = 1000


class SimulatedPin(MockPin):
    """A pin whose driven level reaches the pad.

    As on a board, a pin that is not an output drives nothing: the gate's pull-down then wins.
    ``drive_low`` and ``drive_high`` press and release a button; ``states`` holds the last edges.
    """

    @property
    def driven_high(self) -> bool:
        """Whether the pin is an output and high."""
        return bool(self._function == "output" and self._state)

    def clear_states(self) -> None:
        """Forget the edges, as in gpiozero's own mock, but never keep more than a thousand."""
        super().clear_states()
        self.states: deque[PinState] = deque(self.states, maxlen=_STATES_KEPT)

    def _set_function(self, value: str) -> None:
        self._settle(lambda: super(SimulatedPin, self)._set_function(value))

    def _set_state(self, value: float) -> None:
        self._settle(lambda: super(SimulatedPin, self)._set_state(value))

    def _settle(self, change: Callable[[], None]) -> None:
        before = self.driven_high
        self._factory.advance()  # the time until now passed at the old level
        change()
        if self.driven_high != before:
            self._factory.on_edge(self._number, self.driven_high)


class SimulatedSPI(SPI):
    """The hardware SPI port: transfers reach the converter at the configured chip select."""

    def __init__(
        self, clock_pin: int, mosi_pin: int, miso_pin: int, select_pin: int, pin_factory: "SimulatedFactory"
    ) -> None:
        """Reserve the pins, as the real ones do, so that a heater on an SPI pin is found out."""
        self._open = False
        self._port_device = spi_port_device(clock_pin, mosi_pin, miso_pin, select_pin)
        super().__init__(pin_factory=pin_factory)
        pin_factory.reserve_pins(self, clock_pin, mosi_pin, miso_pin, select_pin)
        self._open = True

    def _conflicts_with(self, other: object) -> bool:
        return not (isinstance(other, SimulatedSPI) and other._port_device != self._port_device)

    def close(self) -> None:
        """Release the pins."""
        if self._open:
            self._open = False
            self.pin_factory.release_all(self)
        super().close()

    @property
    def closed(self) -> bool:
        """Whether the port is closed."""
        return not self._open

    def transfer(self, data: Sequence[int]) -> list[int]:
        """Let the pad reach the present, then exchange words with its converter."""
        self._check_open()
        answer: list[int] = self.pin_factory.transfer(self._port_device, data)
        return answer

    def _get_bits_per_word(self) -> int:
        return 8

    def _get_clock_mode(self) -> int:
        return 0


class SimulatedSPIShared(SharedMixin, SimulatedSPI):
    """One port for all the channels of a converter."""

    @classmethod
    def _shared_key(
        cls, clock_pin: int, mosi_pin: int, miso_pin: int, select_pin: int, pin_factory: "SimulatedFactory"
    ) -> tuple[int, int, int]:
        return (id(pin_factory), clock_pin, select_pin)


class SimulatedFactory(MockFactory):
    """Pins and SPI of a Pi Zero 2 W with a pad; all pins start as inputs, low.

    Without ``attach`` it is a board without a pad: pins work, SPI reads nothing.
    """

    def __init__(self) -> None:
        """Make the pins."""
        super().__init__(revision=_PI_ZERO_2_W, pin_class=SimulatedPin)
        self._clock: Clock | None = None
        self._settings: GuardSettings | None = None
        self._pad: SimulatedPad | None = None
        self._reached_s = 0.0
        self._driven: set[int] = set()

    def attach(
        self,
        clock: Clock,
        settings: GuardSettings,
        *,
        parameters: PlantParameters | None = None,
        seed: int = 0,
    ) -> None:
        """Wire up a pad that has just been put on.

        Args:
            clock: device time; the pad follows it whenever a pin or the SPI bus is used.
            settings: the build.
            parameters: another pad or wearer than the nominal one.
            seed: of the converter's noise.
        """
        self._clock, self._settings = clock, settings
        self._pad = SimulatedPad(settings, parameters, seed=seed)
        self._reached_s = clock.now().mono_s

    @property
    def pad(self) -> SimulatedPad:
        """The pad, its wires and its converter.

        Raises:
            RuntimeError: nothing is attached.
        """
        if self._pad is None:
            raise RuntimeError("no pad is attached to the simulated factory")
        return self._pad

    @property
    def plant(self) -> Plant:
        """The pad's thermal model, as of the last use of a pin or of the SPI bus."""
        return self.pad.plant

    def inject(self, fault: Fault) -> None:
        """Let ``fault`` strike ``fault.at_s`` seconds after the first heat that was asked for."""
        self.pad.inject(fault)

    def advance(self) -> None:
        """Let the pad reach the present of the clock, at the levels that the pins have."""
        if self._pad is None or self._clock is None or self._settings is None:
            return
        now_s = self._clock.now().mono_s
        pins = self._settings.pins
        self._pad.advance(
            now_s - self._reached_s,
            gate=pins.heater in self._driven,
            series_switch=pins.enable is None or pins.enable in self._driven,
        )
        self._reached_s = now_s

    def on_edge(self, number: int, high: bool) -> None:
        """Note the new driven level of a pin (BCM number). Recorders override and extend it."""
        (self._driven.add if high else self._driven.discard)(number)

    def transfer(self, port_device: tuple[int, int], words: Sequence[int]) -> list[int]:
        """Answer an SPI transfer; a chip select with nothing on it reads as ones."""
        self.advance()
        if self._pad is None or self._settings is None:
            return [0xFF] * len(words)
        adc = self._settings.adc
        if port_device != (adc.spi_port, adc.spi_device):
            return [0xFF] * len(words)
        return self._pad.adc.transfer(words)

    def _get_spi_class(self, shared: bool, hardware: bool) -> type[SimulatedSPI]:
        if not hardware:
            raise SPIBadArgs("the simulated board has no software SPI")
        return SimulatedSPIShared if shared else SimulatedSPI
