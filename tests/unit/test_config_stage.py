"""What the configuration says is what the guard process is told, through JSON and without pydantic."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.codec import CodecError
from hardware.stage import digest, from_json, guard_settings, to_json
from hardware.thermistor import Thermistor
from tests.support.configuration import accepted

ROOT = Path(__file__).resolve().parents[2]


def test_the_guard_is_told_all_that_it_needs() -> None:
    settings = accepted(
        {
            "hardware.pin_factory": "simulated",
            "hardware.enable_pin": 27,
            "hardware.deadman_pin": 22,
            "hardware.button_pin": 23,
            "hardware.led_pin": 24,
            "hardware.adc": {"chip": "MCP3208", "spi_device": 1, "supply_channel": 7, "supply_divider": 2},
            "limits": {"cutoff_c": 43.5},
            "paths": {"state": "state", "runtime": "/run/pad"},
        }
    )
    told = guard_settings(settings)
    assert told.device_id == "neck-pad"
    assert told.limits == settings.limits.resolved()
    assert (told.pins.factory, told.pins.heater, told.pins.enable) == ("simulated", 17, 27)
    assert (told.pins.deadman, told.pins.button, told.pins.led) == (22, 23, 24)
    assert (told.adc.chip, told.adc.bits, told.adc.spi_device) == ("MCP3208", 12, 1)
    assert (told.adc.supply_channel, told.adc.supply_divider, told.adc.reference_channel) == (7, 2.0, None)
    assert (told.pad.power_w, told.pad.supply_v, told.pad.area_m2, told.pad.thermal_cutout) == (
        8,
        5,
        0.012,
        True,
    )
    assert [thermistor.channel for thermistor in told.thermistors] == [0, 1]
    assert (told.state_dir, told.runtime_dir) == ("/etc/heatpack/state", "/run/pad")


def test_the_guards_thermistor_reads_like_the_configured_part() -> None:
    told = guard_settings(accepted())
    reading = Thermistor.of(told.thermistors[0], told.adc.bits).read(504)
    assert reading.temperature_c == pytest.approx(42.0, abs=0.11)


def test_json_carries_it_unchanged() -> None:
    told = guard_settings(accepted({"limits": {"session_dose_cem43": 1 / 3}}))
    assert from_json(to_json(told)) == told
    assert "\n" not in to_json(told)


def test_the_digest_is_of_every_setting() -> None:
    told = guard_settings(accepted())
    others = (
        replace(told, limits=replace(told.limits, overrun_s=1.1)),
        replace(told, pins=replace(told.pins, heater=4)),
        replace(told, adc=replace(told.adc, spi_device=1)),
        replace(told, thermistors=told.thermistors[::-1]),
        replace(told, pad=replace(told.pad, thermal_cutout=not told.pad.thermal_cutout)),
        replace(told, runtime_dir="/elsewhere"),
    )

    assert digest(told) == digest(from_json(to_json(told)))
    assert len({digest(told), *map(digest, others)}) == 1 + len(others)


@pytest.mark.parametrize("damage", ["", "[]", '{"device_id": "a"}', "\x00", "NaN"])
def test_anything_else_is_refused(damage: str) -> None:
    with pytest.raises(CodecError):
        from_json(damage)


def test_an_unknown_key_or_a_number_that_is_none_is_refused() -> None:
    data = json.loads(to_json(guard_settings(accepted())))
    with pytest.raises(CodecError, match="extra: unknown key"):
        from_json(json.dumps({**data, "extra": 1}))
    data["limits"]["cutoff_c"] = "44"
    with pytest.raises(CodecError, match=r"limits\.cutoff_c: expected a number"):
        from_json(json.dumps(data))


def test_reading_it_loads_no_pydantic() -> None:
    script = (
        "import sys, hardware.stage, hardware.thermistor, hardware.dose; print('pydantic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
