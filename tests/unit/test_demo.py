"""The demo's pictures, words and processes, without a session."""

import io
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from controller import demo as demo_package
from controller import glyphs
from controller.demo import crew as crew_module
from controller.demo import demo
from controller.demo.crew import Crew, DemoError
from controller.demo.frame import compose
from controller.demo.plain import Plain
from controller.demo.plan import Plan
from controller.demo.stage import furnish
from controller.demo.track import Track
from controller.mqtt.messages import EventMessage, FaultState, SessionState, StateMessage, TodayState
from hardware.fault_names import ON_THE_PAD, ON_THE_PROCESSES

BEGIN = 1_800_000_000.0
MESSAGE = "Broken wire at sensor 1"


def state(
    elapsed_s: float, temperature_c: float | None, *, duty: float = 0.5, notice: str = ""
) -> StateMessage:
    return StateMessage(
        ts=BEGIN + elapsed_s,
        phase="warming",
        session=SessionState(
            id="s",
            origin="phone",
            area="neck",
            started=BEGIN,
            target_c=40.0,
            duration_s=480.0,
            elapsed_s=elapsed_s,
            remaining_s=480.0 - elapsed_s,
        ),
        temperature_c=temperature_c,
        sensors=(),
        duty=duty,
        heater=duty > 0.0,
        dose_cem43=0.1,
        today=TodayState(sessions=1, heated_s=elapsed_s, dose_cem43=0.1),
        ready_at=None,
        starts_in_s=None,
        fault=None,
        guard="ok",
        notice=notice or None,
    )


def event(elapsed_s: float, kind: str, code: str = "ok", message: str = "") -> EventMessage:
    return EventMessage(ts=BEGIN + elapsed_s, seq=1, kind=kind, code=code, message=message)


def warmed(fault: str | None = None, until_s: int = 100) -> Track:
    """Return what a phone has been told of a session's first seconds."""
    track = Track(Plan.of(20.0, 8.0, fault), target_c=40.0, cutoff_c=44.0)
    track.hear(event(0.0, "heat_on", message="The heater is on"))
    for second in range(until_s):
        track.hear(state(float(second), min(25.0 + 0.2 * second, 40.0)))
    return track


def plain(track: Track, columns: int = 80, lines: int = 24) -> list[str]:
    return compose(track, columns, lines, colour=False)


# --- the pictures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (70, 20), (200, 60)])
@pytest.mark.parametrize("hostile", ["", "x" * 500])
def test_a_frame_fits_its_terminal(columns: int, lines: int, hostile: str) -> None:
    track = warmed("sensor_open@90")
    for second in range(10):
        track.hear(event(float(second), "warning", message=hostile or "too warm"))
    frame = plain(track, columns, lines)
    assert len(frame) <= lines
    assert max(map(len, frame)) <= columns


def test_a_frame_says_everything_that_is_asked_of_it() -> None:
    text = "\n".join(plain(warmed()))
    for expected in (
        "WARMING",
        "target  40.0 °C",
        "50 %",
        "6:21",
        "0.10 CEM43",
        "heater on",
        "The heater is on",
    ):
        assert expected in text


def test_a_coloured_frame_is_the_same_frame() -> None:
    track = warmed("sensor_open@90")
    coloured = compose(track, 80, 24, colour=True)
    assert any("\x1b[" in line for line in coloured)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain(track)


def test_before_the_first_word_and_without_a_reading_there_is_a_frame_too() -> None:
    track = Track(Plan.of(20.0, 8.0, None), target_c=40.0, cutoff_c=44.0)
    assert "STARTING" in plain(track)[2]
    track.hear(state(0.0, None))
    assert "██████" in plain(track)[4]  # a dash where the digits would be


def test_a_curve_joins_its_points_from_corner_to_corner() -> None:
    rows = glyphs.curve([(0.0, 0.0), (1.0, 1.0)], columns=4, rows=4)
    assert [len(row.rstrip()) for row in rows] == [4, 3, 2, 1]


def test_a_curve_leaves_out_what_lies_outside() -> None:
    assert glyphs.curve([(0.5, 3.0), (2.0, 3.0)], columns=3, rows=2) == ["   ", "   "]


def test_a_bar_is_as_wide_as_it_should_be_at_any_share() -> None:
    assert [len(glyphs.bar(share / 100.0, 10)) for share in range(-10, 120)] == [10] * 130
    assert glyphs.bar(0.5, 4) == "██··"


def test_plain_lines_come_every_half_minute_and_with_everything_that_happens() -> None:
    out = io.StringIO()
    track = Track(Plan.of(20.0, 8.0, None), target_c=40.0, cutoff_c=44.0)
    view = Plain(out)
    track.hear(event(0.0, "heat_on", message="The heater is on"))
    for second in range(100):
        track.hear(state(float(second), 30.0))
        view.show(track)
    lines = out.getvalue().splitlines()
    assert lines[0] == " 0:00  * The heater is on"
    assert [line[:5] for line in lines[1:]] == [" 0:00", " 0:30", " 1:00", " 1:30"]
    assert lines[2] == " 0:30    warming     30.0 °C   target 40.0 °C   duty  50 %    7:30 left"


# --- what the guard did ---------------------------------------------------------------------------


def test_the_heater_is_off_from_the_first_state_that_says_why() -> None:
    track = warmed("sensor_open@99.5")
    track.hear(state(99.6, 39.0, duty=0.0, notice="sensor_open"))
    latch = FaultState(code="sensor_open", message=MESSAGE, since=BEGIN + 100.6, clearable=False)
    track.hear(event(100.6, "fault", "sensor_open", MESSAGE))
    track.hear(event(100.6, "session_ended", "sensor_open", MESSAGE))
    track.hear(state(100.7, 39.0, duty=0.0).model_copy(update={"session": None, "fault": latch}))
    assert track.struck_ts == BEGIN + 99.5
    assert track.off_ts == BEGIN + 99.6
    assert [reaction.text for reaction in track.reactions] == [
        "Heater off: sensor open",
        f"Locked: {MESSAGE}",
        "Heat ended: sensor open",
    ]


def test_a_pause_between_two_pulses_of_heat_is_not_the_guards_doing() -> None:
    track = warmed("sensor_frozen@50")
    track.hear(state(101.0, 39.0, duty=0.0))
    assert track.off_ts is None


def test_neither_a_warning_nor_the_planned_end_is_the_heat_being_taken_away() -> None:
    track = warmed("sensor_frozen@50")
    track.hear(state(101.0, 40.0, duty=0.0, notice="dose_warning"))
    track.hear(state(480.0, 40.0, duty=0.0, notice="completed"))
    track.hear(event(480.0, "session_ended", "completed"))
    assert (track.off_ts, track.reactions) == (None, [])


def test_a_reason_is_told_once_however_often_it_comes() -> None:
    track = warmed("over_temperature@50")
    for second, notice in enumerate(["too_warm", "", "too_warm"]):
        track.hear(state(101.0 + second, 43.0, duty=0.0, notice=notice))
    assert [reaction.text for reaction in track.reactions] == ["Heater off: too warm"]


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "fault", "says"),
    [
        (4.9, None, "--minutes: 4.9 is outside 5-10"),
        (11.0, None, "--minutes: 11 is outside 5-10"),
        (float("nan"), None, "--minutes: nan is outside 5-10"),
        (8.0, "sensor_open", "expected NAME@SECONDS"),
        (8.0, "sensor_open@soon", "'soon' is not a number of seconds"),
        (8.0, "sensor_open@480", "480 s is outside the heat phase of 0-480 s"),
        (8.0, "sensor_open@-1", "outside the heat phase"),
        (8.0, "gremlins@3", "'gremlins' is not one of these"),
    ],
)
def test_bad_arguments_are_refused_before_anything_starts(
    minutes: float, fault: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(20.0, minutes, fault, phone=False) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


def test_an_unknown_fault_is_answered_with_all_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    demo(20.0, 8.0, "gremlins@3", phone=False)
    printed = capsys.readouterr().err
    for name, says in {**ON_THE_PAD, **ON_THE_PROCESSES}.items():
        assert re.search(rf"^  {name} +{re.escape(says)}$", printed, re.MULTILINE)


def test_a_missing_broker_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo_package, "find_spec", lambda name: None)
    assert demo(20.0, 8.0, None, phone=False) == 1
    assert "pip install 'heatpack[demo]'" in capsys.readouterr().err


def test_the_stage_is_the_shipped_example_on_this_machine_only(tmp_path: Path) -> None:
    settings, site = furnish(tmp_path)
    assert (settings.mqtt.host, settings.mqtt.port) == ("127.0.0.1", site.port_v311)
    assert settings.mqtt.protocol == "3.1.1"
    assert settings.hardware.pin_factory == "simulated"
    assert settings.paths.state.parent == tmp_path
    assert re.findall(r'listen = "(.*):', site.file.read_text()) == ["127.0.0.1"] * 3
    assert len({site.port, site.port_v311, site.port_websocket}) == 3


# --- the processes --------------------------------------------------------------------------------

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""


def wait_for(crew: Crew, name: str, text: str) -> None:
    deadline_s = time.monotonic() + 60.0
    while text not in crew.log(name).read_text() and time.monotonic() < deadline_s:
        time.sleep(0.01)


def watch(crew: Crew) -> None:
    for _ in range(6000):
        crew.check()
        time.sleep(0.01)


def test_who_dies_is_named_with_the_end_of_what_it_said(tmp_path: Path) -> None:
    with Crew(tmp_path, "run") as crew:
        crew.start("guard", sys.executable, "-c", "import sys; print('no pins here'); sys.exit(4)")
        with pytest.raises(DemoError, match=r"(?s)the guard has ended with exit code 4.*no pins here"):
            watch(crew)


def test_who_does_not_end_or_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "FAREWELL_S", 0.2)
    (tmp_path / "run").mkdir()
    with Crew(tmp_path, "run") as crew:
        for name in ("stubborn", "frozen"):
            crew.start(name, sys.executable, "-c", STUBBORN)
            wait_for(crew, name, "up")
        crew.freeze("frozen")
    assert not (tmp_path / "run").exists()  # and tests/conftest.py looks for processes


def test_signals_do_what_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), crew_module.signals_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
