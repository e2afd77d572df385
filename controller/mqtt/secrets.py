"""The password and the certificates of ``[mqtt]``: read from files, and only from files that keep them."""

import contextlib
import os
import shlex
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.settings import Mqtt

#: MQTT gives a password a two-byte length. More in the file is not a password.
MAX_PASSWORD_BYTES = 65535


class SecretError(Exception):
    """A password or certificate file cannot be used. The message is a sentence with key and path."""

    def __init__(self, key: str, path: Path | None, reason: object) -> None:
        """``key`` is that of ``[mqtt]``; ``reason`` ends the sentence."""
        super().__init__(f"mqtt.{key} {path}: {reason}")
        self.problem = f"mqtt.{key}: {path}: {reason}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is read from files, anew for every attempt, so that a corrected file heals the connection."""

    password: str | None
    tls: ssl.SSLContext | None


def load_secrets(mqtt: Mqtt) -> Secrets:
    """Read the password and certificates. Blocks on the disk.

    Raises:
        SecretError: a file is missing, open to others, or not what it should be.
    """
    return Secrets(_password(mqtt), _tls(mqtt))


def secret_problems(mqtt: Mqtt) -> Iterator[str]:
    """Yield all that keeps this user from the broker, each as ``key: path: reason``."""
    for read in (_password, _tls):
        try:
            read(mqtt)
        except SecretError as error:
            yield error.problem


def _password(mqtt: Mqtt) -> str | None:
    path = mqtt.password_file
    if path is None:
        return None
    with _naming("password_file", path), open(path, "rb") as file:
        _refuse_if_open_to_others(path, file.fileno())
        password = file.read(MAX_PASSWORD_BYTES + 3).removesuffix(b"\n").removesuffix(b"\r")
        if not password:
            raise ValueError("is empty; write the password into it")
        if len(password) > MAX_PASSWORD_BYTES or b"\n" in password:
            raise ValueError("holds more than one line; the password alone is expected")
        try:
            return password.decode()
        except UnicodeDecodeError:
            raise ValueError("is not UTF-8 text") from None


def _tls(mqtt: Mqtt) -> ssl.SSLContext | None:
    if not mqtt.tls:
        return None
    with _naming("ca_file", mqtt.ca_file):
        context = ssl.create_default_context(cafile=None if mqtt.ca_file is None else str(mqtt.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # Debian's Python leaves it to the system
    if mqtt.cert_file is None or mqtt.key_file is None:
        return context
    with _naming("cert_file", mqtt.cert_file), open(mqtt.cert_file, "rb"):
        pass  # load_cert_chain does not say which of the two is missing
    with _naming("key_file", mqtt.key_file), open(mqtt.key_file, "rb") as file:
        _refuse_if_open_to_others(mqtt.key_file, file.fileno())
        context.load_cert_chain(mqtt.cert_file, mqtt.key_file, password=_passphrase)
    return context


def _passphrase() -> str:
    # Without this OpenSSL would ask on the terminal, and a service would wait for ever.
    raise ValueError("has a passphrase, which nobody types for a service; store the key without one")


def _refuse_if_open_to_others(path: Path, descriptor: int) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & stat.S_IRWXO:
        remedy = f"chmod 640 {shlex.quote(str(path))}"
        raise ValueError(f"every user of this machine has access to it (mode {mode:04o}); {remedy}")


@contextlib.contextmanager
def _naming(key: str, path: Path | None) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        raise SecretError(key, path, _reason(key, error)) from None
    except PermissionError:
        raise SecretError(key, path, "this user may not read it; the controller's user has to") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SecretError(key, path, reason) from None


def _reason(key: str, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "is not the key of mqtt.cert_file"
    if key == "key_file":
        return "this file or mqtt.cert_file is not in PEM format"
    return f"holds no certificate in PEM format ({error.reason or error})"
