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
from tests.support.pack import PATIENCE_S, Pack, eventually
from tests.support.starved import Stopwatch

#: After the return of the broker or of the way to it.
FRESH_S = 5.0
#: Between the attempts of a bridge that runs in the test itself.
BACKOFF_S = 1.5


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


@contextlib.contextmanager
def brings_back(phone: Phone, session_id: str | None) -> Iterator[None]:
    """What is done inside brings ``online`` and a state that is younger than it, no later than promised."""
    now_s, watch = time.time(), Stopwatch()
    yield
    state = phone.state(lambda state: state["ts"] >= now_s)
    assert watch.at_s() < FRESH_S
    assert session_id == (state["session"] and state["session"]["id"])
    eventually(lambda: phone.availability[-1] == "online", "the last word is online")


# --- outages --------------------------------------------------------------------------------------


def test_a_restarted_broker_that_forgot_everything_knows_it_all_again(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        session_id = heating(pack, phone)
        broker.kill()
        time.sleep(2.6)  # so that the pack has its longest patience
        with brings_back(phone, session_id):
            broker.start()
        with Phone(broker) as newcomer:
            assert newcomer.phase("warming")["session"]["id"] == session_id
            newcomer.available("online")
        watch = Stopwatch()
        assert phone.asks("stop")["accepted"] is True
        assert watch.at_s(pack.until_cold()) < 1.0


def test_an_idle_pack_comes_back_with_a_state_of_this_moment(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        pack.start()
        phone.ready()
        time.sleep(2.0)  # the last state ages; the next one is not due for half a minute
        broker.stop()
        with brings_back(phone, None):
            broker.start()


def test_a_hung_broker_is_left_and_found_again(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        session_id = heating(pack, phone)
        broker.freeze()
        watch = Stopwatch()
        eventually(lambda: "no answer" in pack.said("run"), "the hang is noticed")
        assert watch.at_s() < 2 * connection.TIMEOUT_S
        # The session went on meanwhile.
        assert pack.ignitions_since(watch.began_s) > 0 or pack.heats()
        with brings_back(phone, session_id):
            broker.thaw()


def test_a_half_open_connection_is_given_up(
    tmp_path: Path, broker: Broker, phone: Phone, network: Network
) -> None:
    with Pack(tmp_path, speed=1, changes={"mqtt.port": network.port}) as pack:
        session_id = heating(pack, phone)
        network.silent()
        watch = Stopwatch()
        eventually(lambda: "no answer" in pack.said("run"), "the silence is noticed")
        assert watch.at_s() < 2 * connection.TIMEOUT_S
        with brings_back(phone, session_id):
            network.heal()
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
        with brings_back(phone, None):
            watch = Stopwatch()
            phone.says("stop")
            assert watch.at_s(pack.until_cold()) < 1.0
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
        backoff_s=lambda _: BACKOFF_S,
        timeout_s=2.0,
    )
    serving = asyncio.create_task(bridge.run())
    try:
        await has_told(told, True)
        yield bridge, told
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def has_told(told: list[bool], *expected: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
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
        watch = Stopwatch()
        # A goodbye would have arrived, taken the will along and left "online" behind until the next attempt.
        await asyncio.to_thread(phone.available, "offline")
        assert watch.at_s() < BACKOFF_S
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
        eventually(lambda: "connected" in pack.said("run"), "the pack is let in")
        with Phone(broker, login=("pad", "old")) as phone:
            phone.available("online")
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
        before = len(phone.availability)
        broker.kill()
        queue = paho.Client(CallbackAPIVersion.VERSION2)
        queue.reconnect_delay_set(1, 1)
        touched = {"action": "start", "id": "a1", "issued_at": time.time() - 11.0}
        queue.publish("heatpack/demo/command", json.dumps(touched), qos=1)
        broker.start()
        phone.available("online", after=before)
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


def test_a_session_ends_safely_while_the_broker_is_away(
    tmp_path: Path, broker: Broker, phone: Phone, network: Network
) -> None:
    with Pack(tmp_path, speed=80, changes={"mqtt.port": network.port}) as pack:
        session_id = heating(pack, phone)
        with phone.away():
            broker.kill()
            eventually(lambda: pack.entries("session_ended") != [], "the session ends")
            pack.until_cold()
            (session,) = pack.sessions()
            assert (session["id"], session["reason"]) == (session_id, "completed")
            network.cut()  # an event that the pack publishes before the phone is back would be lost on it
            broker.start()
        network.heal()
        # What nobody could hear is told late, in order, and not as news of now.
        assert phone.event("session_ended")["session_id"] == session_id
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
        watch = Stopwatch()
        finger.touch()
        cold_s = pack.until_cold()
        assert watch.at_s(cold_s) < 1.0
        finger.unlink()
        eventually(lambda: pack.entries("session_ended") != [], "the end is in the log")
        assert pack.ignitions_since(cold_s) == 0


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
        pack.until_cold()
        broker.thaw()
        phone.available("offline")


def test_a_pack_that_ends_while_there_is_no_broker_ends(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker) as pack:
        heating(pack, phone)
        broker.kill()
        watch = Stopwatch()
        assert pack.end(pack.controller) == 0
        assert watch.at_s() < 5.0
        pack.until_cold()


# --- patience -------------------------------------------------------------------------------------


def test_attempts_come_soon_stay_apart_and_are_not_in_step() -> None:
    for attempt in range(1, 1000):
        waits = [jittered_backoff_s(attempt) for _ in range(20)]
        assert 0.5 <= min(waits) <= max(waits) <= MAX_BACKOFF_S
        assert len(set(waits)) > 1
    assert max(jittered_backoff_s(1) for _ in range(100)) <= 1.0
    assert MAX_BACKOFF_S < FRESH_S
