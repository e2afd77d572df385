"""A configuration that is right, to be spoilt one key at a time."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.problems import Problem
from config.settings import Settings

_RIGHT: dict[str, Any] = {
    "device": {"id": "neck-pad"},
    "pad": {"power_w": 8, "supply_v": 5, "area_cm2": 120, "thermal_cutout": True},
    "hardware": {
        "heater_pin": 17,
        "adc": {"chip": "MCP3008"},
        "thermistor": [
            {"channel": 0, "series_ohm": 5600, "part": "103AT-2"},
            {"channel": 1, "series_ohm": 5600, "part": "103AT-2"},
        ],
    },
}

ABSENT = object()


def configuration(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the right configuration as TOML would give it, with ``{"pad.power_w": 9}`` changed.

    Steps of a key are names and list positions; ABSENT removes a key.
    """
    data = deepcopy(_RIGHT)
    for key, value in (changes or {}).items():
        *outer, last = key.split(".")
        inside: Any = data
        for step in outer:
            inside = inside[int(step)] if step.isdigit() else inside.setdefault(step, {})
        if value is ABSENT:
            del inside[last]
        elif isinstance(inside, list):
            inside[int(last)] = value
        else:
            inside[last] = value
    return data


def accepted(changes: dict[str, Any] | None = None) -> Settings:
    """Validate the right configuration with changes, relative paths starting at /etc/heatpack."""
    return Settings.model_validate(configuration(changes), context={"folder": Path("/etc/heatpack")})


def problems(changes: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with the changed configuration: key → sentence; nothing if it is right."""
    try:
        accepted(changes)
    except ValidationError as error:
        found = [Problem(detail["loc"], detail["msg"]) for detail in error.errors()]
        return {problem.key: problem.sentence for problem in found}
    return {}
