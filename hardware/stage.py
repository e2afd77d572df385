"""From the validated configuration to what the guard process is told.

The process that owns the heater receives the result as JSON and loads neither TOML nor pydantic
(docs/decisions/0002).
"""

import hashlib
import json
from typing import TYPE_CHECKING

from hardware.codec import CodecError, from_plain, to_plain
from hardware.settings import AdcSettings, GuardSettings, PadSettings, PinSettings, ThermistorSettings

if TYPE_CHECKING:
    from config.settings import Adc, Hardware, Pad, Settings, Thermistor


def guard_settings(settings: "Settings") -> GuardSettings:
    """Return the part of the configuration that the guard needs, with its limits resolved."""
    return GuardSettings(
        device_id=settings.device.id,
        limits=settings.limits.resolved(),
        pins=_pins(settings.hardware),
        adc=_adc(settings.hardware.adc),
        thermistors=tuple(_thermistor(thermistor) for thermistor in settings.hardware.thermistor),
        pad=_pad(settings.pad),
        state_dir=str(settings.paths.state),
        runtime_dir=str(settings.paths.runtime),
    )


def to_json(settings: GuardSettings) -> str:
    """Return the settings as one line of JSON."""
    return json.dumps(to_plain(settings), allow_nan=False)


def digest(settings: GuardSettings) -> str:
    """Return the SHA-256 of the settings, by which a later change in memory is found."""
    return hashlib.sha256(to_json(settings).encode()).hexdigest()


def from_json(text: str) -> GuardSettings:
    """Read what ``to_json`` wrote.

    Raises:
        CodecError: the text is not JSON or not the settings of a guard.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise CodecError(f"guard settings are not JSON: {error}") from None
    return from_plain(GuardSettings, data)


def _pins(hardware: "Hardware") -> PinSettings:
    return PinSettings(
        factory=hardware.pin_factory,
        heater=hardware.heater_pin,
        enable=hardware.enable_pin,
        deadman=hardware.deadman_pin,
        button=hardware.button_pin,
        led=hardware.led_pin,
        reset_needs_button=hardware.reset_needs_button,
    )


def _adc(adc: "Adc") -> AdcSettings:
    return AdcSettings(
        chip=adc.chip,
        spi_port=adc.spi_port,
        spi_device=adc.spi_device,
        reference_channel=adc.reference_channel,
        supply_channel=adc.supply_channel,
        supply_divider=adc.supply_divider,
    )


def _thermistor(thermistor: "Thermistor") -> ThermistorSettings:
    curve = thermistor.coefficients
    return ThermistorSettings(thermistor.channel, thermistor.series_ohm, curve.a, curve.b, curve.c)


def _pad(pad: "Pad") -> PadSettings:
    return PadSettings(pad.power_w, pad.supply_v, pad.area_m2, pad.thermal_cutout)
