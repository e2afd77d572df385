"""The report of a session: a page that a person reads and that nothing hostile gets into."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.limits import Limits
from controller.records import chart, report, watched
from controller.records.chain_state import ChainState
from controller.records.entry import Entry, Logged, Sample, SessionEnd
from controller.records.svg import thinned
from hardware.checks import CHECKS
from tests.support.sessions import START_WALL_S, Recorded, broken, completed, samples_of, stopped

LIMITS = Limits()
XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def page(recorded: Recorded, limits: Limits = LIMITS) -> ET.Element:
    return ET.fromstring(report.render(*recorded, limits))


def text_of(root: ET.Element) -> str:
    body = root.find(f"{XHTML}body")
    assert body is not None
    return re.sub(r"\s+", " ", " ".join(body.itertext()))


def test_a_good_session_is_told_in_a_sentence_and_in_figures() -> None:
    text = text_of(page(completed()))
    assert "Heat session: neck" in text
    assert "Completed as planned" in text
    assert "The pad reached 40.0 °C after 1 min 12 s and switched off after 8 min as planned." in text
    assert "Peak temperature 40.1 °C cutoff at 44.0 °C 3.9 °C below the cutoff." in text
    assert "Thermal dose 0.21 CEM43 ends at 2 CEM43 Counts like 13 s at 43 °C: 11 % of the limit." in text
    assert "2.61 kJ" in text
    assert "started from the phone" in text


def test_the_limits_that_applied_stand_beside_each_check() -> None:
    text = text_of(page(completed(), Limits(cutoff_c=43.5, session_max_s=540.0, rest_s=3600.0)))
    assert "Too hot 43.5 °C for 1 s, or 46.0 °C at once: locked found nothing" in text
    assert "Pause from 43.0 °C, until below 42.5 °C found nothing" in text
    assert "Longest heat 9 min, and nothing extends it found nothing" in text
    assert "Rest and budget 1 h of rest; in 24 hours 6 sessions, 1 h, 4 CEM43 passed" in text
    assert "cutoff 43.5 °C" in text


def test_the_check_that_spoke_stands_out() -> None:
    root = page(broken())
    (alarm,) = [item for item in root.iter(f"{XHTML}li") if item.attrib.get("class") == "alarm"]
    assert (
        " ".join("".join(alarm.itertext()).split()) == "!Broken wire a reading colder than 5 °C spoke at 1:01"
    )
    assert not [item for item in page(completed()).iter(f"{XHTML}li") if item.attrib.get("class") == "alarm"]


def test_settings_and_software_that_applied_are_said() -> None:
    record, events, samples = completed()
    settings = {
        "pad": {"power_w": 12.0, "supply_v": 5.0, "area_cm2": 400.0, "thermal_cutout": True},
        "hardware": {"sensors": 2, "adc": "MCP3008", "series_switch": True, "deadman": True},
        "control": {"heater_j_m2k": 1500.0, "kp": 0.4},
    }
    built = replace(record, row=replace(record.row, settings=settings))
    text = text_of(page((built, events, samples)))
    assert "Pad 12 W at 5 V on 400 cm²: 300 W/m², with a thermal cut-out" in text
    assert "Build 2 sensors on MCP3008, series switch, dead-man" in text
    assert "Control the pad's own model, as tuned, kp 0.4" in text
    assert "Software Heatpack 0.1.0" in text
    assert "Self-test before the heat: ledger, settings, each switch alone, sensors passed" in text


def test_the_guards_questions_are_counted() -> None:
    record, events, samples = completed()
    asked = Entry(START_WALL_S + 482, 1.0, "questions", "ok", "asked", record.row.id, {"at_s": [95.0, 222.4]})
    text = text_of(page((record, (*events, Logged(9, asked)), samples)))
    assert "Questions heat withheld, to see the reading answer asked at 1:35, 3:42" in text
    assert "Questions" not in text_of(page(completed()))


def test_what_is_known_of_the_chain_is_said() -> None:
    state = ChainState(ok=True, sentence="Entries 3 to 8 hold together.", head="12 · 5eaf")
    text = text_of(ET.fromstring(report.render(*completed(), LIMITS, state)))
    assert "Chain Entries 3 to 8 hold together. Head 12 · 5eaf" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_colour_of_text_can_be_read_on_what_is_behind_it(scheme: str) -> None:
    style = page(completed()).find(f".//{XHTML}style")
    assert style is not None
    palettes = re.findall(r":root \{(.*?)\}", style.text or "", re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", palettes[0 if scheme == "light" else 1]))
    texts = ("ink", "soft", "temperature", "target", "cutoff", "inhibit", "done", "early", "safety")
    pairs = [(text, "paper") for text in texts]
    pairs += [(kind, f"{kind}-tint") for kind in ("done", "early", "safety")]
    pairs += [("ink", f"{kind}-tint") for kind in ("done", "early", "safety")]
    for text, behind in pairs:
        lighter, darker = sorted((luminance(colours[text]), luminance(colours[behind])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= (4.5 if text != "temperature" else 4.0), (text, behind)


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it, 0-1."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_check_of_the_guard_has_words() -> None:
    assert {check.code for check in CHECKS} - {"completed"} == watched.codes()


def test_a_long_list_of_events_is_cut_on_paper_alone() -> None:
    record, events, samples = completed()
    more = tuple(replace(events[2], seq=100 + number) for number in range(40))
    root = page((record, (*events, *more), samples))
    rows = [row for row in root.iter(f"{XHTML}tr") if row.attrib.get("class") == "screen"]
    assert len(rows) == 45 - 12
    assert "33 of 45 entries are not on this sheet." in text_of(root)


def test_a_fault_says_what_happened_and_why() -> None:
    root = page(broken())
    text = text_of(root)
    assert "Ended by a protection" in text
    assert "Heat ended after 1 min 1 s of the planned 8 min. Sensor 1 is open or unplugged" in text
    assert "The pad did not reach its target of 40.0 °C." in text
    assert root.find(f".//{SVG}circle[@class='mark alarm']") is not None


def test_a_session_that_was_stopped_shows_the_time_that_was_not_heated() -> None:
    root = page(stopped())
    text = text_of(root)
    assert "Heat ended after 3 min 12 s of the planned 8 min. Stopped by a person. The pad reached" in text
    unheated = root.find(f".//{SVG}svg[@class='chart wide']/{SVG}rect[@class='unheated']")
    assert unheated is not None
    plot_width = chart.WIDE.width - chart.WIDE.left - chart.WIDE.right
    assert float(unheated.attrib["width"]) == pytest.approx(plot_width * (480 - 192) / 480, abs=0.2)


def test_the_chart_draws_the_temperature_where_it_was() -> None:
    record, events, samples = completed()
    root = page((record, events, samples))
    svg = root.find(f".//{SVG}svg[@class='chart wide']")
    assert svg is not None
    target, cutoff = (_line_y(svg, name) for name in ("target", "cutoff"))
    c_per_px = (LIMITS.cutoff_c - 40.0) / (target - cutoff)
    points = _points(svg, "temperature")
    peak_c = 40.0 + (target - min(y for _, y in points)) * c_per_px
    start_c = 40.0 + (target - points[0][1]) * c_per_px
    assert peak_c == pytest.approx(max(sample.temperature_c or 0 for sample in samples), abs=0.02)
    assert start_c == pytest.approx(samples[0].temperature_c, abs=0.02)
    assert points[-1][0] == chart.WIDE.width - chart.WIDE.right


def test_each_mark_in_the_chart_is_explained_in_the_list() -> None:
    root = page(completed())
    svg = root.find(f".//{SVG}svg[@class='chart narrow']")
    assert svg is not None
    in_chart = [element.text for element in svg.findall(f"{SVG}text[@class='mark']")]
    in_list = [
        element.text
        for element in root.iter(f"{XHTML}span")
        if element.attrib.get("class", "").startswith("number")
    ]
    assert in_chart == in_list == ["1", "2", "3"]


def test_a_chart_tells_those_who_cannot_see_it() -> None:
    root = page(completed())
    for svg in root.findall(f".//{SVG}svg[@role='img']"):
        title, description = svg.attrib["aria-labelledby"].split()
        assert svg.find(f"{SVG}title[@id='{title}']") is not None
        described = svg.find(f"{SVG}desc[@id='{description}']")
        assert described is not None
        assert "The peak was 40.1" in (described.text or "")
    rows = root.findall(f".//{XHTML}details//{XHTML}tbody/{XHTML}tr")
    assert "".join(rows[0].itertext()).startswith("031.")
    assert len(rows) == 9


def test_ids_are_unique() -> None:
    ids = [element.attrib["id"] for element in page(completed()).iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) > 4


def test_the_page_loads_and_runs_nothing() -> None:
    root = page(completed(area="see https://example.org/x.js"))
    assert not list(root.iter(f"{XHTML}script"))
    assert not list(root.iter(f"{XHTML}link"))
    assert not list(root.iter(f"{XHTML}img"))
    for element in root.iter():
        assert not {"src", "href", "style"} & element.attrib.keys()
        assert not any(name.startswith("on") for name in element.attrib)
    style = root.find(f".//{XHTML}style")
    assert style is not None
    assert "url(" not in (style.text or "")
    assert "@import" not in (style.text or "")


@given(hostile=st.text(max_size=60))
def test_no_text_breaks_the_page(hostile: str) -> None:
    record, events, samples = completed()
    assert record.end is not None
    row = replace(record.row, area=hostile, id="x" + hostile, version=hostile)
    end = replace(record.end, message=hostile, reason=hostile)
    shouting = tuple(
        replace(logged, entry=replace(logged.entry, message=hostile, kind=hostile, code=hostile))
        for logged in events
    )
    tags = [
        element.tag for element in page((replace(record, row=row, end=end), shouting, samples[:5])).iter()
    ]
    assert f"{XHTML}main" in tags


def test_markup_in_an_area_is_shown_as_text() -> None:
    root = page(completed(area="<script>alert('neck')</script> & \"back\""))
    assert not list(root.iter(f"{XHTML}script"))
    assert "Heat session: <script>alert('neck')</script> & \"back\"" in text_of(root)


def test_a_session_without_readings_or_end_still_has_a_page() -> None:
    record, _, _ = completed()
    text = text_of(page((replace(record, end=None), (), ())))
    assert "No end recorded" in text
    assert "there is no curve to show" in text
    assert "The log has no entries of this session." in text


def test_a_session_that_ended_before_any_heat() -> None:
    record, events, _ = completed()
    end = SessionEnd(record.row.requested_wall_s + 1, "cancelled")
    text = text_of(page((replace(record, end=end), events[:2], ())))
    assert "The session ended before any heat: cancelled." in text


def test_a_sensor_fault_leaves_a_gap_and_not_a_line_across_it() -> None:
    record, events, samples = completed()
    blind = tuple(replace(s, temperature_c=None) if 200 <= s.elapsed_s < 300 else s for s in samples)
    svg = page((record, events, blind)).find(f".//{SVG}svg[@class='chart wide']")
    assert svg is not None
    assert len(svg.findall(f"{SVG}path[@class='temperature']")) == 2


def test_a_long_series_is_thinned_and_keeps_its_peak() -> None:
    record, events, _ = completed()
    samples = tuple(
        replace(
            sample, elapsed_s=number / 10.0, temperature_c=43.7 if number == 2345 else sample.temperature_c
        )
        for number, sample in enumerate(samples_of("s", until_s=4800))
    )
    markup = report.render(record, events, samples, LIMITS)
    assert len(markup) < 60_000
    assert "peak 43.7" in markup
    svg = ET.fromstring(markup).find(f".//{SVG}svg[@class='chart wide']")
    assert svg is not None
    above_inhibit = [y for _, y in _points(svg, "temperature") if y < _line_y(svg, "inhibit")]
    assert len(above_inhibit) == 1


@given(
    values=st.lists(st.floats(0, 60), min_size=1, max_size=900),
    most=st.integers(4, 300),
)
def test_thinning_keeps_ends_extremes_and_order(values: list[float], most: int) -> None:
    points = [(float(number), value) for number, value in enumerate(values)]
    kept = thinned(points, most)
    assert len(kept) <= max(most, 4)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [at for at, _ in kept] == sorted({at for at, _ in kept})
    assert {min(values), max(values)} <= {value for _, value in kept}


@settings(max_examples=30)
@given(
    moments=st.lists(st.floats(0, 600), max_size=12).map(sorted),
    temperatures=st.lists(st.none() | st.floats(-20, 120), min_size=1, max_size=40),
)
def test_the_chart_stays_within_its_frame(moments: list[float], temperatures: list[float | None]) -> None:
    samples = tuple(
        Sample("s", float(second * 20), value, 40.0, 0.5, True, 0.0)
        for second, value in enumerate(temperatures)
    )
    marks = tuple(chart.Mark(number, at, False) for number, at in enumerate(moments, 1))
    story = chart.Story(samples, 40.0, LIMITS, 480.0, 480.0, marks, "title", "description")
    for size in (chart.WIDE, chart.NARROW):
        svg = ET.fromstring(chart.render(story, size))
        badges = [float(c.attrib["cx"]) for c in svg.findall(f"{SVG}circle[@class='mark']")]
        assert all(b - a > 16.9 for a, b in pairwise(badges))
        for x, y in _points(svg, "temperature"):
            assert size.left - 0.1 <= x <= size.width - size.right + 0.1
            assert size.top - 0.1 <= y <= size.temperature_bottom + 0.1


def _points(svg: ET.Element, kind: str) -> list[tuple[float, float]]:
    numbers: list[float] = []
    for path in svg.findall(f"{SVG}path[@class='{kind}']"):
        numbers += map(float, re.findall(r"-?\d+\.\d", path.attrib["d"]))
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _line_y(svg: ET.Element, kind: str) -> float:
    return _points(svg, kind)[0][1]
