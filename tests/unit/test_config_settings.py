"""Every key: what is taken, what is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.limits import ABSOLUTE
from config.settings import SteinhartHart
from tests.support.configuration import ABSENT, accepted, problems

TABLE = [[20, 12090], [25, 10000], [40, 5827], [50, 4160]]
CURVE = {"a": 8.805e-4, "b": 2.5274e-4, "c": 1.865e-7}
SHORT = {"part": "103AT-2", "series_ohm": 5600}


def test_the_shortest_configuration_has_safe_defaults() -> None:
    settings = accepted()
    assert settings.heat.target_c == 40
    assert settings.heat.duration_s == 480
    assert settings.limits.rest_s == 1800
    assert settings.post_session.enabled is False
    assert (settings.mqtt.host, settings.mqtt.base_topic, settings.mqtt.protocol) == (
        "localhost",
        "heatpack",
        "5",
    )
    assert settings.hardware.pin_factory == "lgpio"
    assert settings.paths.state == Path("/var/lib/heatpack")


def test_settings_cannot_be_changed_once_they_are_checked() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        accepted().pad.power_w = 50


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"pad.power_w": 3.6, "hardware.thermistor": [{"channel": 7, **SHORT}]}, id="300 W/m²"),
        pytest.param({"pad.power_w": 12}, id="1000 W/m²"),
        pytest.param({"hardware.thermistor.1.part": TABLE}, id="a table"),
        pytest.param({"hardware.thermistor.1.part": CURVE}, id="coefficients"),
        pytest.param({"hardware.thermistor": [{"channel": n, **SHORT} for n in range(6)]}, id="six sensors"),
        pytest.param({"hardware.adc.supply_channel": 2, "hardware.adc.supply_divider": 2}, id="supply"),
        pytest.param(
            {
                "hardware.adc.supply_channel": 2,
                "hardware.adc.supply_divider": 2,
                "pad.battery_low_v": 4.7,
                "pad.battery_empty_v": 4.5,
            },
            id="battery",
        ),
        pytest.param({"hardware.pin_factory": "lab.pins:LabFactory"}, id="a factory of one's own"),
        pytest.param({"hardware.button_pin": 4}, id="a pulled-up pin for a button"),
        pytest.param({"limits": {"inhibit_c": 40.5, "target_max_c": 40}}, id="tighter inhibit"),
        pytest.param({"mqtt": {"host": "hub", "username": "u", "password_file": "p", "tls": True}}, id="TLS"),
        pytest.param({"mqtt": {"host": "::1", "username": "u", "password_file": "p"}}, id="this machine"),
        pytest.param({"mqtt.host": "fe80::1%eth0"}, id="IPv6"),
        pytest.param(
            {"mqtt": {"host": "hub", "username": "u", "password_file": "p", "allow_plaintext": True}},
            id="plain text on purpose",
        ),
        pytest.param({"post_session.topic": "#"}, id="every topic, while nobody listens"),
        pytest.param({"post_session.enabled": True}, id="the usual trigger"),
        pytest.param(
            {"post_session": {"enabled": True, "topic": "heatpack/released/#"}},
            id="beside the packs",
        ),
        pytest.param(
            {"post_session": {"enabled": True, "topic": "homeassistant/#"}, "mqtt.discovery": False},
            id="without Home Assistant",
        ),
        pytest.param({"paths.runtime": "/" + "r" * 95}, id="the longest socket path"),
    ],
)
def test_it_takes(changes: dict[str, Any]) -> None:
    assert problems(changes) == {}


SUPPLY = {"hardware.adc.supply_channel": 7, "hardware.adc.supply_divider": 2}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    # sections
    ({"pad": ABSENT}, "pad", "this section is missing; it needs power_w, supply_v, area_cm2"),
    ({"pad": 5}, "pad", "expected a section, got 5"),
    ({"device": [{"id": "a"}]}, "device", "expected a section, got a list"),
    ({"heating.target_c": 40}, "heating", "unknown key; did you mean heat?"),
    ({"zzz": 1}, "zzz", "unknown key; the keys here are device, pad, hardware, heat, limits, control, "
     "post_session, mqtt, records, paths"),
    # records
    ({"records": {"keep_days": 1}}, "records.keep_days", "expected a whole number from 2 to 36500, got 1"),
    ({"records": {"max_mb": 0}}, "records.max_mb", "expected a whole number from 5 to 100000, got 0"),
    ({"records": {"keep_days": 30}}, "records.keep_samples_days",
     "365 is more than keep_days = 30: samples go with their sessions; use 30 or less, or a larger"
     " keep_days"),
    # device
    ({"device.id": ABSENT}, "device.id",
     'missing; expected the name in topics and files, such as "neck-pad"'),
    ({"device.id": "Neck Pad"}, "device.id",
     'expected 1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit, got "Neck Pad"'),
    ({"device.id": "pad\n"}, "device.id",
     "expected 1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit, got 'pad\\n'"),
    ({"device.name": ""}, "device.name", 'expected 1 to 64 printable characters, got ""'),
    # pad
    ({"pad.power_w": "8"}, "pad.power_w", 'expected a number from 0.5 to 50 W, got "8"'),
    ({"pad.power_w": True}, "pad.power_w", "expected a number from 0.5 to 50 W, got true"),
    ({"pad.power_w": float("nan")}, "pad.power_w", "expected a number from 0.5 to 50 W, got nan"),
    ({"pad.power_w": 10**400}, "pad.power_w", "expected a number from 0.5 to 50 W, got a huge number"),
    ({"pad.supply_v": float("inf")}, "pad.supply_v", "expected a number from 3 to 24 V, got inf"),
    ({"pad.thermal_cutout": 1}, "pad.thermal_cutout", "expected true or false, got 1"),
    ({"pad.thermal_cutoff": True}, "pad.thermal_cutoff", "unknown key; did you mean thermal_cutout?"),
    ({"pad.thermal_cutout": False}, "pad.thermal_cutout",
     "8 W on 120 cm² is a heat flux of 667 W/m²; above 300 W/m² a thermal cut-out (50 °C, normally closed, "
     "in the heater's supply) is required; build one in, then set true"),
    ({"hardware.thermistor": [{"channel": 0, **SHORT}]}, "hardware.thermistor",
     "8 W on 120 cm² is a heat flux of 667 W/m²; above 300 W/m² two thermistors are required, 1 is "
     "configured"),
    ({"pad.power_w": 13}, "pad.power_w",
     "13 W on 120 cm² is a heat flux of 1083 W/m²; at most 1000 is allowed: use 12 W or less, or at "
     "least 130 cm²"),
    ({"pad.battery_low_v": 4.2}, "pad.battery_low_v",
     "needs hardware.adc.supply_channel, which sees the pad's supply"),
    ({"pad.battery_empty_v": 4.2}, "pad.battery_empty_v",
     "needs hardware.adc.supply_channel, which sees the pad's supply"),
    ({"pad.battery_low_v": 1}, "pad.battery_low_v", "expected a number from 2 to 24 V, got 1"),
    ({**SUPPLY, "pad.battery_low_v": 5}, "pad.battery_low_v", "5 must be below supply_v, 5"),
    ({**SUPPLY, "pad.battery_low_v": 4}, "pad.battery_low_v",
     "the battery would be empty at 4 V, before it is low at 4 V"),
    ({**SUPPLY, "pad.battery_empty_v": 4.5}, "pad.battery_empty_v",
     "the battery would be empty at 4.5 V, before it is low at 4.4 V"),
    # pins
    ({"hardware.heater_pin": ABSENT}, "hardware.heater_pin",
     "missing; expected the MOSFET's GPIO: 12, 13 or 16 to 27"),
    ({"hardware.heater_pin": 28}, "hardware.heater_pin", "expected a whole number from 0 to 27, got 28"),
    ({"hardware.heater_pin": 17.0}, "hardware.heater_pin", "expected a whole number from 0 to 27, got 17"),
    ({"hardware.heater_pin": 10}, "hardware.heater_pin",
     "GPIO 10 is in use by the converter's SPI bus (7 to 11); use another pin"),
    ({"hardware.led_pin": 7}, "hardware.led_pin",
     "GPIO 7 is in use by the converter's SPI bus (7 to 11); use another pin"),
    ({"hardware.enable_pin": 4}, "hardware.enable_pin",
     "GPIO 4 can go high before the guard runs and switch the heater on; "
     "use 12, 13 or 16 to 27, which are pulled down from power-on"),
    ({"hardware.deadman_pin": 17}, "hardware.deadman_pin",
     "GPIO 17 is also heater_pin; every pin has one task"),
    ({"hardware.pin_factory": "os.system('x')"}, "hardware.pin_factory",
     'expected "lgpio", "simulated", another gpiozero factory, or "module:Class", got "os.system(\'x\')"'),
    # converter
    ({"hardware.adc": ABSENT}, "hardware.adc", "this section is missing; it needs chip"),
    ({"hardware.adc.chip": "MCP3009"}, "hardware.adc.chip", 'expected "MCP3008" or "MCP3208", got "MCP3009"'),
    ({"hardware.adc.spi_port": 1}, "hardware.adc.spi_port", "expected 0, got 1"),
    ({"hardware.adc.reference_channel": 1}, "hardware.adc.reference_channel",
     "channel 1 is used twice; every channel has one task"),
    ({"hardware.adc.supply_channel": 5}, "hardware.adc.supply_divider",
     "missing; supply_channel needs it: the pad's supply in V for each V at the channel, 1 to 20"),
    ({"hardware.reset_needs_button": True}, "hardware.button_pin",
     "missing; reset_needs_button = true needs it: a pin from 0 to 27"),
    ({"mqtt.require_presence": True}, "hardware.button_pin",
     "missing; mqtt.require_presence = true needs it: a pin from 0 to 27"),
    ({"hardware.adc.supply_divider": 5}, "hardware.adc.supply_channel",
     "missing; supply_divider needs it: the channel, 0 to 7"),
    # thermistors
    ({"hardware.thermistor": ABSENT}, "hardware.thermistor",
     "missing; expected at least one [[hardware.thermistor]] section with channel, series_ohm, part"),
    ({"hardware.thermistor": []}, "hardware.thermistor",
     "expected 1 to 6 [[hardware.thermistor]] sections, got 0"),
    ({"hardware.thermistor": {"channel": 0, **SHORT}}, "hardware.thermistor",
     "expected [[hardware.thermistor]] sections, got a section"),
    ({"hardware.thermistor": [{"channel": n, **SHORT} for n in range(7)]}, "hardware.thermistor",
     "expected 1 to 6 [[hardware.thermistor]] sections, got 7"),
    ({"hardware.thermistor.1.channel": 8}, "hardware.thermistor[1].channel",
     "expected a whole number from 0 to 7, got 8"),
    ({"hardware.thermistor.1.channel": 0}, "hardware.thermistor[1].channel",
     "channel 0 is used twice; every channel has one task"),
    ({"hardware.thermistor.1.series_ohm": 56}, "hardware.thermistor[1].series_ohm",
     "56 Ω with this thermistor makes temperatures of 5 to 70 °C look like a broken or shorted wire; "
     "use 451 to 109136 Ω, best near 5439 Ω"),
    ({"hardware.thermistor.1.series_ohm": 100_000}, "hardware.thermistor[1].series_ohm",
     "100000 Ω resolves only 0.58 °C at 42 °C with 10 bits (at most 0.25); use another resistor, "
     "best near 5439 Ω"),
    ({"hardware.thermistor.0.part": ABSENT}, "hardware.thermistor[0].part",
     "missing; expected the thermistor: one of NXFT15XH103, 103AT-2, NTCLE100E3103, a table, or "
     "coefficients"),
    ({"hardware.thermistor.0.part": "103AT-3"}, "hardware.thermistor[0].part",
     '"103AT-3" is not a known part; known are NXFT15XH103, 103AT-2, NTCLE100E3103; '
     "or give its table as [[°C, Ω], …], or its coefficients as { a = …, b = …, c = … }"),
    ({"hardware.thermistor.0.part": 3950}, "hardware.thermistor[0].part",
     "expected the name of a part, a table [[°C, Ω], …], or { a = …, b = …, c = … }, got 3950"),
    ({"hardware.thermistor.0.part": TABLE[:2]}, "hardware.thermistor[0].part",
     "the table does not describe an NTC: expected at least three (°C, Ω) points, got 2"),
    ({"hardware.thermistor.0.part": [*TABLE, [20, 12090]]}, "hardware.thermistor[0].part",
     "the table does not describe an NTC: a temperature stands twice"),
    ({"hardware.thermistor.0.part": [[20, 8000], [25, 10000], [50, 20000]]}, "hardware.thermistor[0].part",
     "the table does not describe an NTC: "
     "the resistance must fall from each temperature to the next higher one"),
    ({"hardware.thermistor.0.part": [[12090, 20], [25, 10000], [40, 5827]]}, "hardware.thermistor[0].part",
     "point 0 is not [°C, Ω] with -55 to 150 °C and 1 to 10000000 Ω, such as [25, 10000]"),
    ({"hardware.thermistor.0.part": [[20, 12090], [25, True], [40, 5827]]}, "hardware.thermistor[0].part",
     "point 1 is not [°C, Ω] with -55 to 150 °C and 1 to 10000000 Ω, such as [25, 10000]"),
    ({"hardware.thermistor.0.part": TABLE[:3]}, "hardware.thermistor[0].part",
     "the table covers 20 to 40 °C; it must reach from 20 °C or below to 45 °C or above"),
    ({"hardware.thermistor.0.part": [[20, 12090], [25, 10000], [40, 5287], [50, 4160]]},
     "hardware.thermistor[0].part",
     "the point at 40 °C lies 1.7 °C off the curve through the table (at most 0.2); "
     "check the table for a typing error"),
    ({"hardware.thermistor.0.part": [[20, 12.09], [25, 10], [40, 5.827], [50, 4.16]]},
     "hardware.thermistor[0].part",
     "this curve is not within 100 to 1000000 Ω at 25 °C; check values and units"),
    ({"hardware.thermistor.0.part": [[20, 10468], [25, 10000], [40, 8794], [50, 8126]]},
     "hardware.thermistor[0].part",
     "this curve has a B25/50 of 800 K; thermistors have 2000 to 6000 K; check values and units"),
    ({"hardware.thermistor.0.part": {"a": 1e-3, "b": 2e-4}}, "hardware.thermistor[0].part.c",
     "missing; expected coefficient c in 1/K"),
    ({"hardware.thermistor.0.part": {**CURVE, "b": -2e-4}}, "hardware.thermistor[0].part.b",
     "expected a number from 1e-06 to 0.1, got -0.0002"),
    ({"hardware.thermistor.0.part": {**CURVE, "a": 1e-2}}, "hardware.thermistor[0].part",
     "this curve is not within 100 to 1000000 Ω at 25 °C; check values and units"),
    # heat, limits
    ({"heat.target_c": 42.5}, "heat.target_c", "expected a number from 35 to 42 °C, got 42.5"),
    ({"heat.target_c": 41, "limits.target_max_c": 40.5}, "heat.target_c",
     "41 is above limits.target_max_c, 40.5; use 35 to 40.5 °C"),
    ({"heat.duration_s": 601}, "heat.duration_s", "expected a number from 300 to 600 s, got 601"),
    ({"heat.duration_s": 299}, "heat.duration_s", "expected a number from 300 to 600 s, got 299"),
    ({"heat.duration_s": 500, "limits.session_max_s": 400}, "heat.duration_s",
     "500 is above limits.session_max_s, 400; use 300 to 400 s"),
    ({"post_session.target_c": 41, "limits.target_max_c": 40}, "post_session.target_c",
     "41 is above limits.target_max_c, 40; use 35 to 40 °C"),
    ({"heat.duration_s": 500, "limits.day_heated_s": 400}, "heat.duration_s",
     "500 is above limits.day_heated_s, 400; use 300 to 400 s"),
    ({"limits.cutoff_c": 45}, "limits.cutoff_c", "45 is looser than the absolute limit 44; use 44 or less"),
    ({"limits.cutoff_c": float("inf")}, "limits.cutoff_c",
     "inf is looser than the absolute limit 44; use 44 or less"),
    ({"limits.cutoff_c": float("nan")}, "limits.cutoff_c", "expected a number from 36 to 44 °C, got nan"),
    ({"limits.cutoff_c": -400}, "limits.cutoff_c", "expected a number from 36 to 44 °C, got -400"),
    ({"limits.rest_s": 600}, "limits.rest_s", "600 is looser than the absolute limit 900; use 900 or more"),
    ({"limits.rest_s": 15000}, "limits.rest_s", "expected a number from 900 to 14400 s, got 15000"),
    ({"limits.day_sessions": 7}, "limits.day_sessions",
     "7 is looser than the absolute limit 6; use 6 or less"),
    ({"limits.day_sessions": 2.5}, "limits.day_sessions", "expected a whole number from 1 to 6, got 2.5"),
    ({"limits.demand_lifetime_s": 2}, "limits.demand_lifetime_s",
     "2 is looser than the absolute limit 1; use 1 or less"),
    ({"limits.dose_lockout_cem43": 8}, "limits.dose_lockout_cem43",
     "unknown key; did you mean day_dose_cem43?"),
    ({"limits.inhibit_c": 42.2}, "limits.inhibit_c",
     "42.2 must be at least 0.5 °C above limits.target_max_c, 42; lower limits.target_max_c as well"),
    ({"limits.cutoff_c": 43}, "limits.cutoff_c",
     "43 must be above limits.inhibit_c, 43; lower limits.inhibit_c as well"),
    ({"limits.cutoff_instant_c": 44}, "limits.cutoff_instant_c",
     "44 must be above limits.cutoff_c, 44; lower limits.cutoff_c as well"),
    # control, post_session
    ({"control.kp": 0}, "control.kp", "expected a number from 0.001 to 10, got 0"),
    ({"control.setpoint_weight": 1.1}, "control.setpoint_weight", "expected a number from 0 to 1, got 1.1"),
    ({"post_session.enabled": "yes"}, "post_session.enabled", 'expected true or false, got "yes"'),
    ({"post_session.stretch_s": -1}, "post_session.stretch_s", "expected a number from 0 to 600 s, got -1"),
    ({"post_session.cancel_window_s": 4}, "post_session.cancel_window_s",
     "expected a number from 5 to 120 s, got 4"),
    ({"post_session.topic": "a/#/b"}, "post_session.topic",
     'expected an MQTT topic filter ("+" and "#" as whole levels, "#" as the last one), got "a/#/b"'),
    ({"post_session.topic": "a+/b"}, "post_session.topic",
     'expected an MQTT topic filter ("+" and "#" as whole levels, "#" as the last one), got "a+/b"'),
    *(
        ({"post_session": {"enabled": True, "topic": topic}}, "post_session.topic",
         f'"{topic}" also matches {own}, which is not of the trigger-point device; '
         'name the first level, as in "trigger-point/+/session"')
        for topic, own in (
            ("#", "heatpack/neck-pad/#"),
            ("+/+/+", "heatpack/neck-pad/#"),
            ("heatpack/neck-pad/event", "heatpack/neck-pad/#"),
            ("+/status", "homeassistant/status"),
            ("homeassistant/device/+/config", "homeassistant/device/neck-pad/config"),
        )
    ),
    # mqtt
    ({"mqtt.host": "mqtt://hub"}, "mqtt.host",
     'expected a host name or address alone, such as "localhost", got "mqtt://hub"'),
    ({"mqtt.host": "hub:1883"}, "mqtt.host",
     'expected a host name or address alone, such as "localhost", got "hub:1883"'),
    ({"mqtt.port": 0}, "mqtt.port", "expected a whole number from 1 to 65535, got 0"),
    ({"mqtt.protocol": 5}, "mqtt.protocol", 'expected "5" or "3.1.1", got 5'),
    ({"mqtt.base_topic": "/heatpack"}, "mqtt.base_topic",
     'expected a topic without "+", "#" and "$", that neither begins nor ends with "/", got "/heatpack"'),
    ({"mqtt.base_topic": "heat+"}, "mqtt.base_topic",
     'expected a topic without "+", "#" and "$", that neither begins nor ends with "/", got "heat+"'),
    ({"mqtt.password": "secret"}, "mqtt.password", "unknown key; did you mean password_file?"),
    ({"mqtt.password_file": "p"}, "mqtt.username", "missing; password_file needs it"),
    ({"mqtt": {"host": "hub", "username": "u", "password_file": "p"}}, "mqtt.password_file",
     "the password would cross the network to hub in the clear; "
     "set tls = true, or allow_plaintext = true to accept it"),
    ({"mqtt.ca_file": "ca.pem"}, "mqtt.ca_file", "is used with tls = true only; set it, or remove this key"),
    ({"mqtt": {"tls": True, "cert_file": "c.pem"}}, "mqtt.key_file",
     "missing; cert_file and key_file come together"),
    ({"mqtt": {"tls": True, "key_file": "k.pem"}}, "mqtt.cert_file",
     "missing; cert_file and key_file come together"),
    # paths
    ({"paths.state": ""}, "paths.state", 'expected a path, got ""'),
    ({"paths.state": 5}, "paths.state", "expected a path, got 5"),
    ({"paths.state": "~/heat"}, "paths.state",
     'write the path out: "~/heat" means another folder for each user'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "key", "sentence"), WRONG, ids=[f"{key}: {s[:40]}" for _, key, s in WRONG]
)
def test_it_refuses_with_one_sentence(changes: dict[str, Any], key: str, sentence: str) -> None:
    assert problems(changes) == {key: sentence}


def test_every_problem_is_reported_at_once_between_sections_too() -> None:
    found = problems(
        {
            "device.id": "!",
            "pad.thermal_cutout": False,
            "hardware.thermistor": [{"channel": 0, **SHORT}],
            "heat.target_c": 42,
            "limits": {"target_max_c": 40},
            "mqtt.port": "1883",
            "control.kp": 99,
        }
    )
    assert found.keys() == {
        "device.id",
        "pad.thermal_cutout",
        "hardware.thermistor",
        "heat.target_c",
        "mqtt.port",
        "control.kp",
    }


def test_a_value_of_any_length_leaves_a_readable_sentence() -> None:
    (sentence,) = problems({"device.id": "x" * 10_000}).values()
    assert len(sentence) < 200


def test_relative_paths_start_at_the_folder_of_the_file() -> None:
    settings = accepted(
        {
            "paths.state": "state",
            "paths.runtime": "/run/pad",
            "mqtt": {"username": "u", "password_file": "secret"},
        }
    )
    assert settings.paths.state == Path("/etc/heatpack/state")
    assert settings.paths.runtime == Path("/run/pad")
    assert settings.mqtt.password_file == Path("/etc/heatpack/secret")


def test_a_tighter_limit_reaches_the_guard_and_warns_in_proportion() -> None:
    limits = accepted(
        {"limits": {"session_dose_cem43": 1, "cutoff_c": 43.5, "rest_s": 3600}}
    ).limits.resolved()
    assert (limits.cutoff_c, limits.rest_s) == (43.5, 3600)
    assert (limits.session_dose_warn_cem43, limits.session_dose_cem43) == (0.5, 1.0)
    assert limits.cutoff_instant_c == ABSOLUTE.cutoff_instant_c


@pytest.mark.parametrize("part", ["103AT-2", TABLE, CURVE], ids=["name", "table", "coefficients"])
def test_all_three_ways_to_name_a_part_give_the_same_curve(part: object) -> None:
    thermistor = accepted({"hardware.thermistor.0.part": part}).hardware.thermistor[0]
    for resistance_ohm in (4160, 5439, 12090):
        named = accepted().hardware.thermistor[0].coefficients.temperature_c(resistance_ohm)
        assert thermistor.coefficients.temperature_c(resistance_ohm) == pytest.approx(named, abs=0.02)


def test_coefficients_are_kept_as_given() -> None:
    part = accepted({"hardware.thermistor.0.part": CURVE}).hardware.thermistor[0].part
    assert part == SteinhartHart(**CURVE)
