"""What the guard's loop needs of a board. The one real board is ``hardware.board``."""

from typing import Protocol

from hardware.self_test import Levels


class Pins(Protocol):
    """ADC codes in, levels out. Every call returns at once."""

    def codes(self) -> tuple[int | None, ...]:
        """One code per thermistor; None where the converter gave no answer."""
        ...

    def reference_code(self) -> int | None:
        """The code of the reference channel; None without one or without an answer."""
        ...

    def supply_code(self) -> int | None:
        """The code of the supply channel; None without one or without an answer."""
        ...

    def levels(self) -> Levels | None:
        """The levels that MOSFET's and series switch's pin have now; None if they cannot be read."""
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
