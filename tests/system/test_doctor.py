"""``heatpack doctor`` as a person runs it: real daemons, and a broker with its own opinion."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.broker import Broker
from tests.support.broker_helpers import Phone, write_secret
from tests.support.pack import DEADMAN, ENABLE, HEATER, Pack, eventually

ACCOUNT = ("demo", "secret")


def findings(said: str) -> dict[str, tuple[bool, str]]:
    return {each["topic"]: (each["ok"], each["message"]) for each in json.loads(said)["findings"]}


def test_before_anything_runs(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Pack(tmp_path, broker) as pack:
        done = pack.run("doctor", "--config", str(pack.config))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("\nAll is well.\n")
        assert "OK  sensors " in done.stdout
        assert "without TLS, and lets it speak and listen on its own topics\n" in done.stdout
        assert not pack.edges(HEATER)
        assert not pack.edges(ENABLE)


def test_a_running_guard_is_left_alone(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Pack(tmp_path, broker, speed=1.0) as pack:
        pack.start()
        assert pack.guard is not None
        with Phone(broker) as phone:
            phone.ready()
            before, heard = len(pack.edges(DEADMAN)), len(phone.states)
            done = pack.run("doctor", "--json", "--config", str(pack.config))
            found = findings(done.stdout)
            assert done.returncode == 0
            assert found["pins"] == (True, f"held by the running guard (process {pack.guard.pid})")
            assert found["sensors"][1].endswith("read by the running guard")
            assert found["controller"] == (True, "the pack is online")
            assert "converter" not in found
            # The guard has gone on judging cycles, with the same controller, and the pack has stayed online.
            eventually(lambda: len(pack.edges(DEADMAN)) > before, "the dead-man goes on")
            assert phone.asks("stop")["accepted"]
            assert "offline" not in phone.availability
            assert all(state["guard"] == "ok" for state in phone.states[heard:])


@pytest.mark.parametrize(
    ("rules", "password", "words"),
    [
        ("topic readwrite heatpack/demo/#", "secret", "lets it speak and listen"),
        ("topic read heatpack/#", "secret", "must allow reading and writing heatpack/demo/#"),
        ("topic readwrite heatpack/demo/#", "wrong", "wrong user name or password; the same password"),
    ],
)
def test_what_the_broker_lets_the_account_do(tmp_path: Path, rules: str, password: str, words: str) -> None:
    (tmp_path / "acl").write_text(f"user demo\n{rules}\n")
    (tmp_path / "acl").chmod(0o600)
    write_secret(tmp_path / "password", password)
    changes: dict[str, Any] = {"mqtt.username": "demo", "mqtt.password_file": "password"}
    with (
        Broker(tmp_path, login=ACCOUNT, extra=f"acl_file {tmp_path}/acl") as broker,
        Pack(tmp_path, broker, changes=changes) as pack,
    ):
        done = pack.run("doctor", "--json", "--config", str(pack.config))
        ok, sentence = findings(done.stdout)["broker"]
        assert words in sentence
        assert done.returncode == (0 if ok else 1)


def test_trouble_is_a_list_of_sentences(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/ledger.json").write_text("{")
    with Pack(tmp_path, changes={"hardware.pin_factory": "no_such:Factory"}) as pack:
        done = pack.run("doctor", "--config", str(pack.config))
        problems = [line for line in done.stdout.splitlines() if line.startswith("!!")]
        assert [line.split()[1] for line in problems] == ["pin", "files", "broker"]
        assert done.returncode == 1
        assert "connection refused; start it" in problems[2]


def test_a_bad_configuration_is_exit_code_2(tmp_path: Path) -> None:
    with Pack(tmp_path, changes={"pad.power_w": 99}) as pack:
        done = pack.run("doctor", "--config", str(pack.config))
        assert (done.returncode, done.stdout) == (2, "")
        assert "pad.power_w" in done.stderr
