"""What a tuning has found, for a person: a plot where the terminal can show one, and the model in words."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final, TextIO

from controller.control.law import gains
from controller.tuning.identify import Identified
from controller.tuning.plot import Curves, plot
from controller.tuning.words import to_digits

_LEAST_COLUMNS, _PIPED_COLUMNS, _MOST_COLUMNS = 40, 80, 100
_NAMES: Final = {
    "heater_j_m2k": ("heater holds", "J/m²K"),
    "face_j_m2k": ("face holds", "J/m²K"),
    "heater_face_m2k_w": ("between them", "m²K/W"),
    "sensor_tau_s": ("thermistor's lag", "s"),
    "sensor_heater_share": ("heater in reading", ""),
}


def report(found: Identified, area_m2: float, out: TextIO) -> Iterator[str]:
    """Yield the lines for ``out``; ``area_m2`` is the pad's."""
    if (out.encoding or "utf-8").lower().replace("-", "") == "utf8":
        yield from ("", *_picture(found, out), "")
    worn = "worn" if found.worn else "lying free"
    yield f"The pad, {worn}, from {found.heat_j_m2 * area_m2:.0f} J of heat:"
    values = asdict(found.model)
    for key, (name, unit) in _NAMES.items():
        sigma = found.sigma[key]  # relative, but that of the share itself
        off = f"{sigma:.0%}" if unit else f"{sigma:.2f}"
        yield _row(name, f"{to_digits(values[key]):>7g} ± {off:<5}{unit}")
    g = gains(found.model, tuned=True)
    yield _row("gains", f"kp {g.kp:.3g} per °C, ti {g.ti_s:.3g} s, td {g.td_s:.3g} s")
    yield _row("residual", f"{found.rms_c:.2f} °C rms")
    yield _row("expected overshoot", f"{found.expected_overshoot_c:.2f} °C")


def _picture(found: Identified, out: TextIO) -> list[str]:
    terminal = out.isatty()
    columns = _PIPED_COLUMNS
    if terminal:
        columns = min(max(shutil.get_terminal_size().columns, _LEAST_COLUMNS), _MOST_COLUMNS)
    colour = terminal and "NO_COLOR" not in os.environ
    return plot(Curves(found.at_s, found.read_c, found.fitted_c), columns, colour=colour)


def _row(name: str, words: str) -> str:
    return f"  {name:<20}{words}".rstrip()
