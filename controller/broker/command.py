"""``heatpack broker-config``: prints the files of a broker for packs, or writes them."""

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.rules import LOCAL_HOSTS
from config.sections.service import DEVICE_ID
from config.settings import Mqtt, Settings
from controller.broker.mosquitto import Certificate, Doors, Files, configuration, steps
from controller.broker.roles import Account, AccountError, Places, Role, access_list

EXIT_UNWRITABLE: Final = 1
EXIT_REFUSED: Final = 2
#: Debian's mosquitto reads what is in here and ends in ".conf".
DEBIAN = Path("/etc/mosquitto/conf.d")
PAGE = Path(__file__).parents[1] / "phone"
PLAIN_PORT, TLS_PORT, WEB_PORT = 1883, 8883, 9001


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of the command line."""

    roles: tuple[tuple[Role, str], ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    open_plaintext: bool = False
    tls_port: int | None = None
    web_port: int = WEB_PORT
    page: Path = PAGE
    output: Path | None = None


def role_and_name(text: str) -> tuple[Role, str]:
    """Read ``ROLE:NAME``, for argparse."""
    role, _, name = text.partition(":")
    if role not in list(Role) or not name:
        known = ", ".join(Role)
        raise argparse.ArgumentTypeError(f"{text} is not ROLE:NAME with a role of {known}")
    if role == Role.DEVICE and not re.fullmatch(DEVICE_ID, name):
        raise argparse.ArgumentTypeError(f"{name} is no device id")
    return Role(role), name


def broker_config(settings: Settings, wishes: Wishes) -> int:
    """Print the files, or write them and print what is left to do; return the exit code."""
    files = Files(DEBIAN if wishes.output is None else wishes.output.absolute())
    try:
        accounts = accounts_of(settings, wishes.roles)
        access = access_list(accounts, places_of(settings))
        text = configuration(doors_of(settings.mqtt, wishes), files)
    except AccountError as error:
        print(f"heatpack broker-config: {error}", file=sys.stderr)
        return EXIT_REFUSED
    left = steps(accounts, files)
    if wishes.output is None:
        for path, content in ((files.configuration, text), (files.access, access)):
            print(f"# ===== {path}\n\n{content}")
        print(f"# ===== then\n\n{left}", end="")
        return 0
    try:
        _write(files.configuration, text)
        _write(files.access, access)
    except OSError as error:
        print(f"heatpack broker-config: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_UNWRITABLE
    print(f"# {files.configuration} and {files.access} are written.\n{left}", end="")
    return 0


def accounts_of(settings: Settings, roles: Iterable[tuple[Role, str]]) -> tuple[Account, ...]:
    """Return the accounts that were asked for, and for each role that was not, what this pack needs.

    Raises:
        AccountError: an account would have no right at all.
    """
    own = settings.device.id
    roles = tuple(roles)
    if not settings.post_session.enabled and any(role is Role.TRIGGER for role, _ in roles):
        raise AccountError(
            "--role trigger: with post_session.enabled = false such an account may do nothing; "
            "set it to true, or leave the role out"
        )
    names: dict[Role, list[str]] = {role: [name for asked, name in roles if asked is role] for role in Role}
    names[Role.DEVICE] = names[Role.DEVICE] or [own]
    names[Role.PHONE] = names[Role.PHONE] or ["phone"]
    if settings.mqtt.discovery:
        names[Role.HOME_ASSISTANT] = names[Role.HOME_ASSISTANT] or ["homeassistant"]
    if settings.post_session.enabled:
        names[Role.TRIGGER] = names[Role.TRIGGER] or ["trigger-point"]

    def account(role: Role, name: str) -> Account:
        if role is not Role.DEVICE:
            return Account(role, name)
        return Account(role, (settings.mqtt.username or name) if name == own else name, name)

    return tuple(account(role, name) for role in Role for name in names[role])


def places_of(settings: Settings) -> Places:
    """Return the topics that are in use."""
    mqtt, post = settings.mqtt, settings.post_session
    return Places(
        base=mqtt.base_topic,
        trigger=post.topic if post.enabled else None,
        discovery=mqtt.discovery_prefix if mqtt.discovery else None,
    )


def doors_of(mqtt: Mqtt, wishes: Wishes) -> Doors:
    """Return where to listen.

    Raises:
        AccountError: the options contradict each other, or this pack could not get in.
    """
    shown = None
    if wishes.certificate is not None and wishes.key is not None:
        client_ca = None if wishes.client_ca is None else wishes.client_ca.absolute()
        shown = Certificate(wishes.certificate.absolute(), wishes.key.absolute(), client_ca)
    elif wishes.certificate or wishes.key or wishes.client_ca:
        raise AccountError("--cert and --key come together, and --client-ca needs them")
    if shown is not None and wishes.open_plaintext:
        raise AccountError("--allow-plaintext is for a broker without --cert; choose one of the two")
    if mqtt.tls and shown is None:
        raise AccountError(
            "this pack has mqtt.tls = true; give the broker a certificate with --cert and --key"
        )
    if not mqtt.tls and mqtt.host not in LOCAL_HOSTS and not wishes.open_plaintext:
        raise AccountError(
            f"this pack looks for its broker at {mqtt.host} without TLS, where it would listen on its own "
            "machine only; set mqtt.tls = true and give --cert and --key, or accept it with --allow-plaintext"
        )
    if not (wishes.page / "index.html").is_file():
        raise AccountError(
            f"{wishes.page}: there is no index.html; --page names the folder of the phone page"
        )
    plain = PLAIN_PORT if mqtt.tls else mqtt.port
    tls = wishes.tls_port or (mqtt.port if mqtt.tls else TLS_PORT)
    used = [plain, wishes.web_port, *([] if shown is None else [tls])]
    if len(set(used)) < len(used):
        raise AccountError(f"ports {', '.join(map(str, used))}: every listener needs its own")
    return Doors(plain, tls, wishes.web_port, wishes.page.absolute(), shown, wishes.open_plaintext)


def _write(path: Path, content: str) -> None:
    """Write a file; what a person may have changed in it stays beside it."""
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") != content:
        path.replace(path.with_name(f"{path.name}.old"))
    path.write_text(content, encoding="utf-8")
