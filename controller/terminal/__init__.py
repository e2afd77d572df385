"""A phone in the terminal: start, stop, reset, status, watch and fleet, over MQTT like any other phone.

Each command prints a sentence and returns its exit code: 0 accepted, 1 refused, 3 no answer.
"""

from controller.terminal.ask import reset, start, stop
from controller.terminal.fleet import fleet
from controller.terminal.look import status
from controller.terminal.watch import watch

__all__ = ["fleet", "reset", "start", "status", "stop", "watch"]
