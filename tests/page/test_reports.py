"""The pages of the records in a real browser: on one sheet of A4, on a phone, for everybody."""

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from controller.records import chain_state, pages
from controller.records.entry import Entry, Logged
from tests.support.sessions import START_WALL_S, Recorded, broken, completed, later, stopped, write
from tests.support.thumb import SCREENSHOTS

DAY_S = 86400.0
SETTINGS: dict[str, Any] = {
    "pad": {"power_w": 12.0, "supply_v": 5.0, "area_cm2": 400.0, "thermal_cutout": True},
    "hardware": {"sensors": 2, "adc": "MCP3008", "series_switch": True, "deadman": True, "supply": True},
    "control": {"heater_j_m2k": 1500.0, "kp": 0.4, "ti_s": 120.0},
}


def built(recorded: Recorded) -> Recorded:
    record, events, samples = recorded
    return replace(record, row=replace(record.row, settings=SETTINGS)), events, samples


def talkative(recorded: Recorded) -> Recorded:
    """As much as a session can have to tell."""
    record, events, samples = built(recorded)
    row = replace(record.row, area="between the shoulder blades " * 8)
    warning = Entry(START_WALL_S + 40, 1.0, "warning", "dose_warning", "Long. " * 33, row.id)
    first, *between, last = events
    return replace(record, row=row), (first, *between, *[Logged(9, warning)] * 40, last), samples


def a_full_week() -> list[Recorded]:
    """Six sessions a day in seven areas, the most that a guard grants, some with faults."""
    make: tuple[Callable[[str], Recorded], ...] = (completed, completed, broken, completed, stopped)
    found = []
    for number in range(42):
        day, slot = divmod(number, 6)
        recorded = built(make[number % 5](f"{number:02}{'e' * 14}"))
        area = f"{number % 7} right side between the shoulder blades"
        found.append(later(recorded, (day - 5) * DAY_S + slot * 5000.0, area))
    return found


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.setattr(chain_state, "_WHOLE", 0)  # the longer of two sentences about the chain

    def page(name: str, *recorded: Recorded) -> Path:
        database, target = tmp_path / "log.db", tmp_path / f"{name}.html"
        with ThreadPoolExecutor(1) as aside:  # Playwright has an event loop in this thread
            aside.submit(asyncio.run, write(database, *recorded)).result()
        if name.startswith("week"):
            assert pages.write_week(database, "2026-11-21", target) == 0
        else:
            assert pages.write_report(database, "last", target) == 0
        return target

    return page


@pytest.mark.parametrize(
    ("name", "scheme", "recorded"),
    [
        ("good", "light", [built(completed())]),
        ("fault", "dark", [built(broken())]),
        ("aborted", "dark", [built(stopped())]),
        ("talkative", "light", [talkative(broken())]),
        ("week", "light", a_full_week()),
        ("week-empty", "dark", []),
    ],
)
def test_a_report_fits_one_sheet_every_screen_and_everybody(
    browser: Browser, written: Callable[..., Path], name: str, scheme: str, recorded: list[Recorded]
) -> None:
    target = written(name, *recorded)
    page = browser.new_page(color_scheme="light" if scheme == "light" else "dark")
    try:
        page.goto(target.as_uri())
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        (SCREENSHOTS / f"report-{name}.pdf").write_bytes(paper)
        assert sheets(paper) == 1
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture = SCREENSHOTS / f"report-{name}.png"
        picture.write_bytes(page.screenshot(full_page=True))  # as in tests.support.thumb
        assert barriers(page) == []
    finally:
        page.close()


def sheets(paper: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", paper))


def barriers(page: Any) -> list[str]:
    found: dict[str, Any] = json.loads(json.dumps(Axe().run(page).response))
    return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found["violations"]]
