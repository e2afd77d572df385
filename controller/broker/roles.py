"""Who may do what on the broker. What is not granted here, mosquitto denies."""

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from config.topics import overlap


class Role(enum.StrEnum):
    """What somebody is to the packs."""

    DEVICE = "device"
    PHONE = "phone"
    HOME_ASSISTANT = "home-assistant"
    TRIGGER = "trigger"


MEANING = {
    Role.DEVICE: "a pack: its own topics, and nobody else's",
    Role.PHONE: "a person: commands to the packs above, and reading what packs say",
    Role.HOME_ASSISTANT: "Home Assistant: as a phone, and its own discovery topics",
    Role.TRIGGER: "a trigger-point device: the end of its own sessions, nothing else",
}


class Account(NamedTuple):
    """One user of the broker. ``device`` is the id of a pack, for that role."""

    role: Role
    user: str
    device: str = ""


class Grant(NamedTuple):
    """One line of the access list."""

    access: Literal["read", "write", "readwrite"]
    topic: str


@dataclass(frozen=True, slots=True)
class Places:
    """The topics that all packs of a broker share. ``trigger`` and ``discovery`` may not be in use."""

    base: str
    trigger: str | None
    discovery: str | None

    @property
    def reply(self) -> str:
        """Below this a phone may ask a pack to answer (MQTT 5 response topics)."""
        return f"{self.base}-reply"


class AccountError(Exception):
    """Accounts that cannot be told apart, or would open more than they say. The message is a sentence."""


def grants(account: Account, packs: Iterable[str], places: Places) -> Iterator[Grant]:
    """Yield what one account may do. ``packs`` are the ids of all packs."""
    base, trigger, discovery = places.base, places.trigger, places.discovery
    match account.role:
        case Role.DEVICE:
            # Its own command topic too: `heatpack start` on its machine uses the same account.
            yield Grant("readwrite", f"{base}/{account.device}/#")
            yield Grant("write", f"{places.reply}/#")
            if trigger is not None:
                yield Grant("read", trigger)
            if discovery is not None:
                yield Grant("write", f"{discovery}/device/{account.device}/config")
                yield Grant("read", f"{discovery}/status")
        case Role.PHONE | Role.HOME_ASSISTANT:
            yield Grant("read", f"{base}/#")
            yield Grant("read", f"{places.reply}/#")
            for pack in packs:
                yield Grant("write", f"{base}/{pack}/command")
            if trigger is not None:
                yield Grant("readwrite", trigger)
            if account.role is Role.HOME_ASSISTANT and discovery is not None:
                yield Grant("readwrite", f"{discovery}/#")
        case Role.TRIGGER:
            if trigger is not None:
                yield Grant("write", trigger)


def access_list(accounts: Iterable[Account], places: Places) -> str:
    """Return the access list of mosquitto.

    Raises:
        AccountError: see ``refuse_confusion``.
    """
    accounts = tuple(accounts)
    refuse_confusion(accounts, places)
    packs = [account.device for account in accounts if account.role is Role.DEVICE]
    lines = [
        "# Who may do what, written by `heatpack broker-config`. What is not granted here is denied.",
        "# mosquitto reads this file again at `systemctl reload mosquitto`.",
    ]
    for account in accounts:
        lines += ["", f"# {MEANING[account.role]}", f"user {account.user}"]
        lines += [f"topic {grant.access} {grant.topic}" for grant in grants(account, packs, places)]
    return "\n".join(lines) + "\n"


def refuse_confusion(accounts: Iterable[Account], places: Places) -> None:
    """Refuse what would grant more than it says.

    Raises:
        AccountError: one name for two accounts, a name that a password file cannot hold, or a topic of
            the trigger that reaches into the packs' own.
    """
    seen: set[str] = set()
    for account in accounts:
        if not re.fullmatch(r"[A-Za-z0-9_.@-]{1,64}", account.user):
            raise AccountError(f'"{account.user}" is no user name: use 1 to 64 letters, digits and _ . @ -')
        if account.user in seen:
            raise AccountError(f"the user {account.user} is named twice; every account has one role")
        seen.add(account.user)
    for own in (f"{places.base}/#", f"{places.discovery}/#"):
        if places.trigger is not None and overlap(places.trigger, own):
            raise AccountError(
                f"post_session.topic {places.trigger} reaches into {own}: who may publish a trigger could "
                "speak for a pack"
            )
