"""`heatpack doctor`: a look at everything that the pack needs."""

import argparse
from pathlib import Path

from controller.commands.common import EXIT_CONFIG, Add, settings_of


def add_commands(add: Add) -> None:
    """Add it."""
    doctor = add("doctor", _doctor, "check this machine, and say what helps", "doctor --config pad.toml")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")


def _doctor(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.doctor.command import doctor
    from hardware.wiring.launch import look

    return doctor(
        settings,
        Path(options.config),
        lambda converter: look(settings, converter=converter),
        as_json=options.json,
    )
