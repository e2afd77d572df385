"""All that take part, in the order in which they are shown."""

from typing import Any, Final

from bench.control import (
    esphome,
    home_assistant,
    kiln,
    klipper,
    marlin_mpc,
    marlin_pid,
    ours,
    pifire,
    simple,
)
from bench.control.contest import Contestant, hottest
from bench.control.pad import Pad

TUNED: Final = Contestant(
    "tuned",
    "Heatpack, tuned",
    "Knows what heatpack tune found on this pad, half of the time unworn, else on another wearer.",
    ours.tuned,
    ours.PERIOD_S,
    Pad.readings,
)
UNTUNED: Final = Contestant(
    "untuned",
    "Heatpack, untuned",
    "Knows rated power and area, and takes the rest from a typical pad.",
    ours.untuned,
    ours.PERIOD_S,
    Pad.readings,
)
OURS: Final[tuple[Contestant[Any], ...]] = (TUNED, UNTUNED)
PEERS: Final[tuple[Contestant[Any], ...]] = (
    Contestant(
        "klipper",
        "Klipper",
        "PID every 0.3 s; relay autotune on each device, 5 °C wide or what ends within half an hour.",
        klipper.build,
        klipper.PERIOD_S,
        hottest(klipper.SAMPLES),
    ),
    Contestant(
        "marlin_pid",
        "Marlin PID",
        "The heated bed's PID every 0.16 s with the gains of the example configuration.",
        marlin_pid.build,
        marlin_pid.PERIOD_S,
        hottest(marlin_pid.SAMPLES),
    ),
    Contestant(
        "marlin_mpc",
        "Marlin MPC",
        "Model of block, sensor and air every 0.16 s; autotuned on each device.",
        marlin_mpc.build,
        marlin_mpc.PERIOD_S,
        hottest(marlin_mpc.SAMPLES),
    ),
    Contestant(
        "esphome",
        "ESPHome",
        "PID every second without a deadband; relay autotune on each device.",
        esphome.build,
        esphome.PERIOD_S,
        hottest(),
    ),
    Contestant(
        "kiln",
        "kiln-controller",
        "PID every 2 s with the published gains, in windows of 2 s.",
        kiln.build,
        kiln.PERIOD_S,
        hottest(kiln.SAMPLES),
        kiln.PERIOD_S,
    ),
    Contestant(
        "pifire",
        "PiFire",
        "PID every 25 s with the published gains, in cycles of 25 s, never below 10 % or above 90 %.",
        pifire.build,
        pifire.PERIOD_S,
        hottest(),
        window_s=pifire.PERIOD_S,
    ),
    Contestant(
        "home_assistant",
        "Home Assistant",
        "Generic thermostat: off above target + 0.3 °C, on below target − 0.3 °C.",
        home_assistant.build,
        home_assistant.PERIOD_S,
        hottest(),
    ),
    Contestant(
        "simple_pid",
        "simple-pid",
        "The package itself, every second; gains from a relay test on each device by Ziegler and Nichols.",
        simple.build,
        simple.PERIOD_S,
        hottest(),
    ),
)
LAWS: Final[tuple[Contestant[Any], ...]] = (*OURS, *PEERS)
