"""A phone for measurements: publishes commands, and sees states and results."""

import json
import queue
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt

BASE = "heatpack/demo"
PATIENCE_S = 20.0


class Phone:
    def __init__(self, port: int) -> None:
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._states: queue.Queue[dict[str, Any]] = queue.Queue()
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"{BASE}/state", qos=1)
        self._client.loop_start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def start(self) -> float:
        """Ask for heat; return the monotonic second at which that was published."""
        return self._publish({"action": "start", "target_c": 40, "duration_s": 480})

    def stop(self) -> float:
        return self._publish({"action": "stop"})

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            state = self._states.get(timeout=max(0.01, give_up_s - time.monotonic()))
            if wanted(state):
                return state

    def _publish(self, command: dict[str, Any]) -> float:
        now_s = time.monotonic()
        self._client.publish(f"{BASE}/command", json.dumps(command), qos=1)
        return now_s

    def _take(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        self._states.put(json.loads(message.payload))
