"""Passwords and keys come from files that keep them, or not at all; what is wrong is one sentence."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from config.loader import example
from config.settings import Mqtt
from controller import cli
from controller.mqtt import secrets
from controller.mqtt.secrets import SecretError, load_secrets, secret_problems


def with_password(path: Path) -> Mqtt:
    return Mqtt(username="pad", password_file=path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(0o600)
    return path


# --- the password ---------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["s3cret", "s3cret\n", "s3cret\r\n"])
def test_a_password_is_the_one_line_of_its_file(secret: Path, content: str) -> None:
    secret.write_bytes(content.encode())
    assert load_secrets(with_password(secret)).password == "s3cret"


def test_blanks_belong_to_a_password(secret: Path) -> None:
    secret.write_text("  päss word \n")
    assert load_secrets(with_password(secret)).password == "  päss word "


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_owner_and_group_may_read_it(secret: Path, mode: int) -> None:
    secret.write_text("s3cret")
    secret.chmod(mode)
    assert load_secrets(with_password(secret)).password == "s3cret"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o666, 0o777])
def test_a_password_that_everybody_can_reach_is_not_used(secret: Path, mode: int) -> None:
    secret.write_text("s3cret")
    secret.chmod(mode)
    with pytest.raises(SecretError) as refused:
        load_secrets(with_password(secret))
    assert str(refused.value) == (
        f"mqtt.password_file {secret}: every user of this machine has access to it (mode {mode:04o}); "
        f"chmod 640 {secret}"
    )


def test_the_remedy_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    path = tmp_path / "my password"
    path.write_text("s3cret")
    path.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 640 '"):
        load_secrets(with_password(path))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty; write the password into it"),
        (b"\n", "is empty; write the password into it"),
        (b"one\ntwo\n", "holds more than one line; the password alone is expected"),
        (b"x" * 70_000, "holds more than one line; the password alone is expected"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_what_is_no_password_is_a_sentence(secret: Path, content: bytes, reason: str) -> None:
    secret.write_bytes(content)
    assert list(secret_problems(with_password(secret))) == [f"mqtt.password_file: {secret}: {reason}"]


def test_a_file_of_another_user_is_a_sentence(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(secrets, "open", forbid, raising=False)  # root, who may run this, reads everything
    assert list(secret_problems(with_password(secret))) == [
        f"mqtt.password_file: {secret}: this user may not read it; the controller's user has to"
    ]


# --- certificates ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificates(tmp_path: Path, ca: trustme.CA) -> dict[str, Path]:
    """ca_file, cert_file and key_file that belong together."""
    issued = ca.issue_cert("pad1")
    files = {
        "ca_file": tmp_path / "ca.pem",
        "cert_file": tmp_path / "pad.pem",
        "key_file": tmp_path / "pad.key",
    }
    ca.cert_pem.write_to_path(str(files["ca_file"]))
    issued.cert_chain_pems[0].write_to_path(str(files["cert_file"]))
    files["key_file"].touch(0o600)
    issued.private_key_pem.write_to_path(str(files["key_file"]))
    return files


def problems(files: dict[str, Any]) -> list[str]:
    return list(secret_problems(Mqtt(tls=True, **files)))


def test_without_tls_there_is_no_context() -> None:
    assert load_secrets(Mqtt()).tls is None


def test_the_broker_has_to_prove_who_it_is(certificates: dict[str, Path]) -> None:
    kinds: tuple[dict[str, Any], ...] = ({}, {"ca_file": certificates["ca_file"]}, certificates)
    for files in kinds:
        context = load_secrets(Mqtt(tls=True, **files)).tls
        assert context is not None
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("key", ["ca_file", "cert_file", "key_file"])
def test_a_file_that_is_not_there_is_named(certificates: dict[str, Path], key: str) -> None:
    certificates[key].unlink()
    assert problems(certificates) == [f"mqtt.{key}: {certificates[key]}: No such file or directory"]


def test_a_key_that_everybody_can_reach_is_not_used(certificates: dict[str, Path]) -> None:
    certificates["key_file"].chmod(0o644)
    (problem,) = problems(certificates)
    assert "key_file" in problem
    assert "every user of this machine has access to it (mode 0644); chmod 640" in problem


def test_a_key_of_another_certificate(certificates: dict[str, Path], ca: trustme.CA) -> None:
    ca.issue_cert("pad2").private_key_pem.write_to_path(str(certificates["key_file"]))
    (problem,) = problems(certificates)
    assert problem.endswith("pad.key: is not the key of mqtt.cert_file")


def test_nobody_is_asked_for_a_passphrase(certificates: dict[str, Path], ca: trustme.CA) -> None:
    key = load_pem_private_key(certificates["key_file"].read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    certificates["key_file"].write_bytes(locked)
    (problem,) = problems(certificates)
    assert problem.endswith("has a passphrase, which nobody types for a service; store the key without one")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("ca_file", "holds no certificate in PEM format"),
        ("cert_file", "this file or mqtt.cert_file is not in PEM format"),
        ("key_file", "this file or mqtt.cert_file is not in PEM format"),
    ],
)
def test_what_is_no_certificate_is_a_sentence(certificates: dict[str, Path], key: str, reason: str) -> None:
    certificates[key].write_text("not PEM\n")
    (problem,) = problems(certificates)
    assert reason in problem


# --- check-config ---------------------------------------------------------------------------------


def test_check_config_finds_every_file_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "heatpack.toml"
    mqtt = 'username = "pad"\npassword_file = "absent"\ntls = true\nca_file = "gone.pem"\n'
    config.write_text(example("simulated").replace("[mqtt]\n", f"[mqtt]\n{mqtt}"))
    assert cli.main(["check-config", str(config)]) == 2
    assert capsys.readouterr().err == (
        f"{config}: mqtt.password_file: {tmp_path}/absent: No such file or directory\n"
        f"{config}: mqtt.ca_file: {tmp_path}/gone.pem: No such file or directory\n"
    )


def test_check_config_is_content_with_files_that_can_be_used(
    secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret.write_text("s3cret\n")
    config = secret.parent / "heatpack.toml"
    mqtt = 'username = "pad"\npassword_file = "password"\n'
    config.write_text(example("simulated").replace("[mqtt]\n", f"[mqtt]\n{mqtt}"))
    assert cli.main(["check-config", str(config)]) == 0
    assert "s3cret" not in capsys.readouterr().out
