"""The documentation says what the code does, and its links lead somewhere."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings get: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{link} does not exist"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_are_named_exist(page: Path) -> None:
    for path in re.findall(
        r"`((?:config|controller|hardware|docs|tests|bench|systemd)/[\w/.]*)`", page.read_text()
    ):
        assert (ROOT / path).exists(), f"{path} does not exist"


@pytest.mark.parametrize("page", generate.pages(), ids=name_of)
def test_tables_and_diagrams_are_those_of_the_code(page: Path) -> None:
    assert generate.refresh(page.read_text()) == page.read_text(), "run .venv/bin/python -m docs.generate"


def test_a_limit_without_a_row_is_noticed() -> None:
    page = "<!-- from limits -->\n| limit | value |\n|---|---|\n| `inhibit_c` | 43 |\n"
    with pytest.raises(generate.StaleError, match="cutoff_c"):
        generate.refresh(page)


def test_a_row_without_a_limit_is_noticed() -> None:
    page = "<!-- from limits -->\n| limit | value |\n|---|---|\n| `gone_c` | 43 |\n"
    with pytest.raises(generate.StaleError, match="gone_c"):
        generate.refresh(page)


def test_a_changed_limit_is_written_anew() -> None:
    page = (ROOT / "docs/safety.md").read_text()
    assert generate.refresh(page.replace("| 43 °C |", "| 50 °C |")) == page


def test_the_two_commands_of_the_readme_are_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert {"./dev demo", "./dev test"} <= set(re.findall(r"^\./dev \w+", readme, re.MULTILINE))
    usage = subprocess.run([ROOT / "dev", "help"], check=True, capture_output=True, text=True).stdout
    for command in set(re.findall(r"\./dev (\w+)", readme)):
        assert f"./dev {command}" in usage


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert lines[-1] == "./dev test"
    assert "./dev lint" in lines


def test_an_unknown_command_is_answered_with_a_sentence() -> None:
    done = subprocess.run([ROOT / "dev", "tset"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dev: Unknown command: tset. Try ./dev help\n"


def test_every_reason_for_a_refusal_is_documented() -> None:
    code = "\n".join(
        path.read_text() for package in ("hardware", "controller") for path in (ROOT / package).rglob("*.py")
    )
    codes = set(re.findall(r'(?:Refusal|BadMessage|refused)\(\s*"(\w+)"', code))
    assert {"rest", "out_of_range", "retained", "malformed"} <= codes
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/mqtt.md").read_text(), re.MULTILINE))
    assert codes - documented == set()


def test_the_readme_uses_the_shipped_example_as_it_is() -> None:
    example = tomllib.loads((ROOT / "config/examples/simulated.toml").read_text())
    readme = (ROOT / "README.md").read_text()
    assert f"heatpack/{example['device']['id']}/command" in readme
    assert example["post_session"]["enabled"]


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_nothing_claims_to_comply_with_a_standard() -> None:
    for page in PAGES:
        text = page.read_text()
        assert not re.search(
            r"\b(compl(ies|iant)|conforms|certified (to|for) (IEC|EN|UL)|Class B)\b", text
        ), page
        for sentence in re.findall(r"[^.]*medical device[^.]*", text):
            assert "not a medical device" in sentence.replace("*", "")
