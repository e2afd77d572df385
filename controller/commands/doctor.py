"""`heatpack doctor`: a look at everything that the pack needs."""

import argparse
import sys
from pathlib import Path

from controller.commands.common import EXIT_CONFIG, EXIT_HARDWARE, Add, add_speed, settings_of


def add_commands(add: Add) -> None:
    """Add it."""
    doctor = add("doctor", _doctor, "check this machine, and say what helps", "doctor --config pad.toml")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.add_argument("--wiring", action="store_true", help="walk through a new build, switch by switch")
    add_speed(doctor)


def _doctor(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from config.speed import refuse_speed
    from hardware.wiring.launch import look, walk

    why = refuse_speed(settings.hardware.pin_factory, options.speed)
    if why is not None:
        print(f"heatpack doctor: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    if options.wiring:
        walk(settings, options.speed)
    from controller.doctor.command import doctor

    return doctor(
        settings,
        Path(options.config),
        lambda converter: look(settings, converter=converter),
        as_json=options.json,
    )
