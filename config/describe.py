"""What a configuration means, for a person: the settings with all defaults, the limits, the heat flux.

The text is TOML with the prose in comments: saved to a file, it is the same configuration.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from config.limits import (
    FLUX_ONE_THERMISTOR_W_M2,
    INHIBIT_HYSTERESIS_C,
    SESSION_MIN_S,
    TARGET_MIN_C,
)
from config.settings import Adc, Settings, SteinhartHart, Thermistor


def describe(settings: Settings) -> str:
    """Return what ``heatpack check-config`` prints."""
    lines = [f"# {settings.device.name} ({settings.device.id})", f"# {heat_flux_words(settings)}", "#"]
    lines += [f"# {label:<22}{words}" for label, words in limit_words(settings)]
    for name, section in settings:
        lines += ["", *_section(name, section)]
    return "\n".join(lines) + "\n"


def heat_flux_words(settings: Settings) -> str:
    """Return the heat flux, its class and what the class requires, in one sentence."""
    flux_w_m2 = settings.pad.heat_flux_w_m2
    if flux_w_m2 <= FLUX_ONE_THERMISTOR_W_M2:
        return f"Heat flux {flux_w_m2:.0f} W/m²: class I — one thermistor is enough"
    return (
        f"Heat flux {flux_w_m2:.0f} W/m²: class II — "
        "two thermistors and a thermal cut-out required, both present"
    )


def limit_words(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return each limit that the guard will enforce, with its value in words."""
    limits = settings.limits.resolved()
    resume_c = limits.inhibit_c - INHIBIT_HYSTERESIS_C
    cutoff = f"{limits.cutoff_c:g} °C for {limits.cutoff_hold_s:g} s, or {limits.cutoff_instant_c:g} °C once"
    dose = f"{limits.session_dose_cem43:g} CEM43, warning at {limits.session_dose_warn_cem43:g}"
    lockout = f"above {limits.dose_lockout_cem43:g} CEM43, for {limits.dose_lockout_s / 3600:g} h"
    heated = f"{limits.day_heated_s:g} s heated"
    return (
        ("Target", f"{TARGET_MIN_C:g} to {limits.target_max_c:g} °C"),
        ("Heat phase", f"{SESSION_MIN_S:g} to {limits.session_max_s:g} s, warm-up and pauses included"),
        ("Heater off", f"from {limits.inhibit_c:g} °C until below {resume_c:g} °C"),
        ("Cutoff, latched", cutoff),
        ("Dose of a session", dose),
        ("Dose lockout, latched", lockout),
        ("Rest between sessions", f"{limits.rest_s:g} s"),
        ("In any 24 h", f"{limits.day_sessions} sessions, {heated}, {limits.day_dose_cem43:g} CEM43"),
        ("Demand lifetime", f"{limits.demand_lifetime_s:g} s"),
    )


def _section(name: str, section: BaseModel, heading: str = "[{}]") -> Iterator[str]:
    """Yield the heading, the values, then the inner sections: TOML wants them in this order."""
    yield heading.format(name)
    inner: list[str] = []
    for key, value in section:
        match value:
            case None:
                pass
            case Adc():
                inner += ["", *_section(f"{name}.{key}", value)]
            case (Thermistor(), *_):
                for thermistor in value:
                    inner += ["", *_section(f"{name}.{key}", thermistor, "[[{}]]")]
            case _:
                yield f"{key} = {_value(value)}"
    yield from inner


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value).removesuffix(".0")
        case str() | Path():
            return json.dumps(str(value), ensure_ascii=False)  # a JSON string is a TOML string
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case SteinhartHart():
            return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value)} }}"
    raise TypeError(f"no TOML for {type(value).__name__}")
