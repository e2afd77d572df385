"""The guided wiring check as a conversation, on boards with mistakes. No process, no waiting."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from hardware.board import Board
from hardware.ledger import Latch, Ledger
from hardware.ledger_file import LedgerFile
from hardware.settings import AdcSettings, GuardSettings
from hardware.stage import to_json
from hardware.wiring import walk
from hardware.wiring.bench import CLOSED, Bench, NotLowError
from hardware.wiring.book import Book
from hardware.wiring.bounds import Closing, pulse_s
from hardware.wiring.talk import EndedError, Talk
from hardware.wiring.walk import Walk
from tests.support.builds import build
from tests.support.ticking import TickingClock
from tests.support.wiring_factory import WiringFactory


class Person(Talk):
    """Answers every question, and does what is asked with the hands."""

    def __init__(self, hands: Path) -> None:
        super().__init__()
        self.hands = hands
        self.said: list[str] = []
        self.unwilling = "nothing of it"

    def say(self, text: str) -> None:
        self.said.append(text)

    def hear(self, prompt: str) -> str:
        title = self.said[-1].strip().splitlines()[0]
        if title.startswith(self.unwilling):
            raise EndedError("ended by you")
        doing = {
            "The pad's supply": "supply",
            "Sensor 1 (channel 0)": "finger 0",
            "Sensor 2 (channel 1)": "finger 1",
            "Button": "press",
        }
        self.hands.write_text(doing.get(title, ""))
        return {"Type": "free", "  Is": "y"}.get(prompt[:4], "")

    @property
    def problems_told(self) -> list[str]:
        return [line.removeprefix("  !!  ") for line in self.said if line.startswith("  !!  ")]

    def asked_for(self, title: str) -> bool:
        return any(line.startswith(f"\n{title}\n") for line in self.said)


class Scene:
    """A board with a mistake, a ledger, and a person."""

    def __init__(self, folder: Path, settings: GuardSettings) -> None:
        self.settings = replace(settings, state_dir=str(folder))
        self.clock = TickingClock()
        self.factory = WiringFactory()
        self.factory.attach(self.clock, self.settings)
        self.board = Board.open(self.settings, self.factory)
        self.ledger = LedgerFile(str(folder / "ledger.json"))
        self.person = Person(folder / "hands")
        self._beat = os.open(os.devnull, os.O_WRONLY)
        self.bench = Bench(self.board, self.settings, self.clock, self._beat)
        self.walk = Walk(self.settings, self.bench, Book(self.settings, self.clock), self.person)

    def close(self) -> None:
        os.close(self._beat)
        self.board.close()
        self.factory.close()


Stage = Callable[..., Scene]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    scenes: list[Scene] = []

    def make(mistake: str = "", *, supply: bool = True, one_switch: bool = False) -> Scene:
        monkeypatch.setenv("HEATPACK_WIRING", mistake)
        monkeypatch.setenv("HEATPACK_HANDS", str(tmp_path / "hands"))
        monkeypatch.setenv("HEATPACK_EDGES", str(tmp_path / "edges"))
        (tmp_path / "hands").write_text("")
        settings = build()
        if supply:
            settings = replace(settings, adc=AdcSettings("MCP3208", 0, 0, None, 7, 2.0))
        if one_switch:
            settings = replace(settings, pins=replace(settings.pins, enable=None, deadman=None))
        scenes.append(Scene(tmp_path, settings))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.close()


@pytest.mark.parametrize("supply", [True, False])
def test_a_good_build(stage: Stage, supply: bool) -> None:
    scene = stage(supply=supply)
    assert scene.walk.run() == 0
    assert scene.person.problems_told == []
    assert scene.person.said[-1] == "\nAll is well."
    assert scene.board.levels() == (False, False)
    stored = scene.ledger.load()
    assert stored is not None
    (session,) = stored.sessions
    assert session.heated_s == pytest.approx(4 * pulse_s(scene.settings), abs=2.0)
    assert 0.0 < session.dose_cem43 < 1e-3
    assert stored.rest_until_wall_s is not None
    assert stored.events[-1].code == "wiring_checked"


def test_a_build_with_one_switch_has_only_the_heat(stage: Stage) -> None:
    scene = stage(one_switch=True)
    assert scene.walk.run() == 0
    assert scene.person.asked_for("Heat")
    assert not scene.person.asked_for("The MOSFET alone")


@pytest.mark.parametrize("supply", [True, False])
@pytest.mark.parametrize(
    ("mistake", "last", "words"),
    [
        ("both_shorted", "The pad's supply", "with everything low. UNPLUG THE BATTERY: no switch blocks"),
        ("mosfet_shorted", "The series switch alone", "closed alone: the MOSFET does not block. UNPLUG"),
        ("series_shorted", "The MOSFET alone", "closed alone: the series switch does not block. UNPLUG"),
        ("no_deadman", "Both, but no edges on the dead-man's pin", "the dead-man circuit does not block"),
        ("heater_broken", "Heat", "nothing got warm: is the pad plugged in"),
    ],
)  # fmt: skip
def test_what_does_not_block_is_found_by_the_first_step_that_can(
    stage: Stage, mistake: str, last: str, words: str, supply: bool
) -> None:
    scene = stage(mistake, supply=supply)
    assert scene.walk.run() == 1
    (problem,) = scene.person.problems_told
    assert words in problem
    steps = [
        "The pad's supply",
        "The series switch alone",
        "The MOSFET alone",
        "Both, but no edges on the dead-man's pin",
        "Heat",
    ]
    assert [step for step in steps if scene.person.asked_for(step)] == steps[: steps.index(last) + 1]
    hands_on = scene.person.asked_for("Sensor 1 (channel 0)")
    assert hands_on == ("UNPLUG" not in problem)  # nobody is told to hold a pad that may be hot
    # With a measured supply a second is enough to see it; without, until the sensors feel it.
    assert scene.factory.plant.face_c < 27.0


@pytest.mark.parametrize(
    ("mistake", "word"), [("open", "gives no valid temperature"), ("short", "gives no valid temperature")]
)
def test_with_a_broken_sensor_nothing_is_switched(stage: Stage, mistake: str, word: str) -> None:
    scene = stage(mistake)
    assert scene.walk.run() == 1
    assert word in scene.person.problems_told[0]
    assert scene.bench.closed_s == 0.0
    assert scene.ledger.load() is None


def test_a_sensor_that_does_not_lie_on_the_pad_does_not_answer(stage: Stage) -> None:
    scene = stage()
    scene.factory.plant.detached = {1}
    assert scene.walk.run() == 1
    (problem,) = scene.person.problems_told
    assert problem.startswith("sensor 2 (channel 1) did not answer")


def test_swapped_sensors_are_told_by_a_warm_finger(stage: Stage) -> None:
    scene = stage("swapped")
    assert scene.walk.run() == 1
    assert scene.person.problems_told == [
        "channel 1 felt the finger that was on channel 0: the two are swapped",
        "channel 0 felt the finger that was on channel 1: the two are swapped",
    ]


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        (Ledger(rest_until_wall_s=1_800_001_000.0), "Rest until"),
        (Ledger(latches=(Latch("heating_failed", "The pad stays cold", 1.0),)), "Locked: The pad stays cold"),
    ],
)
def test_what_the_guard_would_refuse_is_refused_here(stage: Stage, ledger: Ledger, words: str) -> None:
    scene = stage()
    scene.ledger.save(ledger, 1_799_999_000.0)
    assert scene.walk.run() == 1
    assert scene.person.problems_told[0].startswith(f"no switch may be closed now: {words}")
    assert scene.bench.closed_s == 0.0


def test_a_pad_that_somebody_wears_is_not_steady(stage: Stage) -> None:
    scene = stage()
    scene.factory.plant.worn = True
    assert scene.walk.run() == 1
    assert scene.person.problems_told[0].startswith("the pad is not steady")
    assert scene.bench.closed_s == 0.0


def test_a_pad_that_somebody_has_worn_for_long_is_too_warm(stage: Stage) -> None:
    scene = stage()
    scene.factory.plant.worn = True
    scene.clock.passes(1200.0)
    assert scene.walk.run() == 1
    assert "as on a person: let it lie free, below 29 °C" in scene.person.problems_told[0]
    assert scene.bench.closed_s == 0.0


def test_a_step_that_is_not_wanted_ends_the_walk_with_what_was_used_in_the_ledger(stage: Stage) -> None:
    scene = stage()
    scene.person.unwilling = "The MOSFET alone"
    with pytest.raises(EndedError):
        scene.walk.run()
    stored = scene.ledger.load()
    assert stored is not None
    (session,) = stored.sessions
    assert session.ended_wall_s is not None
    assert session.heated_s == pytest.approx(pulse_s(scene.settings), abs=1.0)


# --- the bounds -----------------------------------------------------------------------------------

BOTH = Closing(mosfet=True, series=True, deadman=True)


def closes(scene: Scene, seconds: float = 60.0) -> str | None:
    """Close both for far longer than a walk does; return what stopped it."""
    scene.bench.watch(1.0)
    stopped = scene.bench.close(BOTH, seconds, 23.0).stopped
    assert scene.board.levels() == (False, False)
    return stopped


def test_three_degrees_are_enough(stage: Stage) -> None:
    assert closes(stage()) == "the pad has risen by 3 °C"


def test_a_sensor_that_breaks_opens_the_switches(stage: Stage) -> None:
    scene = stage()
    scene.bench.watch(1.0)

    def breaks(samples: list[object]) -> bool:
        scene.factory.pad.wiring.sensors[1].level = 1.0 if len(samples) > 20 else None
        return False

    record = scene.bench.close(BOTH, 60.0, 23.0, breaks)  # type: ignore[arg-type]
    assert record.stopped == "sensor 2 (channel 1) gives no valid temperature: sensor_open"
    assert len(record.samples) < 25


def test_a_late_cycle_opens_the_switches(stage: Stage) -> None:
    scene = stage()
    scene.bench.watch(1.0)

    def hangs(samples: list[object]) -> bool:
        if len(samples) == 10:
            scene.clock.passes(2.0)
        return False

    record = scene.bench.close(BOTH, 60.0, 23.0, hangs)  # type: ignore[arg-type]
    assert record.stopped is not None
    assert record.stopped.startswith("a cycle took 2")


def test_without_a_watcher_nothing_is_closed(stage: Stage) -> None:
    scene = stage()
    scene.bench.watch(1.0)
    hears, tells = os.pipe()
    os.close(hears)
    scene.bench.beat = tells
    with pytest.raises(BrokenPipeError):
        scene.bench.close(BOTH, 60.0, 23.0)
    os.close(tells)
    assert scene.board.levels() == (False, False)
    assert scene.factory.plant.face_c == pytest.approx(23.0, abs=0.05)


def test_a_pin_that_does_not_go_low_ends_the_walk_and_its_watcher_is_not_told_otherwise(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage()
    scene.bench.watch(1.0)
    switch = Board.heater

    def stuck(board: Board, on: bool) -> None:
        if not on and board.levels() != (False, False):
            raise OSError("a driver's error")
        switch(board, on)

    monkeypatch.setattr(Board, "heater", stuck)
    hears, tells = os.pipe()
    scene.bench.beat = tells
    with pytest.raises(NotLowError, match=r"a pin does not go low: .* read \(True, False\)"):
        scene.bench.close(BOTH, 1.0, 23.0)
    assert os.read(hears, 100)[-1:] == CLOSED
    for each in (hears, tells):
        os.close(each)


def test_a_signal_in_the_moment_of_opening_hides_no_heat_from_the_ledger(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = stage()
    scene.bench.watch(1.0)
    off = Board.all_off

    def interrupted(board: Board) -> None:
        monkeypatch.setattr(Board, "all_off", off)
        raise EndedError("SIGTERM")

    monkeypatch.setattr(Board, "all_off", interrupted)
    with pytest.raises(EndedError):
        scene.bench.close(BOTH, 2.0, 23.0)
    assert scene.bench.closed_s == pytest.approx(2.0, abs=0.3)


def test_a_signal_while_the_board_is_opened_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def comes(*_: object) -> NoReturn:
        raise EndedError("SIGINT")

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(walk, "open_factory", comes)
    settings = os.memfd_create("settings")
    os.pwrite(settings, to_json(build()).encode(), 0)
    assert walk.main([f"--settings-fd={settings}", "--beat-fd=0"]) == 130
    assert capsys.readouterr().out == "\nEnded: SIGINT. Nothing was switched.\n"


@pytest.mark.parametrize(("power_w", "seconds"), [(12.0, 6.0), (8.0, 9.0), (3.6, 20.0), (1.0, 20.0)])
def test_the_heat_of_a_closing_is_bounded(power_w: float, seconds: float) -> None:
    settings = build()
    pad = replace(settings.pad, power_w=power_w, area_m2=0.012)
    assert pulse_s(replace(settings, pad=pad)) == pytest.approx(seconds)
