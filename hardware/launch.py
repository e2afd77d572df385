"""``heatpack guard``, first stage: validate the configuration, then become the guard process.

The only module of ``hardware`` that names the loader. ``exec`` keeps the process id, so systemd and
a terminal see one process, and what validation needed (pydantic, TOML) is gone from memory.
"""

import os
import sys

from config.loader import ConfigError, load
from config.speed import refuse_speed
from hardware import stage

EXIT_CONFIG = 2
EXIT_HARDWARE = 4


def main(config_path: str, speed: float, inject: str | None) -> int:
    """Validate and exec; returns only with an exit code for a bad configuration."""
    try:
        settings = load(config_path)
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return EXIT_CONFIG
    why = refuse_speed(settings.hardware.pin_factory, speed)
    if why is not None:
        print(f"heatpack guard: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    descriptor = os.memfd_create("heatpack-settings", 0)
    os.write(descriptor, stage.to_json(stage.guard_settings(settings)).encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    # -P: a folder named "hardware" where the guard happens to be started must not be imported.
    command = [sys.executable, "-P", "-m", "hardware.process"]
    command += [f"--settings-fd={descriptor}", f"--speed={speed!r}"]
    if inject:
        command.append(f"--inject={inject}")
    sys.stdout.flush()
    os.execv(sys.executable, command)
    raise AssertionError("exec returned")
