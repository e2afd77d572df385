"""The house rules of tests/conftest.py hold: each rule is broken once, in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STORIES = """
import asyncio, os, socket, subprocess, threading, time
import pytest

def test_tidy(): pass
async def test_tidy_async(): await asyncio.sleep(0)
async def test_tidy_task():
    task = asyncio.create_task(asyncio.sleep(9))
    await asyncio.sleep(0)
    task.cancel()
async def test_tidy_thread(): await asyncio.to_thread(time.sleep, 0.01)
def test_tidy_child(): subprocess.run(["true"], check=True)
def test_tidy_loopback():
    with pytest.raises(ConnectionRefusedError), socket.socket() as s: s.connect(("127.0.0.1", 1))

async def test_leaks_task(): globals()["task"] = asyncio.create_task(asyncio.sleep(9))
def test_leaks_thread(): threading.Thread(target=time.sleep, args=[99], daemon=True).start()
def test_leaks_child(): globals()["child"] = subprocess.Popen(["sleep", "99"])
def test_leaks_descriptor(): os.open(os.devnull, os.O_RDONLY)
def test_leaks_socket(): socket.socket()
def test_phones_out():
    with socket.socket() as s: s.connect(("192.0.2.1", 80))
def test_skipped(): pytest.skip("no broker here")
def test_warned():
    import warnings; warnings.warn("careless")
"""


def run(tmp_path: Path, stories: str = "", *, ci: bool) -> dict[str, str]:
    """Return the outcome of each story whose name has these words."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_stories.py").write_text(STORIES)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-k", stories],
        cwd=tmp_path,
        env={**os.environ, "CI": "true" if ci else "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split() for line in done.stdout.splitlines() if "::test_" in line]
    outcomes: dict[str, str] = {}
    for words in lines:
        name = next(word.split("::test_")[1] for word in words if "::test_" in word)
        if words[0] in {"PASSED", "FAILED", "ERROR"} and outcomes.get(name) in {None, "PASSED"}:
            outcomes[name] = words[0]
    if "no broker here" in done.stdout:
        outcomes.setdefault("skipped", "SKIPPED with its reason")
    return outcomes


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return run(tmp_path_factory.mktemp("house"), ci=True)


def test_a_tidy_test_passes(outcomes: dict[str, str]) -> None:
    tidy = {name: outcome for name, outcome in outcomes.items() if name.startswith("tidy")}
    assert tidy == dict.fromkeys(
        ["tidy", "tidy_async", "tidy_task", "tidy_thread", "tidy_child", "tidy_loopback"], "PASSED"
    )


@pytest.mark.parametrize("what", ["task", "thread", "child", "descriptor", "socket"])
def test_a_test_that_leaves_something_behind_fails(outcomes: dict[str, str], what: str) -> None:
    assert outcomes[f"leaks_{what}"] in {"FAILED", "ERROR"}


def test_a_test_that_reaches_for_the_network_fails(outcomes: dict[str, str]) -> None:
    assert outcomes["phones_out"] == "FAILED"


def test_a_warning_fails(outcomes: dict[str, str]) -> None:
    assert outcomes["warned"] == "FAILED"


def test_a_skip_fails_in_ci(outcomes: dict[str, str]) -> None:
    assert outcomes["skipped"] == "FAILED"


def test_elsewhere_a_skip_is_named_with_its_reason(tmp_path: Path) -> None:
    assert run(tmp_path, "skipped", ci=False)["skipped"] == "SKIPPED with its reason"
