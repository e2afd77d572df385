"""Between the library's messages and ours: what MQTT 5 says of a message beside its payload."""

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from controller.mqtt.connection import new_properties
from controller.mqtt.inbound import Incoming
from controller.mqtt.outbox import Letter

JSON = "application/json"
TEXT = "text/plain"
_UTF_8 = 1  # MQTT 5, 3.3.2.3.2


def properties_of(letter: Letter) -> Properties:
    """Return the properties that go out with a letter over MQTT 5."""
    values: dict[str, int | str | bytes] = {}
    if letter.payload:  # an empty one is no JSON, and only clears what the broker keeps
        values |= {"ContentType": letter.content_type, "PayloadFormatIndicator": _UTF_8}
    if letter.expiry_s is not None:
        values["MessageExpiryInterval"] = letter.expiry_s
    if letter.correlation is not None:
        values["CorrelationData"] = letter.correlation
    return new_properties(PacketTypes.PUBLISH, **values)


def will_of(topic: str, payload: bytes, *, is_v5: bool) -> aiomqtt.Will:
    """Return the retained message that the broker says for a pack which cannot any more."""
    properties = None
    if is_v5:
        properties = new_properties(PacketTypes.WILLMESSAGE, ContentType=TEXT, PayloadFormatIndicator=_UTF_8)
    return aiomqtt.Will(topic, payload, qos=1, retain=True, properties=properties)


def incoming_from(message: aiomqtt.Message, received_wall_s: float) -> Incoming:
    """Return a message as it arrived, with real Unix seconds. Over 3.1.1 it has no properties."""
    properties = message.properties
    return Incoming(
        topic=message.topic.value,
        payload=message.payload,
        retained=message.retain,
        received_wall_s=received_wall_s,
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
        expiry_s=getattr(properties, "MessageExpiryInterval", None),
    )
