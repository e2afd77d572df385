"""Codes, times and figures as a person says them, for the terminal and the report."""

import time
from typing import Literal

Outcome = Literal["done", "early", "safety"]

# Which ends are as planned, which are somebody's wish or an accident, which are a protection.
_ENDS: dict[str, tuple[Outcome, str]] = {
    "completed": ("done", "completed"),
    "stopped": ("early", "stopped"),
    "cancelled": ("early", "cancelled"),
    "interrupted": ("early", "interrupted"),
    "controller_lost": ("safety", "controller lost"),
    "session_timeout": ("safety", "hard time cutoff"),
    "dose_exceeded": ("safety", "dose limit"),
    "over_temperature": ("safety", "over-temperature"),
    "over_voltage": ("safety", "supply voltage too high"),
    "sensor_open": ("safety", "sensor open"),
    "sensor_short": ("safety", "sensor shorted"),
    "sensor_jump": ("safety", "sensor jumping"),
    "sensor_frozen": ("safety", "sensor frozen"),
    "sensor_disagree": ("safety", "sensors disagree"),
    "heating_failed": ("safety", "heating failed"),
    "thermal_runaway": ("safety", "thermal runaway"),
    "heater_stuck_on": ("safety", "heater stuck on"),
    "guard_overrun": ("safety", "guard too slow"),
    "ledger_corrupt": ("safety", "ledger damaged"),
    "clock_jumped_back": ("safety", "clock set back"),
}
_ORIGINS = {
    "phone": "from the phone",
    "post_session": "after release and stretch",
    "button": "with the button on the device",
    "cli": "from the terminal",
}


def outcome(reason: str) -> Outcome:
    """Tell whether an end was as planned, early, or a protection. Unknown reasons are early."""
    return _ENDS.get(reason, ("early", ""))[0]


def reason(code: str) -> str:
    """Return a stop reason in words."""
    return _ENDS[code][1] if code in _ENDS else spaced(code)


def origin(code: str) -> str:
    """Return how a session was started: "from the phone"."""
    return _ORIGINS.get(code, spaced(code))


def spaced(code: str) -> str:
    """Return ``target_reached`` as "target reached"."""
    return printable(code).replace("_", " ")


def printable(text: str) -> str:
    """Replace what could steer a terminal or break a document: control characters and the like."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def duration(seconds: float) -> str:
    """Return "45 s", "3 min 12 s", "8 min" or "1 h 5 min"."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    if not hours and (rest or not parts):
        parts.append(f"{rest} s")
    return " ".join(parts)


def clock(seconds: float) -> str:
    """Return "8:00", minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def celsius(temperature_c: float) -> str:
    """Return "40.0 °C"."""
    return f"{temperature_c:.1f} °C"


def dose(dose_cem43: float) -> str:
    """Return a dose in CEM43 minutes with as many digits as matter."""
    if 0 < dose_cem43 < 0.005:
        return "<0.01"
    return f"{dose_cem43:.2f}"


def moment(wall_s: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return Unix seconds as local time."""
    return time.strftime(form, time.localtime(wall_s))


def percent(share: float) -> str:
    """Return a share of 1 as "3 %"."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{share * 100:.0f} %"


def short(text: str, most: int) -> str:
    """Return text of at most so many characters, cut with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
