"""Judges the pack's own files and its line to the broker: facts to findings. Pure."""

import shlex
from collections.abc import Iterator

from config.settings import Settings
from controller.doctor.facts import Facts, Files
from controller.doctor.finding import Finding, bad, good
from hardware.wiring.facts import LedgerLook


def check_files(settings: Settings, facts: Facts, ledger: LedgerLook) -> Iterator[Finding]:
    """Judge who may do what with ledger, log and password."""
    files = facts.files
    problems = [*_open_to_others(files), *(bad("password", sentence) for sentence in facts.secrets)]
    if files.hidden:
        group = "heatpack" if files.state is None else files.state.group
        problems.append(
            bad(
                "files",
                f"{settings.paths.state} and {settings.paths.runtime} are not {facts.user}'s to look into: "
                f"run this with sudo, or as a member of the group {group}",
            )
        )
    elif ledger.error is not None:
        problems.append(_ledger_problem(settings, facts, ledger.error))
    yield from problems
    if not problems:
        yield good("files", _described(settings, files))


def _open_to_others(files: Files) -> Iterator[Finding]:
    for node in (files.state, files.runtime, files.ledger, files.log):
        if node is not None and node.mode & 0o002:
            yield bad(
                "files",
                f"{node.path} can be written by every user of this machine (mode {node.mode:04o}): "
                f"chmod o-w {shlex.quote(node.path)}",
            )
    if files.ledger is not None and files.ledger.mode & 0o020:
        yield bad(
            "files",
            f"{files.ledger.path} can be written by the group {files.ledger.group}, the controller's too: "
            f"chmod g-w {shlex.quote(files.ledger.path)}",
        )


def _ledger_problem(settings: Settings, facts: Facts, error: str) -> Finding:
    path = settings.paths.state / "ledger.json"
    if facts.files.ledger is None or facts.files.ledger.writable or facts.is_root:
        return bad(
            "files", f"{path} {error}: the guard keeps it aside and stays latched until `heatpack reset`"
        )
    return bad(
        "files", f"{path} {error}: run this with sudo, or as a member of the group {facts.files.ledger.group}"
    )


def _described(settings: Settings, files: Files) -> str:
    if files.state is None:
        return f"{settings.paths.state} is not there yet; the guard makes it"
    state = files.state
    kept = [name for name, node in (("ledger", files.ledger), ("log", files.log)) if node is not None]
    return (
        f"{state.path} is {state.owner}'s (mode {state.mode:04o}), with {' and '.join(kept) or 'nothing yet'}"
    )


def check_broker(settings: Settings, facts: Facts) -> Iterator[Finding]:
    """Judge the connection, what the account may do there, and whether the pack is on it."""
    mqtt, broker = settings.mqtt, facts.broker
    if broker.error is not None:
        yield bad("broker", f"{broker.error}{_broker_remedy(broker.error)}")
        return
    how = "with TLS" if mqtt.tls else "without TLS"
    where = f"broker {mqtt.host}:{mqtt.port} takes {mqtt.username or 'this pack without a name'} {how}"
    if not broker.echoed:
        own = f"{mqtt.base_topic}/{settings.device.id}/#"
        yield bad(
            "broker",
            f"{where}, but a message on this pack's own topics did not come back: its access list must allow "
            f"reading and writing {own}; `heatpack broker-config` prints one",
        )
    else:
        yield good("broker", f"{where}, and lets it speak and listen on its own topics")
    if broker.available == "online":
        yield good("controller", "the pack is online")
    elif facts.services is not None and facts.services.controller is not None:
        yield bad("controller", "the pack is not on the broker: `journalctl -u heatpack` says why")
    else:
        yield good("controller", "not running, as far as the broker knows")


def _broker_remedy(error: str) -> str:
    if error.endswith("connection refused"):
        return "; start it (`systemctl start mosquitto`), or correct mqtt.host and mqtt.port"
    if error.endswith("no such host"):
        return "; correct mqtt.host"
    if error.endswith("wrong user name or password"):
        return "; the same password belongs into mqtt.password_file and, by mosquitto_passwd, to the broker"
    return ""
