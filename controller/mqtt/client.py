"""The bridge to the broker: keeps one connection up, and never makes the control loop wait.

Commands and triggers come in as callbacks; state, events and results go out through a bounded outbox.
Not responsible for what a command means, nor for whether it is fresh: see ``controller.mqtt.commands``.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from config.settings import Mqtt
from controller.mqtt.connection import (
    TIMEOUT_S,
    Client,
    SecretError,
    Secrets,
    answered,
    connected,
    explain,
    load_secrets,
    new_client,
)
from controller.mqtt.discovery import BIRTH, Announcement
from controller.mqtt.inbound import Incoming
from controller.mqtt.messages import EventMessage, InfoMessage, ResultMessage, StateMessage
from controller.mqtt.outbox import RESULT_LIFETIME_S, Letter, Outbox
from controller.mqtt.packets import TEXT, incoming_from, properties_of, will_of
from controller.mqtt.topics import may_reply_to, topics_of

ONLINE = b"online"
OFFLINE = b"offline"
#: A connection that lasted this long was a good one: the next attempt comes soon again.
STEADY_S = 10.0
#: A client that was away for longer asks for the history instead.
EVENT_LIFETIME_S = 24 * 3600
#: How long a clean exit may take to deliver what is left and to say ``offline``.
FAREWELL_S = 2.0

_log = logging.getLogger(__name__)


#: With an attempt after it, a pack is back within 5 s of its broker. An attempt costs milliseconds.
MAX_BACKOFF_S = 3.0


def jittered_backoff_s(attempt: int) -> float:
    """Return the wait before attempt 1, 2, … in seconds: doubling up to ``MAX_BACKOFF_S``, halved at random.

    The jitter keeps many packs from returning to a restarted broker in step.
    """
    return min(MAX_BACKOFF_S, 0.5 * 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1.0)


class Bridge:
    """The pack on the broker. ``run`` it as a task; everything else may be called at any time."""

    def __init__(
        self,
        settings: Mqtt,
        device_id: str,
        *,
        trigger_topic: str | None,
        on_command: Callable[[Incoming], None],
        on_trigger: Callable[[Incoming], None],
        info: InfoMessage,
        announcement: Announcement | None = None,
        on_connection: Callable[[bool], None] | None = None,
        clock: Callable[[], float] = time.time,
        backoff_s: Callable[[int], float] = jittered_backoff_s,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Prepare; nothing connects before ``run``.

        Args:
            settings: ``[mqtt]``.
            device_id: names the topics and the client.
            trigger_topic: filter of the post-session trigger, or None.
            on_command: takes each message on ``command``; synchronous, quick, runs on the event loop.
            on_trigger: takes each message that matches ``trigger_topic``, likewise.
            info: published at each connect.
            announcement: for Home Assistant, published at each connect and when that has come up.
            on_connection: told True after ``online`` is out, False when the connection is lost.
            clock: real Unix seconds, for ``Incoming.received_wall_s``.
            backoff_s: seconds to wait before the attempt with this number, from 1.
            timeout_s: how long the broker may take to confirm anything, seconds.
        """
        self._settings = settings
        self._topics = topics_of(settings.base_topic, device_id)
        self._identifier = f"heatpack-{device_id}"
        self._is_v5 = settings.protocol == "5"
        self._trigger_topic = trigger_topic
        self._on_command = on_command
        self._on_trigger = on_trigger
        self._on_connection = on_connection
        self._announcement = announcement
        self._clock = clock
        self._backoff_s = backoff_s
        self._timeout_s = timeout_s
        self._outbox = Outbox()
        self._outbox.put_newest(Letter(self._topics.info, info.payload(), retain=True))
        if announcement is not None:
            self._outbox.put_newest(Letter(announcement.topic, announcement.payload, retain=True))
        self._has_post = asyncio.Event()
        self._connected = False
        self._connected_since_s = 0.0
        self._last_problem: str | None = None
        self._own = {*self._topics, *([] if announcement is None else [announcement.topic])}
        self._told_denied: set[str] = set()

    @property
    def connected(self) -> bool:
        """Whether the broker has our ``online``."""
        return self._connected

    @property
    def dropped(self) -> int:
        """How many events and results never reached the broker, because too many waited or too long."""
        return self._outbox.dropped

    def state(self, message: StateMessage) -> None:
        """Publish the state, retained. A newer one replaces one that still waits."""
        self._outbox.put_newest(Letter(self._topics.state, message.payload(), retain=True))
        self._has_post.set()

    def event(self, message: EventMessage) -> None:
        """Publish an entry of the safety log; after an outage it is delivered late."""
        self._outbox.put_event(Letter(self._topics.event, message.payload(), expiry_s=EVENT_LIFETIME_S))
        self._has_post.set()

    def result(self, message: ResultMessage, reply_to: Incoming | None = None) -> None:
        """Publish the answer to a command, and to its response topic if it named a harmless one."""
        payload, expiry_s = message.payload(), round(RESULT_LIFETIME_S)
        self._outbox.put_result(Letter(self._topics.result, payload, expiry_s=expiry_s))
        reply_topic = None if reply_to is None else reply_to.response_topic
        if (
            reply_to is not None
            and reply_topic is not None
            and may_reply_to(
                reply_topic, (self._settings.base_topic, self._settings.discovery_prefix), self._trigger_topic
            )
        ):
            reply = Letter(reply_topic, payload, correlation=reply_to.correlation, expiry_s=expiry_s)
            self._outbox.put_result(reply)
        self._has_post.set()

    async def run(self) -> None:
        """Stay connected until cancelled; then deliver what is left, say ``offline`` and leave."""
        attempt = 0
        while True:
            try:
                await self._connect_and_serve()
            except (aiomqtt.MqttError, SecretError, OSError, ValueError) as error:
                self._tell_problem(explain(error, self._settings))
            finally:
                lasted_s = time.monotonic() - self._connected_since_s if self._connected else 0.0
                self._tell_connected(False)
            attempt = 1 if lasted_s > STEADY_S else attempt + 1
            await asyncio.sleep(self._backoff_s(attempt))

    # --- one connection ---------------------------------------------------------------------------

    async def _connect_and_serve(self) -> None:
        secrets: Secrets = await asyncio.to_thread(load_secrets, self._settings)
        client = new_client(
            self._settings,
            secrets,
            self._identifier,
            will=will_of(self._topics.availability, OFFLINE, is_v5=self._is_v5),
            queue_type=_queue_into(self._deliver),
            timeout_s=self._timeout_s,
        )
        async with connected(client):
            try:
                await self._subscribe(client)
                await self._publish(client, self._available(ONLINE))
                self._outbox.repeat_newest()
                self._tell_connected(True)
                await self._serve(client)
            except aiomqtt.MqttError:
                raise
            except BaseException:
                # A clean disconnect takes the will with it, so it would leave a retained "online".
                await self._farewell(client)
                raise

    async def _subscribe(self, client: Client) -> None:
        filters = [self._topics.command]
        if self._trigger_topic is not None:
            filters.append(self._trigger_topic)
        if self._is_v5:
            # With "retain as published" a live message that carries the retain flag shows it too. MQTT
            # 3.1.1 shows the flag only on what the broker had kept; such a live message counts as fresh.
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            codes = await answered(client.subscribe([(topic, options) for topic in filters]))
        else:
            codes = await answered(client.subscribe([(topic, 1) for topic in filters]))
        for topic, code in zip(filters, codes, strict=True):
            if (code if isinstance(code, int) else int(getattr(code, "value", 0))) >= 128:
                raise aiomqtt.MqttError(f"it does not allow subscribing to {topic}")
        if self._announcement is not None and self._announcement.payload:
            # Whether Home Assistant can be heard is nothing that heat depends on.
            await answered(client.subscribe(self._announcement.birth_topic, 1))

    async def _serve(self, client: Client) -> None:
        sender = asyncio.create_task(self._send(client))
        watcher = asyncio.create_task(_until_lost(client))
        try:
            done, _ = await asyncio.wait({sender, watcher}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sender, watcher):
                task.cancel()
            await asyncio.gather(sender, watcher, return_exceptions=True)

    async def _send(self, client: Client) -> None:
        while True:
            self._has_post.clear()
            await self._send_what_waits(client)
            await self._has_post.wait()

    async def _send_what_waits(self, client: Client) -> None:
        while (letter := self._outbox.next()) is not None:
            await self._publish(client, letter)
            self._outbox.confirm(letter)

    async def _publish(self, client: Client, letter: Letter) -> None:
        properties = properties_of(letter) if self._is_v5 else None
        await answered(client.publish(letter.topic, letter.payload, 1, letter.retain, properties))
        if client.denied and letter.topic in self._own:
            self._tell_denied(letter.topic)

    def _available(self, word: bytes) -> Letter:
        return Letter(self._topics.availability, word, retain=True, content_type=TEXT)

    async def _farewell(self, client: Client) -> None:
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S / 2):
                await self._send_what_waits(client)
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S / 2):
                await self._publish(client, self._available(OFFLINE))

    # --- what comes in ----------------------------------------------------------------------------

    def _deliver(self, message: aiomqtt.Message) -> None:
        incoming = incoming_from(message, self._clock())
        if self._announcement is not None and incoming.topic == self._announcement.birth_topic:
            return self._hear_home_assistant(self._announcement, incoming)
        handle = self._on_command if incoming.topic == self._topics.command else self._on_trigger
        try:
            handle(incoming)
        except Exception:
            _log.exception("a message on %s could not be handled", incoming.topic)

    def _hear_home_assistant(self, announcement: Announcement, incoming: Incoming) -> None:
        if incoming.payload == BIRTH:
            self._outbox.put_newest(Letter(announcement.topic, announcement.payload, retain=True))
            self._has_post.set()

    # --- what people are told ---------------------------------------------------------------------

    def _tell_connected(self, now_connected: bool) -> None:
        if now_connected == self._connected:
            return
        self._connected = now_connected
        if now_connected:
            self._connected_since_s = time.monotonic()
            self._last_problem = None
            _log.info("broker %s:%d: connected", self._settings.host, self._settings.port)
        if self._on_connection is not None:
            self._on_connection(now_connected)

    def _tell_denied(self, topic: str) -> None:
        if topic not in self._told_denied:
            self._told_denied.add(topic)
            host, port = self._settings.host, self._settings.port
            _log.warning("broker %s:%d: its access rules forbid publishing to %s", host, port, topic)

    def _tell_problem(self, sentence: str) -> None:
        if sentence != self._last_problem:
            self._last_problem = sentence
            _log.warning("%s; retrying", sentence)


def _queue_into(deliver: Callable[[aiomqtt.Message], None]) -> type["asyncio.Queue[aiomqtt.Message]"]:
    # aiomqtt's own queue drops the newest message when it is full: during a flood that could be the stop.
    # Handled as they are read there is nothing to fill; a flood waits in the broker.
    class Handler(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            deliver(item)

    return Handler


async def _until_lost(client: Client) -> None:
    async for _ in client.messages:
        pass
