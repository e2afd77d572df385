"""Where a pack speaks and listens, and which reply topics of others it may write to."""

from collections.abc import Iterable
from typing import NamedTuple

import aiomqtt

MAX_TOPIC_BYTES = 65535  # MQTT 5, 1.5.4: a string has a two-byte length


class Topics(NamedTuple):
    """The topics of one pack, each ``<base topic>/<device id>/<field name>``."""

    availability: str
    state: str
    event: str
    result: str
    command: str
    info: str


def topics_of(base_topic: str, device_id: str) -> Topics:
    """Return the topics of the pack ``device_id``."""
    return Topics(*(f"{base_topic}/{device_id}/{name}" for name in Topics._fields))


def may_reply_to(topic: str, bases: Iterable[str], trigger_topic: str | None) -> bool:
    """Tell whether a response topic that a sender chose is one we may publish to.

    Never below ``bases`` (the packs' own, and where Home Assistant looks for devices), and never where a
    trigger is expected: a command must not be able to make this pack command another one, or itself.
    Wildcards and ``$`` topics are no topics.
    """
    if not topic or len(topic.encode()) > MAX_TOPIC_BYTES or topic.startswith("$"):
        return False
    if any(character in topic for character in "+#\0"):
        return False
    if any(topic == base or topic.startswith(f"{base}/") for base in bases):
        return False
    return trigger_topic is None or not aiomqtt.Topic(topic).matches(trigger_topic)
