"""`heatpack broker-config`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from controller.commands.common import EXIT_CONFIG, Add, settings_of

if TYPE_CHECKING:
    from controller.broker.roles import Role


def add_commands(add: Add) -> None:
    """Add it."""
    command = add(
        "broker-config",
        _broker_config,
        "print a mosquitto configuration with a role for everybody",
        "broker-config --role phone:anna --role phone:ben -o /etc/mosquitto/conf.d",
    )
    command.add_argument(
        "--role",
        action="append",
        default=[],
        type=_role,
        metavar="ROLE:NAME",
        help="an account: device, phone, home-assistant or trigger, and its user name; may be repeated",
    )
    command.add_argument("--cert", type=Path, metavar="F", help="the broker's certificate (PEM); needs --key")
    command.add_argument("--key", type=Path, metavar="F", help="its key")
    command.add_argument(
        "--client-ca", type=Path, metavar="F", help="demand client certificates of this authority"
    )
    command.add_argument(
        "--allow-plaintext",
        action="store_true",
        help="listen on the network without TLS: passwords can be read",
    )
    command.add_argument("--tls-port", type=_port, metavar="N", help="MQTT with TLS (default: 8883)")
    command.add_argument(
        "--web-port", type=_port, metavar="N", default=9001, help="page and WebSockets (default: %(default)s)"
    )
    command.add_argument("--page", type=Path, metavar="DIR", help="the phone page (default: the shipped one)")
    command.add_argument("-o", dest="output", type=Path, metavar="DIR", help="write the files there")


def _broker_config(options: argparse.Namespace) -> int:
    settings = settings_of(options.config)
    if settings is None:
        return EXIT_CONFIG
    from controller.broker.command import PAGE, Wishes, broker_config

    wishes = Wishes(
        roles=tuple(options.role),
        certificate=options.cert,
        key=options.key,
        client_ca=options.client_ca,
        open_plaintext=options.allow_plaintext,
        tls_port=options.tls_port,
        web_port=options.web_port,
        page=options.page or PAGE,
        output=options.output,
    )
    return broker_config(settings, wishes)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; 1 to 65535 is allowed")
    return int(text)


def _role(text: str) -> "tuple[Role, str]":
    from controller.broker.command import role_and_name

    return role_and_name(text)
