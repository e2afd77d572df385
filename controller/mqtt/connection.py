"""One connection to the broker: made, closed without a trace, and its failures put into words."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.settings import Mqtt
from controller.mqtt.secrets import SecretError, Secrets, load_secrets

__all__ = [
    "Client",
    "SecretError",
    "Secrets",
    "answered",
    "connected",
    "explain",
    "load_secrets",
    "new_client",
    "new_properties",
]

T = TypeVar("T")

#: What paho has to say is told as a sentence, once: see ``explain``.
_quiet = logging.Logger("paho", logging.CRITICAL)

#: The broker declares a silent pack offline after 1.5 times this; a silent broker is left after twice.
KEEPALIVE_S = 10
#: Patience with each step of a connection and with each confirmation.
TIMEOUT_S = 5.0
#: Far above any payload we answer, so that an oversized one can still be answered; the broker drops the rest.
MAX_PACKET_BYTES = 1 << 20

_REFUSALS = {
    132: 'it does not speak this version of MQTT; try the other [mqtt] protocol, "5" or "3.1.1"',
    133: "it does not accept the client id",
    134: "wrong user name or password",
    135: "wrong user name or password",  # mosquitto's code for it
    136: "it is not available",
    137: "it is too busy",
    138: "it has banned this device",
}
_ENDINGS = {
    135: "not allowed by the broker's access rules",
    139: "the broker is shutting down",
    142: "another client has taken over this device id",
}


class ClosedError(aiomqtt.MqttError):
    """The broker closed the connection before it said a word about it."""


class Client(aiomqtt.Client):
    """aiomqtt's client, which also notices two refusals that aiomqtt passes over."""

    #: MQTT 5: whether the broker refused the last publication. In 3.1.1 it confirms what it drops.
    denied = False

    def _on_publish(self, client: Any, data: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        self.denied = reason.is_failure
        super()._on_publish(client, data, mid, reason, properties)

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any = None) -> None:
        if not self._connected.done():
            self._connected.set_exception(ClosedError())  # aiomqtt would wait for its timeout
        super()._on_disconnect(client, data, flags, reason, properties)


def new_client(
    mqtt: Mqtt,
    secrets: Secrets,
    identifier: str,
    *,
    will: aiomqtt.Will | None = None,
    queue_type: type["asyncio.Queue[aiomqtt.Message]"] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Client:
    """Return a client for one attempt: a reused one may "connect" without the broker's consent.

    The session is always clean: in a kept one a retained command can arrive without its flag.
    """
    is_v5 = mqtt.protocol == "5"
    properties = None
    if is_v5:
        properties = new_properties(
            PacketTypes.CONNECT, SessionExpiryInterval=0, MaximumPacketSize=MAX_PACKET_BYTES
        )
    client = Client(
        mqtt.host,
        mqtt.port,
        username=mqtt.username,
        password=secrets.password,
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V5 if is_v5 else aiomqtt.ProtocolVersion.V311,
        clean_session=None if is_v5 else True,
        clean_start=True if is_v5 else MQTT_CLEAN_START_FIRST_ONLY,
        properties=properties,
        will=will,
        queue_type=queue_type,
        keepalive=KEEPALIVE_S,
        timeout=timeout_s,
        tls_context=secrets.tls,
        # Else each small packet waits for the other side's delayed acknowledgement, up to 40 ms: a broker
        # that has twenty messages out at once is then slower than a flood, and a stop waits behind it.
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        logger=_quiet,
    )
    client._client.connect_timeout = timeout_s  # of TCP, and of the TLS handshake
    return client


def new_properties(packet_type: int, **values: int | str | bytes) -> Properties:
    """Return MQTT 5 properties, named as in the standard, for a packet of ``PacketTypes``."""
    properties = Properties(packet_type)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


@contextlib.asynccontextmanager
async def connected(client: aiomqtt.Client) -> AsyncIterator[None]:
    """Connect, and leave no thread, task or socket behind, whatever ends it.

    An ``aiomqtt.MqttError`` from inside ends it without a farewell, so that the broker speaks the will.

    Raises:
        aiomqtt.MqttError, OSError, ValueError: the connection could not be made; see ``explain``.
    """
    opening = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(opening)
    except BaseException:
        if not client._connected.done():
            client._connected.set_exception(ClosedError())  # nobody waits for the broker's consent now
            client._connected.exception()
        # aiomqtt connects in a thread that cannot be cancelled: let it end, then close what it opened.
        with contextlib.suppress(aiomqtt.MqttError, OSError, ValueError):
            await opening
        _close(client)
        raise
    try:
        yield
    except aiomqtt.MqttError:
        client._client._sock_close()
        raise
    finally:
        try:
            with contextlib.suppress(aiomqtt.MqttError):
                await answered(client.__aexit__(None, None, None))
        finally:
            _close(client)


async def answered(call: Awaitable[T]) -> T:
    """Await a call of aiomqtt, and stay cancelled if a cancellation meets its answer.

    Until Python 3.12 ``asyncio.wait_for``, on which aiomqtt stands, forgets such a cancellation, and
    its task would then run for ever.
    """
    task = asyncio.current_task()
    before = 0 if task is None else task.cancelling()
    result = await call
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


def _close(client: aiomqtt.Client) -> None:
    # aiomqtt forgets its socket and timer when a connection fails or times out half-way, and paho keeps
    # a socket open that takes no more data.
    client._client.disconnect()
    client._client._sock_close()
    lost = client._disconnected
    if lost.done() and not lost.cancelled():
        lost.exception()  # else asyncio complains that nobody looked at it


def explain(error: BaseException, mqtt: Mqtt) -> str:
    """Say in a sentence why the broker cannot be used."""
    if isinstance(error, SecretError):
        return str(error)
    reason = _closed(mqtt) if isinstance(error, ClosedError) else _reason(error)
    return f"broker {mqtt.host}:{mqtt.port}: {reason}"


def _closed(mqtt: Mqtt) -> str:
    if not mqtt.tls:
        return "it closed the connection without an answer; this port may want tls = true"
    if mqtt.cert_file is None:
        return "it closed the connection without an answer; it may want a client certificate, cert_file"
    return "it closed the connection without an answer; it may not trust the client certificate"


def _untrusted(error: ssl.SSLCertVerificationError) -> str:
    match error.verify_code:
        case 9:
            return "its certificate is not valid yet, or this machine's clock is wrong"
        case 10:
            return "its certificate has expired, or this machine's clock is wrong"
        case 62 | 64:
            return f"its certificate is for another name ({error.verify_message.rstrip('.')})"
    return f"its certificate is not trusted ({error.verify_message}); mqtt.ca_file says whose to trust"


def _reason(error: BaseException) -> str:
    if isinstance(error, MqttConnectError):
        return _REFUSALS.get(_code(error), f"it refused the connection ({error})")
    cause = error if isinstance(error, OSError | UnicodeError) else error.__cause__ or error.__context__
    if str(error) == "Operation timed out":  # aiomqtt: the port is open, but no packet comes back
        return 'no answer; if it stays silent, try the other [mqtt] protocol, "5" or "3.1.1"'
    match cause:
        case aiomqtt.MqttCodeError():
            return _ENDINGS.get(_code(cause), "connection lost")
        case socket.gaierror() | UnicodeError():
            return "no such host"
        case ssl.SSLCertVerificationError():
            return _untrusted(cause)
        case ssl.SSLError():
            return f"TLS failed ({cause.reason or cause})"
        case TimeoutError():
            return "no answer"
        case OSError():
            return (cause.strerror or str(cause)).lower()
    if isinstance(error, aiomqtt.MqttCodeError):
        return _ENDINGS.get(_code(error), "connection lost")
    return str(error) or "connection lost"


def _code(error: aiomqtt.MqttCodeError) -> int:
    # Brokers' reason codes start at 128; paho's own error numbers, below it, all mean a lost connection.
    return error.rc if isinstance(error.rc, int) else getattr(error.rc, "value", 0)
