"""The demo's phone: asks for heat over MQTT, and passes on everything that it is told."""

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import aiomqtt
from pydantic import ValidationError

from config.settings import Settings
from controller.demo.crew import DemoError
from controller.mqtt.connection import connected, explain, load_secrets, new_client
from controller.mqtt.messages import EventMessage, ResultMessage, StateMessage
from controller.mqtt.topics import Topics, topics_of

TIMEOUT_S = 10.0
#: What the phone hears: a message of the pack, or whether the broker says that the pack is online.
Heard = StateMessage | EventMessage | ResultMessage | bool

_MODELS: dict[str, type[StateMessage] | type[EventMessage] | type[ResultMessage]] = {
    "state": StateMessage,
    "event": EventMessage,
    "result": ResultMessage,
}


# What the library would print by itself is told as a sentence by whoever meets it.
logging.getLogger("mqtt").addHandler(logging.NullHandler())


class Phone:
    """A connected phone."""

    def __init__(self, client: aiomqtt.Client, settings: Settings, listening: asyncio.Task[None]) -> None:
        """Made by ``connect``."""
        self._client = client
        self._settings = settings
        self._listening = listening

    async def start(self, target_c: float, duration_s: float, area: str) -> None:
        """Ask for heat with a JSON message.

        Raises:
            DemoError: the broker does not take it.
        """
        wish = {"action": "start", "target_c": target_c, "duration_s": duration_s, "area": area}
        payload = json.dumps({**wish, "id": uuid.uuid4().hex, "issued_at": time.time()})
        with _in_words(self._settings):
            await self._client.publish(_topics(self._settings).command, payload.encode(), qos=1)

    def check(self) -> None:
        """Raise a ``DemoError`` if the connection is gone."""
        if self._listening.done():
            with _in_words(self._settings):
                self._listening.result()


@contextlib.asynccontextmanager
async def connect(settings: Settings, hear: Callable[[Heard], None]) -> AsyncIterator[Phone]:
    """Connect, and call ``hear`` with all that arrives.

    Raises:
        DemoError: the broker cannot be used.
    """
    client = new_client(settings.mqtt, load_secrets(settings.mqtt), "demo-phone", timeout_s=TIMEOUT_S)
    topics = _topics(settings)
    names = {getattr(topics, name): name for name in ("availability", *_MODELS)}
    async with contextlib.AsyncExitStack() as stack:
        with _in_words(settings):
            await stack.enter_async_context(connected(client))
            await client.subscribe([(topic, 1) for topic in names])
        listening = asyncio.create_task(_listen(client, names, hear))
        try:
            yield Phone(client, settings, listening)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _listen(client: aiomqtt.Client, names: dict[str, str], hear: Callable[[Heard], None]) -> None:
    async for message in client.messages:
        name = names[message.topic.value]
        if name == "availability":
            hear(message.payload == b"online")
            continue
        with contextlib.suppress(ValidationError):  # not from a pack
            hear(_MODELS[name].model_validate_json(message.payload))


def _topics(settings: Settings) -> Topics:
    return topics_of(settings.mqtt.base_topic, settings.device.id)


@contextlib.contextmanager
def _in_words(settings: Settings) -> Iterator[None]:
    try:
        yield
    except (aiomqtt.MqttError, OSError) as error:
        raise DemoError(explain(error, settings.mqtt)) from None
