"""Closes switches for a wiring check: judged ten times a second, everything low whatever ends it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.board import Board
from hardware.clock import Clock
from hardware.cycle import thermistors
from hardware.dose import cem43
from hardware.guard import CYCLE_S
from hardware.sensing import SensorTrack, hottest
from hardware.settings import GuardSettings
from hardware.thermistor import Thermistor
from hardware.wiring.bounds import Closing, Sample, objection

#: What the process beside this one hears once a cycle: something is closed, or nothing is.
CLOSED, OPEN = b"!", b"."

Samples = list[Sample]
Until = Callable[[Samples], bool]


class NotLowError(Exception):
    """A switch was opened and its pin is not low. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one look or one closing saw. ``stopped`` is the bound that ended it early, None if none did."""

    samples: Samples
    stopped: str | None = None


@dataclass(slots=True)
class Bench:
    """One open board. ``beat`` is the pipe to the process that watches this one.

    ``closed_s`` and ``dose_cem43`` add up over all closings, for the ledger.
    """

    board: Board
    settings: GuardSettings
    clock: Clock
    beat: int
    closed_s: float = 0.0
    dose_cem43: float = 0.0
    _curves: tuple[Thermistor, ...] = field(init=False)
    _tracks: tuple[SensorTrack, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Begin without a reading."""
        self._curves = thermistors(self.settings)
        self._tracks = tuple(SensorTrack() for _ in self.settings.thermistors)

    def watch(self, seconds: float, until: Until = lambda _: False) -> Record:
        """Look on with everything low."""
        return self._run(Closing(), seconds, until, start_c=0.0)

    def close(
        self, closing: Closing, seconds: float, start_c: float, until: Until = lambda _: False
    ) -> Record:
        """Close switches for at most ``seconds``; ``start_c`` is what the pad had before, °C."""
        return self._run(closing, seconds, until, start_c)

    def _run(self, closing: Closing, seconds: float, until: Until, start_c: float) -> Record:
        samples: Samples = []
        closed = False
        try:
            begun_s = last_s = self.clock.now().mono_s
            while True:
                now_s = self.clock.now().mono_s
                if closed:
                    self.closed_s += now_s - last_s
                sample = self._read(now_s)
                samples.append(sample)
                why = objection(self.settings, self._tracks, start_c, now_s - last_s) if closing.any else None
                if why is not None:
                    return Record(samples, why)
                if now_s - begun_s >= seconds or until(samples):
                    return Record(samples)
                self._tell(CLOSED if closing.any else OPEN)
                if closing.any:
                    if not closed:  # before it is, so that no signal comes in between
                        closed, self.closed_s = True, self.closed_s + CYCLE_S
                    self._count_dose(now_s - last_s)
                self._apply(closing)
                self._wait_until(now_s + CYCLE_S)
                last_s = now_s
        finally:
            self.board.all_off()
            if closed:
                self._prove_low()  # or the watcher goes on to count the silence
            self._tell(OPEN)

    def _prove_low(self) -> None:
        levels = self.board.levels()
        if levels is None or any(levels):
            raise NotLowError(f"a pin does not go low: heater and series switch read {levels}")

    def _read(self, now_s: float) -> Sample:
        readings = [
            None if code is None else thermistor.read(code)
            for thermistor, code in zip(self._curves, self.board.codes(), strict=True)
        ]
        self._tracks = tuple(
            track.step(now_s, reading) for track, reading in zip(self._tracks, readings, strict=True)
        )
        temperatures_c = tuple(track.temperature_c for track in self._tracks)
        return Sample(now_s, temperatures_c, self.board.supply_code())

    def _apply(self, closing: Closing) -> None:
        if not closing.mosfet:
            self.board.heater(False)
        self.board.enable(closing.series)
        if closing.mosfet:
            self.board.heater(True)
        if closing.deadman:
            self.board.toggle_deadman()

    def _wait_until(self, due_s: float) -> None:
        while (left_s := due_s - self.clock.now().mono_s) > 0.0:
            time.sleep(min(left_s, CYCLE_S) / self.clock.speed)

    def _count_dose(self, passed_s: float) -> None:
        pad_c = hottest(self._tracks)
        if pad_c is not None:
            self.dose_cem43 += cem43(pad_c + self.settings.limits.dose_offset_c, passed_s)

    def _tell(self, what: bytes) -> None:
        # A watcher that has died raises BrokenPipeError here: then nothing may heat.
        os.write(self.beat, what)
