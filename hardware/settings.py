"""What the guard needs to know, as plain values.

The configuration is validated by pydantic in ``config``; the guard process receives the result as
JSON and so runs without pydantic (docs/decisions/0002).
"""

from dataclasses import dataclass
from typing import Literal

from config.limits import Limits


@dataclass(frozen=True, slots=True)
class ThermistorSettings:
    """One NTC to ground under a series resistor to VREF, with its Steinhart-Hart coefficients."""

    channel: int
    series_ohm: float
    a: float
    b: float
    c: float


@dataclass(frozen=True, slots=True)
class AdcSettings:
    """The converter; ``bits`` is 10 (MCP3008) or 12 (MCP3208)."""

    chip: Literal["MCP3008", "MCP3208"]
    spi_port: int
    spi_device: int
    reference_channel: int | None = None
    supply_channel: int | None = None
    supply_divider: float | None = None

    @property
    def bits(self) -> int:
        """Resolution in bits."""
        return 10 if self.chip == "MCP3008" else 12


@dataclass(frozen=True, slots=True)
class PinSettings:
    """BCM pin numbers; ``factory`` is ``simulated``, a gpiozero factory name, or ``module:Class``.

    ``reset_needs_button``: a fault is reset by holding the button, and by nobody on the link.
    """

    factory: str
    heater: int
    enable: int | None = None
    deadman: int | None = None
    button: int | None = None
    led: int | None = None
    reset_needs_button: bool = False


@dataclass(frozen=True, slots=True)
class PadSettings:
    """The pad: power in W at ``supply_v`` V, area in m²."""

    power_w: float
    supply_v: float
    area_m2: float
    thermal_cutout: bool

    @property
    def heat_flux_w_m2(self) -> float:
        """Heat flux at full power, W/m²."""
        return self.power_w / self.area_m2


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """All of it. Directories are absolute paths."""

    device_id: str
    limits: Limits
    pins: PinSettings
    adc: AdcSettings
    thermistors: tuple[ThermistorSettings, ...]
    pad: PadSettings
    state_dir: str
    runtime_dir: str
