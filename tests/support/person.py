"""Somebody on a broker who sees every denial: MQTT 5, one connection, and waits for each answer."""

import socket
import ssl
import threading
from types import TracebackType
from typing import Any, Literal, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

PATIENCE_S = 60.0
NOT_AUTHORIZED = 135


class Person:
    """Use as a context manager. ``connected``, 0 for yes, and ``ended`` are the broker's reason codes."""

    def __init__(
        self,
        port: int,
        user: str | None = None,
        password: str | None = None,
        *,
        transport: Literal["tcp", "websockets"] = "tcp",
        tls: ssl.SSLContext | None = None,
        will: str | None = None,
    ) -> None:
        self.connected = self.ended = -1
        self.heard: list[tuple[str, bytes]] = []
        self._port = port
        self._codes: dict[int, int] = {}
        self._news = threading.Condition()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, transport=transport, reconnect_on_failure=False
        )
        if user is not None:
            self._client.username_pw_set(user, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        if will is not None:
            self._client.will_set(will, b"offline", 1, True)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._until(lambda: self.connected >= 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        del self._client  # paho closes its inner sockets only when it is collected

    def publishes(
        self, topic: str, payload: bytes = b"x", *, retain: bool = False, properties: Properties | None = None
    ) -> int:
        """Publish and return the broker's reason code; below 128 it took it."""
        info = self._client.publish(topic, payload, 1, retain, properties)
        self._until(lambda: info.mid in self._codes)
        return self._codes.pop(info.mid)

    def is_cut_off(self, topic: str, payload: bytes) -> int:
        """Publish, wait until the broker ends the connection, and return its reason code."""
        self._client.publish(topic, payload, 1)
        self._until(lambda: self.ended >= 0)
        return self.ended

    def vanishes(self) -> None:
        """End without a goodbye."""
        channel = self._client.socket()
        assert isinstance(channel, socket.socket)
        channel.shutdown(socket.SHUT_RDWR)
        self._until(lambda: self.ended >= 0)

    def may_publish(self, topic: str) -> bool:
        code = self.publishes(topic)
        assert code < 128 or code == NOT_AUTHORIZED, code
        return code < 128

    def listens(self, topic: str) -> None:
        """Subscribe. What the broker had for us before it answered has arrived after this."""
        _, mid = self._client.subscribe(topic, 1)
        self._until(lambda: mid in self._codes)

    def _until(self, holds: Any) -> None:
        with self._news:
            assert self._news.wait_for(holds, PATIENCE_S), "the broker does not answer"

    def _note(self, mid: int, code: int) -> None:
        with self._news:
            self._codes[mid] = code
            self._news.notify_all()

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        with self._news:
            self.connected = reason.value
            self._news.notify_all()

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        with self._news:
            self.ended = reason.value
            self._news.notify_all()

    def _on_publish(self, client: Any, data: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        self._note(mid, reason.value)

    def _on_subscribe(self, client: Any, data: Any, mid: int, reasons: Any, properties: Any) -> None:
        self._note(mid, reasons[0].value)

    def _on_message(self, client: Any, data: Any, message: paho.MQTTMessage) -> None:
        with self._news:
            self.heard.append((message.topic, bytes(message.payload)))
            self._news.notify_all()

    def hears(self, topic: str) -> bytes:
        """Wait for a message on a topic and return it."""
        self._until(lambda: any(heard == topic for heard, _ in self.heard))
        return next(payload for heard, payload in self.heard if heard == topic)
