"""The terminal's line to the pack: one connection, what comes over it, and what its silence means."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final, TextIO, TypeVar

import aiomqtt
from pydantic import ValidationError

from config.settings import Settings
from controller.mqtt.connection import SecretError, connected, explain, load_secrets, new_client
from controller.mqtt.messages import Outbound
from controller.mqtt.topics import Topics, topics_of

ACCEPTED: Final = 0
REFUSED: Final = 1
NO_ANSWER: Final = 3
ANSWER_WITHIN_S = 5.0
#: Retained messages come at once; a pack that has just begun may take a moment for its first state.
STATE_WITHIN_S = 2.0

_M = TypeVar("_M", bound=Outbound)


def run(settings: Settings, work: Coroutine[Any, Any, int], out: TextIO) -> int:
    """Run a command to its exit code; trouble with the broker is a sentence."""
    try:
        return asyncio.run(work)
    except (aiomqtt.MqttError, SecretError, OSError, ValueError) as error:
        say(out, explain(error, settings.mqtt))
        return NO_ANSWER


@contextlib.asynccontextmanager
async def subscribed(settings: Settings, *names: str) -> AsyncIterator[tuple[aiomqtt.Client, Topics]]:
    """Connect, and listen to these of the pack's topics."""
    topics = topics_of(settings.mqtt.base_topic, settings.device.id)
    async with listening(settings, *(getattr(topics, name) for name in names)) as client:
        yield client, topics


@contextlib.asynccontextmanager
async def listening(settings: Settings, *filters: str) -> AsyncIterator[aiomqtt.Client]:
    """Connect, and listen to these topics."""
    secrets = await asyncio.to_thread(load_secrets, settings.mqtt)
    identifier = f"heatpack-cli-{uuid.uuid4().hex[:8]}"
    client = new_client(settings.mqtt, secrets, identifier, timeout_s=ANSWER_WITHIN_S)
    async with connected(client):
        await client.subscribe([(topic, 1) for topic in filters])
        yield client


def read(model: type[_M], payload: bytes) -> _M | None:
    """Return a message of the pack, None if it is not one."""
    try:
        return model.model_validate_json(payload)
    except ValidationError:
        return None


def presence(settings: Settings, available: bytes | None) -> str:
    """Say whether the pack is online."""
    return f"{settings.device.name} ({settings.device.id}) is {'on' if available == b'online' else 'off'}line"


def silence(settings: Settings, available: bytes | None) -> str:
    """Say what it may mean that nothing came."""
    if available is None:
        broker = f"Broker {settings.mqtt.host}:{settings.mqtt.port}"
        return f"{broker} knows no pack {settings.device.id}: is heatpack run up?"
    if available == b"online":
        return f"{presence(settings, available)} but gave no answer"
    return f"{presence(settings, available)}: is heatpack run up?"


def say(out: TextIO, sentence: str) -> None:
    """Print a sentence that begins as one, unless it begins with a key of the configuration."""
    first, _, _ = sentence.partition(" ")
    if "." not in first.rstrip(".:,"):
        sentence = sentence[:1].upper() + sentence[1:]
    print(sentence, file=out, flush=True)
