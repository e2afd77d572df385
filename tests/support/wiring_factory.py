"""A board whose pad lies free on a table, with a dead-man circuit, a person's hands, and wiring mistakes.

``pin_factory = "tests.support.wiring_factory:WiringFactory"``. HEATPACK_WIRING names a mistake:
mosfet_shorted, series_shorted, both_shorted (from when the supply comes on), heater_broken, open, short,
swapped, no_deadman, or hangs, a driver that blocks when the heater goes on. The file HEATPACK_HANDS holds
what the hands do: "supply", "finger 0", "press", or nothing.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hardware.clock import Clock
from hardware.settings import GuardSettings
from tests.support.recording_factory import RecordingFactory

#: How long the modelled one-shot stays on after an edge, s.
ONE_SHOT_S = 0.5
FINGER_C = 1.5


class WiringFactory(RecordingFactory):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._mistake = os.environ.get("HEATPACK_WIRING", "")
        self._edge_s = float("-inf")

    def attach(self, clock: Clock, settings: GuardSettings, **wearer: Any) -> None:
        super().attach(clock, settings, **wearer)
        self.plant.worn = False
        wiring = self.pad.wiring
        wiring.mosfet_shorted = self._mistake == "mosfet_shorted"
        wiring.series_shorted = self._mistake == "series_shorted"
        wiring.heater_broken = self._mistake == "heater_broken"
        wiring.sensors[0].level = {"open": 1.0, "short": 0.0}.get(self._mistake)

    def advance(self) -> None:
        settings, clock = self._settings, self._clock
        if settings is None or clock is None:
            return
        driven, alive = self._driven, clock.now().mono_s - self._edge_s < ONE_SHOT_S
        if not alive and self._mistake != "no_deadman" and settings.pins.enable is not None:
            self._driven = driven - {settings.pins.enable}
        super().advance()
        self._driven = driven

    def on_edge(self, number: int, high: bool) -> None:
        super().on_edge(number, high)
        if self._settings is None or self._clock is None:
            return
        if number == self._settings.pins.deadman:
            self._edge_s = self._clock.now().mono_s
        if number == self._settings.pins.heater and high and self._mistake == "hangs":
            time.sleep(3600)

    def transfer(self, port_device: tuple[int, int], words: Sequence[int]) -> list[int]:
        self._use_hands()
        return super().transfer(port_device, words)

    def _use_hands(self) -> None:
        did, _, what = Path(os.environ["HEATPACK_HANDS"]).read_text().partition(" ")
        for n, wire in enumerate(self.pad.wiring.sensors):
            felt = int(what) ^ (self._mistake == "swapped") if did == "finger" else None
            wire.offset_c = FINGER_C if n == felt else 0.0
        if did == "supply" and self._mistake == "both_shorted":
            self.pad.wiring.mosfet_shorted = self.pad.wiring.series_shorted = True
        if self._settings is not None and self._settings.pins.button is not None:
            button = self.pin(self._settings.pins.button)
            if did == "press":
                button.drive_low()
            elif button.function == "input":
                button.drive_high()
