"""The drawings of docs/control.md are those that the code makes today, and show what the page says."""

import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.plots import DRAWINGS
from docs.plots.chart import Panel
from docs.plots.late import LIGHT, WEAK, pid
from docs.plots.play import TARGET_C, Moment, pid_on_the_reading, play, stepping, tuned, untuned
from hardware.simulated.plant import Plant, PlantParameters

FOLDER = Path(__file__).resolve().parents[2] / "docs/control"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
#: Of 720 in width: less than the stroke of a curve.
ALIKE = 1.0


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_what_the_code_draws(name: str) -> None:
    kept, drawn = (FOLDER / f"{name}.svg").read_text(), DRAWINGS[name]()
    assert NUMBER.sub("#", drawn) == NUMBER.sub("#", kept), "run .venv/bin/python -m docs.plots"
    numbers = [[float(each) for each in NUMBER.findall(text)] for text in (drawn, kept)]
    assert numbers[0] == pytest.approx(numbers[1], abs=ALIKE), "run .venv/bin/python -m docs.plots"
    assert ElementTree.fromstring(kept).get("aria-label")


def test_what_leaves_a_panel_runs_along_its_edge() -> None:
    panel = Panel(0.0, 10.0, 0.0, 10.0, (0.0, 10.0), (0.0, 1.0))
    drawn = panel.curve("pad", [(0.0, -5.0), (5.0, 0.5), (10.0, 3.0)])
    assert 'd="M5.0 5.0L10.0 0.0"' in drawn


# --- what the page says of the reading --------------------------------------------------------------


def full_power_until(reading_c: float) -> Plant:
    plant = Plant()
    while plant.sensor_c[0] < reading_c:
        plant.advance(0.1, 1.0)
    return plant


def true_c(plant: Plant) -> float:
    share = plant.parameters.sensor_heater_share
    return share * plant.heater_c + (1.0 - share) * plant.face_c


def test_a_pad_that_is_switched_off_by_its_reading_goes_beyond() -> None:
    plant = full_power_until(TARGET_C)
    assert true_c(plant) - plant.sensor_c[0] == pytest.approx(0.65, abs=0.05)
    assert plant.heater_c - plant.face_c == pytest.approx(3.8, abs=0.1)


@cache
def moments_of(parameters: PlantParameters, law: str) -> list[Moment]:
    step = {
        "short": pid_on_the_reading(pid(parameters, 40.0)),
        "long": pid_on_the_reading(pid(parameters, 100.0)),
        "untuned": stepping(untuned(parameters)),
        "tuned": stepping(tuned(parameters)),
    }[law]
    return play(parameters, step, 300.0)


def settled_s(moments: list[Moment]) -> float:
    return max(moment.time_s for moment in moments if abs(moment.pad_c - TARGET_C) > 0.3)


def over_c(moments: list[Moment]) -> float:
    return max(moment.pad_c for moment in moments) - TARGET_C


def test_one_integral_time_does_not_suit_both_pads() -> None:
    assert over_c(moments_of(LIGHT, "short")) > 0.7
    assert settled_s(moments_of(WEAK, "long")) > 280.0
    for law in ("untuned", "tuned"):
        assert over_c(moments_of(LIGHT, law)) < 0.2
        assert settled_s(moments_of(WEAK, law)) < 240.0
    assert settled_s(moments_of(LIGHT, "tuned")) < 0.7 * settled_s(moments_of(LIGHT, "long"))


@pytest.mark.parametrize(("parameters", "share"), [(LIGHT, 0.24), (WEAK, 0.69)], ids=["light", "weak"])
def test_the_heat_that_holds_a_pad(parameters: PlantParameters, share: float) -> None:
    held = moments_of(parameters, "tuned")[-300:]
    assert sum(moment.duty for moment in held) / len(held) == pytest.approx(share, abs=0.02)
