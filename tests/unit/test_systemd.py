"""The units are valid, and the two users can do what they must and nothing to each other."""

import configparser
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
INSTALLED = "/opt/heatpack/bin/heatpack"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="Debian's package systemd is not installed"
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")


class Unit(configparser.RawConfigParser):
    """A unit file: case matters, # starts a comment."""

    def __init__(self, name: str) -> None:
        super().__init__(interpolation=None, comment_prefixes=("#",))
        self.read_string((SYSTEMD / name).read_text())

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def complaints(folder: Path, change: tuple[str, str] = ("", "")) -> str:
    """Copy the units beside a program that exists here, and return what systemd says about them."""
    program = folder / "heatpack"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copies = []
    for unit in SYSTEMD.glob("*.service"):
        text = unit.read_text()
        assert INSTALLED in text
        copy = folder / unit.name
        copy.write_text(text.replace(INSTALLED, str(program)).replace(*change))
        copies.append(str(copy))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr  # the exit status is 0 for bad units, too


@needs_systemd
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    assert complaints(tmp_path) == ""


@needs_systemd
@pytest.mark.parametrize(
    "change",
    [
        ("WatchdogSec=", "WatchdogSecs="),
        ("After=", "Afterwards="),
        ("UMask=0027", "UMask=rw"),
        ("heatpack run", "gone run"),
    ],
)
def test_systemd_would_complain_about_a_mistake(tmp_path: Path, change: tuple[str, str]) -> None:
    assert complaints(tmp_path, change) != ""


def test_a_hung_guard_is_killed_at_once_and_its_pin_driven_low() -> None:
    guard = Unit("heatpack-guard.service")["Service"]
    assert guard["WatchdogSec"] == "3"
    assert guard["WatchdogSignal"] == "SIGKILL"
    assert guard["ExecStopPost"].startswith(f"{INSTALLED} off ")


def test_the_guard_lives_without_the_controller() -> None:
    unit = Unit("heatpack-guard.service")["Unit"]
    assert not any("heatpack" in value for name, value in unit.items() if name != "Description")


def test_the_controller_outlives_the_guard_to_say_so() -> None:
    unit = Unit("heatpack.service")["Unit"]
    assert unit["Wants"] == "heatpack-guard.service"
    assert "heatpack-guard.service" in unit["After"]
    assert unit.keys().isdisjoint({"Requires", "BindsTo", "PartOf", "Requisite"})


def test_only_the_guard_gets_the_pins() -> None:
    guard, controller = Unit("heatpack-guard.service")["Service"], Unit("heatpack.service")["Service"]
    assert guard["SupplementaryGroups"].split() == ["gpio", "spi"]
    assert "SupplementaryGroups" not in controller
    assert guard["User"] != controller["User"]
    assert guard["Group"] == controller["Group"]


def test_a_bad_configuration_is_not_tried_again() -> None:
    for name in ("heatpack-guard.service", "heatpack.service"):
        service = Unit(name)["Service"]
        assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")


# --- users and folders ----------------------------------------------------------------------------


@pytest.fixture
def system() -> Iterator[Path]:
    """Yield an empty root with the users, groups and folders that an installation has."""
    with tempfile.TemporaryDirectory(prefix="heatpack-") as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "etc").mkdir()
        for tool, options, snippet in (
            ("systemd-sysusers", (), "sysusers.d/heatpack.conf"),
            ("systemd-tmpfiles", ("--create",), "tmpfiles.d/heatpack.conf"),
        ):
            subprocess.run(
                [tool, f"--root={root}", *options, str(SYSTEMD / snippet)], check=True, capture_output=True
            )
        yield root


def act_as(root: Path, user: str, action: str) -> str:
    """Run Python in the state folder as the units' users do. Return the name of its exception, or ''."""
    accounts = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    groups = [line.split(":") for line in (root / "etc/group").read_text().splitlines()]
    uid = next(int(account[2]) for account in accounts if account[0] == user)
    gid = next(int(group[2]) for group in groups if group[0] == "heatpack")
    reader, writer = os.pipe()
    child = os.fork()  # without exec: the other user may not be allowed to read this interpreter
    if child == 0:
        try:
            os.chdir(root / "var/lib/heatpack")
            os.umask(0o027)
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            exec(action, {"os": os, "sqlite3": sqlite3})
        except BaseException as error:
            os.write(writer, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader) as answer:
        return answer.read()


@needs_systemd
@needs_root
def test_a_controller_gone_bad_cannot_take_the_guards_ledger_away(system: Path) -> None:
    write = "open('new', 'w').write('{}'); os.replace('new', 'ledger.json')"
    assert act_as(system, "heatpack-guard", write) == ""

    assert act_as(system, "heatpack", "open('ledger.json').read()") == ""
    assert act_as(system, "heatpack", "os.remove('ledger.json')") == "PermissionError"
    assert act_as(system, "heatpack", "os.rename('ledger.json', 'old.json')") == "PermissionError"
    assert act_as(system, "heatpack", write) == "PermissionError"
    assert act_as(system, "heatpack", "open('ledger.json', 'a')") == "PermissionError"
    assert act_as(system, "heatpack", "os.rename('../heatpack', '../other')") == "PermissionError"

    assert act_as(system, "heatpack-guard", write.replace("new", "newer")) == ""


@needs_systemd
@needs_root
def test_the_controller_keeps_its_log_beside_the_ledger(system: Path) -> None:
    connect = "log = sqlite3.connect('log.db'); log.execute('PRAGMA journal_mode=WAL')\n"
    assert act_as(system, "heatpack", connect + "log.execute('CREATE TABLE samples (x)')") == ""
    assert act_as(system, "heatpack", connect + "log.execute('SELECT * FROM samples')") == ""
    assert act_as(system, "heatpack", "os.remove('log.db')") == ""
