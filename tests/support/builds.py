"""Builds for tests: the reference build, and variations of it."""

from typing import Literal

from config.limits import Limits
from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from hardware.settings import AdcSettings, GuardSettings, PadSettings, PinSettings, ThermistorSettings

HEATER, ENABLE, DEADMAN, BUTTON, LED = 17, 27, 22, 23, 24


def build(
    *,
    chip: Literal["MCP3008", "MCP3208"] = "MCP3208",
    sensors: int = 2,
    factory: str = "simulated",
    enable: int | None = ENABLE,
    power_w: float = 8.0,
    part: str = "103AT-2",
    adc: AdcSettings | None = None,
    pins: PinSettings | None = None,
) -> GuardSettings:
    """Two 103AT-2 on channels 0 and 1 of an MCP3208, every pin in use."""
    curve = fit(PARTS[part])
    return GuardSettings(
        device_id="test",
        limits=Limits(),
        pins=pins or PinSettings(factory, HEATER, enable, DEADMAN, BUTTON, LED),
        adc=adc or AdcSettings(chip, spi_port=0, spi_device=0),
        thermistors=tuple(
            ThermistorSettings(channel, 5600.0, curve.a, curve.b, curve.c) for channel in range(sensors)
        ),
        pad=PadSettings(power_w, supply_v=5.0, area_m2=0.012, thermal_cutout=True),
        state_dir="/nonexistent/state",
        runtime_dir="/nonexistent/run",
    )
