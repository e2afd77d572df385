"""The drawings of the hardware guide are those that the code makes, and show what the example configures."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.drawings import DRAWINGS
from docs.drawings.wiring import HEADER
from docs.reference_build.parts import reference
from hardware.self_test import REFERENCE_LSB

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/hardware"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
#: Of some 500 in width: less than the stroke of a line.
ALIKE = 1.0
#: GPIO numbers on the Pi's header.
ON_THE_HEADER = {11: 17, 13: 27, 15: 22, 16: 23, 18: 24}
PART = re.compile(r"\b(?:[RCDQFS]|TH)\d+\b")


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_what_the_code_draws(name: str) -> None:
    kept, drawn = (ROOT / "docs" / name).read_text(), DRAWINGS[name]()
    assert NUMBER.sub("#", drawn) == NUMBER.sub("#", kept), "run .venv/bin/python -m docs.drawings"
    numbers = [[float(each) for each in NUMBER.findall(text)] for text in (drawn, kept)]
    assert numbers[0] == pytest.approx(numbers[1], abs=ALIKE), "run .venv/bin/python -m docs.drawings"
    assert ElementTree.fromstring(kept).get("aria-label")


def test_every_colour_has_a_dark_twin() -> None:
    for name in DRAWINGS:
        drawn = (ROOT / "docs" / name).read_text()
        assert not re.search(r"(?:fill|stroke)[:=]\"?(?:black|white|red|blue|gray|#)", drawn), name


def words_of(drawing: str) -> str:
    return " ".join(ElementTree.fromstring((GUIDE / drawing).read_text()).itertext())


def drawn_parts() -> set[str]:
    return {
        part for name in ("power.svg", "deadman.svg", "sensing.svg") for part in PART.findall(words_of(name))
    }


def listed(page: str) -> set[str]:
    """The parts that a page's tables have in their first column; "R2 to R4" stands for three."""
    found: set[str] = set()
    for row in re.findall(r"^\| ([^|]*) \|", (GUIDE / page).read_text(), re.MULTILINE):
        found |= set(PART.findall(row))
        for kind, first, last in re.findall(r"\b([RC])(\d+) to \1(\d+)", row):
            found |= {f"{kind}{n}" for n in range(int(first), int(last) + 1)}
    return found


def test_every_part_that_is_drawn_is_in_the_list_of_parts() -> None:
    assert drawn_parts() - listed("parts.md") == set()


def test_every_part_that_is_drawn_has_its_failures() -> None:
    harmless = {"R5", "R16", "R17"}  # named together with what they lead to
    assert drawn_parts() - listed("failures.md") - harmless == set()


def test_the_pins_are_those_of_the_example() -> None:
    pins = reference().hardware
    drawn = {ON_THE_HEADER[number]: where for number, _, where in HEADER if number in ON_THE_HEADER}
    assert drawn == {
        pins.heater_pin: "R3, heater",
        pins.enable_pin: "R7, series switch",
        pins.deadman_pin: "R5, dead-man",
        pins.button_pin: "R16, button",
        pins.led_pin: "R17, LED",
    }
    for number, name, _ in HEADER:
        assert number not in ON_THE_HEADER or name == f"GPIO {ON_THE_HEADER[number]}"
    assert f"GPIO {pins.heater_pin}" in words_of("power.svg")
    assert {f"GPIO {pins.enable_pin}", f"GPIO {pins.deadman_pin}"} <= set(
        re.findall(r"GPIO \d+", words_of("deadman.svg"))
    )


def test_the_dividers_are_those_of_the_example() -> None:
    hardware = reference().hardware
    drawn = words_of("sensing.svg")
    assert {f"CH{thermistor.channel}" for thermistor in hardware.thermistor} <= set(
        re.findall(r"CH\d", drawn)
    )
    assert {thermistor.series_ohm for thermistor in hardware.thermistor} == {5600.0}
    assert drawn.count("5.6") == 4
    assert 12 in REFERENCE_LSB
