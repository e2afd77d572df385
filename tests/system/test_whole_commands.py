"""The ``heatpack`` command as people and service managers run it: exit codes and sentences."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker
from tests.support.pack import Pack, eventually, toml


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Pack]:
    with Pack(tmp_path) as made:
        yield made


def says(result: "subprocess.CompletedProcess[str]", code: int) -> str:
    """Return what a command printed, if it ended as expected and without a traceback."""
    text = result.stdout + result.stderr
    assert "Traceback" not in text, text
    assert result.returncode == code, text
    return text


# --- busy or missing hardware: exit code 4 ----------------------------------------------------------


def test_a_second_guard_and_a_second_controller_are_turned_away(pack: Pack) -> None:
    pack.start()
    second = says(pack.run("guard", "--config", str(pack.config), "--speed", "20"), 4)
    assert re.fullmatch(r"heatpack guard: \S+/guard.lock is held: another guard is running .*\n", second)
    eventually((pack.folder / "state" / "log.db").exists, "the controller is at work")
    second = says(pack.run("run", "--config", str(pack.config), "--speed", "20"), 4)
    assert re.fullmatch(r"heatpack run: \S+/controller.lock is held: another controller .*\n", second)
    assert pack.guard is not None
    assert pack.guard.poll() is None


def test_a_guard_that_was_killed_leaves_no_lock_and_no_socket_in_the_way(pack: Pack) -> None:
    pack.start_guard()
    assert pack.guard is not None
    pack.guard.kill()
    pack.guard.wait()
    assert (pack.runtime / "guard.sock").exists()
    pack.start_guard()


def test_state_and_runtime_may_be_one_folder(tmp_path: Path) -> None:
    with Pack(tmp_path, changes={"paths.state": "run"}) as pack:
        pack.start_guard()


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("native", "native"),
        ("lgpio", "lgpio"),
        ("tests.support.factories:Broken", "the chip is on fire"),
        ("tests.support.factories:Plain", "speed 20 is refused on the pin factory"),
        ("tests.support.factories:OnRealPins", "speed 20 is refused on the pin factory"),
        ("nonsense", "is not a pin factory"),
    ],
)
def test_hardware_that_is_not_there_is_exit_code_4(tmp_path: Path, factory: str, sentence: str) -> None:
    with Pack(tmp_path, changes={"hardware.pin_factory": factory}) as pack:
        text = says(pack.run("guard", "--config", str(pack.config), "--speed", "20"), 4)
        assert text.startswith("heatpack guard: ")
        assert sentence in text
        assert pack.edges() == []


def test_folders_that_cannot_be_made_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Pack(tmp_path, changes={"paths.state": "file/state", "paths.runtime": "file/run"}) as pack:
        assert "paths.state: " in says(pack.run("guard", "--config", str(pack.config)), 4)
        assert "file/state" in says(pack.run("run", "--config", str(pack.config)), 4)


# --- configuration: exit code 2 ---------------------------------------------------------------------


def test_a_fault_needs_a_name_that_there_is(pack: Pack) -> None:
    text = says(pack.run("guard", "--config", str(pack.config), "--inject", "gremlins@5"), 2)
    assert "'gremlins' is not one of" in text


BAD = [
    ("limits.cutoff_c", 45, "limits.cutoff_c: "),
    ("heat.target_c", 43, "heat.target_c: "),
    ("pad.colour", "red", "pad.colour: "),
    ("hardware.thermistor", [], "hardware.thermistor: "),
]


@pytest.mark.parametrize(("key", "value", "words"), BAD)
def test_a_bad_value_is_named_with_file_and_key(tmp_path: Path, key: str, value: object, words: str) -> None:
    with Pack(tmp_path, changes={key: value}) as pack:
        text = says(pack.run("guard", "--config", str(pack.config)), 2)
        assert any(line.startswith(f"{pack.config}: {words}") for line in text.splitlines()), text
        assert pack.edges() == []
        assert not (tmp_path / "state").exists()


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with Pack(tmp_path, changes={key: value for key, value, _ in BAD[:3]}) as pack:
        text = says(pack.run("check-config", str(pack.config)), 2)
        assert {line.split(": ")[1] for line in text.splitlines()} == {key for key, _, _ in BAD[:3]}


def test_what_is_no_toml_or_not_there_is_a_sentence(pack: Pack) -> None:
    pack.config.write_text("[device\nid = 1")
    for command in (["check-config"], ["run", "--config"], ["off", "--config"]):
        assert str(pack.config) in says(pack.run(*command, str(pack.config)), 2)
    assert "absent.toml" in says(pack.run("guard", "--config", "absent.toml"), 2)


def test_a_speed_out_of_range_is_refused_before_anything_runs(pack: Pack) -> None:
    text = says(pack.run("guard", "--config", str(pack.config), "--speed", "1000"), 2)
    assert "0.1 to 100 is allowed" in text


# --- the rest -----------------------------------------------------------------------------------------


def test_check_config_prints_limits_and_flux(pack: Pack) -> None:
    text = says(pack.run("check-config", str(pack.config)), 0)
    assert "1000 W/m²" in text
    assert "limits" in text


@pytest.mark.parametrize("name", ["simulated", "pad"])
def test_a_shipped_example_is_right_as_it_is_printed(pack: Pack, name: str) -> None:
    pack.config.write_text(says(pack.run("example", name), 0))
    says(pack.run("check-config", str(pack.config)), 0)


def test_off_drives_the_lines_low(pack: Pack) -> None:
    assert says(pack.run("off", "--config", str(pack.config)), 0).startswith("driven low: heater_pin 17")


def test_off_needs_no_more_than_a_pin(pack: Pack) -> None:
    factory = "tests.support.recording_factory:RecordingFactory"
    pack.config.write_text(toml({"hardware.heater_pin": 17, "hardware.pin_factory": factory, "junk": 1}))
    assert says(pack.run("off", "--config", str(pack.config)), 0) == "driven low: heater_pin 17\n"


def test_a_phone_in_the_terminal(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Pack(tmp_path, broker, speed=20) as pack:
        config = ["--config", str(pack.config)]
        pack.start()
        eventually(lambda: "idle" in pack.run("status", *config).stdout, "the pack is up")
        started = says(pack.run("start", "--target", "38", "--minutes", "6", "--area", "neck", *config), 0)
        assert started == "Heating to 38 °C for 6 minutes\n"
        pack.until_heating()
        assert "neck" in says(pack.run("status", *config), 0)
        assert "A session is running" in says(pack.run("start", *config), 1)
        says(pack.run("stop", *config), 0)
        pack.until_cold()
        assert "Rest until " in says(pack.run("start", *config), 1)
        assert "There is no fault" in says(pack.run("reset", *config), 0)
        assert "38" in says(pack.run("sessions", *config), 0)
        assert "Stopped (cli)" in says(pack.run("log", *config), 0)
        page = tmp_path / "report.html"
        assert str(page) in says(pack.run("report", "last", "-o", str(page), *config), 0)
        assert "<svg" in page.read_text()


def test_records_that_do_not_exist_yet_are_a_sentence(pack: Pack) -> None:
    for command in ("sessions", "log"):
        assert "There are no records yet" in says(pack.run(command, "--config", str(pack.config)), 1)


def test_the_version(pack: Pack) -> None:
    assert says(pack.run("--version"), 0).startswith("heatpack ")
