"""A thermistor as configured: a known part, a table of its own, or Steinhart-Hart coefficients."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, PlainValidator, model_validator

from config import curve_rules
from config.fields import Section, number, shown, whole
from config.problems import Problem, refuse
from config.steinhart_hart import Coefficients, fit
from config.thermistor_parts import PARTS, Points


class SteinhartHart(Section):
    """1/T = a + b·ln R + c·(ln R)³, with T in K and R in Ω."""

    a: Annotated[float, number(-0.1, 0.1), Field(description="coefficient a in 1/K")]
    b: Annotated[float, number(1e-6, 0.1), Field(description="coefficient b in 1/K")]
    c: Annotated[float, number(0, 1e-3), Field(description="coefficient c in 1/K")]


def _part(value: object) -> str | Points | SteinhartHart:
    match value:
        case str() if value in PARTS:
            return value
        case str():
            raise ValueError(
                f"{shown(value)} is not a known part; known are {', '.join(PARTS)}; "
                "or give its table as [[°C, Ω], …], or its coefficients as { a = …, b = …, c = … }"
            )
        case dict():
            return SteinhartHart.model_validate(value)
        case SteinhartHart():
            return value
        case list() | tuple():
            return tuple(_point(n, point) for n, point in enumerate(value))
        case _:
            raise ValueError(
                "expected the name of a part, a table [[°C, Ω], …], "
                f"or {{ a = …, b = …, c = … }}, got {shown(value)}"
            )


def _point(position: int, point: object) -> tuple[float, float]:
    match point:
        case [bool(), _] | [_, bool()]:  # true is an int
            pass
        case [int() | float() as celsius, int() | float() as ohm] if (
            -55 <= celsius <= 150 and 1 <= ohm <= 1e7
        ):
            return float(celsius), float(ohm)
    raise ValueError(
        f"point {position} is not [°C, Ω] with -55 to 150 °C and 1 to 10000000 Ω, such as [25, 10000]"
    )


class Thermistor(Section):
    """One NTC to ground on an ADC channel, under a series resistor to VREF."""

    channel: Annotated[int, whole(0, 7), Field(description="the converter's channel, 0 to 7")]
    series_ohm: Annotated[
        float, number(10, 10_000_000, "Ω"), Field(description="the resistor from the channel to VREF in Ω")
    ]
    part: Annotated[
        str | Points | SteinhartHart,
        PlainValidator(_part),
        Field(description=f"the thermistor: one of {', '.join(PARTS)}, a table, or coefficients"),
    ]

    @model_validator(mode="after")
    def _is_plausible(self) -> Self:
        match self.part:
            case str():
                problems: Iterable[str] = ()
            case SteinhartHart():
                problems = curve_rules.curve_problems(self.coefficients)
            case points:
                problems = curve_rules.table_problems(points)
        refuse("thermistor", (Problem(("part",), sentence) for sentence in problems))
        return self

    @property
    def coefficients(self) -> Coefficients:
        """The curve of the part."""
        match self.part:
            case SteinhartHart(a=a, b=b, c=c):
                return Coefficients(a, b, c)
            case str():
                return fit(PARTS[self.part])
            case points:
                return fit(points)
