"""The description of the MQTT contract is a true one: valid, and of the same mind as the parser."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from controller.mqtt.inbound import BadMessage
from controller.mqtt.messages import EventMessage, InfoMessage, ResultMessage
from controller.mqtt.parsing import parse_command, parse_trigger
from controller.mqtt.topics import Topics
from docs import asyncapi, generate, json_schemas
from tests.unit.test_mqtt_messages import state

ROOT = Path(__file__).resolve().parents[2]
RULES = json.loads(gzip.decompress((ROOT / "tests/data/asyncapi-3.0.0.json.gz").read_bytes()))


def mistakes(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft7Validator(RULES).iter_errors(document)]


def schema(name: str) -> Draft202012Validator:
    described = json.loads((ROOT / f"docs/schemas/{name}.json").read_text())
    Draft202012Validator.check_schema(described)
    return Draft202012Validator(described)


def test_the_files_are_those_of_the_code() -> None:
    for path, fresh in generate.files().items():
        assert path.read_text() == fresh, "run .venv/bin/python -m docs.generate"
    assert {path.name for path in (ROOT / "docs/schemas").iterdir()} == set(json_schemas.schema_files())


def test_it_is_asyncapi() -> None:
    assert mistakes(yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text())) == []


@pytest.mark.parametrize(
    "breach",
    [
        {"asyncapi": "2.0.0"},
        {"channels": {"state": {"adress": "x"}}},
        {"operations": {"send_state": {"action": "publish", "channel": {"$ref": "#/channels/state"}}}},
    ],
)
def test_what_is_not_asyncapi_is_noticed(breach: dict[str, Any]) -> None:
    assert mistakes({**asyncapi.document(), **breach})


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document()

    def follow(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                found: Any = document
                for step in node["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for inner in node.values():
                follow(inner)
        elif isinstance(node, list):
            for inner in node:
                follow(inner)

    follow(document)


def test_every_topic_of_a_pack_is_in_it() -> None:
    channels = asyncapi.document()["channels"]
    ours = {name for name, channel in channels.items() if channel["address"].startswith("{base_topic}")}
    assert ours == set(Topics._fields)
    assert all(channels[name]["address"].endswith(f"/{name}") for name in ours)


def test_what_is_kept_is_said() -> None:
    operations = asyncapi.document()["operations"].values()
    kept = {op["channel"]["$ref"] for op in operations if op["bindings"]["mqtt"]["retain"]}
    assert kept == {f"#/channels/{name}" for name in ("availability", "info", "state", "discovery")}


def payload(example: Any) -> bytes:
    return (example if isinstance(example, str) else json.dumps(example)).encode()


@pytest.mark.parametrize("example", asyncapi.EXAMPLES["command"], ids=str)
def test_a_command_that_is_shown_is_understood(example: Any) -> None:
    assert schema("command").is_valid(example)
    parse_command(payload(example))


@pytest.mark.parametrize("example", asyncapi.EXAMPLES["trigger"], ids=str)
def test_a_trigger_that_is_shown_is_understood(example: Any) -> None:
    assert schema("trigger").is_valid(example)
    parse_trigger(payload(example))


WRONG_COMMANDS: tuple[Any, ...] = (
    "dance",
    7,
    {},
    {"action": "start", "target": 40},
    {"action": "start", "target_c": "40"},
    {"action": "start", "duration_s": True},
    {"action": "start", "area": ""},
    {"action": "start", "area": "x" * 41},
    {"action": "start", "id": 7},
    {"action": "start", "id": "x" * 65},
    {"action": "start", "origin": "button"},
    {"action": "start", "prepared": 1},
    {"action": "history", "count": 0},
    {"action": "history", "count": 21},
    {"action": "history", "count": 2.5},
    {"action": "prepare", "area": "neck"},
    {"target_c": 40},
)


@pytest.mark.parametrize("wrong", WRONG_COMMANDS, ids=str)
def test_what_the_schema_forbids_the_pack_refuses(wrong: Any) -> None:
    assert not schema("command").is_valid(wrong)
    with pytest.raises(BadMessage):
        parse_command(payload(wrong))


@pytest.mark.parametrize(
    "wrong", ["jumped", {}, {"event": "jumped"}, {"event": "released", "session_id": ""}], ids=str
)
def test_a_trigger_that_the_schema_forbids_the_pack_refuses(wrong: Any) -> None:
    assert not schema("trigger").is_valid(wrong)
    with pytest.raises(BadMessage):
        parse_trigger(payload(wrong))


def test_what_the_pack_sends_is_what_is_described() -> None:
    result = ResultMessage(ts=1.0, id=None, action="start", accepted=False, code="rest", message="Rest")
    event = EventMessage(ts=1.0, seq=7, kind="fault", code="sensor_open", message="Open", data={"n": 1})
    info = InfoMessage(id="pad1", name="Neck", versions={}, limits={"target_max_c": 42}, defaults={})
    for name, message in (("state", state()), ("result", result), ("event", event), ("info", info)):
        sent = json.loads(message.payload())
        schema(name).validate(sent)
        for field in sent:
            assert not schema(name).is_valid({key: sent[key] for key in sent if key != field}), field
