"""``heatpack fleet`` against a real mosquitto: as a person sees it, and as a program reads it."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker
from tests.support.broker_helpers import mosquitto_pub
from tests.support.pack import PATIENCE_S, Pack, eventually
from tests.unit.test_fleet_table import HOLDING, IDLE


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that knows two packs, and some rubbish."""
    with Broker(tmp_path) as broker:
        told = {
            "heatpack/left/availability": "online",
            "heatpack/left/state": json.dumps(HOLDING),
            "heatpack/right/availability": "offline",
            "heatpack/right/state": json.dumps(IDLE),
            "heatpack/evil/state": '{"v":1,"phase":',
            "heatpack/E V I L/availability": "online",
        }
        for topic, payload in told.items():
            mosquitto_pub(broker, topic, payload, "-r")
        yield broker


@pytest.fixture
def pack(tmp_path: Path, broker: Broker) -> Iterator[Pack]:
    """A configuration for that broker; nothing of it runs."""
    with Pack(tmp_path, broker) as pack:
        yield pack


def test_once_for_people_and_for_programs(pack: Pack) -> None:
    shown = pack.run("fleet", "--once", "--config", str(pack.config))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["device", "left", "right"]
    told = pack.run("fleet", "--once", "--json", "--config", str(pack.config))
    left, right = sorted(json.loads(told.stdout), key=lambda each: str(each["id"]))
    assert (left["online"], left["state"]["phase"]) == (True, "holding")
    assert (right["online"], right["name"]) == (False, "")


def test_live_on_a_terminal_until_ctrl_c(pack: Pack, broker: Broker) -> None:
    master, slave = pty.openpty()
    seen = bytearray()

    def shows(word: str) -> bool:
        seen.extend(os.read(master, 65536))
        return word.encode() in seen

    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 110, 0, 0))
    environment = pack.environment() | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        pack.command("fleet", "--config", str(pack.config)), stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    try:
        eventually(lambda: shows("2 packs · 1 online · 1 heating"), "the table")
        mosquitto_pub(broker, "heatpack/left/state", json.dumps(IDLE), "-r")
        eventually(lambda: shows("2 packs · 1 online · 0 heating"), "the table changes in place")
        assert b"\x1b[2A" in seen or b"\x1b[3A" in seen
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert b"Traceback" not in seen


def test_no_broker_and_no_pack(tmp_path: Path) -> None:
    with Pack(tmp_path) as pack:
        nobody = pack.run("fleet", "--once", "--config", str(pack.config))
        assert nobody.returncode == 3
        assert nobody.stdout.endswith("connection refused\n")
    with Broker(tmp_path) as broker, Pack(tmp_path, broker) as pack:
        empty = pack.run("fleet", "--once", "--config", str(pack.config))
        assert empty.returncode == 3
        assert empty.stdout == f"Broker 127.0.0.1:{broker.port} knows no pack below heatpack/\n"
