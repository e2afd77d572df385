"""The recording factory with a finger: the button is down while the file HEATPACK_BUTTON exists.

Used across processes: ``pin_factory = "tests.support.button_factory:ButtonFactory"``. The finger moves
with the dead-man pin, once a judged cycle.
"""

import os
from typing import Any

from hardware.clock import Clock
from hardware.settings import GuardSettings
from tests.support.recording_factory import RecordingFactory


class ButtonFactory(RecordingFactory):
    """Presses and releases the button of the attached build."""

    def __init__(self) -> None:
        super().__init__()
        self._finger = os.environ["HEATPACK_BUTTON"]
        self._button: int | None = None
        self._deadman: int | None = None

    def attach(self, clock: Clock, settings: GuardSettings, **wearer: Any) -> None:
        super().attach(clock, settings, **wearer)
        self._button, self._deadman = settings.pins.button, settings.pins.deadman

    def on_edge(self, number: int, high: bool) -> None:
        super().on_edge(number, high)
        if number == self._deadman and self._button is not None:
            pin = self.pin(self._button)
            if os.path.exists(self._finger):
                pin.drive_low()
            else:
                pin.drive_high()
