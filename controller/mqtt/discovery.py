"""The pack in Home Assistant: one retained message that describes all its entities.

Not a ``climate``: that would be a thermostat that somebody sets and leaves, and it starts by being set.
A heat phase is begun by a button, ends by itself, and has two values to choose before. The values are
the pack's own (``prepare``), so that an automation and a finger on the dashboard mean the same.
Format: Home Assistant, "MQTT device discovery" (2024.11 or newer).
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from config.limits import SESSION_MIN_S, TARGET_MIN_C, Limits
from config.sections.service import Device, Mqtt
from controller.mqtt.messages import Phase
from controller.mqtt.topics import Topics, topics_of

#: What Home Assistant says on ``<prefix>/status`` when it has come up.
BIRTH = b"online"
#: Entries of the safety log that become events. Others, such as each command, would only fill its history.
EVENTS = (
    "session_requested",
    "session_started",
    "heat_on",
    "target_reached",
    "session_ended",
    "warning",
    "fault",
    "fault_cleared",
    "post_session",
)

Entity = dict[str, Any]


class Announcement(NamedTuple):
    """What to keep on which topic; an empty payload takes the pack out of Home Assistant again."""

    topic: str
    payload: bytes
    birth_topic: str


def announcement(device: Device, mqtt: Mqtt, limits: Limits, version: str) -> Announcement:
    """Return what ``[mqtt] discovery`` asks for."""
    topic = f"{mqtt.discovery_prefix}/device/{device.id}/config"
    message = description(device, topics_of(mqtt.base_topic, device.id), limits, version)
    payload = (
        json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() if mqtt.discovery else b""
    )
    return Announcement(topic, payload, f"{mqtt.discovery_prefix}/status")


def description(device: Device, topics: Topics, limits: Limits, version: str) -> dict[str, Any]:
    """Return the discovery message of one pack."""
    entities = {
        **dict(_buttons(topics)),
        **dict(_numbers(topics, limits)),
        **dict(_sensors()),
        **dict(_binary_sensors(topics)),
        "log": _log(topics),
    }
    return {
        "device": {
            "identifiers": [f"heatpack_{device.id}"],
            "name": device.name,
            "manufacturer": "Heatpack",
            "model": "Heat pad",
            "sw_version": version,
        },
        "origin": {"name": "heatpack", "sw_version": version},
        "availability_topic": topics.availability,
        "state_topic": topics.state,
        "qos": 1,
        "components": {
            key: {**entity, "unique_id": f"heatpack_{device.id}_{key}"} for key, entity in entities.items()
        },
    }


_BUTTONS = (("start", "Start", "play"), ("stop", "Stop", "stop"), ("reset", "Reset fault", "restart"))
#: When the finger was there. After an outage of hours Home Assistant sends what it still holds, as if new.
_NOW = '"issued_at": {{ now().timestamp() }}'


def _buttons(topics: Topics) -> Iterator[tuple[str, Entity]]:
    for action, name, icon in _BUTTONS:
        heats = action == "start"
        wish = {"action": action, "prepared": True} if heats else {"action": action}
        # A stop has no time: it counts however late it is.
        dated = {"command_template": f'{{"action": "start", "prepared": true, {_NOW}}}'} if heats else {}
        yield (
            action,
            {
                "platform": "button",
                "name": name,
                "icon": f"mdi:{icon}",
                "command_topic": topics.command,
                "payload_press": json.dumps(wish),
                **dated,
                "retain": False,
            },
        )


def _numbers(topics: Topics, limits: Limits) -> Iterator[tuple[str, Entity]]:
    shared = {"platform": "number", "command_topic": topics.command, "retain": False, "mode": "slider"}
    if limits.target_max_c > TARGET_MIN_C:
        yield (
            "next_target",
            {
                **shared,
                "name": "Next target",
                "device_class": "temperature",
                "unit_of_measurement": "°C",
                "min": TARGET_MIN_C,
                "max": limits.target_max_c,
                "step": 0.5,
                "command_template": f'{{"action": "prepare", "target_c": {{{{ value }}}}, {_NOW}}}',
                "value_template": "{{ value_json.prepared.target_c }}",
            },
        )
    if limits.session_max_s > SESSION_MIN_S:
        yield (
            "next_minutes",
            {
                **shared,
                "name": "Next duration",
                "device_class": "duration",
                "unit_of_measurement": "min",
                "min": SESSION_MIN_S / 60,
                "max": limits.session_max_s / 60,
                "step": 0.5,
                "command_template": f'{{"action": "prepare", "duration_s": {{{{ value * 60 }}}}, {_NOW}}}',
                "value_template": "{{ value_json.prepared.duration_s / 60 }}",
            },
        )


def _sensors() -> Iterator[tuple[str, Entity]]:
    celsius = {"device_class": "temperature", "unit_of_measurement": "°C", "suggested_display_precision": 1}
    seconds = {"device_class": "duration", "unit_of_measurement": "s"}
    dose = {"unit_of_measurement": "CEM43", "suggested_display_precision": 2}
    for key, name, value, more in (
        ("phase", "Phase", "value_json.phase", {"device_class": "enum", "options": list(get_args(Phase))}),
        ("temperature", "Temperature", "value_json.temperature_c", {**celsius, "state_class": "measurement"}),
        ("target", "Target", "value_json.target_c", celsius),
        ("time_left", "Time left", "(value_json.session or {}).get('remaining_s', 0) | round", seconds),
        ("starts_in", "Heat starts in", "(value_json.starts_in_s or 0) | round", seconds),
        ("ready_at", "Ready at", f"{_TIME} if value_json.ready_at else None", {"device_class": "timestamp"}),
        ("dose", "Dose of the session", "value_json.dose_cem43", dose),
        ("dose_today", "Dose in 24 hours", "value_json.today.dose_cem43", dose),
        ("heated_today", "Heated in 24 hours", "value_json.today.heated_s | round", seconds),
        ("sessions_today", "Sessions in 24 hours", "value_json.today.sessions", {}),
        ("refused", "Refused messages", "value_json.refused", {"entity_category": "diagnostic"}),
    ):
        yield key, {"platform": "sensor", "name": name, "value_template": f"{{{{ {value} }}}}", **more}


_TIME = "(value_json.ready_at | as_datetime).isoformat()"


def _binary_sensors(topics: Topics) -> Iterator[tuple[str, Entity]]:
    yield (
        "problem",
        {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.fault or value_json.guard == 'lost' else 'OFF' }}",
            "json_attributes_topic": topics.state,
            "json_attributes_template": "{{ (value_json.fault or {}) | tojson }}",
        },
    )
    yield (
        "heater",
        {
            "platform": "binary_sensor",
            "name": "Heater",
            "device_class": "power",
            "value_template": "{{ 'ON' if value_json.heater else 'OFF' }}",
        },
    )


def _log(topics: Topics) -> Entity:
    # Nothing to say is how Home Assistant passes over an entry.
    chosen = f"{{% if value_json.kind in {list(EVENTS)} %}}"
    entry = "{'event_type': value_json.kind, 'code': value_json.code, 'message': value_json.message}"
    return {
        "platform": "event",
        "name": "Safety log",
        "icon": "mdi:clipboard-text-clock-outline",
        "state_topic": topics.event,
        "event_types": list(EVENTS),
        "value_template": f"{chosen}{{{{ {entry} | tojson }}}}{{% endif %}}",
    }
