"""The guided check of a new build: one actuator at a time, from everything low to a short pulse of heat."""

import argparse
import os
import signal
import sys
from dataclasses import dataclass

from hardware import stage
from hardware.board import Board
from hardware.clock import Clock, ScaledClock, SystemClock
from hardware.missing import HardwareMissing
from hardware.pin_factory import open_factory
from hardware.settings import GuardSettings
from hardware.wiring import hands
from hardware.wiring.bench import Bench, NotLowError
from hardware.wiring.book import Book
from hardware.wiring.switches import Switches
from hardware.wiring.talk import EndedError, Talk

EXIT_PROBLEM, EXIT_HARDWARE, EXIT_ENDED = 1, 4, 130


_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_WARNING = """\
This closes the switches of the pad one at a time, and at the end both for some seconds.

  The pad lies free, on something that does not burn. NOBODY WEARS IT.
  Its supply is off. You can reach the battery's plug. Ctrl-C ends everything at any time.
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
        parts = self.settings, self.bench, self.talk
        if hands.everything_low(*parts):
            Switches(self.settings, self.bench, self.book, self.talk).run()
        if self.talk.heats:
            self.talk.say("\nThe walk ends here: what comes next is done with the hands on the pad.")
        else:
            hands.fingers(*parts)
            hands.button_and_led(*parts)
        problems = self.talk.problems
        self.talk.say("\nAll is well." if not problems else f"\n{problems} problem{'s' * (problems != 1)}.")
        return EXIT_PROBLEM if problems else 0


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
    except EndedError as end:
        talk.say(f"\nEnded: {end}. Nothing was switched.")
        return EXIT_ENDED
    try:
        bench = Bench(board, settings, clock, options.beat_fd)
        return Walk(settings, bench, Book(settings, clock), talk).run()
    except EndedError as end:
        board.all_off()
        levels = board.levels()
        low = levels is not None and not any(levels)
        talk.say(f"\nEnded: {end}. {'Everything is low' if low else 'A pin is not low: UNPLUG THE BATTERY'}.")
        return EXIT_ENDED
    except NotLowError as error:
        talk.say(f"\nheatpack doctor: {error}. UNPLUG THE BATTERY")
        return EXIT_HARDWARE
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
