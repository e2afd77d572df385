"""Pin factories that somebody else might name in a configuration."""

from gpiozero.pins.local import LocalPiFactory
from gpiozero.pins.mock import MockFactory


class Plain(MockFactory):
    """Pins without a pad behind them."""


class Broken(MockFactory):
    """Cannot be opened."""

    def __init__(self) -> None:
        raise RuntimeError("the chip is on fire")


class OnRealPins(LocalPiFactory):
    """Takes clock and build as a simulated one does, but drives real pins."""

    def attach(self, *_: object) -> None:
        pass
