"""The message for Home Assistant: what its documentation requires, and what the pack understands.

Home Assistant's own schemas need Home Assistant; docs/home-assistant.md says what was checked with them.
"""

import json
import re
from typing import Any, cast, get_args

import pytest

from config.limits import Limits
from config.settings import Device, Mqtt
from controller.mqtt.commands import CommandGate, Refusal
from controller.mqtt.discovery import EVENTS, announcement
from controller.mqtt.inbound import Incoming, PrepareCommand, StartCommand
from controller.mqtt.messages import Phase
from controller.mqtt.parsing import parse_command
from tests.support.home_assistant import rendered

DEVICE = Device(id="neck-pad", name="Neck pad")
#: Per platform: the keys that Home Assistant requires beside those that the device shares.
REQUIRED = {
    "button": {"command_topic"},
    "number": {"command_topic"},
    "sensor": set(),
    "binary_sensor": set(),
    "event": {"event_types"},
}
PRESSED_S = 1_767_225_600.25
TOPIC = re.compile(r"homeassistant/device/[a-zA-Z0-9_-]+/config")


def message(limits: Limits | None = None, **mqtt: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(announcement(DEVICE, Mqtt(**mqtt), limits or Limits(), "0.1.0").payload)
    return made


def test_it_is_one_message_for_the_whole_device() -> None:
    made = announcement(DEVICE, Mqtt(), Limits(), "0.1.0")
    assert TOPIC.fullmatch(made.topic)
    assert made.birth_topic == "homeassistant/status"
    found = message()
    assert found["device"]["identifiers"] == ["heatpack_neck-pad"]
    assert found["origin"]["name"]
    assert found["availability_topic"] == "heatpack/neck-pad/availability"
    assert found["state_topic"] == "heatpack/neck-pad/state"


def test_each_entity_has_what_is_required_and_an_identity_of_its_own() -> None:
    entities = message()["components"]
    assert {entity["platform"] for entity in entities.values()} == set(REQUIRED)
    for entity in entities.values():
        assert entity.keys() >= REQUIRED[entity["platform"]] | {"platform", "name", "unique_id"}
    for what in ("unique_id", "name"):
        assert len({entity[what] for entity in entities.values()}) == len(entities)


def test_nothing_that_commands_is_ever_kept() -> None:
    for entity in message()["components"].values():
        if "command_topic" in entity:
            assert entity["command_topic"] == "heatpack/neck-pad/command"
            assert entity["retain"] is False


@pytest.mark.parametrize("action", ["start", "stop", "reset"])
def test_a_button_says_what_the_pack_understands(action: str) -> None:
    command = parse_command(message()["components"][action]["payload_press"].encode())
    assert command.action == action
    assert command.id is None  # so that the next press is another one
    assert not isinstance(command, StartCommand) or command.prepared


def test_a_start_that_home_assistant_holds_back_over_an_outage_is_too_old() -> None:
    """Its client sends again what no broker has confirmed, hours later and not marked as kept."""
    start = message()["components"]["start"]
    said = rendered(start["command_template"], PRESSED_S, value=start["payload_press"]).encode()
    assert parse_command(said) == StartCommand(prepared=True, issued_at=PRESSED_S)
    for late_s, code in ((0.0, None), (3 * 3600.0, "stale")):
        now_s = PRESSED_S + late_s
        judged = CommandGate().judge(parse_command(said), Incoming("", said, False, now_s), now_s)
        assert (None if judged is None else cast(Refusal, judged).code) == code


def test_a_stop_of_home_assistant_counts_however_late() -> None:
    assert "command_template" not in message()["components"]["stop"]


def test_a_number_prepares_within_the_limits() -> None:
    entities = message(Limits(target_max_c=40.0, session_max_s=480.0))["components"]
    target, minutes = entities["next_target"], entities["next_minutes"]
    assert (target["min"], target["max"]) == (35.0, 40.0)
    assert (minutes["min"], minutes["max"]) == (5.0, 8.0)
    said = parse_command(rendered(target["command_template"], PRESSED_S, value=37.5).encode())
    assert said == PrepareCommand(target_c=37.5, issued_at=PRESSED_S)
    said = parse_command(rendered(minutes["command_template"], PRESSED_S, value=7.5).encode())
    assert said == PrepareCommand(duration_s=450.0, issued_at=PRESSED_S)


def test_a_value_without_a_choice_is_no_number() -> None:
    # Home Assistant refuses a number whose ends are equal.
    entities = message(Limits(target_max_c=35.0, session_max_s=300.0))["components"]
    assert not entities.keys() & {"next_target", "next_minutes"}


def test_phases_and_events_are_those_of_the_pack() -> None:
    entities = message()["components"]
    assert entities["phase"]["options"] == list(get_args(Phase))
    assert entities["log"]["event_types"] == list(EVENTS)
    assert entities["log"]["state_topic"] == "heatpack/neck-pad/event"


def test_without_discovery_the_message_is_taken_away() -> None:
    assert announcement(DEVICE, Mqtt(discovery=False), Limits(), "0").payload == b""


def test_prefix_and_base_are_those_of_the_settings() -> None:
    made = announcement(DEVICE, Mqtt(discovery_prefix="ha", base_topic="home/packs"), Limits(), "0")
    assert (made.topic, made.birth_topic) == ("ha/device/neck-pad/config", "ha/status")
    assert b"heatpack/neck-pad" not in made.payload
