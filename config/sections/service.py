"""[device], [mqtt] and [paths]: who the pack is, and whom it talks to."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config import rules
from config.fields import Section, choice, flag, matching, path, printable, text, whole
from config.problems import refuse

FilePath = Annotated[Path, path()]
Flag = Annotated[bool, flag()]

#: A name or an IPv4 address; or an IPv6 address, which has two colons at least.
_HOST = r"[A-Za-z0-9_.-]{1,253}|(?=.{2,64}$)[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,}(%[A-Za-z0-9]+)?"

#: What a device id matches.
DEVICE_ID = "[a-z0-9][a-z0-9_-]{0,31}"


class Device(Section):
    """``id`` names the pack in topics and files, ``name`` to people."""

    id: Annotated[
        str,
        matching("1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit", DEVICE_ID),
        Field(description='the name in topics and files, such as "neck-pad"'),
    ]
    name: Annotated[str, printable(64)] = "Heat pad"


def _is_base(topic: str) -> bool:
    levels = topic.split("/")
    return topic.isprintable() and len(topic) <= 256 and all(levels) and not set("+#$") & set(topic)


class Mqtt(Section):
    """The broker, and how to prove to it who this is."""

    host: Annotated[
        str,
        matching('a host name or address alone, such as "localhost"', _HOST),
    ] = "localhost"
    port: Annotated[int, whole(1, 65535)] = 1883
    username: Annotated[str, printable(256)] | None = None
    password_file: FilePath | None = None
    tls: Flag = False
    ca_file: FilePath | None = None
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    base_topic: Annotated[
        str,
        text('a topic without "+", "#" and "$", that neither begins nor ends with "/"', _is_base),
    ] = "heatpack"
    discovery: Flag = True
    discovery_prefix: Annotated[
        str,
        text('a topic without "+", "#" and "$", that neither begins nor ends with "/"', _is_base),
    ] = "homeassistant"
    require_presence: Flag = False
    protocol: Annotated[Literal["5", "3.1.1"], choice("5", "3.1.1")] = "5"
    allow_plaintext: Flag = False

    @model_validator(mode="after")
    def _keeps_secrets(self) -> Self:
        refuse("mqtt", rules.secrets_are_safe(self))
        return self


class Paths(Section):
    """Folders: ``state`` outlives a reboot, ``runtime`` holds the socket."""

    state: FilePath = Path("/var/lib/heatpack")
    runtime: FilePath = Path("/run/heatpack")
