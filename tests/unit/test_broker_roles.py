"""What ``heatpack broker-config`` refuses and takes for granted. What it allows is tested with mosquitto."""

from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.topics import overlap
from controller import cli
from controller.broker.roles import Account, AccountError, Places, Role, access_list
from tests.support.pack import BASE, toml

PACK = Account(Role.DEVICE, "left", "left")
PLACES = Places("heatpack", "trigger-point/+/session", "homeassistant")


# --- roles ----------------------------------------------------------------------------------------


def test_nothing_is_granted_for_what_is_not_in_use() -> None:
    accounts = [PACK, Account(Role.PHONE, "anna"), Account(Role.TRIGGER, "trigger")]
    text = access_list(accounts, Places("heatpack", None, None))
    assert "trigger-point/" not in text
    assert "homeassistant" not in text
    assert text.endswith("user trigger\n")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "#", "x\ntopic readwrite #", "ä", "x" * 65])
def test_a_name_that_would_become_something_else_in_a_file(name: str) -> None:
    with pytest.raises(AccountError, match="is no user name"):
        access_list([PACK, Account(Role.PHONE, name)], PLACES)


def test_one_name_cannot_have_two_roles() -> None:
    with pytest.raises(AccountError, match="the user left is named twice"):
        access_list([PACK, Account(Role.PHONE, "left")], PLACES)


@pytest.mark.parametrize(
    "topic", ["#", "+/left/command", "heatpack/+/event", "heatpack/#", "homeassistant/#"]
)
def test_a_trigger_topic_that_reaches_into_the_packs_own(topic: str) -> None:
    with pytest.raises(AccountError, match=r"post_session\.topic .* reaches into"):
        access_list([PACK], Places("heatpack", topic, "homeassistant"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/c", False),
        ("a/+", "a/c", True),
        ("a/+", "+/c", True),
        ("+/b", "a/c", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/+/#", "a", False),
        ("a/b", "a", False),
        ("#", "a", True),
        ("a/+/c", "a/b/#", True),
        ("b/#", "a/#", False),
    ],
)
def test_filters_that_overlap(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is expected


filters = st.lists(st.sampled_from("ab+"), min_size=1, max_size=3).flatmap(
    lambda levels: st.sampled_from(["/".join(levels), "/".join([*levels, "#"])])
)
topics = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)


@given(filters, filters, topics)
def test_filters_that_share_a_topic_overlap(one: str, other: str, topic: str) -> None:
    shared = aiomqtt.Topic(topic).matches(one) and aiomqtt.Topic(topic).matches(other)
    assert overlap(one, other) or not shared


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").touch()
    return page


def run(folder: Path, *options: str, **changes: Any) -> int:
    config = folder / "heatpack.toml"
    config.write_text(toml({**BASE, **changes}))
    command = ["broker-config", "--config", str(config), "--page", str(folder / "page"), *options]
    return cli.main(command)


REMOTE = {"mqtt.host": "hub"}
TLS = {"mqtt.tls": True}
SHOWN = ("--cert", "broker.pem", "--key", "broker.key")


@pytest.mark.parametrize(
    ("options", "changes", "sentence"),
    [
        (SHOWN[:2], {}, "--cert and --key come together"),
        (("--client-ca", "ca.pem"), {}, "--client-ca needs them"),
        ((*SHOWN, "--allow-plaintext"), {}, "choose one of the two"),
        ((), TLS, "this pack has mqtt.tls = true; give the broker a certificate"),
        ((), REMOTE, "this pack looks for its broker at hub without TLS"),
        (SHOWN, REMOTE, "this pack looks for its broker at hub without TLS"),
        (("--web-port", "1883"), {}, "ports 1883, 1883: every listener needs its own"),
        ((*SHOWN, "--tls-port", "9001"), {}, "ports 1883, 9001, 9001: every listener needs its own"),
        (SHOWN, {**TLS, "mqtt.port": 1883}, "ports 1883, 9001, 1883: every listener needs its own"),
        (("--page", "/nowhere"), {}, "/nowhere: there is no index.html"),
        (("--role", "phone:demo"), {}, "the user demo is named twice"),
        (("--role", "trigger:gun"), {"post_session.enabled": False}, "such an account may do nothing"),
    ],
)
def test_what_would_not_work_is_a_sentence(
    tmp_path: Path,
    page: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    changes: dict[str, Any],
    sentence: str,
) -> None:
    assert run(tmp_path, *options, **changes) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("heatpack broker-config: ")
    assert sentence in said.err


@pytest.mark.parametrize("role", ["dog:rex", "phone", "phone:", ":anna", "device:Left", "device:a/b"])
def test_what_is_no_role_is_exit_code_2(tmp_path: Path, page: Path, role: str) -> None:
    with pytest.raises(SystemExit) as end:
        run(tmp_path, "--role", role)
    assert end.value.code == 2


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "¹"])
def test_what_is_no_port_is_exit_code_2(tmp_path: Path, page: Path, port: str) -> None:
    with pytest.raises(SystemExit) as end:
        run(tmp_path, f"--web-port={port}")
    assert end.value.code == 2


def test_without_a_folder_it_prints_everything(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 0
    text = capsys.readouterr().out
    for heading in ("/etc/mosquitto/conf.d/heatpack.conf", "/etc/mosquitto/conf.d/heatpack.acl", "then"):
        assert f"# ===== {heading}\n" in text


@pytest.mark.parametrize(
    ("changes", "users"),
    [
        ({}, ["demo", "phone", "homeassistant", "trigger-point"]),
        ({"mqtt.username": "pad7"}, ["pad7", "phone", "homeassistant", "trigger-point"]),
        ({"mqtt.discovery": False, "post_session.enabled": False}, ["demo", "phone"]),
    ],
)
def test_accounts_are_those_that_the_pack_needs(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], users: list[str]
) -> None:
    assert run(tmp_path, **changes) == 0
    text = capsys.readouterr().out
    assert [line.split()[1] for line in text.splitlines() if line.startswith("user ")] == users


def test_with_tls_the_packs_port_has_the_certificate(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *SHOWN, **TLS, **{"mqtt.host": "hub", "mqtt.port": 8884}) == 0
    text = capsys.readouterr().out
    assert f"listener 8884\ncertfile {Path.cwd()}/broker.pem\n" in text
    assert "listener 1883 127.0.0.1\n" in text
    assert "listener 9001\nprotocol websockets\n" in text


def test_what_a_person_changed_in_a_file_is_kept_beside_it(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "conf.d"
    folder.mkdir()
    assert run(tmp_path, "-o", str(folder)) == run(tmp_path, "-o", str(folder)) == 0
    assert {path.name for path in folder.iterdir()} == {"heatpack.conf", "heatpack.acl"}
    (folder / "heatpack.acl").write_text("user mine\n")
    assert run(tmp_path, "-o", str(folder)) == 0
    assert (folder / "heatpack.acl.old").read_text() == "user mine\n"
    assert "user phone" in (folder / "heatpack.acl").read_text()
    assert "are written" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_a_sentence(
    tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "-o", str(tmp_path / "absent")) == 1
    assert capsys.readouterr().err.endswith("absent/heatpack.conf: No such file or directory\n")
