"""The units are valid and shut in, and the two users can do what they must and nothing to each other."""

import configparser
import os
import re
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
    """A unit file: case matters, # starts a comment. Of a key given twice the last one counts here."""

    def __init__(self, name: str) -> None:
        super().__init__(interpolation=None, comment_prefixes=("#",), strict=False)
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


@needs_systemd
@pytest.mark.parametrize(
    ("unit", "most"),
    [("heatpack-guard", 1.5), ("heatpack-guard@", 1.5), ("heatpack", 2.0), ("heatpack@", 2.0)],
)
def test_little_is_exposed(unit: str, most: float) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(SYSTEMD / f"{unit}.service")],
        capture_output=True,
        text=True,
        check=True,
    )
    [exposure] = re.findall(r"Overall exposure level for .+: ([\d.]+)", done.stdout)
    assert float(exposure) <= most, done.stdout


def settings_of(name: str) -> list[str]:
    lines = (SYSTEMD / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_templates_are_the_units_but_for_the_names_of_a_pad(tmp_path: Path) -> None:
    subprocess.run([SYSTEMD / "templates", tmp_path], check=True)
    for name in ("heatpack", "heatpack-guard"):
        kept, fresh = SYSTEMD / f"{name}@.service", tmp_path / f"{name}@.service"
        assert kept.read_text() == fresh.read_text(), "run systemd/templates"
        unnamed = [
            re.sub("[-@]%i|, pad %i", "", line).replace("%i", "heatpack") for line in settings_of(kept.name)
        ]
        assert unnamed == settings_of(f"{name}.service")


def test_two_pads_share_no_file_folder_or_socket() -> None:
    for name in ("heatpack", "heatpack-guard"):
        for line in settings_of(f"{name}@.service"):
            for path in re.findall(r"(?:/etc|/var/lib|%t)/heatpack\S*|Directory=heatpack.*", line):
                assert "%i" in path, line


def test_the_pin_that_is_driven_low_is_the_one_that_was_heated_with() -> None:
    guard = Unit("heatpack-guard.service")["Service"]
    in_force = guard["ExecStartPre"].split()[-1]
    assert in_force == "%t/heatpack/in-force.toml"
    assert guard["ExecStopPost"].endswith(f"--config {in_force}")
    assert guard["RuntimeDirectoryPreserve"] == "restart"


def test_a_unit_that_crashes_again_and_again_stays_down() -> None:
    for name in ("heatpack-guard.service", "heatpack.service"):
        unit, service = Unit(name)["Unit"], Unit(name)["Service"]
        tries, within_s = int(unit["StartLimitBurst"]), float(unit["StartLimitIntervalSec"])
        slowest_s = tries * (float(service["RestartSec"]) + 20)  # on the slowest machine
        assert slowest_s <= within_s, "the limit would never be reached"


def test_the_guard_has_no_network() -> None:
    guard = Unit("heatpack-guard.service")["Service"]
    shut = {"PrivateNetwork": "yes", "RestrictAddressFamilies": "AF_UNIX", "IPAddressDeny": "any"}
    assert {key: guard[key] for key in shut} == shut


def test_the_controller_is_killed_before_the_guard_when_memory_is_short() -> None:
    guard, controller = Unit("heatpack-guard.service")["Service"], Unit("heatpack.service")["Service"]
    assert int(guard["OOMScoreAdjust"]) < 0 < int(controller["OOMScoreAdjust"])


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
    allowed = [line for line in settings_of("heatpack-guard.service") if line.startswith("DeviceAllow=")]
    assert allowed == ["DeviceAllow=char-gpiochip rw", "DeviceAllow=char-spi rw"]
    assert guard["DevicePolicy"] == controller["DevicePolicy"] == "closed"
    assert "DeviceAllow" not in controller
    assert guard["User"] != controller["User"]
    assert guard["Group"] == controller["Group"]


def test_a_bad_configuration_is_not_tried_again() -> None:
    for name in ("heatpack-guard.service", "heatpack.service"):
        service = Unit(name)["Service"]
        assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")


# --- users and folders ----------------------------------------------------------------------------


@pytest.fixture
def system() -> Iterator[Path]:
    """Yield an empty root with the users, groups and folders that an installation has.

    The state folder is one that a backup has brought back, as root's.
    """
    with tempfile.TemporaryDirectory(prefix="heatpack-") as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "etc").mkdir()
        (root / "var/lib/heatpack").mkdir(parents=True)
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
def test_the_folder_is_the_one_that_the_guards_unit_makes(system: Path) -> None:
    folder = (system / "var/lib/heatpack").stat()
    guard = Unit("heatpack-guard.service")["Service"]
    assert guard["StateDirectory"] == "heatpack"
    assert f"{folder.st_mode & 0o7777:o}" == guard["StateDirectoryMode"]


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
