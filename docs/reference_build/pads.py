"""The heat-flux sheet: common pads through the rules of the configuration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from config.settings import Settings
from docs.reference_build.parts import SUPPLY_TOLERANCE, fuse_a, reference


@dataclass(frozen=True, slots=True)
class PadKind:
    """A size of pad: rated W at V, heated area in cm²."""

    name: str
    power_w: float
    supply_v: float
    area_cm2: float

    @property
    def flux_w_m2(self) -> float:
        """Heat flux at full power, W/m²."""
        return self.power_w / self.area_cm2 * 1e4

    @property
    def current_a(self) -> float:
        """Current at the rated voltage, A."""
        return self.power_w / self.supply_v

    @property
    def resistance_ohm(self) -> float:
        """What a meter reads across it, Ω."""
        return self.supply_v**2 / self.power_w

    @property
    def fuse_a(self) -> float:
        """The fuse that it needs, A."""
        return fuse_a(self.current_a)


PADS: Final = (
    PadKind("hand warmer, film", 5.0, 5.0, 80.0),
    PadKind("wrist or elbow", 5.0, 5.0, 180.0),
    PadKind("neck: the reference", 8.0, 5.0, 120.0),
    PadKind("neck and shoulders, large", 10.0, 5.0, 350.0),
    PadKind("lower back, USB", 10.0, 5.0, 240.0),
    PadKind("heated vest, one panel", 7.0, 7.4, 150.0),
    PadKind("carbon fabric, small", 10.0, 5.0, 105.0),
    PadKind("silicone mat for machines", 10.0, 12.0, 50.0),
    PadKind("seat heater, one panel", 30.0, 12.0, 500.0),
)


def verdict(pad: PadKind) -> str:
    """Return which of the two builds the configuration accepts for a pad: the least that it needs."""
    if _accepted(pad, thermistors=1, cutout=False):
        return "one thermistor"
    return "two, and a cut-out" if _accepted(pad, thermistors=2, cutout=True) else "refused"


def _accepted(pad: PadKind, *, thermistors: int, cutout: bool) -> bool:
    data: dict[str, Any] = reference().model_dump(exclude_none=True)
    data["pad"] = {
        "power_w": pad.power_w,
        "supply_v": pad.supply_v,
        "area_cm2": pad.area_cm2,
        "thermal_cutout": cutout,
    }
    data["hardware"]["thermistor"] = list(data["hardware"]["thermistor"])[:thermistors]
    try:
        Settings.model_validate(data, context={"folder": Path("/")})
    except ValidationError:
        return False
    return True


def lines(pad: PadKind) -> str:
    """Return what to write in ``[pad]``."""
    cutout = "true" if verdict(pad) == "two, and a cut-out" else "false"
    return (
        f"`power_w = {pad.power_w:g}`, `supply_v = {pad.supply_v:g}`, `area_cm2 = {pad.area_cm2:g}`, "
        f"`thermal_cutout = {cutout}`"
    )


#: Q2's gate takes 12 V at most and sees the whole supply; at 70 °C Q2 carries 2.2 A.
_MOST_V: Final = 8.4
_MOST_A: Final = 2.2


def circuit(pad: PadKind) -> str:
    """Return whether docs/hardware/circuit.md drives this pad as it is drawn."""
    if verdict(pad) == "refused":
        return "–"
    fits = pad.supply_v <= _MOST_V and pad.current_a * (1.0 + SUPPLY_TOLERANCE) <= _MOST_A
    return "as drawn" if fits else "another Q2"
