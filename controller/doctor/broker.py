"""One visit to the broker with the pack's account, beside the pack's own connection."""

import asyncio
import contextlib
import secrets

import aiomqtt

from config.settings import Settings
from controller.doctor.facts import Broker
from controller.mqtt.connection import SecretError, connected, explain, load_secrets, new_client
from controller.mqtt.messages import StateMessage
from controller.mqtt.topics import topics_of
from controller.terminal.line import read

#: The echo comes at once, or never.
_WITHIN_S = 3.0
#: What the broker has kept comes before the echo; or little later, from one that does not keep the order.
_AFTER_ECHO_S = 0.3


def visit(settings: Settings) -> Broker:
    """Connect, listen, and send one message that nobody else listens to: not a command, not retained."""
    try:
        return asyncio.run(_visit(settings))
    except (aiomqtt.MqttError, SecretError, OSError, ValueError) as error:
        return Broker(error=explain(error, settings.mqtt))


async def _visit(settings: Settings) -> Broker:
    topics = topics_of(settings.mqtt.base_topic, settings.device.id)
    echo, word = f"{settings.mqtt.base_topic}/{settings.device.id}/doctor", secrets.token_hex(8).encode()
    files = await asyncio.to_thread(load_secrets, settings.mqtt)
    # Not the pack's own client id: the broker would throw the pack out.
    client = new_client(settings.mqtt, files, f"heatpack-doctor-{word.decode()}")
    echoed, available, state = False, None, None
    async with connected(client):
        await client.subscribe([(topics.availability, 1), (topics.state, 1), (echo, 1)])
        await client.publish(echo, word, qos=1)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WITHIN_S) as limit:
                while not (echoed and available is not None and state is not None):
                    message = await anext(aiter(client.messages))
                    match message.topic.value:
                        case topics.availability:
                            available = message.payload.decode(errors="replace")
                        case topics.state:
                            state = read(StateMessage, message.payload) or state
                        case _:
                            echoed = echoed or message.payload == word
                            limit.reschedule(asyncio.get_running_loop().time() + _AFTER_ECHO_S)
    return Broker(None, echoed, available, state)
