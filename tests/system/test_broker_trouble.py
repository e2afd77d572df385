"""The way to the broker breaks, in every way that it can, with both daemons real and the pad heating.

Claims: the pack comes back by itself, its state is of this moment within 5 s, it never heats because
of something that was sent while it was away, and ``availability`` is right in every ending.
"""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config.settings import Mqtt
from controller.mqtt import connection
from controller.mqtt.client import MAX_BACKOFF_S, Bridge, jittered_backoff_s
from controller.mqtt.messages import EventMessage, InfoMessage
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone, write_secret
from tests.support.network import Network
from tests.support.pack import Pack, eventually

#: After the return of the broker or of the way to it.
FRESH_S = 5.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def phone(broker: Broker) -> Iterator[Phone]:
    with Phone(broker) as listening:
        yield listening


@pytest.fixture
def network(broker: Broker) -> Iterator[Network]:
    with Network(broker) as between:
        yield between


def heating(pack: Pack, phone: Phone) -> str:
    """Bring a pack up and let it warm; return the session's id."""
    pack.start()
    phone.ready()
    started = phone.asks("start")
    assert started["accepted"] is True, started
    pack.until_heating()
    return str(started["session_id"])


def comes_back(phone: Phone, session_id: str | None) -> None:
    """Wait, no longer than promised, for ``online`` and a state that is younger than this moment."""
    now_s = time.time()
    state = phone.state(lambda state: state["ts"] >= now_s, within_s=FRESH_S)
    assert session_id == (state["session"] and state["session"]["id"])
    eventually(lambda: phone.availability[-1] == "online", "the last word is online", 1.0)


# --- outages --------------------------------------------------------------------------------------


def test_a_restarted_broker_that_forgot_everything_knows_it_all_again(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        session_id = heating(pack, phone)
        broker.kill()
        time.sleep(2.6)  # so that the pack has its longest patience
        broker.start()
        comes_back(phone, session_id)
        with Phone(broker) as newcomer:
            assert newcomer.phase("warming")["session"]["id"] == session_id
            newcomer.available("online")
        assert phone.asks("stop")["accepted"] is True
        pack.until_cold(1.0)


def test_an_idle_pack_comes_back_with_a_state_of_this_moment(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        pack.start()
        phone.ready()
        time.sleep(2.0)  # the last state ages; the next one is not due for half a minute
        broker.restart()
        comes_back(phone, None)


def test_a_hung_broker_is_left_and_found_again(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        session_id = heating(pack, phone)
        broker.freeze()
        frozen_s = time.monotonic()
        eventually(lambda: "no answer" in pack.said("run"), "the hang is noticed", 2 * connection.TIMEOUT_S)
        # The session went on meanwhile.
        assert pack.ignitions_since(frozen_s) > 0 or pack.heats()
        broker.thaw()
        comes_back(phone, session_id)


def test_a_half_open_connection_is_given_up(
    tmp_path: Path, broker: Broker, phone: Phone, network: Network
) -> None:
    with Pack(tmp_path, speed=1, changes={"mqtt.port": network.port}) as pack:
        session_id = heating(pack, phone)
        network.silent()
        eventually(
            lambda: "no answer" in pack.said("run"), "the silence is noticed", 2 * connection.TIMEOUT_S
        )
        network.heal()
        comes_back(phone, session_id)
        # The broker heard nothing of the end of the old connection. Its will must not have the last word.
        time.sleep(0.5)
        assert phone.availability[-1] == "online"


def test_a_slow_network_delays_a_stop_by_itself_only(
    tmp_path: Path, broker: Broker, phone: Phone, network: Network
) -> None:
    with Pack(tmp_path, speed=1, changes={"mqtt.port": network.port}) as pack:
        heating(pack, phone)
        network.delay_s = 0.6
        time.sleep(1.5)  # each message takes longer than the time to the next state
        asked_s = time.monotonic()
        phone.says("stop")
        assert pack.until_cold(2.0) - asked_s < 1.0
        comes_back(phone, None)
        assert "retrying" not in pack.said("run")


@contextlib.asynccontextmanager
async def bridge_over(network: Network) -> AsyncIterator[tuple[Bridge, list[bool]]]:
    """A bridge of little patience, with what it told of its connection."""
    told: list[bool] = []
    bridge = Bridge(
        Mqtt(host="127.0.0.1", port=network.port),
        "demo",
        trigger_topic=None,
        on_command=lambda _: None,
        on_trigger=lambda _: None,
        info=InfoMessage(id="demo", name="Demo", versions={}, limits={}, defaults={}),
        on_connection=told.append,
        backoff_s=lambda _: 1.5,
        timeout_s=0.5,
    )
    serving = asyncio.create_task(bridge.run())
    try:
        await has_told(told, True)
        yield bridge, told
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def has_told(told: list[bool], *expected: bool) -> None:
    async with asyncio.timeout(10):
        while told != list(expected):
            await asyncio.sleep(0.01)


async def test_an_idle_connection_that_is_half_open_is_given_up(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEPALIVE_S", 1)
    async with bridge_over(network) as (_, told):
        network.silent()
        await has_told(told, True, False)
        network.heal()
        await has_told(told, True, False, True)


async def test_a_pack_that_does_not_hear_its_broker_leaves_its_will_with_it(
    network: Network, phone: Phone
) -> None:
    async with bridge_over(network) as (bridge, told):
        network.deaf()
        bridge.event(EventMessage(ts=1.0, seq=1, kind="warning", code="test", message="A test"))
        await has_told(told, True, False)
        # A goodbye would have arrived, taken the will along and left "online" behind until the next attempt.
        await asyncio.to_thread(phone.available, "offline", within_s=1.0)
        network.heal()
        await has_told(told, True, False, True)
    await asyncio.to_thread(phone.available, "offline", after=len(phone.availability) - 1)


# --- passwords ------------------------------------------------------------------------------------


def test_a_password_that_the_broker_changes_heals_on_either_side(tmp_path: Path) -> None:
    mine = tmp_path / "password"
    write_secret(mine, "old\n")
    changes = {"mqtt.username": "pad", "mqtt.password_file": str(mine)}
    with Broker(tmp_path, login=("pad", "new")) as broker, Pack(tmp_path, broker, changes=changes) as pack:
        pack.start()
        eventually(lambda: "wrong user name or password; retrying" in pack.said("run"), "the sentence")
        broker.change_password("old")  # mosquitto reads it again at SIGHUP
        with Phone(broker, login=("pad", "old")) as phone:
            phone.available("online", within_s=FRESH_S)
            phone.ready()


# --- nothing is replayed --------------------------------------------------------------------------


def test_what_was_sent_to_a_pack_that_was_away_never_heats(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker) as pack:
        pack.start()
        phone.ready()
        pack.end(pack.controller, signal.SIGKILL)
        phone.available("offline")
        for payload in ("start", {"action": "start", "id": "a1"}):
            phone.says(payload)
        phone.says("start", retain=True)
        phone.publishes("trigger-point/1/session", {"event": "stretched", "session_id": "7"})
        before, results = len(phone.states), len(phone.results)
        pack.start_controller()
        # Of all that, the broker kept only what was to be kept, and that is refused.
        assert phone.result(after=results)["code"] == "retained"
        phone.state(lambda state: state["guard"] == "ok" and state["phase"] == "idle", after=before)
        assert phone.asks({"action": "reset", "id": "marker"})["id"] == "marker"
        assert [result["code"] for result in phone.results[results:-1]] == ["retained"]
        assert pack.edges() == []


def test_a_start_that_waited_in_the_phone_for_the_broker_is_stale(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker) as pack:
        pack.start()
        phone.ready()
        broker.kill()
        queue = paho.Client(CallbackAPIVersion.VERSION2)
        queue.reconnect_delay_set(1, 1)
        touched = {"action": "start", "id": "a1", "issued_at": time.time() - 11.0}
        queue.publish("heatpack/demo/command", json.dumps(touched), qos=1)
        broker.start()
        phone.available("online", after=len(phone.availability))
        queue.connect("127.0.0.1", broker.port)
        queue.loop_start()
        refused = phone.result()
        queue.disconnect()
        queue.loop_stop()
        del queue
        assert (refused["id"], refused["code"]) == ("a1", "stale")
        assert pack.edges() == []


def test_a_start_that_comes_twice_over_an_outage_heats_once(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker) as pack:
        pack.start()
        phone.ready()
        start = {"action": "start", "id": "a1"}
        first = phone.asks(start)
        pack.until_heating()
        phone.asks("stop")
        pack.until_cold()
        cold_s = time.monotonic()
        before = len(phone.availability)
        broker.restart()
        phone.available("online", after=before)
        again = phone.asks(start)
        assert (again["repeat"], again["session_id"]) == (True, first["session_id"])
        assert pack.ignitions_since(cold_s) == 0


# --- a session without a broker -------------------------------------------------------------------


def test_a_session_ends_safely_while_the_broker_is_away(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=40) as pack:
        session_id = heating(pack, phone)
        broker.kill()
        eventually(lambda: pack.entries("session_ended") != [], "the session ends")
        pack.until_cold()
        (session,) = pack.sessions()
        assert (session["id"], session["reason"]) == (session_id, "completed")
        broker.start()
        # What nobody could hear is told late, in order, and not as news of now.
        assert phone.event("session_ended", within_s=2 * FRESH_S)["session_id"] == session_id
        assert phone.phase("resting")["session"] is None


def test_the_button_stops_without_a_broker(
    tmp_path: Path, broker: Broker, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    finger = tmp_path / "finger"
    monkeypatch.setenv("HEATPACK_BUTTON", str(finger))
    changes = {
        "hardware.pin_factory": "tests.support.button_factory:ButtonFactory",
        "hardware.button_pin": 23,
    }
    with Pack(tmp_path, broker, speed=1, changes=changes) as pack:
        heating(pack, phone)
        broker.kill()
        pressed_s = time.monotonic()
        finger.touch()
        assert pack.until_cold() - pressed_s < 1.0
        finger.unlink()
        eventually(lambda: pack.entries("session_ended") != [], "the end is in the log")
        assert pack.ignitions_since(pressed_s + 1.0) == 0


# --- every ending ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_whatever_ends_it_a_newcomer_finds_it_offline(
    tmp_path: Path, broker: Broker, phone: Phone, how: signal.Signals, code: int
) -> None:
    with Pack(tmp_path, broker) as pack:
        heating(pack, phone)
        assert pack.end(pack.controller, how) == code
        pack.until_cold()
        phone.available("offline")
        with Phone(broker) as newcomer:
            newcomer.available("offline")
            assert newcomer.availability == ["offline"]


def test_a_pack_that_ends_while_the_broker_hangs_is_offline_when_it_goes_on(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker) as pack:
        heating(pack, phone)
        broker.freeze()
        assert pack.end(pack.controller) == 0
        pack.until_cold(1.0)
        broker.thaw()
        phone.available("offline")


def test_a_pack_that_ends_while_there_is_no_broker_ends(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker) as pack:
        heating(pack, phone)
        broker.kill()
        asked_s = time.monotonic()
        assert pack.end(pack.controller) == 0
        assert time.monotonic() - asked_s < 5.0
        pack.until_cold(1.0)


# --- patience -------------------------------------------------------------------------------------


def test_attempts_come_soon_stay_apart_and_are_not_in_step() -> None:
    for attempt in range(1, 1000):
        waits = [jittered_backoff_s(attempt) for _ in range(20)]
        assert 0.5 <= min(waits) <= max(waits) <= MAX_BACKOFF_S
        assert len(set(waits)) > 1
    assert max(jittered_backoff_s(1) for _ in range(100)) <= 1.0
    assert MAX_BACKOFF_S < FRESH_S
