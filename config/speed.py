"""Which builds may run at another speed than real time."""

from typing import Final

#: gpiozero's factories that drive real pins. A real pad cannot run faster than real time.
REAL_PIN_FACTORIES: Final = frozenset({"lgpio", "native", "pigpio", "rpigpio"})


def refusal(pin_factory: str, speed: float) -> str:
    """Say that a speed (device seconds per second) is refused on a pin factory."""
    return (
        f"speed {speed:g} is refused on the pin factory {pin_factory!r} (hardware.pin_factory): "
        "only a simulated pad can run faster or slower than 1"
    )


def refuse_speed(pin_factory: str, speed: float) -> str | None:
    """Return why the configured factory cannot run at this speed, or None."""
    if speed != 1.0 and pin_factory in REAL_PIN_FACTORIES:
        return refusal(pin_factory, speed)
    return None
