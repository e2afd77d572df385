"""Who a wiring check goes on as, and what it holds meanwhile."""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from hardware import off
from hardware.stage import to_json
from hardware.wiring import minder
from hardware.wiring.minder import RefusedError, locked
from tests.support.builds import build

ROOT = Path(__file__).parents[2]
AS_ROOT = """
import contextlib, os, sys
from dataclasses import replace
from hardware.wiring.minder import become_owner
from tests.support.builds import build
os.chdir(sys.argv[2])  # a home that is root's alone
become_owner(replace(build(), state_dir=sys.argv[1]))
with contextlib.chdir(sys.argv[1]):
    pass  # as a pin factory does while it is loaded
open(os.path.join(sys.argv[1], "ledger.json"), "x").close()
print(os.geteuid(), os.getegid(), 0 in os.getgroups())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_goes_on_as_the_owner_of_the_state_folder() -> None:
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryDirectory() as home:
        os.chown(state, 65534, 65533)
        command = [sys.executable, "-c", AS_ROOT, state, home]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
        left = os.stat(os.path.join(state, "ledger.json"))
        os.chown(state, 0, 0)
    assert done.stdout == "65534 65533 False\n"
    assert (left.st_uid, left.st_gid) == (65534, 65533)


def test_two_locks_are_held_and_let_go(tmp_path: Path) -> None:
    settings = replace(build(), state_dir=str(tmp_path), runtime_dir=str(tmp_path / "run"))
    for _ in range(2):
        with locked(settings), pytest.raises(RefusedError, match="a guard runs"), locked(settings):
            pass
    (tmp_path / "run").mkdir()
    with locked(settings):
        assert (tmp_path / "run/guard.lock").exists()


def test_what_cannot_be_driven_low_after_a_killed_walk_is_for_the_person_at_the_plug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(build(), state_dir=str(tmp_path), runtime_dir=str(tmp_path))
    asked: list[tuple[dict[str, int], str]] = []

    def busy(lines: dict[str, int], name: str) -> int:
        asked.append((lines, name))
        return off.EXIT_HARDWARE_MISSING

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr(minder, "become_owner", lambda _: None)
    monkeypatch.setattr(minder, "_mind", lambda *_: (1, "the check was killed"))
    monkeypatch.setattr(off, "drive", busy)
    given = os.memfd_create("settings")
    os.pwrite(given, to_json(settings).encode(), 0)
    assert minder.main([f"--settings-fd={given}"]) == 1
    os.close(given)
    ((lines, name),) = asked
    assert list(lines.items())[:2] == [
        ("heater_pin", settings.pins.heater),
        ("enable_pin", settings.pins.enable),
    ]
    assert name == settings.pins.factory
    assert capsys.readouterr().err.splitlines()[1:] == [
        "heatpack doctor: the check was killed",
        "heatpack doctor: a switch may still be closed. UNPLUG THE BATTERY",
    ]
