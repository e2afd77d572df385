"""What the guard's loop needs of a board. The one real board is ``hardware.board``."""

from typing import Protocol


class Pins(Protocol):
    """ADC codes in, levels out. Every call returns at once."""

    def codes(self) -> tuple[int | None, ...]:
        """One code per thermistor; None where the converter gave no answer."""
        ...

    def button_pressed(self) -> bool:
        """The button's level; False without a button."""
        ...

    def heater(self, on: bool) -> None:
        """Switch the MOSFET."""
        ...

    def enable(self, on: bool) -> None:
        """Switch the series switch, if the build has one."""
        ...

    def toggle_deadman(self) -> None:
        """Give the dead-man circuit its next edge, if the build has one."""
        ...

    def led(self, on: bool) -> None:
        """Switch the LED, if the build has one."""
        ...
