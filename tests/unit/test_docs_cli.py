"""The command line's reference says what the parser says, and the start page warns as the README does."""

import re
from pathlib import Path

import pytest

from config import limits
from controller.cli import main
from docs import cli_reference

ROOT = Path(__file__).resolve().parents[2]


def documented() -> dict[str, str]:
    """Each command's part of the page."""
    _, *parts = re.split(r"^## `heatpack (.*)`$", (ROOT / "docs/cli.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_option_that_help_shows_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    for command, part in documented().items():
        with pytest.raises(SystemExit):
            main([command, "--help"])
        shown = set(re.findall(r"(?<!\S)--[a-z][\w-]*", capsys.readouterr().out)) - {"--help"}
        assert shown == set(re.findall(r"(?<![\w-])--[a-z][\w-]*", part)), command


def test_the_page_does_not_depend_on_who_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEATPACK_CONFIG", "/home/somebody/pad.toml")
    assert "somebody" not in cli_reference.text()


def warnings_of(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    section = re.search(r"^## Before the first heat$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return [
        " ".join(each.split())
        for each in re.findall(r"^- (.*?)(?=^- |^$)", section[1], re.MULTILINE | re.DOTALL)
    ]


def test_the_start_page_warns_of_what_the_readme_warns_of() -> None:
    assert len(warnings_of("README.md")) == 6
    assert warnings_of("docs/index.md") == warnings_of("README.md")


def test_the_start_page_tells_the_limits_of_the_code() -> None:
    text = (ROOT / "docs/index.md").read_text()
    table = dict(re.findall(r"^\| (\w[^|]*?) \| ([^|]+?) \|$", text, re.MULTILINE))
    absolute = limits.ABSOLUTE
    assert f"{limits.TARGET_DEFAULT_C:g} °C" in table["how warm"]
    assert f"{limits.TARGET_MIN_C:g} to {limits.TARGET_MAX_C:g} °C" in table["how warm"]
    assert (limits.SESSION_DEFAULT_S, limits.SESSION_MIN_S, limits.SESSION_MAX_S) == (480.0, 300.0, 600.0)
    assert table["how long"].startswith("eight minutes; five to ten")
    assert (limits.REST_DEFAULT_S, absolute.day_sessions) == (1800.0, 6)
    assert table["how often"].startswith("after half an hour of rest, and six times")
    assert f"{absolute.inhibit_c:g} °C" in table["off at once"]
    assert f"{absolute.cutoff_c:g} °C" in table["locked until a person looks"]
