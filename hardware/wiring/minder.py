"""Watches the walk from outside, holds the guard's lock meanwhile, and drives everything low at its end.

The walk tells once a cycle whether a switch is closed. If it then falls silent it is killed: a process
that hangs in a driver hears no signal of its own. What no process can cover, both being killed in the
same moment, is left to the dead-man circuit, the thermal cut-out, and to the bounds on the heat.
"""

import argparse
import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hardware import off, pad_class, stage
from hardware.settings import GuardSettings
from hardware.wiring.bench import CLOSED

EXIT_CONFIG, EXIT_HARDWARE, EXIT_KILLED = 2, 4, 1
#: As long as a demand lives in a session.
SILENCE_S = 1.0
_FAREWELL_S = 3.0


class RefusedError(Exception):
    """The walk cannot begin. The message is a sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Run one walk; return its exit code."""
    parser = argparse.ArgumentParser(prog="heatpack doctor --wiring")
    parser.add_argument("--settings-fd", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    options = parser.parse_args(arguments)
    settings = stage.from_json(os.pread(options.settings_fd, 1 << 20, 0).decode())
    try:
        if (why := pad_class.objection(settings)) is not None:
            print(f"config_invalid: pad: {why}", file=sys.stderr)
            return EXIT_CONFIG
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise RefusedError("--wiring is a conversation: run it in a terminal")
        become_owner(settings)
        with locked(settings) as locks:
            try:
                code, why = _mind(options.settings_fd, options.speed, locks)
            finally:
                # Before a word is said: a terminal may be gone, or stopped with Ctrl-S. And with what the
                # walk was started with: the file may name other pins by now.
                failed = off.drive(_lines(settings), settings.pins.factory)
            if why is not None:
                print(f"\nheatpack doctor: {why}", file=sys.stderr)
                if failed:
                    print(
                        "heatpack doctor: a switch may still be closed. UNPLUG THE BATTERY", file=sys.stderr
                    )
            return code
    except RefusedError as error:
        print(f"heatpack doctor: {error}", file=sys.stderr)
        return EXIT_HARDWARE


def become_owner(settings: GuardSettings) -> None:
    """As root, go on as the owner of the state folder, so that the guard can read what is left there.

    The groups of the devices stay: a service has them from its unit.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = os.stat(settings.state_dir)
    except OSError:
        return  # ``locked`` says it
    if owner.st_uid == 0:
        return
    devices = [*Path("/dev").glob("gpiochip*"), *Path("/dev").glob("spidev*"), *Path("/dev").glob("gpiomem*")]
    os.setgroups(sorted({device.stat().st_gid for device in devices} - {0}))
    os.setgid(owner.st_gid)
    os.setuid(owner.st_uid)
    # The new user may not enter the folder where root stood, and whoever leaves it, as hardware.pin_factory
    # does for a moment, could not come back.
    os.chdir("/")


@contextlib.contextmanager
def locked(settings: GuardSettings) -> Iterator[tuple[int, ...]]:
    """Hold the lock of the guard, so that none runs or starts; yield the descriptors that hold it.

    Raises:
        RefusedError: one runs, or the folders are not there.
    """
    locks: list[int] = []
    with contextlib.ExitStack() as held:
        for folder in dict.fromkeys((settings.state_dir, settings.runtime_dir)):
            path = os.path.join(folder, "guard.lock")
            try:
                if folder == settings.runtime_dir and not os.path.isdir(folder):
                    continue  # systemd makes it when the guard starts; a running one has it
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                descriptor = os.open(path, flags, 0o640)
                held.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locks.append(descriptor)
            except BlockingIOError:
                raise RefusedError(
                    f"{path} is held: a guard runs with this configuration; "
                    "stop it first (`sudo systemctl stop heatpack-guard`)"
                ) from None
            except OSError as error:
                raise RefusedError(f"{path} cannot be written: {error.strerror}") from None
        yield tuple(locks)


def _lines(settings: GuardSettings) -> dict[str, int]:
    pins = settings.pins
    keyed = {"heater_pin": pins.heater, "enable_pin": pins.enable, "led_pin": pins.led}
    return {key: number for key, number in keyed.items() if number is not None}


def _mind(settings: int, speed: float, locks: tuple[int, ...]) -> tuple[int, str | None]:
    """Run the walk; return the exit code, and what to say of a walk that did not end by itself."""
    hears, tells = os.pipe2(os.O_CLOEXEC)
    command = [sys.executable, "-P", "-m", "hardware.wiring.walk", f"--settings-fd={settings}"]
    command += [f"--beat-fd={tells}", f"--speed={speed!r}"]
    # The terminal sends Ctrl-C to both; the walk ends then, and this one stays to see it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ctrl-Z would stop both, with a switch closed; the walk inherits that it is ignored.
    for number in (signal.SIGTSTP, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)
    # The locks are the walk's too: should this process be killed, no guard starts, and nobody else writes the
    # ledger, before the walk has ended.
    walk = subprocess.Popen(command, pass_fds=[settings, tells, *locks])
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda *_: walk.send_signal(signal.SIGTERM))
    os.close(tells)
    try:
        if not _heard_to_its_end(hears, walk):
            return EXIT_KILLED, "the check hung with a switch closed and was killed"
        return _ended(walk)
    finally:
        walk.kill()
        # One that a driver holds in the kernel does not die, and is not waited for.
        with contextlib.suppress(subprocess.TimeoutExpired):
            walk.wait(_FAREWELL_S)
        os.close(hears)


def _heard_to_its_end(hears: int, walk: "subprocess.Popen[bytes]") -> bool:
    """Listen until the pipe closes; False once a switch is closed and nothing is heard."""
    last, heard_s = b"", time.monotonic()
    while True:
        left_s = heard_s + SILENCE_S - time.monotonic() if last == CLOSED else None
        readable, _, _ = select.select([hears], [], [], None if left_s is None else max(0.0, left_s))
        if not readable:
            return False
        said = os.read(hears, 4096)
        if not said:
            return True
        last, heard_s = said[-1:], time.monotonic()


def _ended(walk: "subprocess.Popen[bytes]") -> tuple[int, str | None]:
    try:
        code = walk.wait(_FAREWELL_S)
    except subprocess.TimeoutExpired:
        return EXIT_KILLED, "the check did not end and was killed"
    return (code, None) if code >= 0 else (EXIT_KILLED, "the check was killed")


if __name__ == "__main__":
    sys.exit(main())
