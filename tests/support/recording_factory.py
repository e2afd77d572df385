"""A simulated factory that writes each edge of the safety pins to a file, as an oscilloscope would.

Used across processes: ``pin_factory = "tests.support.recording_factory:RecordingFactory"`` in a
configuration, and the file's name in the environment variable HEATPACK_EDGES. A line is
"<CLOCK_MONOTONIC seconds> <BCM pin> <0|1>", written with one unbuffered write per edge, so that it
is there even if the process is killed in the next moment.

HEATPACK_PATIENCE_S is for how many real seconds a guard on a faster clock waits for its controller, if not
for as long as in the demo: a busy machine must not look like a controller that is gone.
"""

import os
import time
from typing import Any

from hardware.clock import Clock, ScaledClock
from hardware.settings import GuardSettings
from hardware.simulated.factory import SimulatedFactory


class RecordingFactory(SimulatedFactory):
    """Records heater, series switch and dead-man pin of the attached build."""

    def __init__(self) -> None:
        super().__init__()
        self._watched: frozenset[int] = frozenset()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(os.environ["HEATPACK_EDGES"], flags, 0o644)

    def attach(self, clock: Clock, settings: GuardSettings, **wearer: Any) -> None:
        patience_s = os.environ.get("HEATPACK_PATIENCE_S")
        if patience_s is not None and isinstance(clock, ScaledClock):
            clock.patience_s = float(patience_s)
            clock.STALL_S = clock.patience_s + ScaledClock.STALL_S  # waiting is no stall
        super().attach(clock, settings, **wearer)
        pins = settings.pins
        self._watched = frozenset(n for n in (pins.heater, pins.enable, pins.deadman) if n is not None)

    def on_edge(self, number: int, high: bool) -> None:
        super().on_edge(number, high)
        if number in self._watched and self._file >= 0:
            os.write(self._file, f"{time.monotonic():.6f} {number} {high:d}\n".encode())

    def close(self) -> None:
        super().close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
