"""What a tuning prints, and as whom root runs it."""

import contextlib
import math
import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.limits import Limits
from config.rules import MODEL_KEYS
from controller import glyphs
from controller.control.hottest import Hottest
from controller.control.pad_model import PadModel
from controller.tuning import owner, words
from controller.tuning.owner import NoOwnerError, as_controller
from controller.tuning.plot import Curves, plot
from controller.tuning.steering import TrialLaw
from controller.tuning.trial import Sample
from tests.unit.test_active import STATUS

MODEL = PadModel(1000.0, 1812.3456, 820.9, 0.0086789, 8.1849, 0.0)


def test_the_table_is_what_the_configuration_takes() -> None:
    table = words.table(words.rounded(MODEL), words.remark(0.0234, 1_800_000_000.0))
    assert tomllib.loads(table) == {
        "control": dict(zip(MODEL_KEYS, (1810.0, 821.0, 0.00868, 8.18, 0.0), strict=True))
    }
    assert table.splitlines()[1].endswith(" # heatpack tune, 2027-01-15, residual 0.02 °C")


def test_before_the_heat_all_that_follows_from_it_is_said() -> None:
    text = words.before(40.0, 300.0, replace(Limits(), rest_s=2700.0, day_sessions=3))
    for said in ("40 °C", "5 minutes", "a session", "45 minutes", "3 sessions", "Never asleep", "Ctrl-C"):
        assert said in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("duty", "word"), [(1.0, "heating"), (0.0, "watching")])
def test_progress_fits_a_line(duty: float, word: str) -> None:
    line = words.progress(replace(STATUS, duty=duty), 40.0, 83.0)
    assert line == f"1:23 · {word} · 30.0 °C, below 40 °C all the time"
    assert "no reading" in words.progress(replace(STATUS, temperature_c=None), 40.0, 0.0)


# --- the plot -------------------------------------------------------------------------------------------

TIMES_S = [0.5 * n for n in range(180)]
WARMING = [30.0 + 8.0 * (1.0 - math.exp(-at_s / 40.0)) for at_s in TIMES_S]


def test_a_reading_that_is_the_models_is_one_line_with_nothing_below() -> None:
    lines = plot(Curves(TIMES_S, WARMING, WARMING), 80, colour=False)
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("   38 °C")
    assert lines[10].startswith("   30 °C")
    assert lines[11].lstrip(" │").startswith("0─")
    assert "1" in lines[11]
    assert [line.split("│")[1].strip() for line in (lines[12], lines[14])] == ["", ""]
    assert set(lines[13].split("│")[1]) == {"⠒"} or set(lines[13].split("│")[1]) == {"⠤"}


def test_a_reading_that_is_off_shows_below_with_its_size() -> None:
    off = [each + (0.34 if 30.0 < at_s < 40.0 else 0.0) for at_s, each in zip(TIMES_S, WARMING, strict=True)]
    lines = plot(Curves(TIMES_S, off, WARMING), 80, colour=False)
    assert lines[12].startswith(" +0.4 °C")
    assert lines[12].split("│")[1].strip()


def test_colour_tells_the_model_from_the_reading_and_gaps_are_no_trouble() -> None:
    holed = [None if 20 < n < 40 else each + 2.0 for n, each in enumerate(WARMING)]
    text = "\n".join(plot(Curves(TIMES_S, holed, WARMING), 60, colour=True))
    assert "\x1b[33m" in text
    assert "\x1b[36m" in text
    assert "\x1b[" not in "\n".join(plot(Curves(TIMES_S, holed, WARMING), 60, colour=False))


def test_rows_are_laid_over_each_other_dot_by_dot() -> None:
    (rising,) = glyphs.curve([(0.0, 0.0), (1.0, 1.0)], 4, 1)
    (falling,) = glyphs.curve([(0.0, 1.0), (1.0, 0.0)], 4, 1)
    cross = glyphs.merged(rising, falling)
    assert len(cross) == 4
    assert glyphs.merged(cross, rising) == cross
    assert glyphs.merged("    ", rising) == rising


# --- what the trial is told -----------------------------------------------------------------------------


@dataclass
class Listening:
    """A trial that asks for all until it has three samples."""

    heard: list[Sample]
    verdict: str | None = None

    def step(self, sample: Sample) -> float | None:
        self.heard.append(sample)
        return 1.0 if len(self.heard) < 3 else None


def test_the_trial_is_told_what_went_in_even_where_a_status_was_missed() -> None:
    counted_j = iter((0.0, 0.6, 3.0))
    trial = Listening([])
    law = TrialLaw(trial, Hottest((0.05,)), power_w=12.0, rated_v=5.0, energy_j=lambda: next(counted_j))
    assert law.step(40.0, (30.05,), 0.1, 1.0) == 1.0
    assert law.step(40.0, (30.15,), 0.1, 1.0) == 1.0
    assert not law.over
    assert law.step(40.0, (None,), 0.4, 0.0) == 0.0
    assert law.over
    assert [sample.duty for sample in trial.heard] == pytest.approx([0.0, 0.5, 0.5])
    assert trial.heard[0].temperature_c == pytest.approx(30.0)  # the middle of the converter's step
    assert trial.heard[-1].temperature_c is None
    assert law.step(40.0, (30.05,), 0.1, 1.0) == 0.0
    assert len(trial.heard) == 3
    assert law.supply is None


def test_the_power_of_a_measured_supply_is_that_of_the_time_with_heat() -> None:
    counted_j = iter((0.0, 0.6, 0.6))
    law = TrialLaw(Listening([]), Hottest((0.05,)), 12.0, 5.0, lambda: next(counted_j))
    for volts in (5.2, 4.5, 5.2):  # at rest, under load, at rest
        law.step(40.0, (30.0,), 0.1, 1.0, volts)
    assert law.supply == pytest.approx(0.81)


# --- root -----------------------------------------------------------------------------------------------


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Root, whose changes of user are only noted."""
    done: list[tuple[str, int]] = []
    fake = SimpleNamespace(
        geteuid=lambda: 0,
        getegid=lambda: 7,
        setegid=lambda group: done.append(("group", group)),
        seteuid=lambda user: done.append(("user", user)),
    )
    monkeypatch.setattr(owner, "os", fake)
    return done


def owned(path: Path, user: int, group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = Path.stat

    def says(self: Path, **how: bool) -> os.stat_result:
        found = list(stat(self, **how))
        if self == path:
            found[4:6] = [user, group]
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", says)


def test_root_is_the_owner_of_the_log_for_a_while(
    tmp_path: Path, root: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.db").touch()
    owned(tmp_path / "log.db", 990, 991, monkeypatch)
    with contextlib.suppress(KeyboardInterrupt), as_controller(tmp_path):
        assert root == [("group", 991), ("user", 990)]
        raise KeyboardInterrupt
    assert root[2:] == [("user", 0), ("group", 7)]


def test_root_makes_no_log_in_a_folder_of_others(
    tmp_path: Path, root: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    owned(tmp_path, 990, 991, monkeypatch)
    with pytest.raises(NoOwnerError, match="run heatpack once"), as_controller(tmp_path):
        pass
    assert root == []


def test_root_stays_root_in_a_folder_of_its_own(tmp_path: Path, root: list[tuple[str, int]]) -> None:
    with as_controller(tmp_path / "not there yet"):
        assert root == [("group", 7), ("user", 0)]


def test_anybody_else_stays_who_they_are(
    tmp_path: Path, root: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "os", SimpleNamespace(geteuid=lambda: 1000))
    with as_controller(tmp_path):
        assert root == []
