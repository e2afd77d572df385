"""A week of heat: what counts where, and a page that tells it."""

import re
import sqlite3
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.limits import Limits
from controller.records import chain_state, overview, pages, query, week, week_chart, week_page
from controller.records.changes import Put
from controller.records.entry import Entry, Logged, SessionRecord
from controller.records.store import Store
from controller.records.sums import by_area, day_start_s, most_in_a_day
from hardware.codec import to_plain
from tests.support.sessions import START_WALL_S, broken, completed, later, stopped, write

DAY_S = 86400.0
GOOD, CUT, FAULTY = completed(), stopped(), broken()
XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
MONDAY_S = 1_794_787_200.0  # 2026-11-16 00:00 UTC; START_WALL_S is on Saturday


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def told(*records: SessionRecord, faults: tuple[Logged, ...] = ()) -> week.Week:
    newest_first = sorted(records, key=lambda record: -record.row.requested_wall_s)
    return week.week_of(MONDAY_S, newest_first, faults)


def text_of(root: ET.Element) -> str:
    body = root.find(f"{XHTML}body")
    assert body is not None
    return re.sub(r"\s+", " ", " ".join(body.itertext()))


def test_a_week_goes_from_monday_to_monday() -> None:
    for days in range(7):
        assert week.bounds_s(MONDAY_S + days * DAY_S + 40_000.0) == (MONDAY_S, MONDAY_S + 7 * DAY_S)


def test_a_day_of_25_hours_is_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    from_s, to_s = week.bounds_s(1_792_872_000.0)  # 2026-10-24, the day before the clocks go back
    assert to_s - from_s == 7 * DAY_S + 3600.0
    assert day_start_s(from_s, 7) == to_s


def test_heat_counts_for_its_day_and_its_area() -> None:
    found = told(later(GOOD, 0.0)[0], later(CUT, 3600.0, "Neck")[0], later(GOOD, -DAY_S, "left calf")[0])
    assert found.areas == ("Neck", "left calf")
    friday, saturday = found.days[4], found.days[5]
    assert friday.heated_s == (0.0, 480.0)
    assert saturday.heated_s == (672.0, 0.0)
    assert (saturday.sum.sessions, found.sum.sessions) == (2, 3)
    assert week.headline(found)[:2] == ("done", "No protection was needed")
    assert "3 sessions on 2 days, 19 min of heat." in week.headline(found)[2]


def test_areas_differ_by_more_than_their_case() -> None:
    sessions = [later(GOOD, 0.0, area)[0] for area in ("neck", "Neck", " neck ", "nape", "")]
    assert list(by_area(sessions)) == ["neck", "nape", "not named"]


def test_many_areas_end_in_one_row() -> None:
    found = told(*(later(GOOD, -3600.0 * n, f"area {n}")[0] for n in range(8)))
    assert len(found.areas) == week.MOST_AREAS
    assert found.areas[-1] == week.OTHERS
    assert sum(sum(day.heated_s) for day in found.days) == pytest.approx(8 * 480.0)


def test_the_budget_counts_any_24_hours_also_across_the_first_midnight() -> None:
    dose = GOOD[0].end.dose_cem43 if GOOD[0].end else 0.0
    sunday = later(GOOD, MONDAY_S - START_WALL_S - 3600.0)[0]
    monday = later(GOOD, MONDAY_S - START_WALL_S + 3600.0)[0]
    found = told(monday, sunday)
    assert len(found.sessions) == 1
    assert found.worst.dose_cem43 == pytest.approx(2 * dose)
    assert most_in_a_day([later(GOOD, DAY_S)[0], GOOD[0]], 0.0).dose_cem43 == pytest.approx(dose)


def test_a_protection_and_a_fault_are_the_headline() -> None:
    assert week.headline(told(GOOD[0], FAULTY[0]))[:2] == ("safety", "A protection was needed")
    assert "One session was ended by a protection." in week.headline(told(GOOD[0], FAULTY[0]))[2]
    fault = Logged(1, Entry(START_WALL_S, 1.0, "fault", "heater_stuck_on", "The heater is stuck on"))
    assert week.headline(told(GOOD[0], faults=(fault,)))[:2] == ("safety", "A fault was found")
    assert week.headline(told())[:2] == ("open", "No heat")


def test_the_page_has_every_figure_of_the_chart_in_a_table() -> None:
    found = told(later(GOOD, 0.0)[0], later(CUT, 3600.0, "left calf")[0])
    root = ET.fromstring(week_page.render(found))
    text = text_of(root)
    assert "16 November to 22 November 2026 · week 47" in text
    assert re.search(r"neck – – – – – 8 – 8 ", text)
    assert re.search(r"left calf – – – – – 3 – 3 ", text)
    assert re.search(r"All – – – – – 11 – 11 Dose, CEM43 – – – – – 0\.28 – 0\.28 ", text)
    for svg in root.findall(f".//{SVG}svg[@role='img']"):
        title, description = (svg.find(f"{SVG}{name}") for name in ("title", "desc"))
        assert title is not None
        assert description is not None
        assert description.text == "Saturday 11 minutes and 0.28 CEM43."


def test_a_bar_is_as_high_as_its_minutes() -> None:
    svg = ET.fromstring(week_chart.render(told(GOOD[0]), week_chart.WIDE))
    (bar,) = svg.findall(f"{SVG}rect[@class='area-0']")
    budget = svg.findall(f"{SVG}path[@class='cutoff']")[0]
    budget_y = float(budget.attrib["d"].split()[1].split("L")[0])
    zero_y = float(bar.attrib["y"]) + float(bar.attrib["height"])
    assert float(bar.attrib["height"]) / (zero_y - budget_y) == pytest.approx(8 / 60, abs=0.002)


def test_the_limits_are_those_of_the_newest_session() -> None:
    record = GOOD[0]
    settings = {"limits": to_plain(Limits(day_dose_cem43=2.0))}
    found = told(replace(record, row=replace(record.row, settings=settings)))
    assert "of 2 CEM43." in week.headline(found)[2]


@pytest.mark.parametrize("tight", [Limits(), Limits(day_dose_cem43=1.0, day_heated_s=900.0)])
def test_everything_is_drawn_within_the_frame(tight: Limits) -> None:
    record = GOOD[0]
    settings = {"limits": to_plain(tight)}
    found = told(
        *(replace(later(GOOD, -3600.0 * n)[0], row=replace(record.row, settings=settings)) for n in range(3))
    )
    for size in (week_chart.WIDE, week_chart.NARROW):
        svg = ET.fromstring(week_chart.render(found, size))
        heights = [float(text.attrib["y"]) for text in svg.findall(f"{SVG}text")]
        heights += [float(path.attrib["d"].split()[1].split("L")[0]) for path in svg.findall(f"{SVG}path")]
        assert all(0.0 < height < size.dose_bottom + size.bottom for height in heights)


def test_markup_in_an_area_is_text() -> None:
    root = ET.fromstring(week_page.render(told(later(GOOD, 0.0, "<script>x</script>")[0])))
    assert not list(root.iter(f"{XHTML}script"))
    assert "<script>x</script>" in text_of(root)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A session a week for four weeks, and faults on days between them."""
    path = tmp_path / "log.db"
    sessions = [later(completed(f"s-{n}"), (n - 3) * 7 * DAY_S) for n in range(4)]
    await write(path, *sessions[:2])
    add_fault(path, 0, -10)
    add_fault(path, 1, -9)
    await write(path, sessions[2])
    add_fault(path, 2, -3)
    await write(path, sessions[3])
    return path


def add_fault(path: Path, number: int, days: int) -> None:
    store = Store(path)
    fault = Entry(START_WALL_S + days * DAY_S, 1.0, "fault", f"fault_{number}", "between")
    store.write([Put(fault)], [])
    store.close()


def test_faults_between_the_sessions_belong_to_their_week(path: Path) -> None:
    with query.reading(path) as db:
        found = [
            [logged.entry.code for logged in overview.troubles(db, MONDAY_S + n * 7 * DAY_S, to_s)]
            for n, to_s in ((n, MONDAY_S + (n + 1) * 7 * DAY_S) for n in range(-4, 2))
        ]
    assert found == [[], [], [], ["fault_0", "fault_1"], ["fault_2"], []]


def test_a_week_is_written_under_its_name(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pages.write_week(path, "2026-11-21") == 0
    assert capsys.readouterr().out == "heatpack-week-2026-W47.html\n"
    page = tmp_path / "heatpack-week-2026-W47.html"
    assert "1 session on 1 day" in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert pages.write_week(path, "last week") == 2
    assert "--week 'last week': expected a time" in capsys.readouterr().err


def test_no_question_reads_a_whole_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_state, "_WHOLE", 0)
    asked: list[str] = []
    with query.reading(path) as db:
        db.set_trace_callback(asked.append)
        overview.between(db, START_WALL_S, limit=10)
        overview.newest_days(db, START_WALL_S - DAY_S, 1)
        overview.troubles(db, MONDAY_S - 7 * DAY_S, MONDAY_S)
        pages.session_page(db, query.session(db, "last"))
        db.set_trace_callback(None)
        plans = {statement: plan_of(db, statement) for statement in asked}
    assert len(plans) >= 12
    for statement, plan in plans.items():
        assert "SCAN" not in plan.replace("SCAN chain", ""), statement  # which has one row
        assert "TEMP B-TREE" not in plan or " FROM event " in statement, statement


def plan_of(db: sqlite3.Connection, statement: str) -> str:
    return " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}"))
