"""[pad] and [hardware]: what is built, and where it is connected."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config import rules
from config.curve_rules import divider_problem
from config.fields import Section, choice, flag, matching, number, shown, whole
from config.problems import Problem, refuse
from config.sections.thermistor import Thermistor

Pin = Annotated[int, whole(0, 27)]
Channel = Annotated[int, whole(0, 7)]
Volts = Annotated[float, number(2, 24, "V")]

#: Shares of the rated voltage. 4.4 V is the least that a 5 V USB port may have, at 4.0 V power banks give up.
#: Of two Li-ion cells, rated 7.4 V, it is 6.5 V, a tenth of the charge, and 5.9 V, nothing.
BATTERY_LOW, BATTERY_EMPTY = 0.88, 0.80


class Pad(Section):
    """The pad as its maker rates it. Power in W at ``supply_v`` V; area that touches skin in cm².

    ``battery_low_v``, ``battery_empty_v``: of its supply under load, where a channel sees it.
    """

    power_w: Annotated[float, number(0.5, 50, "W"), Field(description="the pad's rated power in W")]
    supply_v: Annotated[float, number(3, 24, "V"), Field(description="the voltage of that power in V")]
    area_cm2: Annotated[float, number(10, 2000, "cm²"), Field(description="the heated area in cm²")]
    thermal_cutout: Annotated[bool, flag()] = False
    battery_low_v: Volts | None = None
    battery_empty_v: Volts | None = None

    @model_validator(mode="after")
    def _battery_is_in_order(self) -> Self:
        refuse("pad", rules.battery_in_order(self))
        return self

    @property
    def low_v(self) -> float:
        """The voltage under load below which the battery is low, V."""
        return BATTERY_LOW * self.supply_v if self.battery_low_v is None else self.battery_low_v

    @property
    def empty_v(self) -> float:
        """The voltage under load at which the battery is empty, V."""
        return BATTERY_EMPTY * self.supply_v if self.battery_empty_v is None else self.battery_empty_v

    @property
    def area_m2(self) -> float:
        """Heated area in m²."""
        return self.area_cm2 / 1e4

    @property
    def heat_flux_w_m2(self) -> float:
        """Rated power over area in W/m²: what decides how much protection the pad needs."""
        return self.power_w * 1e4 / self.area_cm2


class Adc(Section):
    """The converter on SPI bus ``spi_port``, chip select ``spi_device``."""

    chip: Annotated[
        Literal["MCP3008", "MCP3208"],
        choice("MCP3008", "MCP3208"),
        Field(description='"MCP3008" or "MCP3208"'),
    ]
    spi_port: Annotated[int, whole(0, 0)] = 0
    spi_device: Annotated[int, whole(0, 1)] = 0
    reference_channel: Channel | None = None
    supply_channel: Channel | None = None
    supply_divider: Annotated[float, number(1, 20)] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        refuse("adc", rules.supply_is_complete(self))
        return self

    @property
    def bits(self) -> int:
        """Resolution in bits."""
        return 10 if self.chip == "MCP3008" else 12


def _one_to_six(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected [[hardware.thermistor]] sections, got {shown(value)}")
    if not 1 <= len(value) <= 6:
        raise ValueError(f"expected 1 to 6 [[hardware.thermistor]] sections, got {len(value)}")
    return value


class Hardware(Section):
    """Pins by their BCM numbers, the converter and the thermistors; the hottest one counts."""

    pin_factory: Annotated[
        str,
        matching(
            '"lgpio", "simulated", another gpiozero factory, or "module:Class"',
            r"[A-Za-z_]\w*|[A-Za-z_][\w.]*:[A-Za-z_]\w*",
        ),
    ] = "lgpio"
    heater_pin: Annotated[Pin, Field(description="the MOSFET's GPIO: 12, 13 or 16 to 27")]
    enable_pin: Pin | None = None
    deadman_pin: Pin | None = None
    button_pin: Pin | None = None
    reset_needs_button: Annotated[bool, flag()] = False
    led_pin: Pin | None = None
    adc: Adc
    thermistor: Annotated[
        tuple[Thermistor, ...],
        BeforeValidator(_one_to_six),
        Field(description="at least one [[hardware.thermistor]] section with channel, series_ohm, part"),
    ]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(
            "hardware",
            [
                *rules.pins_are_free(self),
                *rules.button_is_there(self),
                *rules.channels_are_distinct(self),
                *self._unsuited_resistors(),
            ],
        )
        return self

    def _unsuited_resistors(self) -> Iterator[Problem]:
        for n, thermistor in enumerate(self.thermistor):
            problem = divider_problem(thermistor.coefficients, thermistor.series_ohm, self.adc.bits)
            if problem is not None:
                yield Problem(("thermistor", n, "series_ohm"), problem)
