"""NTC thermistors that a configuration may name, as (°C, Ω) points from the makers' tables.

Points lie where the pad works, 20-60 °C. Resistances are the makers' nominal values: 1 % of R25 is
0.29 °C and 1 % of B is 0.18 °C at the pad's temperatures.
"""

from typing import Final

Points = tuple[tuple[float, float], ...]

PARTS: Final[dict[str, Points]] = {
    # Murata
    "NXFT15XH103": (
        (20.0, 12081.0),
        (25.0, 10000.0),
        (30.0, 8315.0),
        (40.0, 5834.0),
        (42.0, 5446.0),
        (45.0, 4917.0),
        (50.0, 4161.0),
        (60.0, 3014.0),
    ),
    # Semitec
    "103AT-2": (
        (20.0, 12090.0),
        (25.0, 10000.0),
        (30.0, 8313.0),
        (40.0, 5827.0),
        (42.0, 5439.0),
        (45.0, 4911.0),
        (50.0, 4160.0),
        (60.0, 3020.0),
    ),
    # Vishay
    "NTCLE100E3103": (
        (20.0, 12488.0),
        (25.0, 10000.0),
        (30.0, 8059.0),
        (40.0, 5330.0),
        (42.0, 4921.0),
        (45.0, 4372.0),
        (50.0, 3605.0),
        (60.0, 2490.0),
    ),
}
