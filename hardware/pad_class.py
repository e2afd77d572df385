"""The heat flux class of a pad: how much must stand between a fault and the skin. Pure.

The configuration is refused with the same numbers before the guard ever starts. The guard asks again,
because it trusts no stage before it.
"""

from config.limits import FLUX_MAX_W_M2, FLUX_ONE_THERMISTOR_W_M2
from hardware.settings import GuardSettings


def objection(settings: GuardSettings) -> str | None:
    """Return why this build must not heat this pad, or None."""
    if not settings.pad.area_m2 > 0.0:
        return f"a pad of {settings.pad.area_m2:g} m² has no area"
    flux_w_m2, sensors = settings.pad.heat_flux_w_m2, len(settings.thermistors)
    if not 0.0 < flux_w_m2 <= FLUX_MAX_W_M2:
        return f"a pad of {flux_w_m2:.0f} W/m² is outside 0-{FLUX_MAX_W_M2:g} W/m²"
    if flux_w_m2 <= FLUX_ONE_THERMISTOR_W_M2 and sensors >= 1:
        return None
    if sensors < 2 or not settings.pad.thermal_cutout:
        return (
            f"a pad of {flux_w_m2:.0f} W/m² needs two thermistors and a thermal cut-out; "
            f"up to {FLUX_ONE_THERMISTOR_W_M2:g} W/m² one thermistor is enough"
        )
    return None
