"""The part of the walk that closes switches: each alone, then both for a short pulse of heat."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.settings import GuardSettings
from hardware.wiring import judge
from hardware.wiring.bench import Bench, Samples
from hardware.wiring.book import Book
from hardware.wiring.bounds import OPEN_AT_C, START_BELOW_C, Closing, pulse_s
from hardware.wiring.judge import Word
from hardware.wiring.talk import Talk

#: Seconds of a look before a closing, and after one: heat arrives late at a sensor.
_BEFORE_S, _AFTER_S = 2.0, 20.0
#: Half of it to switch the supply on, half of it to feel that.
_SUPPLY_S = 40.0
_COOL_S, _COOL_C = 240.0, 0.3


@dataclass(slots=True)
class Switches:
    """All closings of one walk, charged to the ledger as one session."""

    settings: GuardSettings
    bench: Bench
    book: Book
    talk: Talk

    def run(self) -> None:
        """Close them one after the other, as far as the ledger and what was found allow."""
        refusal = self.book.refusal(judge.pad_c(self.bench.watch(1.0).samples))
        if refusal is not None:
            self.talk.tell(Word(False, f"no switch may be closed now: {refusal}"))
            return
        seconds = pulse_s(self.settings)
        self.talk.say(
            f"\nFrom here on a switch is closed for {seconds:.0f} s at most, and opened at {OPEN_AT_C:g} °C. "
            "The\nledger counts this walk as a session: the pad rests after it."
        )
        why = self.book.open()
        if why is not None:
            self.talk.tell(Word(False, f"the ledger cannot be written, so nothing is switched: {why}"))
            return
        try:
            if self._supply_on() and all(self._blocks(*each, seconds) for each in self._singles()):
                self._pulse(seconds)
        finally:
            self.bench.board.all_off()
            why = self.book.close(self.bench.closed_s, self.bench.dose_cem43, self._summary())
            if why is not None:
                self.talk.tell(Word(False, f"the ledger cannot be written: {why}"))

    def _supply_on(self) -> bool:
        """Two switches that both conduct heat as soon as there is a supply, so this is watched."""
        text = f"Switch it on AFTER Enter, within {_SUPPLY_S / 2:g} s. Nothing may get warm."
        before = self.bench.watch(_BEFORE_S).samples
        self.talk.step("The pad's supply", text)

        def warms(samples: Samples) -> bool:
            return max(judge.rises_c(samples, before)) >= judge.WARMS_C

        samples = self.bench.watch(_SUPPLY_S, warms).samples
        return self.talk.tell(judge.powered(max(judge.rises_c(samples, before))))

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
        answered = _answered(samples, before)
        self.talk.tell(*judge.answers(self.settings, answered, _most(samples, before)))
        if any(seconds is not None for seconds in answered):
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
            self.talk.tell(
                Word(False, "it does not fall with everything low. UNPLUG THE BATTERY", heats=True)
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
