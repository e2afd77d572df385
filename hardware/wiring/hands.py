"""The part of the walk that switches nothing that heats: sensors at rest, warm fingers, button and LED."""

from hardware.settings import GuardSettings
from hardware.wiring import judge
from hardware.wiring.bench import Bench, Samples
from hardware.wiring.judge import Word
from hardware.wiring.talk import Talk

_REST_S, _FINGER_S, _BUTTON_S = 10.0, 30.0, 20.0


def everything_low(settings: GuardSettings, bench: Bench, talk: Talk) -> bool:
    """Look at a pad at rest; return whether switches may be closed at all."""
    talk.step("Everything low", f"Nothing is switched; the sensors are watched for {_REST_S:g} s.")
    record = bench.watch(_REST_S)
    levels = bench.board.levels()
    words = judge.at_rest(settings, record.samples)
    if levels is None or any(levels):
        words.append(Word(False, f"a pin is not low: heater and series switch read {levels}"))
    return talk.tell(*words)


def fingers(settings: GuardSettings, bench: Bench, talk: Talk) -> None:
    """Have each sensor held, to see that it is the one on its channel."""
    for n, thermistor in enumerate(settings.thermistors):
        before = bench.watch(1.0).samples
        title = f"Sensor {n + 1} (channel {thermistor.channel})"
        talk.step(title, f"Hold it between two warm fingers, for up to {_FINGER_S:g} s.")

        def felt(samples: Samples, before: Samples = before) -> bool:
            return max(judge.rises_c(samples, before)) >= judge.FINGER_C

        samples = bench.watch(_FINGER_S, felt).samples
        talk.tell(judge.finger(settings, n, judge.rises_c(samples, before)))


def button_and_led(settings: GuardSettings, bench: Bench, talk: Talk) -> None:
    """Have the button pressed and the LED looked at."""
    board, pins = bench.board, settings.pins
    if pins.button is not None:
        talk.step("Button", f"Press it once, within {_BUTTON_S:g} s.")
        if board.button_pressed():
            talk.tell(Word(False, f"it reads pressed already: does it short pin {pins.button}?"))
        else:
            bench.watch(_BUTTON_S, lambda _: board.button_pressed())
            pressed = board.button_pressed()
            talk.tell(
                Word(pressed, "seen" if pressed else f"not seen: pin {pins.button} to ground, no resistor")
            )
    if pins.led is not None:
        talk.say("\nLED")
        board.led(True)
        lit = talk.hear("  Is it lit? y or n: ").strip().lower() == "y"
        board.led(False)
        talk.tell(Word(lit, "lit" if lit else f"not lit: pin {pins.led}, its resistor, its direction"))
