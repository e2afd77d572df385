"""What check-config prints is readable, and is the configuration itself."""

from pathlib import Path
from typing import Any

import pytest

from config.describe import describe
from config.loader import parse
from tests.support.configuration import accepted

ONE_SENSOR = [{"channel": 0, "series_ohm": 5600, "part": "NTCLE100E3103"}]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hardware.thermistor.1.part": [[20, 12090], [25, 10000], [40, 5827], [50, 4160.5]]},
        {"hardware.thermistor.0.part": {"a": 8.805e-4, "b": 2.5274e-4, "c": 1.865e-7}},
        {"device.name": 'Mum\'s "neck" pad \\ °C', "mqtt": {"username": "u", "password_file": "p w"}},
        {"limits": {"session_dose_cem43": 1 / 3}, "control.td_s": 20, "hardware.led_pin": 24},
    ],
    ids=["plain", "table", "coefficients", "quotes", "fractions"],
)
def test_what_is_printed_can_be_saved_and_is_the_same_configuration(changes: dict[str, Any]) -> None:
    settings = accepted(changes)
    assert parse(describe(settings), source="printed", folder=Path("/elsewhere")) == settings


def test_the_heat_flux_class_says_what_it_requires() -> None:
    assert (
        "# Heat flux 667 W/m²: class II — two thermistors and a thermal cut-out required, both present\n"
        in describe(accepted())
    )
    gentle = accepted({"pad.power_w": 3, "pad.thermal_cutout": False, "hardware.thermistor": ONE_SENSOR})
    assert "# Heat flux 250 W/m²: class I — one thermistor is enough\n" in describe(gentle)


def test_the_limits_stand_in_words() -> None:
    lines = describe(accepted({"limits": {"cutoff_c": 43.5, "session_dose_cem43": 1}})).splitlines()
    assert "# Target                35 to 42 °C" in lines
    assert "# Heater off            from 43 °C until below 42.5 °C" in lines
    assert "# Cutoff, latched       43.5 °C for 1 s, or 46 °C once" in lines
    assert "# Dose of a session     1 CEM43, warning at 0.5" in lines
    assert "# Dose lockout, latched above 9 CEM43, for 24 h" in lines
    assert "# In any 24 h           6 sessions, 3600 s heated, 4 CEM43" in lines
    assert "cutoff_c = 43.5" in lines
