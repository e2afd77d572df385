"""The installer's scripts: what they say without a system, and the parts that decide something."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
import yaml

from config.loader import load
from hardware.ledger import Ledger
from hardware.ledger_file import LedgerFile

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "systemd"
SCRIPTS = [SYSTEMD / name for name in ("install", "templates", "wheels")] + [
    SYSTEMD / "deb" / name for name in ("build", "postinst", "prerm", "postrm")
]
SESSION_S, DOSE = 480.0, 0.5


def script_name(path: Path) -> str:
    return str(path.relative_to(SYSTEMD))


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="Debian's package shellcheck is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=script_name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    done = subprocess.run(
        ["shellcheck", "--external-sources", "--check-sourced", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_every_script_may_be_called() -> None:
    assert [script for script in SCRIPTS if not os.access(script, os.X_OK)] == []


# --- what it would do ---------------------------------------------------------------------------------


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A mounted card with Raspberry Pi OS, as far as the installer looks at it."""
    root = tmp_path / "card"
    for folder in ("etc", "boot/firmware"):
        (root / folder).mkdir(parents=True)
    (root / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    (root / "etc/debian_version").write_text("12.7\n")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "boot/firmware/config.txt").write_text("arm_64bit=1\n")
    return root


def install(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [SYSTEMD / "install", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def digest(root: Path) -> str:
    sums = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        sums.update(f"{path} {path.stat().st_mtime_ns} {path.stat().st_mode}".encode())
        sums.update(path.read_bytes() if path.is_file() else b"")
    return sums.hexdigest()


def test_a_dry_run_on_a_pi_names_every_step_and_takes_none(card: Path) -> None:
    before = digest(card)
    done = install("--dry-run", "--root", card)
    assert (done.returncode, done.stderr) == (0, "")
    assert digest(card) == before
    steps = "\n".join(line for line in done.stdout.splitlines() if line.startswith("heatpack: would "))
    for step in (
        "install the packages python3 python3-venv mosquitto",
        "write /usr/local/lib/systemd/system/heatpack-guard.service",
        "make the users heatpack and heatpack-guard",
        "make a Python environment in /opt/heatpack-",
        "write /etc/heatpack/heatpack.toml",
        "write heatpack.conf and heatpack.acl in /etc/mosquitto/conf.d",
        "make passwords",
        "add dtparam=spi=on dtparam=strict_gpiod to /boot/firmware/config.txt",
        "write /etc/systemd/system.conf.d/heatpack.conf",
    ):
        assert step in steps
    assert "sudo reboot" in done.stdout


def test_from_13_on_the_pin_library_is_the_systems(card: Path) -> None:
    assert "python3-lgpio" not in install("--dry-run", "--root", card).stdout
    (card / "etc/os-release").write_text('ID=debian\nVERSION_ID="13"\n')
    assert "  Get python3-lgpio: Debian 13 itself has none" in install("--dry-run", "--root", card).stdout
    (card / "etc/rpi-issue").touch()
    said = install("--dry-run", "--root", card).stdout
    assert "install the packages python3 python3-venv mosquitto python3-lgpio" in said
    assert "Get python3-lgpio" not in said


def test_where_the_broker_is_elsewhere_mosquitto_is_left_alone(card: Path) -> None:
    assert "mosquitto" not in install("--dry-run", "--no-broker", "--root", card).stdout


def test_several_pads_are_instances_of_the_templates(card: Path) -> None:
    said = install("--dry-run", "--root", card, "--pad", "left", "--pad", "right").stdout
    assert "sudo systemctl enable --now heatpack-guard@right.service heatpack@right.service" in said
    assert "write /etc/heatpack/left.toml" in said
    assert "heatpack.toml" not in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dryrun"], "unknown option: --dryrun. Try --help"),
        (["--pad"], "--pad needs a value"),
        (["--dry-run", "--pad", "../x"], "--pad ../x: a name is 1 to 32 of a-z, 0-9, - and _"),
        (["--dry-run", "--root", "/gone"], "--root: there is no folder /gone"),
        (["--dry-run", "--wheels", "/gone"], "--wheels: there is no folder /gone"),
        (["--dry-run", "--config", "/gone"], "--config: there is no file /gone"),
        (
            ["--dry-run", "--root", "/proc"],
            "/proc/etc/os-release: not there; this needs Debian or Raspberry Pi OS",
        ),
    ],
)
def test_what_cannot_be_done_is_a_sentence(options: list[str], sentence: str) -> None:
    done = install(*options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"heatpack: {sentence}\n"


def test_an_older_debian_is_refused(card: Path) -> None:
    (card / "etc/os-release").write_text('ID=debian\nVERSION_ID="11"\n')
    done = install("--dry-run", "--root", card)
    assert done.returncode == 1
    assert "12 (Bookworm) or newer" in done.stderr


def test_help_names_every_option() -> None:
    usage = install("--help").stdout
    code = (SYSTEMD / "install").read_text()
    options = set(re.findall(r"--[a-z-]{3,}", code)) - {"--help", "--packaged", "--ask"}
    assert all(option in usage for option in options)


# --- parts --------------------------------------------------------------------------------------------


def shell(script: str, root: Path | str = "") -> subprocess.CompletedProcess[str]:
    """Run a line of shell with the installer's functions. What is in $root counts as the system itself."""
    parts = "\n".join(f"source {part}" for part in sorted((SYSTEMD / "installer").glob("*.sh")))
    return subprocess.run(
        [
            "bash",
            "-c",
            f"set -euo pipefail; dry='' config='' broker=yes asked=(); root={root}\n{parts}\n{script}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_step_that_fails_half_way_stops_everything() -> None:
    done = shell("step() { echo why; false; echo more; }; act 'do it' step; echo went on")
    assert done.returncode == 1
    assert done.stdout == "heatpack: do it\n"
    assert done.stderr == "why\nheatpack: that did not work: do it\n"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("dtparam=spi=on\n", True),
        ("dtparam=spi=on  \r\n", True),
        ("[pi4]\nx=1\n[all]\ndtparam=spi=on\n", True),
        ("[pi4]\ndtparam=spi=on\n", False),
        ("#dtparam=spi=on\n", False),
        ("dtparam=spi=one\n", False),
        ("", False),
    ],
)
def test_a_firmware_setting_counts_if_it_is_for_every_pi(tmp_path: Path, text: str, holds: bool) -> None:
    (tmp_path / "config.txt").write_bytes(text.encode())
    done = shell(f"holds_for_every_pi dtparam=spi=on {tmp_path}/config.txt")
    assert (done.returncode, done.stderr) == (0 if holds else 1, "")


def test_firmware_settings_are_added_for_every_pi_and_the_old_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "config.txt"
    file.write_text("[pi5]\nx=1")
    assert shell(f"add_to_boot_config {file} dtparam=spi=on dtparam=strict_gpiod").returncode == 0
    assert file.read_text().splitlines()[-3:] == ["[all]", "dtparam=spi=on", "dtparam=strict_gpiod"]
    assert file.with_name("config.txt.before-heatpack").read_text() == "[pi5]\nx=1"
    for setting in ("dtparam=spi=on", "dtparam=strict_gpiod"):
        assert shell(f"holds_for_every_pi {setting} {file}").returncode == 0


#: Has python3 look into $root, where the tests have no system to run it in.
IN_SESSION = 'in_root() { "$1" "$2" "$root$3"; }; in_session heatpack'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "var/lib/heatpack"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def _guarded(state: Path) -> Iterator[None]:
    with open(state / "guard.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write(state: Path, ledger: Ledger) -> None:
    LedgerFile(str(state / "ledger.json")).save(ledger, time())


def in_session(tmp_path: Path) -> bool:
    done = shell(IN_SESSION, tmp_path)
    assert done.stderr == ""
    return done.returncode == 0


@pytest.mark.usefixtures("_guarded")
def test_a_pad_is_in_a_session_from_its_charge_to_its_end(tmp_path: Path, state: Path) -> None:
    assert not in_session(tmp_path)
    write(state, Ledger())
    assert not in_session(tmp_path)
    opened = Ledger().open_session("1", time(), SESSION_S, DOSE)
    write(state, opened)
    assert in_session(tmp_path)
    write(state, opened.close_session(time(), 60.0, DOSE, 1800.0))
    assert not in_session(tmp_path)


def test_a_pad_without_a_guard_is_cold_whatever_its_ledger_says(tmp_path: Path, state: Path) -> None:
    write(state, Ledger().open_session("1", time(), SESSION_S, DOSE))
    assert not in_session(tmp_path)
    (state / "guard.lock").touch()
    assert not in_session(tmp_path)


@pytest.mark.usefixtures("_guarded")
def test_a_session_that_nobody_could_close_is_over_some_time(tmp_path: Path, state: Path) -> None:
    write(state, Ledger().open_session("1", time() - 901.0, SESSION_S, DOSE))
    assert not in_session(tmp_path)


@pytest.mark.usefixtures("_guarded")
@pytest.mark.parametrize("content", ["", "[]", '{"ledger": {}}', '{"ledger": {"sessions": [{}]}}'])
def test_with_a_broken_ledger_no_guard_heats(tmp_path: Path, state: Path, content: str) -> None:
    (state / "ledger.json").write_text(content)
    assert not in_session(tmp_path)


def test_no_answer_is_no_permission(tmp_path: Path, state: Path) -> None:
    write(state, Ledger())
    done = shell("in_root() { false; }; in_session heatpack", tmp_path)
    assert done.returncode == 1
    assert "nobody knows whether this pad is in a session" in done.stderr


@pytest.mark.parametrize(("pad", "device"), [("heatpack", "neck-pad"), ("left", "left")])
def test_the_first_configuration_is_valid_and_the_pads_own(tmp_path: Path, pad: str, device: str) -> None:
    example = ROOT / "config/examples/pad.toml"
    done = shell(f"in_root() {{ cat {example}; }}; first_configuration {pad} /{pad}.toml", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / f"{pad}.password").write_text("secret\n")
    (tmp_path / f"{pad}.password").chmod(0o600)
    file = tmp_path / f"{pad}.toml"
    assert load(file).device.id == device
    table = tomllib.loads(file.read_text())
    assert (table["mqtt"]["username"], table["mqtt"]["password_file"]) == (device, f"{pad}.password")
    folder = "heatpack" if pad == "heatpack" else f"heatpack-{pad}"
    assert table["paths"] == {"state": f"/var/lib/{folder}", "runtime": f"/run/{folder}"}


def test_its_files_are_all_that_systemd_needs() -> None:
    done = shell('for file in "${files[@]}"; do source_of "$file"; done')
    shipped = {
        str(path.relative_to(SYSTEMD)) for pattern in ("*.service", "*.d/*") for path in SYSTEMD.glob(pattern)
    }
    assert set(done.stdout.split()) == shipped


def test_the_debian_package_holds_the_same_files() -> None:
    recipe = yaml.safe_load((SYSTEMD / "deb/nfpm.yaml").read_text())
    sources = {entry["src"] for entry in recipe["contents"]}
    assert {"systemd/install", "systemd/installer/", "systemd/*.service"} <= sources
    assert {f"systemd/{path.relative_to(SYSTEMD)}" for path in SYSTEMD.glob("*.d/*")} <= sources
    for script in recipe["scripts"].values():
        assert (ROOT / script).is_file()
