"""The machine's own floor: a bare loop with the guard's reads and switching at 10 Hz, nothing else."""

import sys
import time

from hardware.board import Board
from hardware.clock import SystemClock
from hardware.notify import notify
from hardware.pin_factory import open_factory
from hardware.stage import from_json

CYCLE_S = 0.1


def main() -> None:
    settings = from_json(sys.stdin.read())
    board = Board.open(settings, open_factory(settings, SystemClock()))
    due_s = time.monotonic()
    on = False
    while True:
        board.codes()
        on = not on
        board.heater(on)
        notify("READY=1")
        due_s += CYCLE_S
        time.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    main()
