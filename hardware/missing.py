"""What gpiozero and its back ends say when hardware is not there, as one exception and a sentence."""

import contextlib
from collections.abc import Iterator

from gpiozero import GPIOPinInUse, PinInvalidPin, SPISoftwareFallback


class HardwareMissing(Exception):  # noqa: N818 - the name of the fault code, hardware_missing
    """Pins or converter are not there, or another program has them. The message is a sentence."""


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn whatever a driver raises while ``what`` is opened into a ``HardwareMissing``.

    lgpio and pigpio raise classes of their own that have no common base, so all of them are caught.

    Args:
        what: what is being opened and its key, e.g. ``pin 17 (hardware.heater_pin)``.
    """
    try:
        yield
    except Exception as error:
        raise HardwareMissing(f"{what} {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, SPISoftwareFallback):
        remedy = "enable SPI with `dtparam=spi=on` in config.txt, and be in the group spi"
        return f"cannot be opened: {error}; {remedy}"
    if isinstance(error, GPIOPinInUse):
        return f"needs a pin that this configuration already uses: {error}"
    if isinstance(error, PinInvalidPin):
        return f"does not exist on this board: {error}"
    if "busy" in str(error).lower():
        return "is in use by another program; stop that first (is a guard already running?)"
    return f"cannot be opened: {error}"
