"""The guided check of a new build: one actuator at a time, from everything low to a short pulse of heat."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from hardware import stage
from hardware.board import Board
from hardware.clock import Clock, ScaledClock, SystemClock
from hardware.missing import HardwareMissing
from hardware.pin_factory import open_factory
from hardware.settings import GuardSettings
from hardware.wiring import judge
from hardware.wiring.bench import Bench, Samples
from hardware.wiring.book import Book
from hardware.wiring.bounds import OPEN_AT_C, START_BELOW_C, Closing, pulse_s
from hardware.wiring.judge import Word
from hardware.wiring.talk import EndedError, Talk

EXIT_PROBLEM, EXIT_HARDWARE, EXIT_ENDED = 1, 4, 130

#: Seconds of a look at a pad at rest, before a closing, and after one: heat arrives late at a sensor.
_REST_S, _BEFORE_S, _AFTER_S = 10.0, 2.0, 20.0
_COOL_S, _COOL_C = 240.0, 0.3
_FINGER_S, _BUTTON_S = 30.0, 20.0

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_WARNING = """\
This closes the switches of the pad one at a time, and at the end both for some seconds.

  The pad lies free, on something that does not burn. NOBODY WEARS IT.
  You can reach the battery's plug. Ctrl-C ends everything at any time.
"""


@dataclass(slots=True)
class Walk:
    """One walk over one board."""

    settings: GuardSettings
    bench: Bench
    book: Book
    talk: Talk

    def run(self) -> int:
        """Walk; return 0 if all is well, 1 otherwise.

        Raises:
            EndedError: the person ends it.
        """
        self.talk.say(_WARNING)
        self.talk.word('Type "free" when it is so: ', "free")
        if self._everything_low():
            self._switches()
        self._fingers()
        self._button_and_led()
        problems = self.talk.problems
        self.talk.say("\nAll is well." if not problems else f"\n{problems} problem{'s' * (problems != 1)}.")
        return EXIT_PROBLEM if problems else 0

    def _everything_low(self) -> bool:
        self.talk.step("Everything low", f"Nothing is switched; the sensors are watched for {_REST_S:g} s.")
        record = self.bench.watch(_REST_S)
        levels = self.bench.board.levels()
        words = judge.at_rest(self.settings, record.samples)
        if levels is None or any(levels):
            words.append(Word(False, f"a pin is not low: heater and series switch read {levels}"))
        return self.talk.tell(*words)

    def _switches(self) -> None:
        refusal = self.book.refusal(judge.pad_c(self.bench.watch(1.0).samples))
        if refusal is not None:
            self.talk.tell(Word(False, f"no switch may be closed now: {refusal}"))
            return
        seconds = pulse_s(self.settings)
        self.talk.say(
            f"\nSwitch the pad's supply on. Each closing lasts {seconds:.0f} s at most, and ends at "
            f"{OPEN_AT_C:g} °C.\nThe ledger counts this walk as a session: the pad rests after it."
        )
        why = self.book.open()
        if why is not None:
            self.talk.tell(Word(False, f"the ledger cannot be written, so nothing is switched: {why}"))
            return
        try:
            if all(self._blocks(*each, seconds) for each in self._singles()):
                self._pulse(seconds)
        finally:
            self.bench.board.all_off()
            why = self.book.close(self.bench.closed_s, self.bench.dose_cem43, self._summary())
            if why is not None:
                self.talk.tell(Word(False, f"the ledger cannot be written: {why}"))

    def _summary(self) -> str:
        found = f"{self.talk.problems} problems" if self.talk.problems else "all well"
        return f"The wiring was checked, with switches closed for {self.bench.closed_s:.0f} s: {found}"

    def _singles(self) -> Iterator[tuple[Closing, str, str, str]]:
        """Yield what may not heat: what is closed, a title, the same in a sentence, and what must block."""
        pins = self.settings.pins
        if pins.enable is None:
            return
        edges = pins.deadman is not None
        series = Closing(series=True, deadman=edges)
        yield series, "The series switch alone", "the series switch closed alone", "MOSFET"
        yield Closing(mosfet=True), "The MOSFET alone", "the MOSFET closed alone", "series switch"
        if edges:
            title = "Both, but no edges on the dead-man's pin"
            what = "both pins high and no edges on the dead-man's pin"
            yield Closing(mosfet=True, series=True), title, what, "dead-man circuit"

    def _blocks(self, closing: Closing, title: str, what: str, other: str, seconds: float) -> bool:
        self.talk.step(title, f"For {seconds:.0f} s. Nothing may get warm.")
        before = self.bench.watch(_BEFORE_S).samples
        start_c = self._cold(before)
        if start_c is None:
            return False

        def heats(samples: Samples) -> bool:
            return max(judge.rises_c(samples, before)) >= judge.WARMS_C or bool(self._sags(before, samples))

        record = self.bench.close(closing, seconds, start_c, heats)
        if record.stopped is not None:
            return self.talk.tell(Word(False, f"stopped: {record.stopped}"))
        sagged = self._sags(before, record.samples)
        after = self.bench.watch(0.0 if sagged else _AFTER_S, heats).samples
        risen_c = max(judge.rises_c([*record.samples, *after], before))
        return self.talk.tell(judge.alone(what, other, risen_c, sagged))

    def _sags(self, before: Samples, samples: Samples) -> bool | None:
        # The first codes of a closing may be of the moment before it.
        return judge.sags(self.settings, before, samples[2:]) if len(samples) > 4 else None

    def _cold(self, before: Samples) -> float | None:
        start_c = judge.pad_c(before)
        if start_c is None or start_c >= START_BELOW_C:
            self.talk.tell(
                Word(False, f"no valid temperature below {START_BELOW_C:g} °C; nothing is switched")
            )
            return None
        return start_c

    def _pulse(self, seconds: float) -> None:
        pins = self.settings.pins
        self.talk.step("Heat", f"The heater is on for {seconds:.0f} s. Every sensor should answer.")
        before = self.bench.watch(_BEFORE_S).samples
        start_c = self._cold(before)
        if start_c is None:
            return
        closing = Closing(True, pins.enable is not None, pins.deadman is not None)
        record = self.bench.close(closing, seconds, start_c)
        if record.stopped is not None and not record.stopped.startswith("the pad has"):
            self.talk.tell(Word(False, f"stopped: {record.stopped}"))
            return
        samples = [*record.samples, *self.bench.watch(_AFTER_S).samples]
        self.talk.tell(*judge.answers(self.settings, _answered(samples, before), _most(samples, before)))
        self._cools(samples)

    def _cools(self, heated: Samples) -> None:
        peak_c = max(_most_c(heated), default=0.0)
        self.talk.say(f"  Off. It should fall by {_COOL_C:g} °C within {_COOL_S / 60:g} minutes ...")

        def fell(samples: Samples) -> bool:
            nonlocal peak_c
            now_c = judge.pad_c(samples)
            peak_c = max(peak_c, now_c or 0.0)
            return now_c is not None and peak_c - now_c >= _COOL_C

        record = self.bench.watch(_COOL_S, fell)
        if fell(record.samples):
            passed_s = record.samples[-1].mono_s - record.samples[0].mono_s
            self.talk.tell(Word(True, f"it falls: {_COOL_C:g} °C in {passed_s:.0f} s"))
        else:
            self.talk.tell(Word(False, "it does not fall with everything low. UNPLUG THE BATTERY"))

    def _fingers(self) -> None:
        for n, thermistor in enumerate(self.settings.thermistors):
            before = self.bench.watch(1.0).samples
            title = f"Sensor {n + 1} (channel {thermistor.channel})"
            self.talk.step(title, f"Hold it between two warm fingers, for up to {_FINGER_S:g} s.")

            def felt(samples: Samples, before: Samples = before) -> bool:
                return max(judge.rises_c(samples, before)) >= judge.FINGER_C

            samples = self.bench.watch(_FINGER_S, felt).samples
            self.talk.tell(judge.finger(self.settings, n, judge.rises_c(samples, before)))

    def _button_and_led(self) -> None:
        board, pins = self.bench.board, self.settings.pins
        if pins.button is not None:
            self.talk.step("Button", f"Press it once, within {_BUTTON_S:g} s.")
            if board.button_pressed():
                self.talk.tell(Word(False, f"it reads pressed already: does it short pin {pins.button}?"))
            else:
                self.bench.watch(_BUTTON_S, lambda _: board.button_pressed())
                pressed = board.button_pressed()
                self.talk.tell(
                    Word(
                        pressed, "seen" if pressed else f"not seen: pin {pins.button} to ground, no resistor"
                    )
                )
        if pins.led is not None:
            self.talk.say("\nLED")
            board.led(True)
            lit = self.talk.hear("  Is it lit? y or n: ").strip().lower() == "y"
            board.led(False)
            self.talk.tell(
                Word(lit, "lit" if lit else f"not lit: pin {pins.led}, its resistor, its direction")
            )


def _answered(samples: Samples, before: Samples) -> list[float | None]:
    """For each sensor, after how many seconds it had risen; None if it never had."""
    found: list[float | None] = [None] * len(samples[0].temperatures_c)
    for end in range(1, len(samples) + 1):
        for n, rise_c in enumerate(judge.rises_c(samples[:end], before)):
            if found[n] is None and rise_c >= judge.ANSWER_C:
                found[n] = samples[end - 1].mono_s - samples[0].mono_s
    return found


def _most(samples: Samples, before: Samples) -> list[float]:
    """For each sensor, how far it rose at most, °C."""
    rises = [judge.rises_c(samples[:end], before) for end in range(1, len(samples) + 1)]
    return [max(column) for column in zip(*rises, strict=True)]


def _most_c(samples: Samples) -> list[float]:
    return [t for sample in samples for t in sample.temperatures_c if t is not None]


def main(arguments: list[str] | None = None) -> int:
    """Walk; ends with everything low, however it ends. Started by ``hardware.wiring.minder``."""
    parser = argparse.ArgumentParser(prog="heatpack doctor --wiring")
    parser.add_argument("--settings-fd", type=int, required=True)
    parser.add_argument("--beat-fd", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    options = parser.parse_args(arguments)
    with os.fdopen(options.settings_fd, encoding="utf-8") as file:
        settings = stage.from_json(file.read())
    for number in _ENDINGS:
        signal.signal(number, _end)
    clock: Clock = SystemClock() if options.speed == 1.0 else ScaledClock(options.speed)
    talk = Talk()
    try:
        board = Board.open(settings, open_factory(settings, clock))
    except HardwareMissing as error:
        talk.say(f"heatpack doctor: {error}")
        return EXIT_HARDWARE
    try:
        bench = Bench(board, settings, clock, options.beat_fd)
        return Walk(settings, bench, Book(settings, clock), talk).run()
    except EndedError as end:
        board.all_off()
        talk.say(f"\nEnded: {end}. Everything is low.")
        return EXIT_ENDED
    except OSError:
        return EXIT_ENDED  # who watched this process is gone, or the terminal is
    finally:
        board.all_off()
        board.close()


def _end(number: int, _: object) -> None:
    for each in _ENDINGS:
        signal.signal(each, signal.SIG_IGN)  # what follows is the way to everything low; once is enough
    raise EndedError(signal.Signals(number).name)


if __name__ == "__main__":
    sys.exit(main())
