"""A thousand messages a second through a real broker to real daemons: a stop is not late, nothing grows."""

import os
import statistics
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from campaign.messages.inventing import Inventor
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import Pack, eventually
from tests.support.starved import Stopwatch

MESSAGES = 10_000
PER_S = 1000.0
#: Issue: what the flood may add to the way of a stop.
LATER_S = 0.1
GROWTH_BYTES = 4 << 20


class Stranger:
    """Publishes fuzzed messages at a steady pace from a thread of its own."""

    def __init__(self, broker: Broker, seed: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(2000)
        self._port = broker.port
        self._payloads = self._without_stops(seed)
        self._thread = threading.Thread(target=self._flood)
        self.sent = 0
        self.took_s = 0.0

    @staticmethod
    def _without_stops(seed: int) -> list[tuple[str, bytes]]:
        """Ten thousand messages, of which none ends the session that the test will stop."""
        inventor = Inventor(seed, time.time)
        found: list[tuple[str, bytes]] = []
        while len(found) < MESSAGES:
            said = inventor.next()
            if said.payload and b"stop" not in said.payload.lower() and b"\\u" not in said.payload:
                topic = "heatpack/demo/command" if said.topic == "command" else "trigger-point/7/session"
                found.append((topic, said.payload))
        return found

    def __enter__(self) -> "Stranger":
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()
        del self._client

    def _flood(self) -> None:
        watch = Stopwatch(os.getpid())
        for topic, payload in self._payloads:
            ahead_s = watch.began_s + self.sent / PER_S - time.monotonic()
            if ahead_s > 0.005:
                time.sleep(ahead_s)
            self._client.publish(topic, payload, qos=1)
            self.sent += 1
        self.took_s = watch.at_s()


def answered_in_s(phone: Phone, id: str) -> float:
    """Say stop and wait for the answer to it."""
    before, watch = len(phone.results), Stopwatch()
    phone.says({"action": "stop", "id": id})
    while True:
        answer = phone.result(after=before)
        if answer["id"] == id:
            return watch.at_s()
        before += 1


@pytest.mark.alone
def test_a_flood_neither_delays_a_stop_nor_grows_nor_starts_anything(tmp_path: Path, broker: Broker) -> None:
    with Pack(tmp_path, broker, speed=1) as pack, Phone(broker) as phone:
        pack.start()
        phone.ready()
        assert pack.controller is not None
        controller = psutil.Process(pack.controller.pid)
        quiet_s = statistics.median(answered_in_s(phone, f"quiet-{n}") for n in range(5))
        assert phone.asks({"action": "start", "id": "mine"})["accepted"]
        pack.until_heating()
        with Stranger(broker, seed=5) as stranger:
            eventually(lambda: stranger.sent > MESSAGES // 5, "the flood flows")
            early_bytes = controller.memory_info().rss
            watch = Stopwatch()
            phone.says("stop")
            cold_s = pack.until_cold()
            stopped_in_s = watch.at_s(cold_s)
            flooded_s = []
            for n in range(8):
                flooded_s.append(answered_in_s(phone, f"flooded-{n}"))
                time.sleep(0.5)
        late_bytes = controller.memory_info().rss
        state = phone.state(lambda state: state["refused"] > MESSAGES * 0.9)
    print(
        f"stop to cold {stopped_in_s * 1e3:.1f} ms, "
        f"answers {statistics.median(flooded_s) * 1e3:.1f} (max {max(flooded_s) * 1e3:.1f}) ms "
        f"against {quiet_s * 1e3:.1f} ms when quiet, "
        f"memory {(late_bytes - early_bytes) / 1024:.0f} kB, flood of {stranger.took_s:.1f} s"
    )
    assert stranger.took_s < 1.2 * MESSAGES / PER_S
    assert stopped_in_s < quiet_s + LATER_S
    assert statistics.median(flooded_s) < quiet_s + LATER_S
    assert late_bytes - early_bytes < GROWTH_BYTES
    assert pack.ignitions_since(cold_s) == 0
    # All were looked into or counted, and neither the state nor the log took a line for each.
    assert state["refusals"]["rate_limited"] > MESSAGES * 0.8
    assert sum(state["refusals"].values()) == state["refused"]
    assert len(phone.events) < MESSAGES / 50
    assert len(phone.states) < MESSAGES / 50
