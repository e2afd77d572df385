"""The command line's own part: help, arguments, exit codes. What commands do is tested with them."""

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from config.loader import example
from controller import cli
from controller.commands import daemons

ROOT = Path(__file__).parents[2]

COMMANDS = (
    "demo",
    "guard",
    "run",
    "off",
    "check-config",
    "example",
    "broker-config",
    "doctor",
    "start",
    "stop",
    "reset",
    "status",
    "watch",
    "fleet",
    "tune",
    "sessions",
    "log",
    "forget",
    "report",
    "export",
)


def ends(*arguments: str) -> int:
    """Run a command that argparse ends."""
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(command, "--help") == 0
    text = capsys.readouterr().out
    assert re.search(rf"^example:\n  heatpack {command}\b", text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_is_a_command_that_would_run(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    ends(command, "--help")
    shown = re.search(r"^  heatpack (.+)$", capsys.readouterr().out, re.MULTILINE)
    assert shown is not None
    options = cli.parser().parse_args(shown[1].split(" > ")[0].split())
    assert callable(options.run)


def test_there_is_no_command_without_a_test_of_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    (commands,) = (a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert set(commands.choices) == set(COMMANDS)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("--help") == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^    {command}\s+\w", text, re.MULTILINE), command


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("--version") == 0
    assert capsys.readouterr().out.startswith("heatpack ")


@pytest.mark.parametrize("arguments", [(), ("dance",), ("report",), ("start", "--target", "warm")])
def test_what_is_no_command_is_exit_code_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(*arguments) == 2
    assert "usage: heatpack" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("start", "--target", "nan"), "argument --target: nan is not a number"),
        (("start", "--minutes", "inf"), "argument --minutes: inf is not a number"),
        (
            ("guard", "--inject", "sensor_open"),
            "argument --inject: expected NAME@SECONDS such as sensor_open@120",
        ),
        (("guard", "--inject", "sensor_open@soon"), "argument --inject: 'soon' is not a number of seconds"),
        (
            ("guard", "--inject", "earthquake@3"),
            "argument --inject: 'earthquake' is not one of sensor_open, ",
        ),
        (("log", "tamper"), "argument verify: invalid choice: 'tamper'"),
    ],
)
def test_an_argument_that_cannot_be_is_named(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(*arguments) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--head", "deadbeef"), "--head is for heatpack log verify"),
        (("verify", "--since", "1d"), "verify reads the whole log, without --follow, --since, --session"),
        (("verify", "--session", "last"), "verify reads the whole log"),
        (("verify", "--follow"), "verify reads the whole log"),
    ],
)
def test_a_log_is_not_shown_as_if_an_option_had_taken_part(
    options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["log", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"heatpack log: {sentence}")


@pytest.mark.parametrize("speed", ["0", "0.05", "101", "-1", "nan", "inf", "fast"])
def test_a_speed_that_cannot_be(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends("run", f"--speed={speed}") == 2
    assert f"{speed} is not a speed; 0.1 to 100 is allowed" in capsys.readouterr().err


def test_the_configuration_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEATPACK_CONFIG", "/somewhere/pad.toml")
    assert cli.parser().parse_args(["off"]).config == "/somewhere/pad.toml"
    monkeypatch.setenv("HEATPACK_CONFIG", "")
    assert cli.parser().parse_args(["off"]).config == "/etc/heatpack/heatpack.toml"
    monkeypatch.delenv("HEATPACK_CONFIG")
    assert cli.parser().parse_args(["off"]).config == "/etc/heatpack/heatpack.toml"
    assert cli.parser().parse_args(["off", "--config", "mine.toml"]).config == "mine.toml"


@pytest.mark.parametrize(
    "command", ["run", "guard", "doctor", "start", "stop", "reset", "status", "watch", "fleet", "log"]
)
def test_a_configuration_that_is_not_there_is_exit_code_2(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.toml"
    assert cli.main([command, "--config", str(absent)]) == 2
    assert capsys.readouterr().err.startswith(f"{absent}: ")


def test_an_example_that_is_not_there_names_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["example", "toaster"]) == 2
    text = capsys.readouterr().err
    assert "simulated" in text
    assert "pad" in text


@pytest.mark.parametrize("factory", ["lgpio", "native", "pigpio", "rpigpio"])
@pytest.mark.parametrize("daemon", ["guard", "run"])
def test_a_real_pad_has_one_speed(
    daemon: str, factory: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "heatpack.toml"
    path.write_text(example("simulated").replace('"simulated"', f'"{factory}"'))

    assert cli.main([daemon, "--config", str(path), "--speed", "20"]) == 4
    assert f"speed 20 is refused on the pin factory '{factory}'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["--version", "example pad"])
@pytest.mark.parametrize(("shell", "code"), [("> /dev/full", 1), ("| true", 141)])
def test_output_that_nobody_takes_is_a_sentence_at_most(command: str, shell: str, code: int) -> None:
    program = f"{shlex.quote(sys.executable)} -m controller.cli {command}"
    wait = "sleep 0.1; " if code == 141 else ""  # until the reader of the pipe has gone
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {{ {wait}{program}; }} {shell}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize("command", sorted(daemons.COMMANDS))
def test_a_daemon_loads_no_other_command(command: str) -> None:
    loaded = f"import sys; from controller import cli; cli.parser({command!r}).parse_args([{command!r}]);"
    loaded += "print(*(name for name in sys.modules if name.startswith('controller.commands.')))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"controller.commands.common", "controller.commands.daemons"}
