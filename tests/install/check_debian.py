"""A newcomer's path on bare Debian, in order: each test goes on where the one before has left the system.

Not part of the test suite: it downloads a Debian. `./dev install-check` runs it.
"""

import os
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep

import pytest

from tests.support.broker import free_port
from tests.support.debian import ROOT, SUITES, Debian, debian

INSTALL = "/root/heatpack/systemd/install"
WHEELS, NEWER = "/root/wheels", "/root/newer"
TAKEN = "/root/simulated.toml"
CONFIGURATION = "/etc/heatpack/heatpack.toml"
STATE = "/var/lib/heatpack"
PATIENCE_S = 60.0


@pytest.fixture(scope="module", params=SUITES)
def system(request: pytest.FixtureRequest) -> Iterator[Debian]:
    with debian(request.param) as fresh:
        shutil.copytree(ROOT / "build/deb/wheels", fresh.path(WHEELS))
        shutil.copytree(ROOT / "build/deb/wheels", fresh.path(NEWER))
        [release] = fresh.path(NEWER).glob("heatpack-*.whl")
        with zipfile.ZipFile(release, "a") as wheel:
            wheel.comment = b"other bytes: another release"
        yield fresh


def everything(system: Debian) -> dict[str, str]:
    return system.digest("/")


def release(system: Debian) -> str:
    return os.readlink(system.path("/opt/heatpack"))


def simulated(**changes: str) -> str:
    """Return the shipped example for a pad that needs no hardware, where an installation keeps its files."""
    text = (ROOT / "config/examples/simulated.toml").read_text()
    for old, new in {
        'state = "heatpack-state"': f'state = "{STATE}"',
        'runtime = "heatpack-run"': 'runtime = "/run/heatpack"',
        **changes,
    }.items():
        assert old in text
        text = text.replace(old, new)
    return text


# --- the first installation ---------------------------------------------------------------------------


def test_a_dry_run_tells_everything_and_changes_nothing(system: Debian) -> None:
    before = everything(system)
    said = system.run(INSTALL, "--dry-run", "--wheels", WHEELS)
    assert everything(system) == before
    assert all(line.startswith(("heatpack: would ", "heatpack: left", "  ")) for line in said.splitlines())
    for what in ("mosquitto", "heatpack-guard.service", "Python environment", "users", "password"):
        assert what in said


def test_without_root_it_says_so(system: Debian) -> None:
    shutil.copytree(system.path("/root/heatpack/systemd"), system.path("/tmp/systemd"))
    said = system.run("/tmp/systemd/install", user="nobody", check=False)
    assert said.startswith("heatpack: this changes the system: run it with sudo")
    shutil.rmtree(system.path("/tmp/systemd"))


def test_one_command_installs_it(system: Debian) -> None:
    said = system.run(INSTALL, "--wheels", WHEELS)
    assert "left to do:" in said
    assert system.run("heatpack", "--version", user="heatpack").startswith("heatpack ")
    assert "667 W/m²" in system.run("heatpack", "check-config", CONFIGURATION, user="heatpack")
    system.run("id", "heatpack-guard")
    units = [f"/usr/local/lib/systemd/system/{unit.name}" for unit in (ROOT / "systemd").glob("*.service")]
    assert system.run("systemd-analyze", "verify", "--man=no", *units) == ""


def test_the_pin_library_is_there_or_its_absence_is_told(system: Debian) -> None:
    if system.version == 12:
        system.run("/opt/heatpack/bin/python", "-c", "import lgpio; lgpio.tx_pulse")
    else:  # only Raspberry Pi OS has it
        assert "Get python3-lgpio" in system.run(INSTALL, "--wheels", WHEELS)


def test_a_second_time_nothing_is_left_to_do(system: Debian) -> None:
    before = everything(system)
    assert system.run(INSTALL, "--wheels", WHEELS).startswith("heatpack: everything is as it should be\n")
    assert everything(system) == before


def test_passwords_are_for_those_who_need_them(system: Debian) -> None:
    system.run("cat", "/etc/heatpack/heatpack.password", user="heatpack")
    system.run("cat", "/etc/mosquitto/conf.d/heatpack.passwords", user="mosquitto")
    for file in ("/etc/heatpack/accounts", "/etc/heatpack/heatpack.password"):
        system.run("cat", file, user="nobody", check=False)


# --- a mistake ----------------------------------------------------------------------------------------


def test_a_mistake_is_named_and_nothing_is_started_with_it(system: Debian) -> None:
    system.path(TAKEN).write_text(simulated(**{"target_c = 40.0 ": "target_c = 45.0 "}))
    said = system.run(INSTALL, "--wheels", WHEELS, "--config", TAKEN, "--start", check=False)
    assert f"{CONFIGURATION}: heat.target_c: " in said
    assert system.path(f"{CONFIGURATION}.old").exists()
    assert "disabled" in system.run("systemctl", "is-enabled", "heatpack-guard", check=False)


def test_once_mended_it_starts_with_the_machine(system: Debian) -> None:
    port, web_port = free_port(), free_port()
    login = f'port = {port}\nusername = "demo"\npassword_file = "heatpack.password"'
    system.path(TAKEN).write_text(simulated(**{"port = 1883": login}))
    system.path("/etc/heatpack/heatpack.password").unlink()  # it was for another account
    system.run(
        *(INSTALL, "--wheels", WHEELS, "--config", TAKEN, "--start"),
        *("--", "--role", "phone:anna", "--web-port", str(web_port)),
    )
    assert "enabled" in system.run("systemctl", "is-enabled", "heatpack-guard", "heatpack")
    assert "user anna" in system.path("/etc/mosquitto/conf.d/heatpack.acl").read_text()
    before = everything(system)
    system.run(INSTALL, "--wheels", WHEELS)
    assert everything(system) == before


# --- a session ----------------------------------------------------------------------------------------


@contextmanager
def daemon(system: Debian, user: str, *words: str) -> Iterator[None]:
    as_user = ("setpriv", f"--reuid={user}", "--regid=heatpack", "--init-groups", "--")
    with subprocess.Popen(system.command(*(as_user if user != "root" else ()), *words)) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def pack(system: Debian) -> Iterator[None]:
    """Broker and both daemons with their users, as the units start them."""
    for folder, user, mode in ((STATE, "heatpack-guard", "3770"), ("/run/heatpack", "heatpack-guard", "750")):
        system.run("install", "-d", "-m", mode, "-o", user, "-g", "heatpack", folder)
    system.run("install", "-d", "-o", "mosquitto", "/run/mosquitto")
    with ExitStack() as running:
        running.enter_context(daemon(system, "root", "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf"))
        for user, part in (("heatpack-guard", "guard"), ("heatpack", "run")):
            running.enter_context(
                daemon(system, user, "heatpack", part, "--config", CONFIGURATION, "--speed", "20")
            )
        yield


def until(system: Debian, *words: str) -> None:
    """Repeat a command until it works."""
    give_up_s = monotonic() + PATIENCE_S
    while True:
        try:
            system.run(*words)
        except AssertionError:
            assert monotonic() < give_up_s
            sleep(0.2)
        else:
            return


def test_nothing_is_changed_under_a_pad_in_a_session(system: Debian) -> None:
    with pack(system):
        until(system, "heatpack", "start", "--minutes", "10")
        before = system.digest("/opt", "/etc", "/usr/local")
        for option in ("--dry-run", "--start", "--uninstall"):
            said = system.run(INSTALL, "--wheels", NEWER, option, check=False)
            assert said == (
                f"heatpack: the pad of {CONFIGURATION} is in a session. Stop it, or wait until it is over, "
                "then try again\n"
            )
        assert system.digest("/opt", "/etc", "/usr/local") == before
        system.run("heatpack", "stop")
        until(system, INSTALL, "--wheels", NEWER, "--dry-run")


def test_the_doctor_looks_at_it(system: Debian) -> None:
    said = system.run("sh", "-c", "heatpack doctor || true")
    assert "OK" in said


# --- another release, another pad ---------------------------------------------------------------------


def test_an_upgrade_keeps_ledger_log_and_configuration(system: Debian) -> None:
    old = release(system)
    before = system.digest(STATE, "/etc/heatpack", "/etc/mosquitto")
    assert {f"{STATE.lstrip('/')}/{name}" for name in ("ledger.json", "log.db")} <= before.keys()
    said = system.run(INSTALL, "--wheels", NEWER)
    assert f"remove the old release /opt/{old}" in said
    assert release(system) != old
    assert not system.path(f"/opt/{old}").exists()
    assert system.digest(STATE, "/etc/heatpack", "/etc/mosquitto") == before
    assert "stopped" in system.run("heatpack", "sessions", "--json")


def test_a_release_that_does_not_take_the_configuration_is_not_put_in_use(system: Debian) -> None:
    good, text = release(system), system.path(CONFIGURATION).read_text()
    system.path(CONFIGURATION).write_text(text.replace("[heat]", "[heat]\nof_tomorrow = 1"))
    said = system.run(INSTALL, "--wheels", WHEELS, check=False)
    assert "so the old one stays in use" in said
    assert "of_tomorrow" in said
    assert release(system) == good
    system.path(CONFIGURATION).write_text(text)
    system.run(INSTALL, "--wheels", NEWER)


def test_a_second_pad_gets_its_own_of_everything(system: Debian) -> None:
    first = system.digest(CONFIGURATION, "/etc/heatpack/heatpack.password", STATE)
    said = system.run(INSTALL, "--wheels", NEWER, "--pad", "left")
    assert "systemctl enable --now heatpack-guard@left.service heatpack@left.service" in said
    assert system.digest(CONFIGURATION, "/etc/heatpack/heatpack.password", STATE) == first
    left = tomllib.loads(system.path("/etc/heatpack/left.toml").read_text())
    assert left["device"]["id"] == left["mqtt"]["username"] == "left"
    assert left["paths"] == {"state": "/var/lib/heatpack-left", "runtime": "/run/heatpack-left"}
    system.run("heatpack", "check-config", "/etc/heatpack/left.toml", user="heatpack")
    access = system.path("/etc/mosquitto/conf.d/heatpack.acl").read_text()
    assert {"user demo", "user left", "user anna"} <= set(access.splitlines())
    before = everything(system)
    system.run(INSTALL, "--wheels", NEWER)
    assert everything(system) == before


def test_a_pi_gets_its_firmware_and_its_watchdog(system: Debian) -> None:
    firmware = system.path("/boot/firmware/config.txt")
    firmware.parent.mkdir()
    firmware.write_text("[pi4]\ndtparam=strict_gpiod\n[all]\ndtparam=spi=on\n")
    assert "sudo reboot" in system.run(INSTALL, "--wheels", NEWER)
    assert firmware.read_text().endswith("[all]\ndtparam=strict_gpiod\n")
    assert "RuntimeWatchdogSec=10" in system.path("/etc/systemd/system.conf.d/heatpack.conf").read_text()
    before = everything(system)
    system.run(INSTALL, "--wheels", NEWER)
    assert everything(system) == before


# --- and away -----------------------------------------------------------------------------------------


def test_it_can_be_removed_and_the_records_stay(system: Debian) -> None:
    kept = system.digest("/etc/heatpack", STATE)
    said = system.run(INSTALL, "--uninstall")
    assert "heatpack: kept: /etc/heatpack, the records in /var/lib/heatpack*" in said
    assert system.digest("/etc/heatpack", STATE) == kept
    left = [
        str(path)
        for folder in ("/opt", "/usr/local", "/etc/systemd")
        for path in system.path(folder).rglob("*heatpack*")
    ]
    assert left == []
    assert not system.path("/etc/mosquitto/conf.d/heatpack.conf").exists()
    before = everything(system)
    system.run(INSTALL, "--uninstall")
    assert everything(system) == before


def test_the_debian_package_takes_it_up_again(system: Debian) -> None:
    machine = system.run("dpkg", "--print-architecture").strip()
    [package] = (ROOT / "dist").glob(f"heatpack_*_{machine}.deb")
    shutil.copy(package, system.path("/root/heatpack.deb"))
    kept = system.digest(CONFIGURATION, "/etc/heatpack/accounts", STATE)
    if system.version == 13:  # what only Raspberry Pi OS has
        assert "python3-lgpio" in system.run("dpkg", "--install", "/root/heatpack.deb", check=False)
        return
    system.run("dpkg", "--install", "/root/heatpack.deb")
    assert system.digest(CONFIGURATION, "/etc/heatpack/accounts", STATE) == kept
    system.run("heatpack", "check-config", CONFIGURATION, user="heatpack")
    assert "is installed as a Debian package" in system.run(INSTALL, check=False)


def test_the_package_waits_for_the_end_of_a_session_and_leaves_the_records(system: Debian) -> None:
    if system.version == 13:
        system.run("dpkg", "--purge", "heatpack")
        return
    with pack(system):
        until(system, "heatpack", "stop")
        ledger = system.path(f"{STATE}/ledger.json").read_text()
        system.path(f"{STATE}/ledger.json").write_text(
            ledger.replace('"sessions":[', '"sessions":[{"started_wall_s":4e9,"ended_wall_s":null},')
        )
        assert "in a session" in system.run("dpkg", "--install", "/root/heatpack.deb", check=False)
        assert "in a session" in system.run("dpkg", "--remove", "heatpack", check=False)
        system.path(f"{STATE}/ledger.json").write_text(ledger)
    kept = system.digest(CONFIGURATION, "/etc/heatpack/accounts", f"{STATE}/log.db")
    system.run("dpkg", "--purge", "heatpack")
    assert system.digest(CONFIGURATION, "/etc/heatpack/accounts", f"{STATE}/log.db") == kept
    assert list(system.path("/opt").iterdir()) == []
