"""What the fault campaign makes of its runs: a file that survives a kill, honest figures, a page."""

import io
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign import bounds, figures, line, measures, page, plots
from campaign.progress import Progress, bar
from campaign.result import Kind, Result, Struck
from campaign.table import Origin, Table, TableError, done, read

ORIGIN = Origin("0.1.0", 7)
ABOUT = page.About(7, "./dev campaign --runs 1000 --seed 7", "0.1.0", "2026-02-03")
SVG = "{http://www.w3.org/2000/svg}"
XHTML = "{http://www.w3.org/1999/xhtml}"

HEALTHY = Result(
    run=0,
    seed=7,
    kind="healthy",
    fault="",
    struck="",
    sensors=2,
    bits=10,
    series_switch=True,
    covered=True,
    target_c=40.0,
    duration_s=480.0,
    flux_w_m2=512.0,
    value=None,
    at_s=None,
    face_peak_c=40.4,
    face_over_46_s=0.0,
    basal_peak_c=39.3,
    basal_cem43=0.05,
    off_s=None,
    code="completed",
    codes="completed",
    right=True,
    off=True,
    false_trip=False,
)
FAULT = replace(
    HEALTHY,
    kind="fault",
    fault="sensor_frozen",
    struck="one",
    value=38.2,
    at_s=61.5,
    off_s=0.1,
    code="sensor_frozen",
    codes="sensor_frozen",
)
UNCOVERED = replace(FAULT, fault="mosfet_shorted", struck="", covered=False, series_switch=False)


def campaign(runs: int, seed: int = 1) -> list[Result]:
    """Return a campaign as it might come out: not simulated, only of its shape."""
    dice = random.Random(seed)
    faults: list[tuple[str, Struck]] = [
        (name, struck)
        for name in ("sensor_open", "sensor_short", "sensor_frozen", "drift_down", "drift_up")
        for struck in ("one", "all")
    ]
    faults += [
        (name, "")
        for name in ("mosfet_shorted", "heater_open", "controller_killed", "controller_flood", "supply_sag")
    ]
    found = []
    for run in range(runs):
        target_c = dice.uniform(35, 42)
        face_c = target_c + abs(dice.gauss(0, 0.4))
        pad = replace(
            HEALTHY,
            run=run,
            sensors=dice.choice((1, 2)),
            bits=dice.choice((10, 12)),
            series_switch=dice.random() < 0.5,
            target_c=target_c,
            flux_w_m2=dice.uniform(250, 990),
            face_peak_c=face_c,
            basal_peak_c=face_c - dice.uniform(0.8, 1.8),
            basal_cem43=0.25 ** (43 - face_c) * 4,
        )
        found.append(pad)
        fault, struck = dice.choice(faults)
        covered = fault != "mosfet_shorted" or pad.series_switch
        burnt_c = face_c + (dice.uniform(0, 3) if covered else dice.uniform(8, 16))
        found.append(
            replace(
                pad,
                kind="fault",
                fault=fault,
                struck=struck,
                covered=covered,
                value=dice.uniform(0.02, 0.5) if fault.startswith("drift") else None,
                at_s=dice.uniform(0, 480),
                face_peak_c=burnt_c,
                face_over_46_s=max(0.0, (burnt_c - 46) * 30),
                basal_peak_c=burnt_c - 1.2,
                basal_cem43=4 * 2 ** (burnt_c - 43) if burnt_c > 43 else 0.25 ** (43 - burnt_c),
                off_s=dice.expovariate(0.2) if covered else 480.0,
                code=dice.choice((fault, fault, fault, "thermal_runaway")),
            )
        )
    return found


# --- the file -------------------------------------------------------------------------------------

finite = st.floats(-1e6, 1e6)
words = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12)
OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {float: finite, float | None: st.none() | finite, str: words}


def approximately(result: Result) -> dict[str, object]:
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in asdict(result).items()
    }


@given(
    st.builds(
        Result,
        **{field.name: OF_TYPE[field.type] for field in fields(Result) if field.type in OF_TYPE},
    )
)
def test_a_line_gives_back_its_result(result: Result) -> None:
    text = line.encode(result)
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    assert asdict(line.decode(text[:-1])) == approximately(result)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"basal_peak_c": float("nan")}, "basal_peak_c is nan"),
        ({"basal_cem43": float("inf")}, "basal_cem43 is inf"),
        ({"codes": "sensor_open\nrun"}, "codes holds a line end"),
    ],
)
def test_what_could_hide_a_burn_is_not_written(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = tmp_path / "campaign.csv"
    with Table(path, ORIGIN) as table, pytest.raises(ValueError, match=reason):
        table.append([FAULT, replace(FAULT, **change)])
    assert read(path) == []


def test_a_file_that_was_cut_at_any_byte_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = tmp_path / "whole.csv"
    results = campaign(2)
    with Table(whole, ORIGIN) as table:
        for result in results:
            table.append([result])
    data = whole.read_bytes()
    first_line = len(f"{ORIGIN}\n{line.columns()}")
    path = tmp_path / "cut.csv"
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        expected = max(0, data[:cut].count(b"\n") - 2)
        assert len(read(path)) == len(done(path)) == expected
        with Table(path, ORIGIN) as table:
            assert len(table.done) == expected
            table.append(result for result in results if (result.kind, result.run) not in table.done)
        assert path.read_bytes() == data, f"cut after byte {cut} of {len(data)}, header {first_line}"


def test_there_is_nothing_done_before_the_first_run(tmp_path: Path) -> None:
    assert done(tmp_path / "none.csv") == set()


@pytest.mark.parametrize(
    ("begins", "reason"),
    [
        ("my holiday in numbers", "does not hold results of a campaign"),
        ("year,rain\n1990,7\n", "does not hold results of a campaign"),
        (f"{Origin('0.1.0', 8)}\n{line.columns()}", 'seed 8", and this is "heatpack campaign, .* seed 7"'),
        (f"{Origin('0.0.9', 7)}\n{line.columns()}", "belongs to another campaign"),
        (f"{ORIGIN}\nrun,seed\n", "other columns"),
        (f"{ORIGIN}\n{line.columns()}1,2\n", "line 3 is damaged: it has 2 cells and not 24"),
        (
            f"{ORIGIN}\n{line.columns()}{line.encode(FAULT)}{line.encode(FAULT).replace('512', 'nan')}",
            'line 4 is damaged: "nan" is no flux_w_m2',
        ),
        (f"{ORIGIN}\n{line.columns()}{line.encode(FAULT).replace('one', 'two')}", '"two" is no struck'),
    ],
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, begins: str, reason: str) -> None:
    path = tmp_path / "campaign.csv"
    path.write_text(begins)
    with pytest.raises(TableError, match=reason):
        Table(path, ORIGIN)
    assert path.read_text() == begins


# --- the figures ----------------------------------------------------------------------------------


def test_the_figures_count_only_what_software_can_cover() -> None:
    flat = figures.flat(
        [
            HEALTHY,
            replace(HEALTHY, run=1, code="sensor_jump", false_trip=True),
            FAULT,
            replace(FAULT, run=1, face_over_46_s=2.1, basal_peak_c=45.2, basal_cem43=9.5, off=False),
            replace(FAULT, run=2, code="completed", right=False),
            replace(
                UNCOVERED, run=3, face_over_46_s=300.0, basal_peak_c=52.0, basal_cem43=900.0, right=False
            ),
        ]
    )
    contract = {
        "healthy_runs": 2,
        "false_trips": 1,
        "fault_runs": 3,
        "face_over_46c_2s": 1,
        "basal_over_45c": 1,
        "cem43_over_9": 1,
        "wrong_code": 1,
        "not_off": 1,
        "uncovered.runs": 1,
        "uncovered.face_over_46c_2s": 1,
        "uncovered.basal_over_45c": 1,
        "uncovered.cem43_over_9": 1,
        "healthy.face_over_46c_2s": 0,
        "healthy.basal_over_45c": 0,
    }
    assert {key: flat[f"campaign.{key}"] for key in contract} == contract
    assert flat["campaign.fault.sensor_frozen.one.basal_peak_c.max"] == 45.2
    assert flat["campaign.fault.sensor_frozen.one.code.sensor_frozen"] == 2
    assert flat["campaign.uncovered.fault.mosfet_shorted.basal_cem43.max"] == 900.0


def test_exactly_on_a_limit_is_within_it() -> None:
    edge = replace(FAULT, face_over_46_s=2.0, basal_peak_c=45.0, basal_cem43=9.0)
    assert [finding.passed for finding in bounds.judge([edge])] == [0] * len(bounds.BOUNDS)


def test_percentiles_are_values_that_occurred() -> None:
    (row,) = measures.rows([replace(FAULT, run=n, face_peak_c=40.0 + n / 100) for n in range(1, 201)])
    assert row.spread(measures.FACE) == measures.Spread(41.0, 41.98, 42.0)


def test_no_campaign_is_no_success() -> None:
    assert {bounds.by_how_much(finding) for finding in bounds.judge([])} == {"no runs"}
    assert "All limits held" not in page.render([], ABOUT)
    assert "All limits held" not in page.render([HEALTHY], ABOUT)


def test_a_missed_limit_names_its_corner_in_the_terminal() -> None:
    worst = replace(FAULT, run=812, basal_peak_c=45.8, bits=12, sensors=1, series_switch=False)
    text = figures.for_terminal([HEALTHY, FAULT, worst, UNCOVERED])
    assert re.search(r"fault +Basal skin above 45 °C +1 of +2 +missed by 0.8 °C", text)
    told = " ".join(text.split())
    assert "worst: run 812, seed 7, sensor frozen, one sensor, of 38.2, after 62 s" in told
    assert "512 W/m², target 40.0 °C, 12 bit, 1 sensor, no series switch, ended by sensor_frozen" in told
    assert max(map(len, figures.for_terminal(campaign(300)).splitlines())) <= figures.WIDTH


def test_none_in_so_many_runs_is_a_chance_and_not_a_certainty() -> None:
    assert bounds.chance_below(10_000) == pytest.approx(3.0e-4, rel=0.01)
    assert bounds.chance_below(0) == 1.0


# --- the page -------------------------------------------------------------------------------------


def text_of(root: ET.Element) -> str:
    body = root.find(f"{XHTML}body")
    assert body is not None
    return re.sub(r"\s+", " ", " ".join(body.itertext()))


def test_the_page_says_whether_the_limits_held() -> None:
    assert "All limits held" in page.render([HEALTHY, FAULT, UNCOVERED], ABOUT)
    missed = text_of(ET.fromstring(page.render([HEALTHY, replace(FAULT, basal_cem43=11.5)], ABOUT)))
    assert "1 of 9 limits missed" in missed
    assert "missed by 2.5 CEM43" in missed
    assert "Worst 11.5 CEM43: run 0, seed 7, sensor frozen, one sensor" in missed


def test_the_page_is_complete_in_itself_and_says_what_it_is_worth() -> None:
    html = page.render(campaign(300), ABOUT)
    text = text_of(ET.fromstring(html))
    assert not re.search(r"(src|href)=|url\(|@import|<script", html)
    assert "Nothing here was tried on people" in text
    assert "within about 1.5 °C" in text
    assert "./dev campaign --runs 1000 --seed 7" in text


def test_the_page_stays_small() -> None:
    results = campaign(10_000)
    assert len(page.render(results, ABOUT).encode()) < 500_000


def test_what_software_cannot_cover_stands_apart_with_its_hardware() -> None:
    about = replace(ABOUT, hardware={"mosfet_shorted": "A 50 °C bimetal switch in the pad"})
    root = ET.fromstring(page.render([HEALTHY, FAULT, UNCOVERED], about))
    tables = {
        section.attrib["aria-labelledby"]: re.sub(r"\s+", " ", " ".join(section.itertext()))
        for section in root.iter(f"{XHTML}section")
        if "aria-labelledby" in section.attrib
    }
    assert "MOSFET shorted" in tables["uncovered"]
    assert "A 50 °C bimetal switch in the pad" in tables["uncovered"]
    assert "MOSFET shorted" not in tables["faults"]


def test_what_a_run_says_cannot_break_the_page() -> None:
    hostile = replace(FAULT, fault='<b>"&', code="<script>", codes="<script>")
    assert "<script>" not in page.render([HEALTHY, hostile], ABOUT)
    assert '<b>"&' in text_of(ET.fromstring(page.render([HEALTHY, hostile], ABOUT)))


@pytest.mark.parametrize(("peak_c", "kind"), [(45.9, "most"), (46.1, "most over")])
def test_a_plot_shows_the_highest_run_on_its_side_of_the_limit(peak_c: float, kind: str) -> None:
    (row,) = measures.rows([FAULT, replace(FAULT, run=1, face_peak_c=peak_c)])
    svg = ET.fromstring(plots.strip(row, plots.axes([row])[0]))
    dot, limit = svg.find(f"{SVG}circle"), svg.find(f"{SVG}path[@class='limit']")
    assert dot is not None
    assert limit is not None
    limit_x = float(limit.attrib["d"].split()[0].removeprefix("M"))
    assert dot.attrib["class"] == kind
    assert (float(dot.attrib["cx"]) > limit_x) == (peak_c > 46)


def test_a_single_run_among_thousands_has_a_bar_of_its_own() -> None:
    many = [replace(FAULT, run=run) for run in range(5000)]
    (row,) = measures.rows([*many, replace(FAULT, run=5000, face_peak_c=44.0)])
    svg = ET.fromstring(plots.strip(row, plots.axes([row])[0]))
    path = svg.find(f"{SVG}path[@class='bars']")
    assert path is not None
    heights = [-float(height) for height in re.findall(r"v(-[\d.]+)", path.attrib["d"])]
    assert len(heights) == 2
    assert min(heights) > 2.0


# --- the progress ---------------------------------------------------------------------------------


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_grow() -> None:
    screen, now_s = Screen(), iter([0.0, 0.0, 10.0, 10.0, 20.0])
    with Progress("faults", 1000, 200, out=screen, now_s=lambda: next(now_s)) as progress:
        progress.advance(300)
    drawn = screen.getvalue().split("\r")
    assert "200/1,000 (20%)" in drawn[1]
    assert "500/1,000 (50%), 30.0 runs/s, 17 s left" in drawn[2]
    assert "▏" in drawn[2]
    assert screen.getvalue().count("\n") == 1


def test_a_log_gets_a_line_each_half_minute() -> None:
    log, now_s = io.StringIO(), [0.0]
    with Progress("faults", 100, out=log, now_s=lambda: now_s[0]) as progress:
        for _ in range(100):
            now_s[0] += 1.0
            progress.advance()
    assert log.getvalue().splitlines() == [
        "faults 0/100 (0%)",
        "faults 30/100 (30%), 1.0 runs/s, 1 min 10 s left",
        "faults 60/100 (60%), 1.0 runs/s, 40 s left",
        "faults 90/100 (90%), 1.0 runs/s, 10 s left",
        "faults 100/100 (100%), 1.0 runs/s, took 1 min 40 s",
    ]


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_always_fills_its_width(share: float, width: int) -> None:
    assert len(bar(share, width)) == width


def test_kinds_of_the_same_number_are_two_runs(tmp_path: Path) -> None:
    path = tmp_path / "campaign.csv"
    with Table(path, ORIGIN) as table:
        table.append([HEALTHY, FAULT])
    kinds: set[tuple[Kind, int]] = {("healthy", 0), ("fault", 0)}
    assert done(path) == kinds
