"""What happens to a pad in a session: it is lifted, covered, its supply sags, somebody wants it warmer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hardware.simulated.plant import Plant

#: When things happen, s: most pads have settled.
HAPPENS_S: Final = 240.0
_LIFTED_S: Final = 30.0
_SAG_SHARE: Final = 0.9
_BLANKET_W_M2K: Final = 1.5
_BLANKET_WARMER_C: Final = 5.0
_COOLER_C: Final = 2.0


def _nothing(plant: Plant, now_s: float) -> None:
    """Leave the pad alone."""


def _as_asked(target_c: float, now_s: float) -> float:
    return target_c


@dataclass(frozen=True, slots=True)
class Scene:
    """One session's events.

    Attributes:
        key: for programs.
        title: for people.
        happens: to the pad, told at each tick with the seconds of the session.
        target_c: the target at that time, from the session's last one, °C.
    """

    key: str
    title: str
    happens: Callable[[Plant, float], None] = _nothing
    target_c: Callable[[float, float], float] = _as_asked


def _lifted(plant: Plant, now_s: float) -> None:
    plant.worn = not HAPPENS_S <= now_s < HAPPENS_S + _LIFTED_S


def _sagging(plant: Plant, now_s: float) -> None:
    if now_s >= HAPPENS_S:
        plant.supply_v = _SAG_SHARE * plant.parameters.supply_v


def _covered(plant: Plant, now_s: float) -> None:
    p = plant.parameters
    if now_s >= HAPPENS_S and p.back_w_m2k != _BLANKET_W_M2K:
        warmer_c = p.ambient_c + _BLANKET_WARMER_C
        plant.parameters = replace(p, back_w_m2k=_BLANKET_W_M2K, ambient_c=warmer_c)


def _warmer(target_c: float, now_s: float) -> float:
    return target_c if now_s >= HAPPENS_S else target_c - _COOLER_C


CALM: Final = Scene("calm", "left alone")
SCENES: Final = (
    Scene("lifted", "lifted for 30 s and put back", _lifted),
    Scene("covered", "a blanket thrown over", _covered),
    Scene("sagging", "supply falls by a tenth", _sagging),
    Scene("warmer", "target raised by 2 °C", target_c=_warmer),
)
