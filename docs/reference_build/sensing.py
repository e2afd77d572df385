"""The thermistors' dividers, the reference and the supply's: resolution, errors, codes."""

from collections.abc import Callable, Iterator
from typing import Final

from config.curve_rules import divider_problem
from config.steinhart_hart import ZERO_C_IN_K, Coefficients, fit
from config.thermistor_parts import PARTS
from docs.reference_build.parts import LOGIC_V, NTC_AIR_W_K, NTC_TOLERANCE, SERIES_OHM, SERIES_TOLERANCE
from hardware.thermistor import Thermistor

PART: Final = "103AT-2"
CURVE: Final[Coefficients] = fit(PARTS[PART])
#: Where accuracy counts most: the highest target.
AT_C: Final = 42.0
#: Semitec, AT series: K.
B25_85_K: Final = 3435.0


def divider(series_ohm: float = SERIES_OHM, bits: int = 12) -> Thermistor:
    """Return the thermistor under ``series_ohm``, read with ``bits`` bits."""
    return Thermistor(CURVE, series_ohm, bits)


def step_c(series_ohm: float, bits: int, at_c: float = AT_C) -> float:
    """Return what one code is worth, °C."""
    one = divider(series_ohm, bits)
    return 1.0 / (one.code_for(at_c - 0.5) - one.code_for(at_c + 0.5))


def self_heating_c(series_ohm: float, at_c: float = AT_C) -> float:
    """Return by how much the thermistor warms itself in still air, °C; glued to a pad it is less."""
    ohm = CURVE.resistance_ohm(at_c)
    return (LOGIC_V / (series_ohm + ohm)) ** 2 * ohm / NTC_AIR_W_K


def refusal(series_ohm: float, bits: int) -> str | None:
    """Return why the configuration would refuse this resistor."""
    return divider_problem(CURVE, series_ohm, bits)


def errors() -> Iterator[tuple[str, float, float]]:
    """Yield what falsifies a reading, at 42 °C and at 46 °C, in °C; below 0 reads too cold."""
    for name, share in _SHARES.items():
        yield name, share(AT_C) / _slope(AT_C), share(46.0) / _slope(46.0)


def _slope(at_c: float) -> float:
    """Change of ln R for each °C."""
    return CURVE.ln_ohm(at_c + 0.5) - CURVE.ln_ohm(at_c - 0.5)


def _b_value(at_c: float) -> float:
    return NTC_TOLERANCE * B25_85_K * (1 / (at_c + ZERO_C_IN_K) - 1 / (25.0 + ZERO_C_IN_K))


#: What each adds to ln R, with the sign of its unsafe direction.
_SHARES: Final[dict[str, Callable[[float], float]]] = {
    "R25 1 % high": lambda at_c: NTC_TOLERANCE,
    "B 1 % low": lambda at_c: -_b_value(at_c),
    "series resistor 0.1 % low": lambda at_c: SERIES_TOLERANCE,
    "10 Ω of cable and contacts": lambda at_c: 10.0 / CURVE.resistance_ohm(at_c),
    "100 Ω in a corroded contact": lambda at_c: 100.0 / CURVE.resistance_ohm(at_c),
}
