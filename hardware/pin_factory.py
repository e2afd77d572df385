"""From the configuration's ``pin_factory`` to a gpiozero pin factory, or a sentence why not."""

import contextlib
import importlib
import tempfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

from config.speed import refusal
from hardware.missing import HardwareMissing

if TYPE_CHECKING:
    from hardware.clock import Clock
    from hardware.settings import GuardSettings

__all__ = ["HardwareMissing", "PinFactory", "load_factory", "open_factory"]

_SIMULATED = "hardware.simulated.factory:SimulatedFactory"
_REAL_PINS = frozenset(f"gpiozero.pins.{name}" for name in ("local", "lgpio", "pigpio", "rpigpio", "native"))
_REMEDIES = {
    "lgpio": (
        "install it with `apt install python3-lgpio` (and a virtual environment made with "
        "--system-site-packages), run on a Raspberry Pi, and be in the group gpio"
    ),
    "rpigpio": "install RPi.GPIO, which does not work on a Pi 5",
    "pigpio": "install the Python package pigpio and start the daemon pigpiod",
    "native": "run on a Raspberry Pi, with access to /dev/gpiomem",
}


class PinFactory(Protocol):
    """What the project uses of a gpiozero pin factory."""

    def pin(self, name: int) -> Any:
        """Return the pin with this BCM number."""
        ...


def open_factory(settings: "GuardSettings", clock: "Clock", inject: str | None = None) -> PinFactory:
    """Open the build's factory and, if it has an ``attach``, give it the clock and the build.

    Args:
        settings: the build; ``settings.pins.factory`` is ``simulated``, the name of a gpiozero
            factory, or ``module:Class``.
        clock: device time. A clock at another speed than 1 needs a factory that follows it and
            drives no real pins.
        inject: a fault for a simulated pad, as ``NAME@SECONDS``.

    Raises:
        HardwareMissing: unknown name, missing package, board or permission; a speed or a fault
            that the factory cannot have.
    """
    name = settings.pins.factory
    factory = load_factory(name)
    simulated = hasattr(factory, "attach") and not _drives_real_pins(factory)
    if clock.speed != 1.0 and not simulated:
        raise HardwareMissing(refusal(name, clock.speed))
    attach = getattr(factory, "attach", None)
    if attach is not None:
        attach(clock, settings)
    if inject is not None:
        _inject(factory, name, inject)
    return factory


def load_factory(name: str) -> PinFactory:
    """Construct the factory by its name alone; see ``open_factory``.

    Raises:
        HardwareMissing: as there.
    """
    target = _SIMULATED if name == "simulated" else name
    if ":" not in target:
        target = _registered(name)
    module, _, cls = target.partition(":")
    try:
        if name == "lgpio":
            with _own_working_directory():
                importlib.import_module("lgpio")
        factory: PinFactory = getattr(importlib.import_module(module), cls)()
    except Exception as error:  # back ends raise what they like, see hardware.missing
        remedy = _REMEDIES.get(name, "check its name, and that its package is installed")
        raise HardwareMissing(
            f"the pin factory {name!r} (hardware.pin_factory) cannot be opened: {error}; {remedy}"
        ) from error
    return factory


def _inject(factory: PinFactory, name: str, text: str) -> None:
    if not hasattr(factory, "inject"):
        raise HardwareMissing(f"the pin factory {name!r} (hardware.pin_factory) has no faults to inject")
    from hardware.simulated.faults import parse

    try:
        factory.inject(parse(text))
    except ValueError as error:
        raise HardwareMissing(str(error)) from None


def _registered(name: str) -> str:
    known = {entry.name: entry.value for entry in entry_points(group="gpiozero_pin_factories")}
    if name not in known:
        names = ", ".join(["simulated", *sorted(known)])
        raise HardwareMissing(
            f"{name!r} (hardware.pin_factory) is not a pin factory: expected one of {names}, or module:Class"
        )
    return known[name]


@contextlib.contextmanager
def _own_working_directory() -> Iterator[None]:
    # On import, lgpio makes a pipe in the working directory and dies where it may not write, as in
    # "/", a service's default. Its LG_WD is no help: only one of its two halves looks at it. The
    # pipe serves edge callbacks, which the project does not use.
    with tempfile.TemporaryDirectory(prefix="heatpack-") as folder, contextlib.chdir(folder):
        yield


def _drives_real_pins(factory: PinFactory) -> bool:
    return any(cls.__module__ in _REAL_PINS for cls in type(factory).__mro__)
