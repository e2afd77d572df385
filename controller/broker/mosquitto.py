"""The configuration of a mosquitto for packs, as text with its reasons."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from controller.broker.roles import Account, Role

#: Far above any message of a pack, and far below what fills a small machine.
MAX_PACKET_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the broker shows, and whose client certificates it demands on the MQTT port, if any."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the broker listens.

    Without a certificate everything stays on the broker's machine, unless ``open_plaintext``.
    """

    port: int
    tls_port: int
    web_port: int
    page: Path
    certificate: Certificate | None = None
    open_plaintext: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """The three files, in one folder."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """What mosquitto reads."""
        return self.folder / "heatpack.conf"

    @property
    def access(self) -> Path:
        """Who may do what."""
        return self.folder / "heatpack.acl"

    @property
    def passwords(self) -> Path:
        """Made by mosquitto_passwd."""
        return self.folder / "heatpack.passwords"


def configuration(doors: Doors, files: Files) -> str:
    """Return the text of ``files.configuration``."""
    listeners = "\n\n".join("\n".join(listener) for listener in _listeners(doors))
    return f"""\
# mosquitto for heatpack, written by `heatpack broker-config`.

# --- who may come in, and what for

allow_anonymous false
password_file {files.passwords}
acl_file {files.access}

# --- what is kept

# Nothing on disk: after a power cut an "online" of yesterday would be a lie. Packs tell everything anew
# when they connect. Remove this line if other clients of this broker need what it keeps.
persistence false
# Packs ask for a clean session, so a command to one that is away is never stored and cannot heat later.
# A client that wants its messages kept is forgotten when it was away for an hour.
persistent_client_expiration 1h

# --- how much

# Bytes; whoever sends more is disconnected. A pack itself refuses a command above 4 KiB, and says so.
max_packet_size {MAX_PACKET_BYTES}
# A stop does not wait until there is more to send.
set_tcp_nodelay true

# --- where

{listeners}
"""


def _listeners(doors: Doors) -> Iterator[list[str]]:
    shown = doors.certificate
    if doors.open_plaintext:
        yield [
            "# MQTT without TLS on every network of this machine. WHOEVER LISTENS THERE READS THE PASSWORDS.",
            f"listener {doors.port}",
        ]
    else:
        yield ["# MQTT for this machine only.", f"listener {doors.port} 127.0.0.1"]
    if shown is not None:
        lines = ["# MQTT with TLS.", f"listener {doors.tls_port}", *_shows(shown)]
        if shown.client_ca is not None:
            lines += [
                "# Every client needs a certificate of this authority; the common name is its user name.",
                f"cafile {shown.client_ca}",
                "require_certificate true",
                "use_identity_as_username true",
            ]
        yield lines
    scheme = "http" if shown is None else "https"
    at_home = shown is None and not doors.open_plaintext
    yield [
        f"# The phone page, {scheme}://<this machine>:{doors.web_port}/, and MQTT over WebSockets for it.",
        f"listener {doors.web_port}{' 127.0.0.1' if at_home else ''}",
        # Without it mosquitto 2.0.11 ignores the address and listens everywhere.
        *(["socket_domain ipv4"] if at_home else []),
        "protocol websockets",
        f"http_dir {doors.page}",
        *([] if shown is None else _shows(shown)),
    ]


def _shows(shown: Certificate) -> list[str]:
    return [f"certfile {shown.certificate}", f"keyfile {shown.key}"]


def steps(accounts: Iterable[Account], files: Files) -> str:
    """Return what is left to do, as a shell script."""
    passwords, access = (shlex.quote(str(path)) for path in (files.passwords, files.access))
    named = [f"mosquitto_passwd {passwords} {account.user}  # {_purpose(account)}" for account in accounts]
    return "\n".join(
        [
            "# As root where mosquitto runs. mosquitto_passwd asks for a password, twice.",
            f"touch {passwords}",
            f"chown mosquitto:mosquitto {passwords} {access}",
            f"chmod 600 {passwords} {access}",
            *named,
            "systemctl restart mosquitto",
            "",
        ]
    )


def _purpose(account: Account) -> str:
    if account.role is Role.DEVICE:
        return f"the pack {account.device}: the same into its mqtt.password_file"
    return str(account.role)
