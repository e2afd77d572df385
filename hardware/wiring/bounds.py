"""How long a switch may be closed in a wiring check, and when it opens at once. Pure.

The pad lies free, nobody wears it, and the bounds still are those of a pad on skin: the heat that goes in
is so little that even with no sensor at all the pad gains only a few degrees.
"""

from dataclasses import dataclass
from typing import NamedTuple

from hardware.checks import DISAGREE_WARMING_C
from hardware.sensing import SensorTrack, hottest, spread
from hardware.settings import GuardSettings

#: Heat of one closing, J/m². A pad takes about 3,200 J/m²K (heater and face, hardware.simulated.plant), so
#: this is 2 °C, and 3 °C for the lightest pad that the campaign draws.
MOST_J_M2 = 6000.0
MOST_S = 20.0
#: All closings of a walk together, s: what the ledger is charged with before the first one.
CHARGE_S = 4 * MOST_S
#: A pad that somebody wears settles above 30 °C; one that lies free in a room is colder.
START_BELOW_C = 29.0
OPEN_AT_C = 35.0
OPEN_AT_RISE_C = 3.0


class Closing(NamedTuple):
    """Which switches are closed, and whether the dead-man gets its edges. Nothing, by default."""

    mosfet: bool = False
    series: bool = False
    deadman: bool = False

    @property
    def any(self) -> bool:
        """Whether a switch is closed."""
        return self.mosfet or self.series


@dataclass(frozen=True, slots=True)
class Sample:
    """One cycle: monotonic seconds, °C of each sensor (None: not valid), the code of the supply channel."""

    mono_s: float
    temperatures_c: tuple[float | None, ...]
    supply: int | None


def pulse_s(settings: GuardSettings) -> float:
    """Return how long a switch of this build may be closed, s."""
    return min(MOST_S, MOST_J_M2 / settings.pad.heat_flux_w_m2)


def objection(
    settings: GuardSettings, tracks: tuple[SensorTrack, ...], start_c: float, passed_s: float
) -> str | None:
    """Return why no switch may be closed in this cycle; None if one may.

    Args:
        settings: the build.
        tracks: its sensors, as of this cycle.
        start_c: the pad's temperature before the closing, °C.
        passed_s: since the cycle before.
    """
    for number, (track, thermistor) in enumerate(zip(tracks, settings.thermistors, strict=True), 1):
        if track.temperature_c is None:
            fault = track.fault or "no reading yet"
            return f"sensor {number} (channel {thermistor.channel}) gives no valid temperature: {fault}"
    if spread(tracks) > DISAGREE_WARMING_C:
        return f"the sensors differ by {spread(tracks):.1f} °C"
    pad_c = hottest(tracks)
    if pad_c is None or pad_c >= OPEN_AT_C:
        return f"the pad has reached {OPEN_AT_C:g} °C"
    if pad_c - start_c >= OPEN_AT_RISE_C:
        return f"the pad has risen by {OPEN_AT_RISE_C:g} °C"
    if passed_s > settings.limits.overrun_s:
        return f"a cycle took {passed_s:.1f} s"
    return None
