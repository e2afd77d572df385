"""The guard's main: build the parts from the settings, run the loop, leave with the heater off.

Started by ``hardware.launch`` with validated settings in a file descriptor, so that the process
that owns the heater loads neither TOML nor pydantic.
"""

import argparse
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from hardware import pad_class, stage
from hardware.board import Board
from hardware.clock import Clock, ScaledClock, SystemClock
from hardware.cycle import initial
from hardware.ledger import Ledger, unreadable, wake
from hardware.ledger_file import LedgerCorruptError, LedgerFile
from hardware.link_socket import listen
from hardware.log import PatientLog
from hardware.loop import Loop
from hardware.missing import HardwareMissing
from hardware.pin_factory import open_factory
from hardware.server import LinkServer
from hardware.settings import GuardSettings

log = logging.getLogger("heatpack.guard")

EXIT_CONFIG = 2
EXIT_HARDWARE = 4


class SettingsError(Exception):
    """The settings are not safe. The configuration's own rules should have said so before."""


class StartError(Exception):
    """The guard cannot run here. The message says what, where, and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run the guard; return the exit code."""
    parser = argparse.ArgumentParser(prog="heatpack guard")
    parser.add_argument("--settings-fd", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--inject")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", handlers=[PatientLog()])
    with os.fdopen(options.settings_fd, encoding="utf-8") as file:
        settings = stage.from_json(file.read())
    try:
        why = pad_class.objection(settings)
        if why is not None:
            raise SettingsError(f"config_invalid: pad: {why}")
        with _lock(settings):
            run(settings, options.speed, options.inject)
    except SettingsError as error:
        print(f"heatpack guard: {error}", file=sys.stderr)
        return EXIT_CONFIG
    except (StartError, HardwareMissing) as error:
        print(f"heatpack guard: {error}", file=sys.stderr)
        return EXIT_HARDWARE
    return 0


def run(settings: GuardSettings, speed: float, inject: str | None = None) -> None:
    """Guard until SIGTERM or SIGINT.

    Raises:
        StartError, HardwareMissing: before anything was switched on.
    """
    ledger_file = LedgerFile(os.path.join(settings.state_dir, "ledger.json"))
    stored = _load(ledger_file, settings)
    clock: Clock = SystemClock()
    if speed != 1.0:
        clock = ScaledClock(speed, not_before_wall_s=stored.saved_wall_s)
    ledger = wake(stored, clock.now().wall_s, settings.limits.rest_s)
    factory = open_factory(settings, clock, inject)
    board = Board.open(settings, factory)
    try:
        server = LinkServer(_listen(settings), settings.device_id)
        try:
            loop = Loop(initial(settings, ledger), board, server, ledger_file, clock)
            # Whatever asks the guard to end must find the pin low: a closed terminal sends SIGHUP.
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, lambda *_: setattr(loop, "stopping", True))
            log.info("guarding %s on %s", settings.device_id, settings.pins.factory)
            loop.run()
            log.info("stopped, heater off")
        finally:
            board.all_off()  # before anything else that could fail or wait
            server.close()
    finally:
        board.all_off()
        board.close()


@contextlib.contextmanager
def _lock(settings: GuardSettings) -> Iterator[None]:
    """Make the folders and hold the guard's lock: one guard per ledger and socket."""
    for folder, key in ((settings.state_dir, "paths.state"), (settings.runtime_dir, "paths.runtime")):
        try:
            os.makedirs(folder, mode=0o770, exist_ok=True)
        except OSError as error:
            raise StartError(f"{key}: {folder} cannot be made: {error.strerror}") from None
    with contextlib.ExitStack() as held:
        for folder in dict.fromkeys((settings.state_dir, settings.runtime_dir)):  # they may be the same
            path = os.path.join(folder, "guard.lock")
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
                held.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StartError(f"{path} is held: another guard is running with this folder") from None
            except OSError as error:
                raise StartError(f"{path} cannot be written: {error.strerror}") from None
        yield


def _listen(settings: GuardSettings) -> socket.socket:
    try:
        return listen(settings.runtime_dir)
    except OSError as error:
        raise StartError(f"the socket in {settings.runtime_dir} cannot be made: {error.strerror}") from None


def _load(ledger_file: LedgerFile, settings: GuardSettings) -> Ledger:
    """Read the ledger; a corrupt one is set aside and stands as used up until a person resets."""
    now_s = time.time()
    try:
        return ledger_file.load() or Ledger()
    except LedgerCorruptError as error:
        aside = ledger_file.set_aside(now_s)
        log.error("%s is corrupt (%s); kept as %s", ledger_file.path, error, aside)
        return replace(unreadable(now_s, settings.limits, str(error)), saved_wall_s=now_s)
    except OSError as error:
        raise StartError(f"{ledger_file.path} cannot be read: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
