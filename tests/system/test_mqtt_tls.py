"""TLS against a real mosquitto: the right certificate connects, a wrong one is a sentence."""

import asyncio
import contextlib
import datetime
import gc
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import pytest
import trustme

from config.settings import Mqtt
from controller.mqtt.connection import TIMEOUT_S, connected, explain, load_secrets, new_client
from tests.support.broker import Broker, debian
from tests.support.starved import Stopwatch

HOST = "127.0.0.1"
DAY = datetime.timedelta(days=1)

# paho leaves a socket whose TLS handshake failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collect() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


def today() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def store(certificate: trustme.LeafCert, folder: Path, name: str) -> tuple[Path, Path]:
    """Return the files of a certificate and its key."""
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    files[1].touch(0o600)
    certificate.private_key_pem.write_to_path(str(files[1]))
    return files


def trusted(ca: trustme.CA, folder: Path, name: str = "ca") -> Path:
    path = folder / f"{name}.pem"
    ca.cert_pem.write_to_path(str(path))
    return path


def tls_broker(folder: Path, certificate: trustme.LeafCert, extra: str = "") -> Broker:
    files = store(certificate, folder, "broker")
    return Broker(folder, extra=f"certfile {files[0]}\nkeyfile {files[1]}\n{extra}")


async def attempt(mqtt: Mqtt) -> str:
    """Connect, publish something, and return what a person is told."""
    try:
        client = new_client(mqtt, load_secrets(mqtt), "pad1")
        async with connected(client):
            await client.publish("heatpack/pad1/state", b"{}", 1)
    except (aiomqtt.MqttError, OSError) as error:
        return explain(error, mqtt).removeprefix(f"broker {mqtt.host}:{mqtt.port}: ")
    return "connected"


async def test_the_right_certificate_connects_and_nothing_is_in_the_clear(
    tmp_path: Path, ca: trustme.CA
) -> None:
    with tls_broker(tmp_path, ca.issue_cert(HOST)) as broker:
        mqtt = Mqtt(host=HOST, port=broker.port, tls=True, ca_file=trusted(ca, tmp_path))
        assert await attempt(mqtt) == "connected"
        without = Mqtt(host=HOST, port=broker.port)
        assert await attempt(without) == (
            "it closed the connection without an answer; this port may want tls = true"
        )


async def test_the_commands_of_the_documentation_make_certificates_that_hold(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "broker.md").read_text()
    block = next(block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "ca.key" in block)
    commands = block.replace("192.168.1.10", HOST)
    debian("openssl")
    subprocess.run(["sh", "-e", "-c", commands], cwd=tmp_path, check=True, capture_output=True)
    shown = f"certfile {tmp_path}/broker.pem\nkeyfile {tmp_path}/broker.key"
    with Broker(tmp_path, extra=shown) as broker:
        mqtt = Mqtt(host=HOST, port=broker.port, tls=True, ca_file=tmp_path / "ca.pem")
        assert await attempt(mqtt) == "connected"
        strict = load_secrets(mqtt)
        assert strict.tls is not None
        strict.tls.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
        async with connected(new_client(mqtt, strict, "pad1")):
            pass


async def test_a_certificate_of_an_unknown_authority(tmp_path: Path, ca: trustme.CA) -> None:
    with tls_broker(tmp_path, ca.issue_cert(HOST)) as broker:
        for ca_file in (trusted(trustme.CA(), tmp_path, "other"), None):
            mqtt = Mqtt(host=HOST, port=broker.port, tls=True, ca_file=ca_file)
            assert await attempt(mqtt) == (
                "its certificate is not trusted (unable to get local issuer certificate); "
                "mqtt.ca_file says whose to trust"
            )


async def test_a_certificate_of_another_time_or_name(tmp_path: Path, ca: trustme.CA) -> None:
    now = today()
    wrong = {
        "its certificate has expired, or this machine's clock is wrong": ca.issue_cert(
            HOST, not_before=now - 2 * DAY, not_after=now - DAY
        ),
        "its certificate is not valid yet, or this machine's clock is wrong": ca.issue_cert(
            HOST, not_before=now + DAY
        ),
        "its certificate is for another name "
        f"(IP address mismatch, certificate is not valid for '{HOST}')": ca.issue_cert("hub.example"),
    }
    ca_file = trusted(ca, tmp_path)
    for sentence, certificate in wrong.items():
        with tls_broker(tmp_path, certificate) as broker:
            mqtt = Mqtt(host=HOST, port=broker.port, tls=True, ca_file=ca_file)
            assert await attempt(mqtt) == sentence


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_client_certificate_is_shown_and_judged(
    tmp_path: Path, ca: trustme.CA, protocol: str
) -> None:
    ca_file = trusted(ca, tmp_path)
    demands = f"cafile {ca_file}\nrequire_certificate true\nuse_identity_as_username true"
    with tls_broker(tmp_path, ca.issue_cert(HOST), demands) as broker:

        def shown(*files: Path) -> Mqtt:
            pair = dict(zip(("cert_file", "key_file"), files, strict=False))
            values = {
                "host": HOST,
                "port": broker.port,
                "tls": True,
                "ca_file": ca_file,
                "protocol": protocol,
            }
            return Mqtt.model_validate(values | pair)

        mine = store(ca.issue_cert("pad1", common_name="pad1"), tmp_path, "pad1")
        assert await attempt(shown(*mine)) == "connected"
        assert "u'pad1'" in broker.log()  # the certificate's name is the user's

        assert await attempt(shown()) == (
            "it closed the connection without an answer; it may want a client certificate, cert_file"
        )
        strange = store(trustme.CA().issue_cert("pad1", common_name="pad1"), tmp_path, "strange")
        assert await attempt(shown(*strange)) == (
            "it closed the connection without an answer; it may not trust the client certificate"
        )


async def test_leaving_a_broker_that_never_answers_does_not_wait_for_it(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        broker.freeze()
        task = asyncio.create_task(attempt(Mqtt(host=HOST, port=broker.port)))
        await asyncio.sleep(0.2)
        task.cancel()
        watch = Stopwatch()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert watch.at_s() < 1.0 < TIMEOUT_S / 2  # far below the patience with the broker
        broker.thaw()
