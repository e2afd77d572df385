"""What the lab found is told as it is."""

import json
from pathlib import Path

import pytest

from lab import figures
from lab.book import Book
from lab.scenarios import Finding
from lab.strikes import BLOWS, CONTROLLER, GUARD, Outcome, plan


def outcome(low_s: float | None = 0.5, **more: object) -> Outcome:
    facts: dict[str, object] = {
        "unit": GUARD,
        "blow": "kill",
        "persist": True,
        "state": "warming",
        "low_s": low_s,
        "low_after_death_s": low_s,
        "toggle_s": -0.05,
        "heats": 0,
        "result": "signal",
        "restarts": 1,
    }
    return Outcome(**{**facts, **more})  # type: ignore[arg-type]


def test_every_mode_gets_as_many_strikes_as_were_asked_for_and_all_kinds_of_them() -> None:
    planned = list(plan(100, (True, False), seed=1))
    for persist in (True, False):
        kinds = [(one.unit, one.blow) for one in planned if one.persist is persist]
        assert len(kinds) >= 100
        assert {kinds.count(kind) for kind in kinds} == {13}
        assert set(kinds) == {(unit, blow) for unit in (GUARD, CONTROLLER) for blow in BLOWS}


def test_the_same_seed_gives_the_same_moments() -> None:
    assert list(plan(8, (True,), seed=1)) == list(plan(8, (True,), seed=1))
    assert list(plan(8, (True,), seed=1)) != list(plan(8, (True,), seed=2))


def test_a_row_has_the_middle_and_the_worst() -> None:
    found = figures.figures([outcome(0.2), outcome(0.9), outcome(0.4)])
    assert found["lab.guard.kill.kept.low_p50_s"] == 0.4
    assert found["lab.guard.kill.kept.low_max_s"] == 0.9
    assert found["lab.strikes.kept"] == 3
    assert found["lab.strikes.released"] == 0


def test_a_line_that_never_went_low_cannot_hide_in_a_median() -> None:
    found = figures.figures([outcome(0.2), outcome(None)])
    assert found["lab.guard.kill.kept.never_low"] == 1
    assert "1 NEVER LOW" in figures.table(found)


def test_heat_that_came_back_is_in_the_table() -> None:
    assert figures.figures([outcome(heats=2), outcome(heats=1)])["lab.guard.kill.kept.heats"] == 3


@pytest.mark.parametrize(("as_wanted", "words"), [(True, "as it should"), (False, "NOT AS IT SHOULD")])
def test_a_scenario_is_a_sentence(as_wanted: bool, words: str) -> None:
    found = figures.figures([], [Finding("power_cut", None, 0, "resting", as_wanted)])
    assert f"power_cut    {words}: heats again: 0; resting" in figures.table(found)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    found = figures.figures([outcome()], [Finding("stopped", 0.01, 0, "success", True)])
    figures.write(tmp_path / "figures.json", found)
    assert json.loads((tmp_path / "figures.json").read_text()) == found


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    first, second = list(plan(8, (True,), seed=1))[:2]
    found = Finding("stopped", 0.01, 0, "success", True)
    book = Book(tmp_path / "found.jsonl")
    book.add(strike=first, result=outcome(0.3))
    book.add(result=found)
    with (tmp_path / "found.jsonl").open("a") as file:
        file.write('{"strike": {"unit"')  # the power went

    again = Book(tmp_path / "found.jsonl")

    assert again.outcome(first) == outcome(0.3)
    assert again.outcome(second) is None
    assert again.finding("stopped") == found
    assert again.finding("reboot") is None
