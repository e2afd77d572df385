"""What the doctor finds: real files below a root of the test's own, a real lock, a real board process."""

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gpiozero.pins.local import LocalPiFactory

from controller.doctor import machine, services
from controller.doctor.facts import Machine, Unit
from hardware import stage
from hardware.ledger import Ledger
from hardware.ledger_file import LedgerFile
from hardware.wiring import launch, probe
from tests.support.configuration import accepted
from tests.support.fake_lgpio import FakeLgpio

ROOT = Path(__file__).parents[2]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_raspberry_pi_is_read_from_its_files(tmp_path: Path) -> None:
    write(tmp_path / "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    write(tmp_path / "boot/firmware/config.txt", "# mine\ndtparam=spi=on\n\ndtparam=strict_gpiod # safe\n")
    write(tmp_path / "sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs", "Y\n")
    write(tmp_path / "sys/bus/spi/devices/spi0.0/modalias", "spi:spidev")
    write(tmp_path / "dev/spidev0.0", "")
    write(tmp_path / "dev/watchdog", "")
    found = machine.machine(accepted(), tmp_path)
    assert found.model == "Raspberry Pi 4 Model B Rev 1.4"
    assert found.config_txt == ("dtparam=spi=on", "dtparam=strict_gpiod")
    assert found.keeps_outputs is True
    assert (found.spi_loaded, found.watchdog) == (True, "/dev/watchdog")
    assert found.spi is not None
    assert found.spi.writable


def test_another_machine_has_none_of_it(tmp_path: Path) -> None:
    write(tmp_path / "proc/device-tree/model", "Some Other Board\0")
    assert machine.machine(accepted(), tmp_path) == Machine()


def test_a_lock_is_seen_and_not_tried(tmp_path: Path) -> None:
    lock = tmp_path / "guard.lock"
    assert machine.holder(lock) is None
    with open(lock, "w") as file:
        assert machine.holder(lock) is None
        fcntl.flock(file, fcntl.LOCK_EX)
        assert machine.holder(lock) == os.getpid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as somebody else")
def test_another_user_s_folder_is_hidden() -> None:
    code = """
import os, sys
from controller.doctor import machine
from tests.support.configuration import accepted
settings = accepted({"paths.state": sys.argv[1]})
os.setgid(65534), os.setuid(65534)
print(machine.files(settings).hidden)
"""
    with tempfile.TemporaryDirectory() as mine:
        command = [sys.executable, "-c", code, mine]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "True\n"


def test_the_room_is_that_of_the_folder_to_come(tmp_path: Path) -> None:
    settings = accepted({"paths.state": str(tmp_path / "not" / "yet")})
    found = machine.room(settings)
    assert found is not None
    assert found.disk >= found.disk_free > 0
    assert found.memory >= found.memory_free > 0


# --- systemd --------------------------------------------------------------------------------------

UNITS = """\
Id=heatpack-guard.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
ExecStart={ path=/opt/heatpack/bin/heatpack ; argv[]=/opt/heatpack/bin/heatpack guard --config /etc/heatpack/a.toml ; }
ExecStopPost={ path=/opt/heatpack/bin/heatpack ; argv[]=/opt/heatpack/bin/heatpack off --config /etc/heatpack/a.toml ; }
WatchdogUSec=3s
SupplementaryGroups=gpio spi

Id=heatpack-guard@left.service
LoadState=loaded
ActiveState=failed
UnitFileState=
ExecStart={ path=/opt/heatpack/bin/heatpack ; argv[]=/opt/heatpack/bin/heatpack guard --config /etc/heatpack/left.toml ; }
WatchdogUSec=0
"""  # noqa: E501 - as systemctl prints it


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose ``systemctl`` prints what one on a Pi printed."""
    tools = tmp_path / "bin"
    write(tools / "units", UNITS)
    write(
        tools / "systemctl",
        f'#!/bin/sh\ncase "$*" in *RuntimeWatchdogUSec*) echo 10s;; *guard*) cat {tools}/units;; esac\n',
    )
    write(tools / "timedatectl", "#!/bin/sh\necho yes\n")
    for tool in ("systemctl", "timedatectl"):
        (tools / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return tmp_path


def test_the_unit_that_runs_this_configuration_is_the_one(systemd: Path) -> None:
    found = services.services(Path("/etc/heatpack/a.toml"), systemd)
    assert found is not None
    assert found.runtime_watchdog == "10s"
    assert found.guard == Unit("heatpack-guard.service", "active", "enabled", True, True, ("gpio", "spi"))
    assert found.controller is None
    other = services.services(Path("/etc/heatpack/left.toml"), systemd)
    assert other is not None
    assert other.guard == Unit("heatpack-guard@left.service", "failed", "unknown", False, False)
    assert services.synchronised() is True


def test_without_systemd_nobody_is_asked(tmp_path: Path) -> None:
    assert services.services(Path("/etc/heatpack/a.toml"), tmp_path) is None


# --- the board ------------------------------------------------------------------------------------


def test_the_board_is_looked_at_by_a_process_of_its_own(tmp_path: Path) -> None:
    settings = accepted(
        {
            "hardware.pin_factory": "simulated",
            "hardware.adc": {
                "chip": "MCP3208",
                "reference_channel": 6,
                "supply_channel": 7,
                "supply_divider": 2,
            },
            "paths.state": str(tmp_path),
        }
    )
    LedgerFile(str(tmp_path / "ledger.json")).save(Ledger(), 1_700_000_000.0)
    found = launch.look(settings, converter=True)
    assert (found.error, found.spi_error, found.asked) == (None, None, True)
    assert [sensor.fault for sensor in found.sensors] == [None, None]
    assert found.reference is not None
    assert found.reference.code is not None
    assert found.reference.least <= found.reference.code <= found.reference.most
    assert found.supply_v is not None
    assert 4.5 < found.supply_v < 5.6
    assert found.ledger.saved_s == 1_700_000_000.0
    assert launch.look(settings, converter=False).sensors == ()


def test_a_board_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    settings = accepted({"hardware.pin_factory": "no_such_module:Factory", "paths.state": str(tmp_path)})
    (tmp_path / "ledger.json").write_text("{}")
    found = launch.look(settings, converter=True)
    assert found.error is not None
    assert "no_such_module" in found.error
    assert found.ledger.error is not None
    assert found.ledger.error.startswith("is corrupt")


def test_a_probe_that_dies_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert launch.look(accepted(), converter=True).error == "the board cannot be looked at: no reason given"


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> FakeLgpio:
    """gpiozero's own LGPIOFactory, on lines that are not there."""
    fake = FakeLgpio()
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0x902120)
    monkeypatch.setattr(LocalPiFactory, "pins", {})
    LocalPiFactory._reservations.clear()
    return fake


def test_on_a_pi_lines_are_asked_about_and_none_is_claimed(lgpio: FakeLgpio, tmp_path: Path) -> None:
    lgpio.users = {27: "fan"}
    settings = accepted({"hardware.enable_pin": 27, "paths.state": str(tmp_path)})
    found = probe.look(stage.guard_settings(settings), converter=True)
    assert found.chip == "gpiochip0, pinctrl-bcm2835, 54 lines"
    assert [(line.key, line.user) for line in found.lines] == [("heater_pin", None), ("enable_pin", "fan")]
    assert [sensor.temperature_c is not None for sensor in found.sensors] == [True, True]
    assert lgpio.history == []


@pytest.mark.filterwarnings("ignore")  # as in production, where gpiozero's warning alone stops nothing
def test_on_a_pi_without_spi_the_remedy_is_named(lgpio: FakeLgpio, tmp_path: Path) -> None:
    lgpio.spi_error = "can not open SPI device"
    settings = accepted({"paths.state": str(tmp_path)})
    found = probe.look(stage.guard_settings(settings), converter=True)
    assert found.spi_error is not None
    assert "dtparam=spi=on" in found.spi_error


@pytest.mark.parametrize("module", ["hardware.process", "campaign.run"])
def test_neither_the_guard_nor_a_campaign_loads_any_of_it(module: str) -> None:
    # campaign/version.py leaves it out of the digest of what a run executes.
    code = f"import sys, {module}; print([name for name in sys.modules if 'wiring' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"
