"""The bridge against a real mosquitto: outages, wills, wrong passwords, hostile senders."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes

from config.settings import Mqtt
from controller.mqtt.client import Bridge
from controller.mqtt.connection import new_properties
from controller.mqtt.discovery import Announcement
from controller.mqtt.inbound import Incoming, StopCommand
from controller.mqtt.messages import EventMessage, InfoMessage, ResultMessage, StateMessage, TodayState
from controller.mqtt.parsing import parse_command
from tests.support.broker import Broker, debian, free_port
from tests.support.broker_helpers import write_secret
from tests.support.processes import with_the_tests

PATIENCE_S = 60.0
INFO = InfoMessage(id="pad1", name="Neck pad", versions={"heatpack": "0"}, limits={}, defaults={})
TRIGGERS = "trigger-point/+/session"
Protocol = Literal["5", "3.1.1"]
both_protocols = pytest.mark.parametrize("protocol", ["5", "3.1.1"])


def settings(port: int, protocol: Protocol = "5", **more: Any) -> Mqtt:
    return Mqtt(host="127.0.0.1", port=port, protocol=protocol, **more)


def state(**changes: Any) -> StateMessage:
    values: dict[str, Any] = {
        "ts": 1.0,
        "phase": "idle",
        "session": None,
        "temperature_c": 33.1,
        "sensors": (),
        "duty": 0.0,
        "heater": False,
        "dose_cem43": 0.0,
        "today": TodayState(sessions=0, heated_s=0, dose_cem43=0),
        "ready_at": None,
        "starts_in_s": None,
        "fault": None,
        "guard": "ok",
    }
    return StateMessage(**values | changes)


def event(seq: int) -> EventMessage:
    return EventMessage(ts=1.0, seq=seq, kind="warning", code="test", message="A test")


def result(id: str = "a1") -> ResultMessage:
    return ResultMessage(ts=1.0, id=id, action="start", accepted=True, code="ok", message="Heating")


async def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, f"never: {what}"
        await asyncio.sleep(0.01)


class Pack:
    """A bridge with everything that it delivers."""

    def __init__(self, mqtt: Mqtt, **more: Any) -> None:
        self.commands: list[Incoming] = []
        self.triggers: list[Incoming] = []
        options: dict[str, Any] = {
            "trigger_topic": TRIGGERS,
            "on_command": self.commands.append,
            "on_trigger": self.triggers.append,
            "backoff_s": lambda attempt: 0.05,
        }
        self.bridge = Bridge(mqtt, "pad1", info=INFO, **options | more)

    async def online(self) -> None:
        await eventually(lambda: self.bridge.connected, "the bridge is connected")

    async def command(self, number: int = 1) -> Incoming:
        await eventually(lambda: len(self.commands) >= number, f"command {number} arrives")
        return self.commands[number - 1]


@contextlib.asynccontextmanager
async def running(mqtt: Mqtt, **more: Any) -> AsyncIterator[Pack]:
    pack = Pack(mqtt, **more)
    task = asyncio.create_task(pack.bridge.run())
    try:
        yield pack
        assert not task.done(), "the bridge gave up"
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Phone:
    """Sees every topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.seen: list[aiomqtt.Message] = []

    def on(self, topic: str) -> list[bytes]:
        return [message.payload for message in self.seen if message.topic.value == topic]

    async def hears(self, topic: str, payload: bytes, times: int = 1) -> None:
        await eventually(lambda: self.on(topic).count(payload) >= times, f"{payload!r} on {topic}")

    async def says(self, payload: bytes, retain: bool = False, **properties: Any) -> None:
        extra = new_properties(PacketTypes.PUBLISH, **properties) if properties else None
        await self.client.publish("heatpack/pad1/command", payload, 1, retain, extra)


@contextlib.asynccontextmanager
async def phone_at(port: int) -> AsyncIterator[Phone]:
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        phone = Phone(client)
        await client.subscribe("#", qos=1)

        async def listen() -> None:
            async for message in client.messages:
                phone.seen.append(message)

        task = asyncio.create_task(listen())
        try:
            yield phone
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


# --- presence -------------------------------------------------------------------------------------


@both_protocols
async def test_who_comes_later_finds_online_info_and_state(broker: Broker, protocol: Protocol) -> None:
    async with running(settings(broker.port, protocol)) as pack:
        await pack.online()
        pack.bridge.state(state())
        async with phone_at(broker.port) as phone:
            await phone.hears("heatpack/pad1/availability", b"online")
            await phone.hears("heatpack/pad1/info", INFO.payload())
            await phone.hears("heatpack/pad1/state", state().payload())
        async with phone_at(broker.port) as late:
            await late.hears("heatpack/pad1/state", state().payload())
            assert all(message.retain for message in late.seen)


@both_protocols
async def test_a_clean_exit_delivers_the_rest_and_says_offline(broker: Broker, protocol: Protocol) -> None:
    async with phone_at(broker.port) as phone:
        async with running(settings(broker.port, protocol)) as pack:
            await pack.online()
            pack.bridge.event(event(1))  # nothing awaited after it
        await phone.hears("heatpack/pad1/event", event(1).payload())
        await phone.hears("heatpack/pad1/availability", b"offline")
    async with phone_at(broker.port) as late:
        await late.hears("heatpack/pad1/availability", b"offline")


PROCESS = """
import asyncio, sys
from config.settings import Mqtt
from controller.mqtt.client import Bridge
from controller.mqtt.messages import InfoMessage
info = InfoMessage(id="pad1", name="x", versions={}, limits={}, defaults={})
mqtt = Mqtt(host="127.0.0.1", port=int(sys.argv[1]))
ignore = lambda incoming: None
asyncio.run(Bridge(mqtt, "pad1", trigger_topic=None, on_command=ignore, on_trigger=ignore, info=info).run())
"""


async def test_a_killed_controller_is_offline_by_its_will(broker: Broker) -> None:
    async with phone_at(broker.port) as phone:
        process = subprocess.Popen(with_the_tests(sys.executable, "-c", PROCESS, str(broker.port)))
        try:
            await phone.hears("heatpack/pad1/availability", b"online")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        await phone.hears("heatpack/pad1/availability", b"offline")
    async with phone_at(broker.port) as late:
        await late.hears("heatpack/pad1/availability", b"offline")


# --- what MQTT 5 says beside the payload ----------------------------------------------------------


def said_of(phone: Phone, topic: str) -> tuple[str | None, int | None, int | None]:
    properties = next(message for message in phone.seen if message.topic.value == topic).properties
    return (
        getattr(properties, "ContentType", None),
        getattr(properties, "PayloadFormatIndicator", None),
        getattr(properties, "MessageExpiryInterval", None),
    )


async def test_content_types_and_lifetimes(broker: Broker) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        pack.bridge.state(state())
        pack.bridge.result(result())
        pack.bridge.event(event(1))
        await phone.hears("heatpack/pad1/event", event(1).payload())
        await phone.hears("heatpack/pad1/info", INFO.payload())
    for name in ("state", "info"):
        assert said_of(phone, f"heatpack/pad1/{name}") == ("application/json", 1, None)
    assert said_of(phone, "heatpack/pad1/availability") == ("text/plain", 1, None)
    content, is_text, expiry_s = said_of(phone, "heatpack/pad1/result")
    assert (content, is_text) == ("application/json", 1)
    assert expiry_s is not None
    assert 28 <= expiry_s <= 30
    expiry_s = said_of(phone, "heatpack/pad1/event")[2]
    assert expiry_s is not None
    assert 86_398 <= expiry_s <= 86_400


async def test_the_older_protocol_has_none_of_them(broker: Broker) -> None:
    async with running(settings(broker.port, "3.1.1")) as pack, phone_at(broker.port) as phone:
        await pack.online()
        pack.bridge.event(event(1))
        await phone.hears("heatpack/pad1/event", event(1).payload())
    assert said_of(phone, "heatpack/pad1/event") == (None, None, None)


# --- Home Assistant -------------------------------------------------------------------------------

CONFIG, STATUS = "homeassistant/device/pad1/config", "homeassistant/status"
ANNOUNCED = Announcement(CONFIG, b'{"device":{}}', STATUS)


@both_protocols
async def test_the_announcement_is_kept_and_repeated_when_home_assistant_comes_up(
    broker: Broker, protocol: Protocol
) -> None:
    async with (
        phone_at(broker.port) as phone,
        running(settings(broker.port, protocol), announcement=ANNOUNCED) as pack,
    ):
        await phone.hears(CONFIG, ANNOUNCED.payload)
        await phone.client.publish(STATUS, b"offline", 1)
        await phone.client.publish(STATUS, b"online", 1)
        await phone.hears(CONFIG, ANNOUNCED.payload, times=2)
        assert len(phone.on(CONFIG)) == 2
        assert pack.commands == pack.triggers == []
        async with phone_at(broker.port) as late:
            await late.hears(CONFIG, ANNOUNCED.payload)
            assert next(m for m in late.seen if m.topic.value == CONFIG).retain


async def test_a_pack_that_is_not_to_be_found_takes_its_announcement_away(broker: Broker) -> None:
    async with running(settings(broker.port), announcement=ANNOUNCED), phone_at(broker.port) as phone:
        await phone.hears(CONFIG, ANNOUNCED.payload)
    gone = Announcement(CONFIG, b"", STATUS)
    async with phone_at(broker.port) as phone, running(settings(broker.port), announcement=gone):
        await phone.hears(CONFIG, b"")
        await phone.client.publish(STATUS, b"online", 1)
        async with phone_at(broker.port) as late:
            await late.hears("heatpack/pad1/availability", b"online")
            await late.client.publish("end", b"1", 1)
            await late.hears("end", b"1")
            assert late.on(CONFIG) == []


async def test_no_command_can_make_the_pack_announce_something(broker: Broker) -> None:
    async with (
        running(settings(broker.port), announcement=ANNOUNCED) as pack,
        phone_at(broker.port) as phone,
    ):
        await pack.online()
        await phone.says(b"start", ResponseTopic="homeassistant/device/other/config")
        pack.bridge.result(result(), await pack.command())
        pack.bridge.event(event(1))
        await phone.hears("heatpack/pad1/event", event(1).payload())
        assert phone.on("homeassistant/device/other/config") == []


# --- outages --------------------------------------------------------------------------------------


@both_protocols
async def test_after_a_broker_restart_the_newest_state_and_all_events_arrive(
    broker: Broker, protocol: Protocol
) -> None:
    async with running(settings(broker.port, protocol)) as pack:
        await pack.online()
        pack.bridge.state(state(temperature_c=33.0))
        broker.stop()
        await eventually(lambda: not pack.bridge.connected, "the loss is noticed")
        for seq in range(1, 4):
            pack.bridge.event(event(seq))
            pack.bridge.state(state(temperature_c=40.0 + seq))
        broker.start()
        async with phone_at(broker.port) as phone:
            await phone.hears("heatpack/pad1/state", state(temperature_c=43.0).payload())
            await phone.hears("heatpack/pad1/availability", b"online")
        assert pack.bridge.dropped == 0


async def test_events_of_an_outage_arrive_in_order(broker: Broker, tmp_path: Path) -> None:
    missing = tmp_path / "password"  # without it the pack cannot even try
    async with (
        phone_at(broker.port) as phone,
        running(settings(broker.port, username="pad", password_file=missing)) as pack,
    ):
        for seq in range(1, 6):
            pack.bridge.event(event(seq))
        write_secret(missing, "any")
        await phone.hears("heatpack/pad1/event", event(5).payload())
        assert phone.on("heatpack/pad1/event") == [event(seq).payload() for seq in range(1, 6)]


async def test_a_hung_broker_is_left_and_found_again(broker: Broker) -> None:
    async with running(settings(broker.port), timeout_s=0.3) as pack:
        await pack.online()
        broker.freeze()
        pack.bridge.event(event(1))
        await eventually(lambda: not pack.bridge.connected, "the hang is noticed")
        await asyncio.sleep(0.5)  # attempts that connect and get no answer
        broker.thaw()
        await pack.online()
        async with phone_at(broker.port) as phone:
            await phone.hears("heatpack/pad1/availability", b"online")


async def test_a_port_that_never_answers_is_a_sentence(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.freeze()
    async with running(settings(broker.port), timeout_s=0.1):
        await eventually(lambda: "no answer; if it stays silent, try the other" in caplog.text, "a warning")
    broker.thaw()


async def test_ending_in_the_middle_of_an_attempt_leaves_nothing_open(broker: Broker) -> None:
    broker.freeze()
    async with running(settings(broker.port), timeout_s=0.5):
        await asyncio.sleep(0.1)  # connected to the port, waiting for the broker's consent
    # the fixture in conftest.py looks for descriptors and tasks
    broker.thaw()


# --- problems in words ----------------------------------------------------------------------------


async def test_an_absent_broker_is_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    attempts: list[int] = []

    def backoff_s(attempt: int) -> float:
        attempts.append(attempt)
        return 0.01

    async with running(settings(port), backoff_s=backoff_s) as pack:
        await eventually(lambda: len(attempts) >= 5, "five attempts")
        assert not pack.bridge.connected
    assert attempts[:5] == [1, 2, 3, 4, 5]
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == [f"broker 127.0.0.1:{port}: connection refused; retrying"]


async def test_an_unknown_host_is_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    mqtt = Mqtt(host="no..such..host")
    async with running(mqtt):
        await eventually(lambda: bool(caplog.records), "a warning")
    assert caplog.records[0].getMessage() == "broker no..such..host:1883: no such host; retrying"


@both_protocols
async def test_a_wrong_password_is_named_and_heals(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, protocol: Protocol
) -> None:
    secret = tmp_path / "password"
    with Broker(tmp_path, login=("pad", "right")) as broker:
        mqtt = settings(broker.port, protocol, username="pad", password_file=secret)
        async with running(mqtt) as pack:
            await eventually(lambda: "No such file" in caplog.text, "the missing file is named")
            write_secret(secret, "wrong\n")
            await eventually(lambda: "wrong user name or password" in caplog.text, "the refusal is named")
            write_secret(secret, "right\n")
            await pack.online()
    assert "Traceback" not in caplog.text
    assert f"mqtt.password_file {secret}: No such file or directory; retrying" in caplog.text


# paho leaves a socket whose TLS handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_tls_to_a_port_without_it_is_a_sentence(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(settings(broker.port, tls=True), timeout_s=PATIENCE_S, backoff_s=lambda attempt: 60.0):
        await eventually(lambda: bool(caplog.records), "a warning")
    gc.collect()
    assert (
        caplog.records[0].getMessage()
        == f"broker 127.0.0.1:{broker.port}: connection reset by peer; retrying"
    )


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_tls_with_a_certificate_that_is_trusted_only_if_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [debian("openssl"), *request.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    with Broker(tmp_path, extra=f"certfile {certificate}\nkeyfile {key}") as broker:
        async with running(settings(broker.port, tls=True), backoff_s=lambda attempt: 60.0):
            await eventually(lambda: bool(caplog.records), "a warning")
        gc.collect()
        assert "its certificate is not trusted (self" in caplog.text
        async with running(settings(broker.port, tls=True, ca_file=certificate)) as pack:
            await pack.online()


async def test_a_broker_that_forbids_the_command_topic_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def forbid(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2 + (await reader.readexactly(2))[1] - 2)  # CONNECT
        writer.write(bytes([0x20, 2, 0, 0]))  # CONNACK: welcome
        subscribe = await reader.readexactly(4)
        writer.write(bytes([0x90, 4, *subscribe[2:], 0x80, 0x80]))  # SUBACK: both refused
        await reader.read()
        writer.close()

    server = await asyncio.start_server(forbid, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with running(settings(port, "3.1.1")) as pack:
            await eventually(lambda: bool(caplog.records), "a warning")
            assert not pack.bridge.connected
    sentence = "it does not allow subscribing to heatpack/pad1/command"
    assert caplog.records[0].getMessage() == f"broker 127.0.0.1:{port}: {sentence}; retrying"


# --- commands -------------------------------------------------------------------------------------


@both_protocols
async def test_a_command_arrives_and_is_answered(broker: Broker, protocol: Protocol) -> None:
    async with running(settings(broker.port, protocol)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(b"start")
        incoming = await pack.command()
        assert (incoming.payload, incoming.retained) == (b"start", False)
        assert abs(incoming.received_wall_s - time.time()) < PATIENCE_S
        pack.bridge.result(result(), incoming)
        await phone.hears("heatpack/pad1/result", result().payload())


@both_protocols
async def test_a_command_that_the_broker_kept_is_seen_as_retained(broker: Broker, protocol: Protocol) -> None:
    async with phone_at(broker.port) as phone:
        await phone.says(b"start", retain=True)
        async with running(settings(broker.port, protocol)) as pack:
            assert (await pack.command()).retained


async def test_a_live_command_with_the_retain_flag_is_seen_as_retained_in_mqtt_5(broker: Broker) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(b"start", retain=True)
        assert (await pack.command()).retained


async def test_response_topic_correlation_and_expiry(broker: Broker) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(
            b"start", ResponseTopic="phone/7/answers", CorrelationData=b"\0\1", MessageExpiryInterval=60
        )
        incoming = await pack.command()
        assert incoming.response_topic == "phone/7/answers"
        assert incoming.correlation == b"\0\1"
        assert incoming.expiry_s is not None
        assert 58 <= incoming.expiry_s <= 60
        pack.bridge.result(result(), incoming)
        await phone.hears("phone/7/answers", result().payload())
        await phone.hears("heatpack/pad1/result", result().payload())
    reply = next(message for message in phone.seen if message.topic.value == "phone/7/answers")
    assert getattr(reply.properties, "CorrelationData", None) == b"\0\1"


@pytest.mark.parametrize(
    "topic", ["heatpack/pad1/command", "heatpack/pad2/command", "trigger-point/3/session"]
)
async def test_no_answer_ever_becomes_a_command(broker: Broker, topic: str) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(b"start", ResponseTopic=topic)
        pack.bridge.result(result(), await pack.command())
        pack.bridge.event(event(1))
        await phone.hears("heatpack/pad1/event", event(1).payload())
        assert result().payload() not in phone.on(topic)


async def test_a_trigger_arrives_as_one(broker: Broker) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.client.publish("trigger-point/3/session", b"released", 1)
        await eventually(lambda: len(pack.triggers) == 1, "the trigger arrives")
        assert pack.commands == []


async def test_a_stop_is_not_lost_in_a_flood(broker: Broker) -> None:
    async with running(settings(broker.port)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        for _ in range(20):
            await asyncio.gather(*(phone.says(b"x" * 4000) for _ in range(8)))
        await phone.says(b"stop")
        await eventually(
            lambda: pack.commands[-1:] != [] and pack.commands[-1].payload == b"stop", "the stop"
        )
        assert len(pack.commands) == 161


@both_protocols
async def test_an_oversized_command_arrives_to_be_answered_and_a_stop_after_it_too(
    broker: Broker, protocol: Protocol
) -> None:
    async with running(settings(broker.port, protocol)) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(b"x" * 100_000)
        assert len((await pack.command()).payload) == 100_000
        await phone.says(b"x" * 3_000_000)  # with MQTT 5 the broker keeps this one from us
        await phone.says(b"stop")
        await eventually(lambda: pack.commands[-1].payload == b"stop", "the stop")
        assert isinstance(parse_command(pack.commands[-1].payload), StopCommand)


async def test_a_failing_callback_does_not_end_the_connection(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(incoming: Incoming) -> None:
        raise RuntimeError("a bug")

    async with running(settings(broker.port), on_command=fail) as pack, phone_at(broker.port) as phone:
        await pack.online()
        await phone.says(b"start")
        await eventually(lambda: "a bug" in caplog.text, "the bug is in the log")
        pack.bridge.event(event(1))
        await phone.hears("heatpack/pad1/event", event(1).payload())


async def test_the_connection_is_told_to_whoever_asked(broker: Broker) -> None:
    told: list[bool] = []
    async with running(settings(broker.port), on_connection=told.append) as pack:
        await pack.online()
        broker.restart()
        await eventually(lambda: told == [True, False, True], "lost and back")
    assert told == [True, False, True, False]
