"""Lines for a terminal: they fit, they line up, and colour is only for a person at one."""

import io
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.records import listing, logbook
from controller.records.entry import Entry, Logged
from controller.records.ink import Ink, fitted, ink_for, width
from tests.support.sessions import broken, completed, later, stopped

PLAIN, COLOURED = Ink(), Ink(colours=True)
GOOD = completed()[0]
RED = "\x1b[1;31m"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("out", "environment", "colours"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colour_is_for_a_terminal_that_wants_it(
    out: io.StringIO, environment: dict[str, str], colours: bool
) -> None:
    assert ink_for(out, environment) == Ink(colours)


@given(text=st.text(max_size=40), columns=st.integers(1, 30))
def test_a_cell_has_exactly_its_columns(text: str, columns: int) -> None:
    assert width(fitted(text, columns)) == columns


@given(areas=st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_no_line_of_sessions_is_wider_than_a_terminal(areas: list[str]) -> None:
    found = [later((GOOD, (), ()), -40000.0 * n, area)[0] for n, area in enumerate(areas)]
    found = [replace(record, row=replace(record.row, id=f"{n}{'0' * 15}")) for n, record in enumerate(found)]
    for line in (*listing.days(found, PLAIN), *listing.areas(found, PLAIN)):
        assert width(line) <= 80
        assert line.isprintable()


def test_ids_are_cut_to_what_tells_them_apart() -> None:
    found = [completed(name)[0] for name in ("aaaaaaaabbbb", "aaaaaaaacccc")]
    _, _, first, second = listing.days(found, PLAIN)
    assert (first.split()[-1], second.split()[-1]) == ("aaaaaaaab", "aaaaaaaac")


def test_a_day_of_a_session_that_has_no_end_is_shown() -> None:
    record = replace(completed("s-1")[0], end=None)
    *_, line = listing.days([record], PLAIN)
    assert line == "  14:02  neck            40.0°                        no end            s-1"


def test_what_was_protected_is_red_and_what_was_stopped_is_not() -> None:
    lines = list(listing.days([broken("s-2")[0], stopped("s-1")[0]], COLOURED))
    assert [line.strip().startswith(RED) for line in lines] == [False, False, True, False]


def entry(kind: str, code: str = "", message: str = "", **data: object) -> Logged:
    return Logged(7, Entry(1_795_269_731.0, 1.0, kind, code, message, "a1b2c3d4e5f60718", data))


def test_a_session_is_bracketed_and_named_at_its_beginning() -> None:
    lines = [
        logbook.line(entry(kind, code, message), PLAIN)
        for kind, code, message in (
            ("session_requested", "ok", "Heat to 40 °C"),
            ("heat_on", "ok", "On"),
            ("session_ended", "completed", ""),
        )
    ]
    assert lines == [
        "2026-11-21 14:02:11  controller ┌ session requested  Heat to 40 °C · session a1b2c3d4",
        "2026-11-21 14:02:11  controller │ heat on            On",
        "2026-11-21 14:02:11  controller └ session ended      completed",
    ]


def test_who_said_it_is_shown() -> None:
    said = replace(entry("fault", "sensor_open", "Broken wire"), seq=8)
    said = replace(said, entry=replace(said.entry, source="guard", session_id=None))
    assert logbook.line(said, PLAIN) == "2026-11-21 14:02:11  guard        fault              Broken wire"


@pytest.mark.parametrize(
    ("logged", "code"),
    [
        (entry("fault", "sensor_open"), "1;31"),
        (entry("session_ended", "over_temperature"), "1;31"),
        (entry("session_ended", "stopped"), "33"),
        (entry("session_ended", "completed"), "32"),
        (entry("warning", "battery_low"), "33"),
        (entry("command", "rest", accepted=False), "33"),
    ],
)
def test_faults_stand_out_in_colour(logged: Logged, code: str) -> None:
    assert f"\x1b[{code}m" in logbook.line(logged, COLOURED)
    assert "\x1b" not in logbook.line(logged, PLAIN)


@given(message=st.text(alphabet="ab cd", max_size=300), columns=st.integers(60, 120))
def test_a_long_message_goes_on_under_itself(message: str, columns: int) -> None:
    lines = logbook.line(entry("fault", "x", message), PLAIN, columns).splitlines()
    assert all(len(line) <= columns for line in lines)
    assert all(line.startswith(" " * 32 + "│ ") for line in lines[1:])
