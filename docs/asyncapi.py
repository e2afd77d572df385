"""The MQTT contract as an AsyncAPI 3 document: ``python -m docs.generate`` writes ``docs/asyncapi.yaml``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from controller.mqtt import client, connection, discovery, outbox, parsing
from docs import json_schemas

_ROOT = Path(__file__).parents[1]
_BINDING: Final = "0.2.0"
Json = dict[str, Any]

#: For each message that comes in, payloads that the pack understands. A test parses them.
EXAMPLES: Final[Mapping[str, tuple[Any, ...]]] = {
    "command": (
        "start",
        {"action": "start", "target_c": 40, "duration_s": 480, "area": "neck", "id": "a7f3"},
        {"action": "start", "prepared": True, "issued_at": "2026-01-01T12:00:00+01:00"},
        {"action": "stop"},
        {"action": "reset", "id": "a7f4"},
        {"action": "prepare", "target_c": 41.5},
        {"action": "history", "count": 5, "id": "h1"},
    ),
    "trigger": (
        "released",
        {"event": "released", "session_id": "41", "issued_at": 1767225600},
        {"event": "cancelled"},
    ),
}


def document() -> Json:
    """Return the AsyncAPI document."""
    schemas = json_schemas.schemas("#/components/schemas/{model}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Heatpack",
            "version": _version(),
            "description": (
                "A wearable heat pad over MQTT. Everything is QoS 1. Times are Unix seconds, temperatures "
                "°C, durations seconds, a duty is 0-1. MQTT 5 is the default; over 3.1.1 the same rules "
                "hold, and content type, expiry, response topic and correlation data fall away. The rules "
                "that a schema cannot say are in mqtt.md."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": _messages(),
            "parameters": {
                "base_topic": {"description": "[mqtt] base_topic", "default": "heatpack"},
                "device_id": {"description": "[device] id", "examples": ["neck-pad"]},
                "session": {"description": "names the session of the trigger-point device"},
                "discovery_prefix": {"description": "[mqtt] discovery_prefix", "default": "homeassistant"},
            },
            "schemas": schemas,
        },
    }


def text() -> str:
    """Return the document as YAML."""
    words = yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)
    return f"# Written by python -m docs.generate from the models in controller/mqtt.\n{words}"


def _servers() -> Json:
    binding = {
        "clientId": "heatpack-{device_id}",
        "cleanSession": True,
        "sessionExpiryInterval": 0,
        "keepAlive": connection.KEEPALIVE_S,
        "maximumPacketSize": connection.MAX_PACKET_BYTES,
        "lastWill": {
            "topic": "{base_topic}/{device_id}/availability",
            "qos": 1,
            "retain": True,
            "message": client.OFFLINE.decode(),
        },
        "bindingVersion": _BINDING,
    }
    shared = {"protocolVersion": "5", "bindings": {"mqtt": binding}}
    return {
        "plain": {"host": "localhost:1883", "protocol": "mqtt", **shared},
        "tls": {"host": "broker.example:8883", "protocol": "secure-mqtt", **shared},
    }


_OURS = "{base_topic}/{device_id}/"
#: name: address, direction, retained, lifetime in seconds, what it is.
_TOPICS: Final[tuple[tuple[str, str, str, bool, int | None, str], ...]] = (
    ("command", _OURS + "command", "receive", False, None, "What people and programs ask for."),
    (
        "trigger",
        "trigger-point/{session}/session",
        "receive",
        False,
        None,
        "What a trigger-point device tells; [post_session] topic.",
    ),
    ("availability", _OURS + "availability", "send", True, None, "Whether the pack's controller is there."),
    ("info", _OURS + "info", "send", True, None, "Who this is, what it can do, and within which limits."),
    (
        "state",
        _OURS + "state",
        "send",
        True,
        None,
        "The whole state: on every change, each second while heating, each 30 s otherwise.",
    ),
    ("event", _OURS + "event", "send", False, client.EVENT_LIFETIME_S, "An entry of the safety log."),
    ("result", _OURS + "result", "send", False, round(outbox.RESULT_LIFETIME_S), "The answer to a command."),
    (
        "discovery",
        "{discovery_prefix}/device/{device_id}/config",
        "send",
        True,
        None,
        "The pack for Home Assistant; empty if [mqtt] discovery is false.",
    ),
    (
        "birth",
        "{discovery_prefix}/status",
        "receive",
        False,
        None,
        "Home Assistant has come up: the discovery message is sent again.",
    ),
)


def _channels() -> Json:
    return {
        name: {
            "address": address,
            "description": about,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "parameters": {
                parameter: {"$ref": f"#/components/parameters/{parameter}"}
                for parameter in ("base_topic", "device_id", "session", "discovery_prefix")
                if f"{{{parameter}}}" in address
            },
        }
        for name, address, _, _, _, about in _TOPICS
    }


def _operations() -> Json:
    operations: Json = {}
    for name, _, action, retained, lifetime_s, about in _TOPICS:
        binding: Json = {"qos": 1, "retain": retained, "bindingVersion": _BINDING}
        if lifetime_s is not None:
            binding["messageExpiryInterval"] = lifetime_s
        operation: Json = {
            "action": action,
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": about,
            "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
            "bindings": {"mqtt": binding},
        }
        if name == "command":
            operation["description"] = (
                "A retained command is refused, except a stop. Older than 10 s by issued_at, repeated by id, "
                f"expired or more than {parsing.MAX_PAYLOAD_BYTES} bytes: refused with a reason."
            )
            operation["reply"] = {
                "channel": {"$ref": "#/channels/result"},
                "messages": [{"$ref": "#/channels/result/messages/result"}],
            }
        operations[f"{action}_{name}"] = operation
    return operations


def _messages() -> Json:
    made: Json = {
        "command": {
            **_payload("Command", EXAMPLES["command"]),
            "correlationId": {"location": "$message.payload#/id"},
            "bindings": {
                "mqtt": {
                    "responseTopic": {
                        "type": "string",
                        "description": "Gets the answer too. Not below base_topic.",
                    },
                    "correlationData": {"type": "string", "description": "Bytes; given back as they are."},
                    "bindingVersion": _BINDING,
                }
            },
        },
        "trigger": _payload("TriggerPayload", EXAMPLES["trigger"]),
        "availability": _text("online", "offline"),
        "discovery": {
            "payload": {"type": "object", "required": ["device", "origin", "components"]},
            "bindings": _out("application/json"),
        },
        "birth": _text(discovery.BIRTH.decode()),
    }
    for name, model in json_schemas.PUBLISHED.items():
        made[name] = {**_payload(model.__name__), "bindings": _out("application/json")}
    made["result"]["correlationId"] = {"location": "$message.payload#/id"}
    return made


def _payload(schema: str, examples: tuple[Any, ...] = ()) -> Json:
    payload: Json = {"payload": {"$ref": f"#/components/schemas/{schema}"}}
    if examples:
        payload["examples"] = [{"payload": example} for example in examples]
    return payload


def _text(*words: str) -> Json:
    return {
        "contentType": "text/plain",
        "payload": {"type": "string", "enum": list(words)},
        "bindings": _out("text/plain"),
    }


def _out(content_type: str) -> Json:
    return {"mqtt": {"payloadFormatIndicator": 1, "contentType": content_type, "bindingVersion": _BINDING}}


def _version() -> str:
    with (_ROOT / "pyproject.toml").open("rb") as file:
        version: str = tomllib.load(file)["project"]["version"]
    return version
