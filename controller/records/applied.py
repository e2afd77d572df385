"""The settings of a session in words, as they were recorded with it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from controller.records import words
from controller.records.entry import SessionRecord


def facts(session: SessionRecord) -> Iterator[tuple[str, str]]:
    """Give names and what is known: pad, sensors, control, software. What was not recorded is left out."""
    row = session.row
    for name, said in (
        ("Pad", _pad(_part(session, "pad"))),
        ("Build", _build(_part(session, "hardware"))),
        ("Control", _control(_part(session, "control"))),
        ("Software", f"Heatpack {words.printable(row.version)}" if row.version else ""),
        ("Session", words.printable(row.id)),
    ):
        if said:
            yield name, said


def _part(session: SessionRecord, name: str) -> Mapping[str, Any]:
    part = session.row.settings.get(name)
    return part if isinstance(part, dict) else {}


def _pad(pad: Mapping[str, Any]) -> str:
    power_w, supply_v, area_cm2 = (pad.get(key) for key in ("power_w", "supply_v", "area_cm2"))
    if not all(isinstance(value, int | float) and value for value in (power_w, supply_v, area_cm2)):
        return ""
    flux_w_m2 = float(power_w or 0) * 1e4 / float(area_cm2 or 1)
    cutout = ", with a thermal cut-out" if pad.get("thermal_cutout") is True else ""
    return f"{power_w:g} W at {supply_v:g} V on {area_cm2:g} cm²: {flux_w_m2:.0f} W/m²{cutout}"


def _build(built: Mapping[str, Any]) -> str:
    sensors = built.get("sensors")
    if not isinstance(sensors, int):
        return ""
    parts = [f"{sensors} sensor{'s' * (sensors != 1)} on {words.printable(str(built.get('adc', '?')))}"]
    names = {"series_switch": "series switch", "deadman": "dead-man", "supply": "supply measured"}
    parts += [name for key, name in names.items() if built.get(key) is True]
    return ", ".join(parts)


def _control(control: Mapping[str, Any]) -> str:
    if not control:
        return ""
    model = "the pad's own model, as tuned" if control.get("heater_j_m2k") else "the model of a typical pad"
    given = (f"{key} {control[key]:g}" for key in ("kp", "ti_s") if isinstance(control.get(key), int | float))
    return ", ".join((model, *given))
