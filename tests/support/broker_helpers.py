"""A phone for tests: hears everything that a pack says, and waits for what it is told to expect."""

import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.broker import Broker, debian
from tests.support.pack import Listener

PATIENCE_S = 60.0

T = TypeVar("T")
Message = dict[str, Any]
Wanted = Callable[[Message], bool]


def mosquitto_pub(broker: Broker, topic: str, payload: str, *more: str) -> None:
    """Publish as somebody in a shell does."""
    subprocess.run(
        [debian("mosquitto_pub"), "-p", str(broker.port), "-q", "1", "-t", topic, "-m", payload, *more],
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )


def write_secret(path: Path, text: str) -> None:
    """Write a file that nobody else may read."""
    path.touch(0o600)
    path.write_text(text)


class Phone:
    """Subscribes to what one pack says and keeps all of it, in order.

    Use it as a context manager. It comes back by itself after an outage of the broker.
    """

    def __init__(
        self, broker: Listener, device: str = "demo", *, login: tuple[str, str] | None = None
    ) -> None:
        self.states: list[Message] = []
        self.results: list[Message] = []
        self.events: list[Message] = []
        self.availability: list[str] = []
        self._base = f"heatpack/{device}"
        self._port = broker.port
        self._news = threading.Condition()
        self._subscriptions = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.reconnect_delay_set(1, 1)
        # Not to all topics: what others publish there must not keep the answers back.
        heard = [(f"{self._base}/{name}", 1) for name in ("availability", "state", "event", "result")]
        self._client.on_connect = lambda client, *_: client.subscribe(heard)
        self._client.on_socket_open = _send_at_once
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._hear

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._is_subscribed(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        del self._client  # paho closes its inner sockets only when it is collected

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Let the broker go and come back inside. At the end the phone hears again all that is said.

        What is not retained is lost on a phone that is not there yet.
        """
        before = self._subscriptions
        yield
        self._is_subscribed(before + 1)

    # --- speaking ---------------------------------------------------------------------------------

    def says(self, payload: str | Message, *, retain: bool = False) -> None:
        """Publish a command: a bare word or an object."""
        self.publishes(f"{self._base}/command", payload, retain=retain)

    def publishes(self, topic: str, payload: str | Message, *, retain: bool = False) -> None:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._client.publish(topic, text, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def asks(self, payload: str | Message, *, retain: bool = False) -> Message:
        """Publish a command and return the answer to it."""
        before = len(self.results)
        self.says(payload, retain=retain)
        return self.result(after=before)

    # --- hearing ----------------------------------------------------------------------------------

    def result(self, *, after: int = 0) -> Message:
        """Wait for the next answer after the first ``after`` ones."""
        return self._wait(self.results, lambda _: True, after, "an answer")

    def state(self, wanted: Wanted, *, after: int = 0, within_s: float = PATIENCE_S) -> Message:
        """Wait for a state, not counting the first ``after`` ones. A whole session takes longer than most."""
        return self._wait(self.states, wanted, after, "the state", within_s)

    def phase(self, name: str, *, after: int = 0) -> Message:
        """Wait for a state in this phase."""
        return self.state(lambda state: state["phase"] == name, after=after)

    def ready(self) -> Message:
        """Wait until the pack has seen its guard and a temperature, and could heat."""
        return self.state(
            lambda state: (
                state["phase"] == "idle" and state["guard"] == "ok" and state["temperature_c"] is not None
            )
        )

    def event(self, kind: str, code: str | None = None) -> Message:
        """Wait for an entry of the log."""

        def wanted(event: Message) -> bool:
            return event["kind"] == kind and code in (None, event["code"])

        return self._wait(self.events, wanted, 0, f"the event {kind} {code or ''}")

    def available(self, word: str, *, after: int = 0) -> None:
        """Wait until the pack says ``online`` or ``offline``, or its will does."""
        self._wait(self.availability, lambda said: said == word, after, word)

    def phases(self) -> list[str]:
        """The phases that the pack went through."""
        found: list[str] = []
        for state in self.states:
            if found[-1:] != [state["phase"]]:
                found.append(state["phase"])
        return found

    def _wait(
        self,
        heard: list[T],
        wanted: Callable[[T], bool],
        after: int,
        what: str,
        within_s: float = PATIENCE_S,
    ) -> T:
        seen = after
        deadline_s = time.monotonic() + within_s
        with self._news:
            while True:
                for message in heard[seen:]:
                    if wanted(message):
                        return message
                seen = max(seen, len(heard))
                left_s = deadline_s - time.monotonic()
                if left_s <= 0.0:
                    raise AssertionError(f"never heard {what}; the last of {len(heard)}: {heard[-1:]}")
                self._news.wait(left_s)

    def _is_subscribed(self, times: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self._subscriptions >= times, PATIENCE_S), (
                "the broker does not answer the phone"
            )

    def _subscribed(self, *_: object) -> None:
        with self._news:
            self._subscriptions += 1
            self._news.notify_all()

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        kind = message.topic.removeprefix(f"{self._base}/")
        heard: dict[str, list[Message]] = {"state": self.states, "result": self.results, "event": self.events}
        with self._news:
            if kind in heard:
                heard[kind].append(json.loads(message.payload))
            elif kind == "availability":
                self.availability.append(message.payload.decode())
            self._news.notify_all()


def _send_at_once(_client: object, _data: object, channel: Any) -> None:
    channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
