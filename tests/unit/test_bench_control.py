"""The contest of control laws: its metrics, its harness, and two devices from end to end."""

import csv
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from xml.dom import minidom

import pytest

from bench.control import __main__ as contest
from bench.control import figures, metrics
from bench.control.bound import bounds
from bench.control.contest import Contestant, hottest
from bench.control.laws import LAWS
from bench.control.pairs import Device, device, nominal
from bench.control.play import Played
from bench.control.relay import oscillate
from bench.control.scene import HAPPENS_S, SCENES
from bench.control.session import Output, Session, heat
from hardware.simulated.plant import PlantParameters

TICKS_A_MINUTE = 600


def curve(*parts: tuple[int, float]) -> list[float]:
    """Return so many ticks at each temperature."""
    return [value for ticks, value in parts for _ in range(ticks)]


def test_settling_ends_with_the_last_moment_outside() -> None:
    true_c = curve((100, 30.0), (50, 40.1), (10, 40.31), (5000, 40.3))
    assert metrics.settle_s(true_c, 40.0) == pytest.approx(16.1)


def test_who_is_outside_at_the_end_never_settled() -> None:
    true_c = curve((100, 30.0), (5899, 40.0), (1, 39.6))
    assert metrics.settle_s(true_c, 40.0) is None
    session = Session(40.0, true_c)
    found = metrics.outcome(session, run=1, law="x", bits=10, bound_s=60.0)
    assert not found.settled
    assert found.settle_ratio == pytest.approx(10.0)


def test_the_hold_is_judged_from_half_a_minute_after_settling() -> None:
    true_c = curve((600, 30.0), (300, 40.3), (5100, 40.1))
    found = metrics.outcome(Session(40.0, true_c), run=1, law="x", bits=10, bound_s=50.0)
    assert found.settle_s == pytest.approx(60.1)
    assert found.hold_rms_c == pytest.approx(0.1)
    assert found.overshoot_c == pytest.approx(0.3)


def test_the_hold_of_who_never_settled_is_judged_from_twice_the_bound() -> None:
    true_c = curve((1000, 30.0), (5000, 41.0))
    found = metrics.outcome(Session(40.0, true_c), run=1, law="x", bits=10, bound_s=50.0)
    assert found.hold_rms_c == pytest.approx(1.0)


def test_the_hold_has_a_minute_at_least() -> None:
    true_c = curve((TICKS_A_MINUTE * 9, 30.0), (TICKS_A_MINUTE, 40.2))
    assert metrics.hold_rms_c(true_c, 40.0, 599.0) == pytest.approx(0.2)


@pytest.mark.parametrize(("window_s", "duty"), [(0.0, 0.3), (2.0, 0.37), (25.0, 0.123)])
def test_the_output_gives_what_was_wanted(window_s: float, duty: float) -> None:
    output = Output(window_s)
    assert sum(output.tick(duty) for _ in range(1000)) / 1000 == pytest.approx(duty, abs=1e-3)


def test_a_window_keeps_the_duty_that_it_began_with() -> None:
    output = Output(2.0)
    ticks = [output.tick(0.5 if n == 0 else 1.0) for n in range(21)]
    assert sum(ticks[:20]) == pytest.approx(10.0)
    assert ticks[20] == 1.0


class FullPower:
    def __init__(self) -> None:
        self.passed_s: list[float] = []

    def step(self, target_c: float, temperature_c: float, dt_s: float, applied: float) -> float:
        self.passed_s.append(dt_s)
        return 1.0


def full_power(device: Device) -> type[FullPower]:
    return FullPower


def test_full_power_reaches_the_band_at_the_bound_and_a_law_is_asked_at_its_own_pace() -> None:
    law, own = FullPower(), nominal()
    entry = Contestant("full", "Full", "", full_power, 0.16, hottest())
    session = heat(entry, law, own.session("noise"), 40.0, 120.0)
    bound_s = bounds(own.parameters, (40.0,))[40.0]
    assert bound_s is not None
    first = next(n for n, true_c in enumerate(session.true_c) if true_c >= 39.7)
    assert (first + 1) * 0.1 == pytest.approx(bound_s)
    assert len(law.passed_s) == pytest.approx(120.0 / 0.16, abs=1)
    assert session.energy_j == pytest.approx(8.0 * 120.0)
    assert session.switches == 1


def test_each_scene_happens_to_the_pad() -> None:
    own = nominal()
    contestant = LAWS[0]
    calm = heat(contestant, contestant.build(own)(), own.session("noise"), 40.0, 300.0)
    for scene in SCENES:
        session = heat(contestant, contestant.build(own)(), own.session("noise"), 40.0, 300.0, scene)
        happened = round(HAPPENS_S / 0.1)
        before, after = session.true_c[:happened], session.true_c[happened:]
        assert (before == calm.true_c[:happened]) == (scene.key != "warmer")
        assert after != calm.true_c[happened:]
        assert max(after) < 40.8


def test_a_pad_that_is_too_weak_has_no_bound() -> None:
    assert bounds(replace(PlantParameters(), power_w=2.0), (40.0, 30.0))[40.0] is None


def test_a_reading_is_the_truth_within_its_resolution() -> None:
    pad = nominal(12).session("noise")
    pad.plant.sensor_c[0] = 40.0
    readings_c = [pad.read(16) for _ in range(500)]
    assert len(set(readings_c)) > 10
    # The lower end of a code and the hotter of two thermistors: both read warm, by less than a step each.
    assert 0.0 < math.fsum(readings_c) / 500 - 40.0 < 2 * 0.028


def test_the_device_stays_and_the_wearer_changes() -> None:
    own = device(3, seed=1)
    assert own == device(3, seed=1)
    assert own.parameters.heater_j_k == own.practice.heater_j_k
    assert own.parameters.face_skin_m2k_w != own.practice.face_skin_m2k_w


def test_a_relay_swings_about_its_band() -> None:
    halves = oscillate(nominal().trial("noise"), 39.75, 40.25, 7, 1.0, 1)
    assert [half.heating for half in halves] == [True, False, True, False, True, False, True]
    assert all(half.extreme_c < 39.8 if half.heating else half.extreme_c > 40.2 for half in halves)
    assert len(oscillate(nominal().trial("noise"), 10.0, 40.0, 7, 1.0, 1, patience_s=200.0)) < 7


def test_the_keys_are_those_of_the_contract() -> None:
    outcome = metrics.Outcome(0, "tuned", 10, 40.0, 50.0, 55.0, 60.0, 0.1, 0.02, 900.0, 7, 39.0)
    found = figures.flat(figures.gather([Played((outcome,), (42.0,)), Played((), (40.0, 42.0))]))
    assert {key: value for key, value in found.items() if key.startswith("control.tuned")} == {
        "control.tuned.settle_ratio_p50": 1.2,
        "control.tuned.settle_ratio_p95": 1.2,
        "control.tuned.overshoot_p95_c": 0.1,
        "control.tuned.overshoot_max_c": 0.1,
        "control.tuned.hold_rms_p95_c": 0.02,
        "control.tuned.basal_max_c": 39.0,
        "control.tuned.not_tuned": 0,
        "control.tuned.not_tuned.10bit_42c": 0,
        "control.tuned.not_tuned.12bit_40c": 0,
        "control.tuned.not_tuned.12bit_42c": 0,
    }
    assert found["control.runs"] == 2
    assert found["control.unreachable"] == 1
    assert found["control.unreachable.12bit_42c"] == 2


def test_two_devices_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {name: str(tmp_path / f"out.{name}") for name in ("json", "csv", "html")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    monkeypatch.setattr(sys, "argv", ["control", "--runs", "2", "--jobs", "1", *options])
    assert contest.main() == 0

    found = json.loads(Path(files["json"]).read_text())
    assert all(f"control.{law.key}.settle_ratio_p95" in found for law in LAWS)
    rows = list(csv.DictReader(Path(files["csv"]).read_text(encoding="utf-8").splitlines()))
    # The second device plays the main case alone; the first is worn once more behind its guard.
    assert len(rows) == (4 + 1) * len(LAWS) + 1
    assert found["control.guarded.arrive_ratio_p50"] >= 1.0
    assert 0.0 <= found["control.tuned.lifted.overshoot_max_c"] < 1.0
    assert 0.1 < found["control.step_cost_ratio"] < 100.0
    page = minidom.parse(files["html"])
    labels = [svg.getAttribute("aria-label") for svg in page.getElementsByTagName("svg")]
    assert len(labels) == 6 + 3 * len(LAWS)
    assert all(labels)
