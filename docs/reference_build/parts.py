"""The parts of the reference build: values, tolerances, and what their makers' data sheets promise."""

from dataclasses import dataclass
from typing import Final

from config.loader import example, parse
from config.settings import Settings
from docs.reference_build.where import ROOT


@dataclass(frozen=True, slots=True)
class Mosfet:
    """A transistor used as a switch. Resistance in Ω at 25 °C and the least gate voltage that counts here.

    ``threshold_v``: least and most at 250 µA. ``air_k_w``: junction to air, on 1 in² of copper.
    """

    name: str
    on_ohm: float
    gate_v: float
    threshold_v: tuple[float, float]
    air_k_w: float


#: Infineon, IRLML6344TRPbF, December 2014.
Q1: Final = Mosfet("IRLML6344", 0.037, 2.5, (0.5, 1.1), 100.0)
#: Infineon, IRLML6402PbF, April 2014. Signs left out: it is a P-channel transistor.
Q2: Final = Mosfet("IRLML6402", 0.065, 4.5, (0.40, 1.2), 100.0)
#: Both data sheets: a junction of 100 °C has about 1.4 times the resistance of one of 25 °C.
HOT: Final = 1.4

#: USB 2.0, and what a regulated 5 V supply keeps: ±5 %.
SUPPLY_TOLERANCE: Final = 0.05
#: The Pi's 3.3 V, which is also what its pins put out.
LOGIC_V: Final = 3.3
LOGIC_TOLERANCE: Final = 0.05

#: Ω. From the thermistor's channel to VREF; 0.1 %.
SERIES_OHM: Final = 5600.0
SERIES_TOLERANCE: Final = 0.001
#: Semitec, AT series: R25 and B 1 %, in still air 2 mW for each °C.
NTC_TOLERANCE: Final = 0.01
NTC_AIR_W_K: Final = 0.002

#: Ω. The supply divider, both halves alike.
SUPPLY_DIVIDER_OHM: Final = 10_000.0

#: IEC 60127: fuse links, A.
FUSES_A: Final = (0.5, 0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3)
#: A fuse carries three quarters of its rating for ever, in a closed box.
FUSE_SHARE: Final = 0.75


def reference() -> Settings:
    """Return the configuration of the reference build, ``heatpack example pad``."""
    return parse(example("pad"), source="pad", folder=ROOT)


def fuse_a(current_a: float, supply_tolerance: float = SUPPLY_TOLERANCE) -> float:
    """Return the smallest fuse link that carries ``current_a`` A, with the supply at its highest."""
    return next(each for each in FUSES_A if FUSE_SHARE * each >= current_a * (1.0 + supply_tolerance))
