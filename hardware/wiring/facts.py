"""What a look at pins, converter and ledger found, as plain values that travel as JSON."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One GPIO line of the configuration. ``user``: who holds it, None while it is free."""

    key: str
    number: int
    user: str | None


@dataclass(frozen=True, slots=True)
class SensorLook:
    """One thermistor: a temperature in °C, or the code of what is wrong with it (``adc_failed`` too)."""

    channel: int
    temperature_c: float | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceLook:
    """The reference channel: its code (None without an answer) and the codes that are right."""

    channel: int
    code: int | None
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class LedgerLook:
    """The guard's ledger. ``error``: why it cannot be read. ``saved_s``: its last entry, Unix seconds."""

    error: str | None = None
    saved_s: float | None = None


@dataclass(frozen=True, slots=True)
class BoardFacts:
    """All of it.

    ``error``: the sentence why the pin factory cannot be opened; the rest is empty then. ``lines`` are
    empty where the factory cannot tell who holds them. ``spi_error``: why the converter cannot be asked.
    ``asked``: whether the converter was asked at all, which it is not while a guard runs.
    """

    error: str | None = None
    chip: str | None = None
    lines: tuple[Line, ...] = ()
    asked: bool = False
    spi_error: str | None = None
    sensors: tuple[SensorLook, ...] = ()
    reference: ReferenceLook | None = None
    supply_v: float | None = None
    ledger: LedgerLook = LedgerLook()
