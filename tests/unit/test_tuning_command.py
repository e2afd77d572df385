"""What ``heatpack tune`` refuses before it touches anything. The rest: tests/system/test_tune.py."""

import io
from pathlib import Path

import pytest

from controller.tuning import command
from tests.support.configuration import accepted


def refuses(tmp_path: Path, *, write: bool = False, yes: bool = True) -> int:
    settings = accepted({"paths.state": str(tmp_path / "state"), "paths.runtime": str(tmp_path / "run")})
    return command.tune(
        settings,
        tmp_path / "heatpack.toml",
        target_c=None,
        speed=1.0,
        write=write,
        yes=yes,
        out=io.StringIO(),
        answers=io.StringIO("y\n"),
    )


@pytest.mark.parametrize(
    ("installed", "write", "missing"),
    [
        ((), True, "numpy and scipy and tomlkit"),
        (("numpy", "tomlkit"), True, "scipy"),
        ((), False, "numpy and scipy"),
    ],
)
def test_what_is_not_installed_is_told_before_any_heat(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    installed: tuple[str, ...],
    write: bool,
    missing: str,
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: object() if name in installed else None)
    assert refuses(tmp_path, write=write) == 1
    said = capsys.readouterr().err
    assert said == f"heatpack tune: {missing} must be installed for this: pip install 'heatpack[tune]'\n"
    assert list(tmp_path.iterdir()) == []


def test_a_yes_in_a_pipe_is_no_consent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refuses(tmp_path, yes=False) == 1
    assert "give --yes if that is wanted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_cannot_be_made_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file")
    assert refuses(tmp_path) == 1
    assert "controller.lock cannot be written" in capsys.readouterr().err
