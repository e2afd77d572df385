"""Pins and board, as the guard has them, with somebody who watches."""

from collections.abc import Callable

from hardware.board import Board
from hardware.self_test import Levels
from hardware.simulated.factory import SimulatedFactory

#: After so long the pad's temperatures no longer change, however long the rest of a wait is.
_RELAXED_S = 120.0


class WatchedFactory(SimulatedFactory):
    """A simulated board that tells each edge, and whose pad does not follow hours second by second."""

    def __init__(self, edge: Callable[[int, bool], None]) -> None:
        """Tell ``edge`` the pin's number and its new level."""
        super().__init__()
        self._edge = edge

    def on_edge(self, number: int, high: bool) -> None:
        """Note it and tell it."""
        super().on_edge(number, high)
        self._edge(number, high)

    def advance(self) -> None:
        """Let the pad reach the present; of a long wait, its end."""
        if self._clock is not None:
            self._reached_s = max(self._reached_s, self._clock.now().mono_s - _RELAXED_S)
        super().advance()


class WatchedBoard:
    """The real board, which shows what the loop has read in each cycle.

    Attributes:
        silent: for so many cycles the converter does not answer.
        codes_seen: what the thermistors' channels gave last.
    """

    def __init__(self, board: Board, looked: Callable[[bool], None]) -> None:
        """Watch ``board``; tell ``looked`` the button when a cycle's readings are complete."""
        self._board = board
        self._looked = looked
        self.silent = 0
        self.codes_seen: tuple[int | None, ...] = ()

    def codes(self) -> tuple[int | None, ...]:
        """Read, and remember."""
        codes = self._board.codes()
        if self.silent > 0:
            self.silent -= 1
            codes = (None,) * len(codes)
        self.codes_seen = codes
        return codes

    def button_pressed(self) -> bool:
        """Read, and tell."""
        pressed = self._board.button_pressed()
        self._looked(pressed)
        return pressed

    def reference_code(self) -> int | None:
        """As the board."""
        return self._board.reference_code()

    def supply_code(self) -> int | None:
        """As the board."""
        return self._board.supply_code()

    def levels(self) -> Levels | None:
        """As the board."""
        return self._board.levels()

    def heater(self, on: bool) -> None:
        """As the board."""
        self._board.heater(on)

    def enable(self, on: bool) -> None:
        """As the board."""
        self._board.enable(on)

    def toggle_deadman(self) -> None:
        """As the board."""
        self._board.toggle_deadman()

    def led(self, on: bool) -> None:
        """As the board."""
        self._board.led(on)

    def close(self) -> None:
        """As the board."""
        self._board.close()
