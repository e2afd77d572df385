"""Boards, pads and wearers as in the fault campaign, with everything that the guard can have."""

import functools
import random
from dataclasses import replace

from campaign.draws import draw
from hardware.settings import GuardSettings
from hardware.simulated.plant import PlantParameters

_DEADMAN, _BUTTON, _LED = 22, 5, 6
_REFERENCE_CHANNEL, _SUPPLY_CHANNEL = 6, 7


@functools.cache
def build(number: int) -> tuple[GuardSettings, PlantParameters]:
    """Return one of many builds: converter, sensors, switches and wearer."""
    rng = random.Random(number)
    drawn = draw(rng)
    settings = drawn.settings()
    pins = replace(
        settings.pins,
        deadman=_DEADMAN,
        button=_BUTTON,
        led=_LED,
        reset_needs_button=rng.random() < 0.2,
    )
    reference = _REFERENCE_CHANNEL if rng.random() < 0.5 else None
    supply, divider = (_SUPPLY_CHANNEL, 2.0) if rng.random() < 0.5 else (None, None)
    adc = replace(settings.adc, reference_channel=reference, supply_channel=supply, supply_divider=divider)
    return replace(settings, pins=pins, adc=adc), drawn.parameters
