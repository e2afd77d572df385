"""`heatpack sessions`, `log` and `report` as a person and a program see them."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.limits import ABSOLUTE, Limits
from controller.records import pages, sums, terminal, words
from controller.records.changes import Put
from controller.records.entry import Entry
from controller.records.store import Store
from hardware.codec import to_plain
from tests.support.sessions import START_WALL_S, broken, completed, later, stopped, write

LONG_AGO = "2000-01-01"
TOO_WARM = Entry(START_WALL_S + 9000, 1.0, "fault", "over_temperature", "Too warm.")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    await write(path, completed("s-1"), later(broken("s-2"), 3600.0))
    return path


def test_sessions_stand_under_their_day(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_sessions(path, since=LONG_AGO) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  TIME   AREA           TARGET   PEAK  HEATED  CEM43  ENDED             ID",
        "Saturday, 21 November 2026        2 sessions        9 min    0.21 of 4 CEM43",
        "  15:02  left shoulder   40.0°  38.1°    1:01  <0.01  sensor open       s-2",
        "  14:02  neck            40.0°  40.1°    8:00   0.21  completed         s-1",
    ]


def test_sessions_by_area(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_sessions(path, since=LONG_AGO, by="area") == 0
    assert capsys.readouterr().out.splitlines() == [
        "AREA                SESSIONS      HEATED   CEM43  HIGHEST  LAST        PROTECTED",
        "neck                       1       8 min    0.21    40.1°  2026-11-21          –",
        "left shoulder              1       1 min   <0.01    38.1°  2026-11-21          1",
    ]


async def test_only_the_newest_days_are_shown_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.db"
    await write(path, *(later(completed(f"s-{day}"), -86400.0 * day) for day in range(40)))
    monkeypatch.setattr(time, "time", lambda: START_WALL_S + 3600.0)
    assert terminal.show_sessions(path) == 0
    *lines, hint = capsys.readouterr().out.splitlines()
    assert sum("neck" in line for line in lines) == 31
    assert hint == "There are older sessions: show them with --since (52w, 2026-01-01) and --limit."
    assert terminal.show_sessions(path, limit=3) == 0
    assert sum("neck" in line for line in capsys.readouterr().out.splitlines()) == 3
    assert terminal.show_sessions(path, since=LONG_AGO, limit=0) == 0
    assert "40 days                           40 sessions" in capsys.readouterr().out
    assert terminal.show_sessions(path, since="yesterday") == 2
    assert "--since 'yesterday': expected a time" in capsys.readouterr().err


async def test_a_day_in_which_the_limit_is_reached_is_shown_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.db"
    times_s = (0.0, 3600.0, 7200.0, 90000.0)
    await write(path, *(later(completed(f"s-{at_s:.0f}"), at_s) for at_s in times_s))
    assert terminal.show_sessions(path, since=LONG_AGO, limit=2) == 0
    assert "3 sessions       24 min" in capsys.readouterr().out


def test_sessions_for_programs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_sessions(path, since=LONG_AGO, as_json=True, limit=0) == 0
    session, _ = json.loads(capsys.readouterr().out)
    assert (session["id"], session["area"], session["end"]["reason"]) == (
        "s-2",
        "left shoulder",
        "sensor_open",
    )


def test_the_log_is_readable_lines(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_log(path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[3] == "2026-11-21 14:03:25  controller │ target reached     40.0 °C after 72 s"
    assert lines[4].startswith("2026-11-21 14:10:13  controller └ session ended")
    assert lines[8].startswith("2026-11-21 15:03:14  controller │ fault              Sensor 1 is open or")


def test_the_log_of_one_session(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_log(path, session="last") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "Sensor 1 is open" in lines[3]
    assert terminal.show_log(path, session="s-9") == 1
    assert capsys.readouterr().err == "heatpack: There is no session 's-9'.\n"


def test_the_log_for_programs_is_json_lines(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.show_log(path, as_json=True, since="2026-11-21T15:00") == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["seq"] for entry in entries] == [6, 7, 8, 9, 10]
    assert entries[3]["code"] == "sensor_open"


@pytest.mark.parametrize(
    ("text", "wall_s"),
    [
        ("90s", 999_910.0),
        ("30m", 998_200.0),
        ("2h", 992_800.0),
        ("1.5d", 870_400.0),
        ("2026-11-21", 1_795_219_200.0),
        ("2026-11-21T14:00", 1_795_269_600.0),
        ("2026-11-21 14:00:05+02:00", 1_795_262_405.0),
    ],
)
def test_since_understands_ages_and_times(text: str, wall_s: float) -> None:
    assert terminal.since_wall_s(text, 1_000_000.0) == wall_s


@pytest.mark.parametrize("text", ["yesterday", "", "-2h", "2x", "99999-01-01", "1e9d"])
def test_since_explains_what_it_understands(
    path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="expected a time such as 2026-11-21"):
        terminal.since_wall_s(text, 0.0)
    if text:
        assert terminal.show_log(path, since=text) == 2
        assert "or an age such as" in capsys.readouterr().err


def test_following_shows_what_comes_until_interrupted(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    daemon = Store(path)
    meanwhile = iter((lambda: daemon.write([Put(TOO_WARM)], []), list, _interrupt))

    def wait(_: float) -> None:
        next(meanwhile)()

    try:
        code = terminal.show_log(path, follow=True, since="2026-11-21T15:03:14", wait=wait)
    finally:
        daemon.close()
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[-1] == "2026-11-21 16:32:11  controller   fault              Too warm."
    assert len(lines) == 3


async def test_following_goes_on_in_the_new_file_when_the_log_was_set_aside(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = Store(path)

    def replace_file() -> None:
        path.rename(tmp_path / "log.db.corrupt-1")
        daemon.write([Put(TOO_WARM)], [])

    meanwhile = iter((replace_file, _interrupt))
    try:
        assert terminal.show_log(path, follow=True, wait=lambda _: next(meanwhile)()) == 0
    finally:
        daemon.close()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("Too warm.")


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_absent_records_are_a_sentence_and_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.db"
    for code in (
        terminal.show_sessions(path),
        terminal.show_log(path),
        terminal.show_log(path, follow=True),
        pages.write_report(path, "last"),
    ):
        assert code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"heatpack: There are no records yet: {path} does not exist.\n" * 4


async def test_no_sessions_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await write(tmp_path / "log.db")
    assert terminal.show_sessions(tmp_path / "log.db") == 0
    assert terminal.show_log(tmp_path / "log.db") == 0
    assert capsys.readouterr().out == "No sessions yet.\n"


async def test_nothing_in_the_log_can_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, events, samples = completed("s-\x1b[2J", area="neck\x1b]0;owned\x07\nback")
    shouting = tuple(
        replace(logged, entry=replace(logged.entry, message="\x1b[31mred\r\n")) for logged in events
    )
    await write(tmp_path / "log.db", (record, shouting, samples))
    terminal.show_sessions(tmp_path / "log.db", since=LONG_AGO)
    terminal.show_log(tmp_path / "log.db")
    printed = capsys.readouterr().out
    assert "neck" in printed
    assert all(line.isprintable() for line in printed.splitlines())
    assert len(printed.splitlines()) == 8


def test_a_report_is_written_and_its_path_printed(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "neck.html"
    assert pages.write_report(path, "s-1", output) == 0
    assert capsys.readouterr().out == f"{output}\n"
    assert "Heat session: neck" in output.read_text()


def test_a_report_goes_into_the_working_folder_under_a_harmless_name(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pages.write_report(path, "last") == 0
    assert (tmp_path / "heatpack-s-2.html").exists()


def test_a_report_that_cannot_be_written_is_a_sentence(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "missing" / "neck.html"
    assert pages.write_report(path, "s-1", output) == 1
    assert capsys.readouterr().err == f"heatpack: {output} cannot be written: No such file or directory.\n"
    assert pages.write_report(path, "s-9") == 1
    assert capsys.readouterr().err == "heatpack: There is no session 's-9'.\n"


def test_the_report_uses_the_limits_that_were_recorded() -> None:
    tight = Limits(target_max_c=41.0, cutoff_c=43.5)
    record = completed()[0]
    assert sums.limits_of(record) == ABSOLUTE
    with_limits = replace(record, row=replace(record.row, settings={"limits": to_plain(tight)}))
    assert sums.limits_of(with_limits) == tight
    assert sums.limits_of(stopped()[0]) == ABSOLUTE


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (45, "45 s"), (59.6, "1 min"), (192, "3 min 12 s"), (480, "8 min"), (3900, "1 h 5 min")],
)
def test_durations_are_said_as_a_person_would(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said
