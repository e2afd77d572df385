"""A real mosquitto with exactly what ``heatpack broker-config`` writes: who can do what, and who cannot."""

import asyncio
import contextlib
import http.client
import io
import json
import logging
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import trustme
from paho.mqtt.packettypes import PacketTypes

from config.loader import load
from config.settings import Mqtt
from controller import cli, terminal
from controller.mqtt.client import Bridge
from controller.mqtt.connection import new_properties
from controller.mqtt.messages import InfoMessage
from controller.terminal import line
from tests.support.broker import Broker, debian, free_port
from tests.support.broker_helpers import write_secret
from tests.support.pack import BASE, PATIENCE_S, Pack, eventually, toml
from tests.support.person import NOT_AUTHORIZED, Person

LEFT, RIGHT, ANNA, HASS, TRIGGER = "left-pad", "right", "anna", "hass", "trigger-point"
COMMAND, STATE = "heatpack/left/command", "heatpack/left/state"
SESSION, REPLY = "trigger-point/1/session", "heatpack-reply/anna/1"
DISCOVERY, BIRTH = "homeassistant/device/left/config", "homeassistant/status"


@dataclass(frozen=True)
class Site:
    """A broker as a person sets it up. Everybody's password is the name backwards."""

    broker: Broker
    files: Path
    page: Path
    config: Path
    tls_port: int
    web_port: int
    trust: ssl.SSLContext

    def joins(self, user: str, **how: object) -> Person:
        return Person(self.broker.port, user, user[::-1], **how)  # type: ignore[arg-type]


def set_up(folder: Path, *options: str, **changes: object) -> tuple[Path, str]:
    """Run the command, carry out the steps that it prints, and return the files' folder and the port."""
    files, page = folder / "conf.d", folder / "page"
    files.mkdir()
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>Heat pad</title>")
    config = folder / "heatpack.toml"
    config.write_text(toml({**BASE, "device.id": "left", "mqtt.username": LEFT, **changes}))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        command = ["broker-config", "--config", str(config), "--page", str(page), "-o", str(files), *options]
        assert cli.main(command) == 0
    subprocess.run(["sh", "-n"], input=said.getvalue(), text=True, check=True)
    passwords = files / "heatpack.passwords"
    passwords.touch(0o600)
    for named, user in re.findall(r"^mosquitto_passwd (\S+) (\S+)", said.getvalue(), re.MULTILINE):
        assert named == str(passwords)
        subprocess.run([debian("mosquitto_passwd"), "-b", named, user, user[::-1]], check=True)
    return files, said.getvalue()


ROLES = [
    *("--role", "device:left", "--role", "device:right", "--role", f"phone:{ANNA}"),
    *("--role", f"home-assistant:{HASS}", "--role", f"trigger:{TRIGGER}"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    port, tls_port, web_port = free_port(), free_port(), free_port()
    ca = trustme.CA()
    certificate = ca.issue_cert("127.0.0.1", "localhost")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "broker.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "broker.key"))
    trust = ssl.create_default_context()
    ca.configure_trust(trust)
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    shown = ["--cert", str(folder / "broker.pem"), "--key", str(folder / "broker.key")]
    ports = ["--tls-port", str(tls_port), "--web-port", str(web_port)]
    files, _ = set_up(folder, *ROLES, *shown, *ports, **{"mqtt.port": port})
    with Broker(folder, include=files, port=port) as broker:
        broker.wait_until_listening(web_port)
        yield Site(broker, files, folder / "page", folder / "heatpack.toml", tls_port, web_port, trust)


# --- who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "password", "code"),
    [
        (ANNA, ANNA[::-1], 0),
        (ANNA, "wrong", NOT_AUTHORIZED),
        (ANNA, "", NOT_AUTHORIZED),
        ("stranger", "x", NOT_AUTHORIZED),
        (None, None, NOT_AUTHORIZED),
    ],
)
def test_nobody_comes_in_without_a_name_and_its_password(
    site: Site, user: str | None, password: str | None, code: int
) -> None:
    with Person(site.broker.port, user, password) as person:
        assert person.connected == code


# --- who may say what -----------------------------------------------------------------------------

MAY_PUBLISH = {
    LEFT: [
        *(f"heatpack/left/{name}" for name in ("availability", "state", "event", "result", "info")),
        *(COMMAND, REPLY, DISCOVERY),
    ],
    RIGHT: [
        *(f"heatpack/right/{name}" for name in ("availability", "state", "command")),
        *("homeassistant/device/right/config", REPLY),
    ],
    ANNA: [COMMAND, "heatpack/right/command", SESSION, "trigger-point/2/session"],
    HASS: [COMMAND, "heatpack/right/command", SESSION, "trigger-point/2/session", DISCOVERY, BIRTH],
    TRIGGER: [SESSION, "trigger-point/2/session"],
}
TOPICS = sorted(
    {
        *(topic for topics in MAY_PUBLISH.values() for topic in topics),
        *("heatpack/stranger/command", "heatpack/stranger/state"),
        *("heatpack", "trigger-point/1/other", "trigger-point/session"),
        *("homeassistant/climate/x/config", "anything"),
    }
)
#: Home Assistant's own tree is its own.
MAY_PUBLISH[HASS] += [topic for topic in TOPICS if topic.startswith("homeassistant/")]


@pytest.mark.parametrize("user", MAY_PUBLISH)
def test_everybody_says_what_the_role_allows_and_nothing_else(site: Site, user: str) -> None:
    with site.joins(user) as person:
        allowed = {topic for topic in TOPICS if person.may_publish(topic)}
    assert allowed == set(MAY_PUBLISH[user])


def test_nobody_leaves_a_will_for_a_pack(site: Site) -> None:
    with site.joins(HASS) as watcher:
        watcher.listens("heatpack/#")
        for user, expected in ((ANNA, []), (RIGHT, []), (LEFT, [("heatpack/left/availability", b"offline")])):
            with site.joins(user, will="heatpack/left/availability") as somebody:
                somebody.vanishes()
            with site.joins(LEFT) as pack:
                assert pack.may_publish("heatpack/left/event")
            watcher.listens("barrier")
            assert [said for said in watcher.heard if said[0].endswith("availability")] == expected
        with site.joins(LEFT) as pack:
            pack.publishes("heatpack/left/availability", b"", retain=True)


# --- who may hear what ----------------------------------------------------------------------------

SPEAKER = {
    COMMAND: ANNA,
    "heatpack/right/command": ANNA,
    STATE: LEFT,
    "heatpack/left/event": LEFT,
    "heatpack/right/state": RIGHT,
    REPLY: LEFT,
    SESSION: TRIGGER,
    DISCOVERY: LEFT,
    BIRTH: HASS,
}
_OF_PACKS = {COMMAND, "heatpack/right/command", STATE, "heatpack/left/event", "heatpack/right/state", REPLY}
MAY_HEAR = {
    LEFT: {COMMAND, STATE, "heatpack/left/event", SESSION, BIRTH},
    RIGHT: {"heatpack/right/command", "heatpack/right/state", SESSION, BIRTH},
    ANNA: {*_OF_PACKS, SESSION},
    HASS: {*_OF_PACKS, SESSION, DISCOVERY, BIRTH},
    TRIGGER: set(),
}


@pytest.mark.parametrize("user", MAY_HEAR)
@pytest.mark.parametrize("filters", [("#",), tuple(SPEAKER)], ids=["everything", "each"])
def test_everybody_hears_what_the_role_allows_and_nothing_else(
    site: Site, user: str, filters: tuple[str, ...]
) -> None:
    with ExitStack() as stack:
        speakers = {name: stack.enter_context(site.joins(name)) for name in set(SPEAKER.values())}
        listener = stack.enter_context(site.joins(user))
        for topic in filters:
            listener.listens(topic)
        for topic, speaker in SPEAKER.items():
            assert speakers[speaker].may_publish(topic)
        listener.listens("barrier")
        assert {topic for topic, _ in listener.heard} == MAY_HEAR[user]


# --- where, and how much --------------------------------------------------------------------------


def test_page_and_websocket_come_from_one_port_with_tls(site: Site) -> None:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", site.web_port, context=site.trust, timeout=PATIENCE_S
    )
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, (site.page / "index.html").read_bytes())
        for secret in ("/../conf.d/heatpack.passwords", "/%2e%2e/conf.d/heatpack.passwords"):
            connection.close()
            connection.request("GET", secret)
            answer = connection.getresponse()
            assert answer.status >= 400
            answer.read()
    finally:
        connection.close()
    with Person(site.web_port, ANNA, ANNA[::-1], transport="websockets", tls=site.trust) as phone:
        assert phone.connected == 0
        assert phone.may_publish(COMMAND)
        assert not phone.may_publish(STATE)
    with Person(site.web_port, transport="websockets", tls=site.trust) as stranger:
        assert stranger.connected == NOT_AUTHORIZED


def test_mqtt_with_tls_has_the_same_rules(site: Site) -> None:
    with Person(site.tls_port, ANNA, ANNA[::-1], tls=site.trust) as phone:
        assert phone.connected == 0
        assert phone.may_publish(COMMAND)
        assert not phone.may_publish(STATE)


def addresses_of(port: int) -> set[str]:
    """Return where somebody listens on a port."""
    listening = [each.laddr for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    return {address.ip for address in listening if address.port == port}


def test_the_port_without_tls_is_for_this_machine_only(site: Site) -> None:
    assert addresses_of(site.broker.port) == {"127.0.0.1"}
    assert addresses_of(site.tls_port) & {"0.0.0.0", "::"}


def test_a_message_that_is_far_too_long_is_not_passed_on(site: Site) -> None:
    with site.joins(LEFT) as pack, site.joins(ANNA) as phone:
        pack.listens("heatpack/left/command")
        assert phone.publishes(COMMAND, b"x" * 60_000) < 128  # the pack itself says what is wrong with it
        assert len(pack.hears(COMMAND)) == 60_000
        assert phone.is_cut_off(COMMAND, b"x" * 70_000) == 149  # packet too large
        pack.listens("barrier")
        assert len(pack.heard) == 1


def test_a_command_to_a_pack_that_is_away_is_gone(site: Site) -> None:
    with site.joins(LEFT) as pack:
        pack.listens(COMMAND)
    with site.joins(ANNA) as phone:
        assert phone.may_publish(COMMAND)
    with site.joins(LEFT) as pack:
        pack.listens(COMMAND)
        pack.listens("barrier")
        assert pack.heard == []


def test_nothing_is_kept_on_disk(tmp_path: Path) -> None:
    port = free_port()
    files, _ = set_up(tmp_path, "--web-port", str(free_port()), **{"mqtt.port": port})
    store = tmp_path / "store"
    store.mkdir()
    # As Debian's own file has it, before it includes ours.
    debians = f"persistence true\npersistence_location {store}/"
    with Broker(tmp_path, include=files, port=port, extra=debians) as broker:
        with Person(port, LEFT, LEFT[::-1]) as pack:
            assert pack.publishes("heatpack/left/availability", b"online", retain=True) < 128
        broker.restart()
        with Person(port, "phone", "enohp") as phone:
            phone.listens("#")
            phone.listens("barrier")
            assert phone.heard == []
    assert list(store.iterdir()) == []


def test_a_broker_without_certificates_stays_at_home_unless_told(tmp_path: Path) -> None:
    for name, options, everywhere in (("home", (), False), ("open", ("--allow-plaintext",), True)):
        folder = tmp_path / name
        folder.mkdir()
        port, web_port = free_port(), free_port()
        files, _ = set_up(folder, "--web-port", str(web_port), *options, **{"mqtt.port": port})
        with Broker(folder, include=files, port=port) as broker:
            broker.wait_until_listening(web_port)
            with Person(web_port, "phone", "enohp", transport="websockets") as phone:
                assert phone.connected == 0
            connection = http.client.HTTPConnection("127.0.0.1", web_port, timeout=PATIENCE_S)
            connection.request("GET", "/")
            assert b"Heat pad" in connection.getresponse().read()
            connection.close()
            for each in (port, web_port):
                assert bool(addresses_of(each) & {"0.0.0.0", "::"}) is everywhere


def test_a_client_certificate_is_an_account(tmp_path: Path) -> None:
    port, tls_port = free_port(), free_port()
    ca, clients = trustme.CA(), trustme.CA()
    certificate = ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "broker.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "broker.key"))
    clients.cert_pem.write_to_path(str(tmp_path / "clients.pem"))
    shown = [*("--cert", str(tmp_path / "broker.pem")), *("--key", str(tmp_path / "broker.key"))]
    shown += ["--client-ca", str(tmp_path / "clients.pem")]
    ports = ["--tls-port", str(tls_port), "--web-port", str(free_port())]
    files, _ = set_up(tmp_path, *shown, *ports, **{"mqtt.port": port})
    with Broker(tmp_path, include=files, port=port) as broker:
        broker.wait_until_listening(tls_port)
        trust = ssl.create_default_context()
        ca.configure_trust(trust)
        clients.issue_cert("pack", common_name=LEFT).configure_cert(trust)
        with Person(tls_port, tls=trust) as pack:  # no user name, no password
            assert pack.connected == 0
            assert pack.may_publish(STATE)
            assert not pack.may_publish("heatpack/right/state")


# --- a whole pack on it ---------------------------------------------------------------------------


def can_heat(heard: tuple[str, bytes]) -> bool:
    topic, said = heard
    return topic == STATE and said.startswith(b"{") and json.loads(said)["temperature_c"] is not None


def test_a_pack_does_all_it_does_with_its_own_account(tmp_path: Path, site: Site) -> None:
    secret = tmp_path / "password"
    write_secret(secret, LEFT[::-1])
    login = {"mqtt.port": site.broker.port, "mqtt.username": LEFT, "mqtt.password_file": str(secret)}
    with Pack(tmp_path, speed=1, changes={"device.id": "left", **login}) as pack, site.joins(HASS) as home:
        home.listens(DISCOVERY)
        pack.start()
        eventually(lambda: "connected" in pack.said("run"), "the pack is let in")
        assert json.loads(home.hears(DISCOVERY))["device"]["identifiers"]
        with site.joins(ANNA) as phone:
            phone.listens("heatpack/left/#")
            phone.listens("heatpack-reply/#")
            eventually(lambda: any(map(can_heat, phone.heard)), "the guard, and a temperature")
            asks = new_properties(PacketTypes.PUBLISH, ResponseTopic=REPLY, CorrelationData=b"7")
            assert phone.publishes(COMMAND, b"start", properties=asks) < 128
            assert json.loads(phone.hears(REPLY))["accepted"] is True
            assert phone.hears("heatpack/left/availability") == b"online"
        pack.until_heating()
        # A terminal beside the pack uses the pack's own account.
        settings = load(pack.config)
        assert terminal.status(settings, out=io.StringIO()) == line.ACCEPTED
        assert terminal.stop(settings, out=io.StringIO()) == line.ACCEPTED
        pack.until_cold()
        assert "forbid" not in pack.said("run")


async def test_a_pack_with_the_account_of_another_is_told_so(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "password"
    write_secret(secret, RIGHT[::-1])
    mqtt = Mqtt(host="127.0.0.1", port=site.broker.port, username=RIGHT, password_file=secret)
    bridge = Bridge(
        mqtt,
        "left",
        trigger_topic=None,
        on_command=lambda _: None,
        on_trigger=lambda _: None,
        info=InfoMessage(id="left", name="Left", versions={}, limits={}, defaults={}),
        backoff_s=lambda _: 0.05,
    )
    task = asyncio.create_task(bridge.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "forbid" not in caplog.text:
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    where = f"broker 127.0.0.1:{site.broker.port}"
    assert warnings[0] == f"{where}: its access rules forbid publishing to heatpack/left/availability"
