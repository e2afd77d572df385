"""What a tuning tells: before the heat, while it lasts, and what it has found."""

import time
from collections.abc import Mapping
from dataclasses import asdict

from config.limits import Limits
from config.rules import MODEL_KEYS
from controller.control.pad_model import PadModel
from hardware.link import Status

_DIGITS = 3


def before(target_c: float, longest_s: float, limits: Limits) -> str:
    """Return what a person should know before a pad heats up for its tuning."""
    day = f"{limits.day_sessions} sessions and {limits.day_heated_s / 60:g} minutes"
    return f"""\
Tuning heats the pad a little, to less than {target_c:g} °C and for {longest_s / 60:g} minutes at most,
and learns from how it answers. Worn or not, leave it alone meanwhile.
It counts as a session: the pack rests for {limits.rest_s / 60:g} minutes afterwards, and the heat
counts towards the {day} of any 24 hours.
Not on skin that feels less than it should, is broken or inflamed, or has cream
on it. Never asleep, never lying on it, never with another source of heat, never
on anyone who cannot take it off alone. If it feels too hot, take it off.
Ctrl-C stops the heat at once."""


def progress(status: Status, target_c: float, passed_s: float) -> str:
    """Return how far it is after so many seconds, within 80 columns."""
    reading = "no reading" if status.temperature_c is None else f"{status.temperature_c:.1f} °C"
    whole = round(passed_s)
    heater = "heating" if status.duty > 0.0 else "watching"
    return f"{whole // 60}:{whole % 60:02d} · {heater} · {reading}, below {target_c:g} °C all the time"


def rounded(model: PadModel) -> dict[str, float]:
    """Return the five numbers of the device as the configuration has them: three digits."""
    values = asdict(model)
    return {key: to_digits(values[key]) for key in MODEL_KEYS}


def to_digits(value: float) -> float:
    """Return a number with the digits that a trial can tell."""
    return float(f"{value:.{_DIGITS}g}")


def remark(rms_c: float, wall_s: float) -> str:
    """Return the comment on a model: when it was found, and how well it fits."""
    return f"heatpack tune, {time.strftime('%Y-%m-%d', time.localtime(wall_s))}, residual {rms_c:.2f} °C"


def table(values: Mapping[str, float], comment: str) -> str:
    """Return ``[control]`` as TOML."""
    (first, *rest) = (f"{key} = {float(value)!r}" for key, value in values.items())
    return "\n".join(["[control]", f"{first} # {comment}", *rest])
