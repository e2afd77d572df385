"""The wheel holds the three packages and nothing else, and brings the command with it."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Build the wheel with what is installed: an isolated build would need the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def top_level(archive: zipfile.ZipFile) -> set[str]:
    return {name.split("/")[0] for name in archive.namelist()}


def read(archive: zipfile.ZipFile, name: str) -> str:
    [path] = [path for path in archive.namelist() if path.endswith(f".dist-info/{name}")]
    return archive.read(path).decode()


def metadata(archive: zipfile.ZipFile) -> Message:
    return Parser().parsestr(read(archive, "METADATA"))


def test_the_top_level_is_the_three_trust_domains(wheel: zipfile.ZipFile) -> None:
    packages = {name for name in top_level(wheel) if not name.endswith(".dist-info")}
    assert packages == {"config", "controller", "hardware"}


def test_every_module_and_every_data_file_is_inside(wheel: zipfile.ZipFile) -> None:
    tracked = {
        str(path.relative_to(ROOT))
        for package in ("config", "controller", "hardware")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert tracked <= set(wheel.namelist())


def test_the_example_configurations_are_inside_and_are_toml(wheel: zipfile.ZipFile) -> None:
    examples = {
        Path(name).stem: tomllib.loads(wheel.read(name).decode())
        for name in wheel.namelist()
        if name.startswith("config/examples/") and name.endswith(".toml")
    }
    assert examples.keys() >= {"simulated", "pad"}
    assert examples["simulated"]["hardware"]["pin_factory"] == "simulated"


def test_it_brings_the_heatpack_command(wheel: zipfile.ZipFile) -> None:
    scripts = ConfigParser()
    scripts.read_string(read(wheel, "entry_points.txt"))
    assert dict(scripts["console_scripts"]) == {"heatpack": "controller.cli:main"}


def test_it_cannot_be_uploaded_by_accident(wheel: zipfile.ZipFile) -> None:
    assert "Private :: Do Not Upload" in metadata(wheel).get_all("Classifier", [])


def test_a_daemon_depends_on_three_packages_only(wheel: zipfile.ZipFile) -> None:
    needed = [need for need in metadata(wheel).get_all("Requires-Dist", []) if "extra ==" not in need]
    assert {need.split(">")[0].split("<")[0] for need in needed} == {"aiomqtt", "gpiozero", "pydantic"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


#: For each contract, one line that breaks it.
BREACHES = {
    "Imports go one way: controller, hardware, config": ("config/limits.py", "hardware.link"),
    "The controller takes only the link and pure types from hardware": (
        "controller/session.py",
        "hardware.ledger",
    ),
    "The controller cannot reach a pin or an SPI device": ("controller/telemetry.py", "gpiozero"),
    "The guard has no pydantic, no event loop and no network client": ("hardware/guard.py", "asyncio"),
    "Only heatpack doctor uses hardware.wiring": ("hardware/process.py", "hardware.wiring.facts"),
    "Only the choice of the pin factory knows the simulator": (
        "hardware/board.py",
        "hardware.simulated.plant",
    ),
    "Only composition roots read configuration files": ("controller/orders.py", "config.loader"),
}


def test_each_import_contract_can_be_broken(tmp_path: Path) -> None:
    for package in ("config", "controller", "hardware"):
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, module in BREACHES.values():
        with (tmp_path / file).open("a") as source:
            source.write(f"\nimport {module}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE)
    assert dict(verdicts) == dict.fromkeys(BREACHES, "BROKEN")
