"""What no law can beat: the time to the target at full power, and whether that is enough to stay there."""

from collections.abc import Sequence
from typing import Final

from bench.control.pad import TICK_S
from hardware.simulated.plant import Plant, PlantParameters

SESSION_S: Final = 600.0
#: Within this of the target counts as there, °C.
BAND_C: Final = 0.3
#: A pad that has not been at the target itself when the last minute begins cannot be held there.
_HELD_FROM_S: Final = SESSION_S - 60.0


def bounds(parameters: PlantParameters, targets_c: Sequence[float]) -> dict[float, float | None]:
    """Return the seconds of full power until the pad is within the band of each target.

    None where the pad's power does not keep it there, or does not bring it to the target itself before the
    last minute of a session. One session at full power answers for all targets.
    """
    plant, share = Plant(parameters), parameters.sensor_heater_share
    reached: dict[float, float | None] = dict.fromkeys(targets_c)
    top_c = 0.0
    for tick in range(1, round(SESSION_S / TICK_S) + 1):
        plant.advance(TICK_S, 1.0)
        true_c = share * plant.heater_c + (1.0 - share) * plant.face_c
        for target_c in targets_c:
            if true_c < target_c - BAND_C:
                reached[target_c] = None
            elif reached[target_c] is None:
                reached[target_c] = tick * TICK_S
        if tick * TICK_S <= _HELD_FROM_S:
            top_c = max(top_c, true_c)
    return {target_c: found if top_c >= target_c else None for target_c, found in reached.items()}
