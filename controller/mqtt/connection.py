"""One connection to the broker: made, closed without a trace, and its failures put into words."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.settings import Mqtt

T = TypeVar("T")

KEEPALIVE_S = 15
TIMEOUT_S = 10.0
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


class SecretError(Exception):
    """A password or certificate file cannot be used. The message is a sentence with key and path."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is read from files, anew for every attempt, so that a corrected file heals the connection."""

    password: str | None
    tls: ssl.SSLContext | None


def load_secrets(mqtt: Mqtt) -> Secrets:
    """Read the password and certificates. Blocks on the disk.

    Raises:
        SecretError: a file is missing or is not what it should be.
    """
    password = None
    if mqtt.password_file is not None:
        with _naming("password_file", mqtt.password_file), open(mqtt.password_file, encoding="utf-8") as file:
            password = file.read().rstrip("\r\n")
    if not mqtt.tls:
        return Secrets(password, None)
    with _naming("ca_file", mqtt.ca_file):
        tls = ssl.create_default_context(cafile=None if mqtt.ca_file is None else str(mqtt.ca_file))
    if mqtt.cert_file is not None:
        with _naming("cert_file", mqtt.cert_file):
            tls.load_cert_chain(mqtt.cert_file, mqtt.key_file)
    return Secrets(password, tls)


@contextlib.contextmanager
def _naming(key: str, path: object) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SecretError(f"mqtt.{key} {path}: {reason}") from None


def new_client(
    mqtt: Mqtt,
    secrets: Secrets,
    identifier: str,
    *,
    will: aiomqtt.Will | None = None,
    queue_type: type["asyncio.Queue[aiomqtt.Message]"] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> aiomqtt.Client:
    """Return a client for one attempt: a reused one may "connect" without the broker's consent.

    The session is always clean: in a kept one a retained command can arrive without its flag.
    """
    is_v5 = mqtt.protocol == "5"
    properties = None
    if is_v5:
        properties = new_properties(
            PacketTypes.CONNECT, SessionExpiryInterval=0, MaximumPacketSize=MAX_PACKET_BYTES
        )
    return aiomqtt.Client(
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
    )


def new_properties(packet_type: int, **values: int | str | bytes) -> Properties:
    """Return MQTT 5 properties, named as in the standard, for a packet of ``PacketTypes``."""
    properties = Properties(packet_type)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


@contextlib.asynccontextmanager
async def connected(client: aiomqtt.Client) -> AsyncIterator[None]:
    """Connect, and leave no thread, task or socket behind, whatever ends it.

    Raises:
        aiomqtt.MqttError, OSError, ValueError: the connection could not be made; see ``explain``.
    """
    opening = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(opening)
    except BaseException:
        # aiomqtt connects in a thread that cannot be cancelled: let it end, then close what it opened.
        with contextlib.suppress(aiomqtt.MqttError, OSError, ValueError):
            await opening
        _close(client)
        raise
    try:
        yield
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
    # aiomqtt forgets its socket and timer when a connection fails or times out half-way.
    client._client.disconnect()
    lost = client._disconnected
    if lost.done() and not lost.cancelled():
        lost.exception()  # else asyncio complains that nobody looked at it


def explain(error: BaseException, mqtt: Mqtt) -> str:
    """Say in a sentence why the broker cannot be used."""
    if isinstance(error, SecretError):
        return str(error)
    return f"broker {mqtt.host}:{mqtt.port}: {_reason(error)}"


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
            return f"its certificate is not trusted ({cause.verify_message})"
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
