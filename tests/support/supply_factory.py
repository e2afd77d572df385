"""A simulated factory whose pad has another supply than the rated one.

Used across processes: ``pin_factory = "tests.support.supply_factory:SupplyFactory"`` in a
configuration, and the voltage under load in the environment variable HEATPACK_SUPPLY_V.
"""

import os
from dataclasses import replace
from typing import Any

from hardware.clock import Clock
from hardware.settings import GuardSettings
from hardware.simulated.plant import PlantParameters
from tests.support.recording_factory import RecordingFactory


class SupplyFactory(RecordingFactory):
    """Records edges too."""

    def attach(self, clock: Clock, settings: GuardSettings, **wearer: Any) -> None:
        pad = settings.pad
        rated = PlantParameters.for_pad(pad.power_w, pad.supply_v, pad.area_m2)
        supply_v = float(os.environ["HEATPACK_SUPPLY_V"])
        super().attach(clock, settings, parameters=replace(rated, supply_v=supply_v), **wearer)
