"""`heatpack guard`, `run`, `off` and `demo`: what runs the pad."""

import argparse
import sys

from controller.commands.common import EXIT_CONFIG, EXIT_HARDWARE, Add, add_speed, settings_of

#: What ``add_commands`` adds.
COMMANDS = frozenset({"demo", "guard", "run", "off"})


def add_commands(add: Add) -> None:
    """Add them."""
    demo = add("demo", _demo, "run one heat session on a simulated pad", "demo --speed 20", config=False)
    add_speed(demo, 20.0)
    demo.add_argument("--minutes", type=float, default=8.0, metavar="M", help="heat phase, 5-10 (default 8)")
    demo.add_argument("--phone", action="store_true", help="keep it up for a phone")
    demo.add_argument(
        "--fault", metavar="NAME@SECONDS", help="break something, e.g. sensor_open@120: see the guard act"
    )
    guard = add("guard", _guard, "run the guard, the process that owns the heater", "guard --config pad.toml")
    add_speed(guard)
    guard.add_argument(
        "--inject",
        type=_fault,
        metavar="NAME@SECONDS",
        help="simulated pads: break something after so much heat",
    )
    add_speed(add("run", _run, "run the controller", "run --config pad.toml"))
    add("off", _off, "drive heater and series switch low", "off --config pad.toml")


def _fault(text: str) -> str:
    from hardware.fault_names import ON_THE_PAD, split

    try:
        name, _ = split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("fault: ")) from None
    if name not in ON_THE_PAD:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(ON_THE_PAD)}")
    return text


def _demo(options: argparse.Namespace) -> int:
    from controller.demo import demo

    return demo(options.speed, options.minutes, options.fault, phone=options.phone)


def _guard(options: argparse.Namespace) -> int:
    from hardware.launch import main as launch

    return launch(options.config, options.speed, options.inject)


def _run(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from config.speed import refuse_speed

    why = refuse_speed(settings.hardware.pin_factory, options.speed)
    if why is not None:
        print(f"heatpack run: {why}", file=sys.stderr)
        return EXIT_HARDWARE
    from controller.app import run

    return run(settings, options.speed)


def _off(options: argparse.Namespace) -> int:
    from hardware.off import main as off

    return off(options.config)
