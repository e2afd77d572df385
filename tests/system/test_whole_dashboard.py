"""A dashboard and both daemons: prepared values, the last sessions, Home Assistant's button."""

import json
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.broker import Broker
from tests.support.broker_helpers import Message, Phone
from tests.support.home_assistant import rendered
from tests.support.pack import PATIENCE_S, Pack, eventually, tap

CONFIG = "homeassistant/device/demo/config"


def kept(broker: Broker, topic: str) -> list[bytes]:
    """What somebody who comes now finds on a topic."""
    heard: list[tuple[str, bytes]] = []
    subscribed = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append((message.topic, bytes(message.payload)))
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    client.subscribe([(topic, 1), ("end", 1)])
    assert subscribed.wait(PATIENCE_S)
    client.publish("end", b"", 1)
    eventually(lambda: ("end", b"") in heard, "the broker answers")  # behind all that it has kept
    client.disconnect()
    client.loop_stop()
    del client
    return [payload for name, payload in heard if name == topic]


def test_home_assistants_button_starts_what_its_numbers_have_chosen(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=40) as pack:
        pack.start()
        phone.ready()
        eventually(lambda: bool(kept(broker, CONFIG)), "the announcement is kept")
        entities: dict[str, Message] = json.loads(kept(broker, CONFIG)[0])["components"]
        target, minutes, start = (entities[key] for key in ("next_target", "next_minutes", "start"))
        said = rendered(target["command_template"], time.time(), value=36.5)
        phone.publishes(target["command_topic"], said)
        said = rendered(minutes["command_template"], time.time(), value=5.5)
        phone.publishes(minutes["command_topic"], said)
        phone.state(lambda state: state["prepared"] == {"target_c": 36.5, "duration_s": 330.0})
        said = rendered(start["command_template"], time.time(), value=start["payload_press"])
        phone.publishes(start["command_topic"], said)
        session = phone.phase("warming")["session"]
        assert (session["target_c"], session["duration_s"]) == (36.5, 330.0)
        pack.until_heating()
        phone.publishes(entities["stop"]["command_topic"], entities["stop"]["payload_press"])
        phone.state(lambda state: state["session"] is None, after=len(phone.states))

        phone.says({"action": "history", "count": 5, "id": "h"})
        eventually(lambda: any(result["id"] == "h" for result in phone.results), "the history")
        answer = next(result for result in phone.results if result["id"] == "h")
        (past,) = answer["sessions"]
        assert (past["id"], past["origin"], past["target_c"]) == (session["id"], "phone", 36.5)
        assert past["ended"] == "stopped"
        assert past["peak_c"] is None or past["peak_c"] < 38.0

        # A restarted broker has forgotten it, and gets it again.
        broker.restart()
        eventually(lambda: bool(kept(broker, CONFIG)), "the announcement is there again")


def test_a_pack_that_is_not_to_be_found_is_not(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=40) as pack:
        pack.start()
        phone.ready()
        eventually(lambda: bool(kept(broker, CONFIG)), "the announcement is kept")
    with Pack(tmp_path, broker, speed=40, changes={"mqtt.discovery": False}) as pack:
        before = len(phone.availability)
        pack.start()
        phone.available("online", after=before)
        eventually(lambda: not kept(broker, CONFIG), "the announcement is gone")


def test_a_start_from_afar_waits_for_somebody_at_the_pack(
    tmp_path: Path, broker: Broker, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    finger = tmp_path / "finger"
    monkeypatch.setenv("HEATPACK_BUTTON", str(finger))
    changes = {
        "hardware.pin_factory": "tests.support.button_factory:ButtonFactory",
        "hardware.button_pin": 23,
        "mqtt.require_presence": True,
    }
    with Pack(tmp_path, broker, speed=2, changes=changes) as pack:
        pack.start()
        phone.ready()
        assert phone.asks("start")["code"] == "presence_required"
        tap(pack, finger)
        phone.event("button", "present")
        present = phone.state(lambda state: state["present_until"] is not None)
        assert present["session"] is None  # the press alone heats nothing
        assert 100 < present["present_until"] - present["ts"] <= 121
        assert pack.edges() == []
        assert phone.asks({"action": "start", "id": "now"})["accepted"]
        pack.until_heating()
        finger.touch()  # and a press is a stop, as ever
        pack.until_cold()
        assert phone.event("session_ended")["message"] == "Stopped (button)"
