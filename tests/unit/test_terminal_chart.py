"""The curve of ``heatpack watch``, and how it is drawn in place."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import termios

import pytest

from controller.mqtt.messages import SessionState, StateMessage
from controller.terminal.chart import SPAN_S, Curve
from controller.terminal.screen import Screen
from tests.unit.test_mqtt_messages import state

SESSION = SessionState(
    id="s1",
    origin="phone",
    area=None,
    started=0.0,
    target_c=40.0,
    duration_s=480.0,
    elapsed_s=1.0,
    remaining_s=479.0,
)


def at(ts: float, temperature_c: float | None, *, heats: bool = True) -> StateMessage:
    return state(ts=ts, temperature_c=temperature_c, session=SESSION if heats else None)


def warmed() -> Curve:
    curve = Curve()
    for second in range(300):
        curve.add(at(second, min(40.0, 32.0 + second / 20)))
    return curve


def test_without_a_temperature_there_is_nothing_to_draw() -> None:
    curve = Curve()
    curve.add(at(0.0, None))
    assert curve.picture(80, 10) == []


def test_the_curve_rises_to_the_target_at_the_right_edge() -> None:
    lines = warmed().picture(60, 10)
    assert len(lines) == 10
    assert max(map(len, lines)) == 59  # the last column stays free, so that nothing wraps
    assert lines[-2].startswith(" 31 °C┤")
    assert lines[-1].endswith("now")
    (target,) = [line for line in lines if line.startswith(" 40 °C┤")]
    assert "┄" in target
    assert target[-1] not in "┄ "  # here the curve lies on it
    assert all(line[7:33].strip(" ┄") == "" for line in lines[:-1])  # five minutes of ten: an empty half
    assert any(line[33:36].strip() for line in lines[-4:-1])


def test_without_a_session_there_is_no_target() -> None:
    curve = Curve()
    curve.add(at(0.0, 33.0, heats=False))
    assert "┄" not in "".join(curve.picture(60, 10))


def test_what_is_older_than_ten_minutes_is_forgotten() -> None:
    curve = Curve()
    curve.add(at(0.0, 50.0, heats=False))
    curve.add(at(SPAN_S + 1.0, 33.0, heats=False))
    assert curve.picture(60, 10)[0].startswith(" 36 °C")


@pytest.mark.parametrize(("columns", "rows"), [(50, 10), (110, 10), (51, 5)])
def test_it_fits(columns: int, rows: int) -> None:
    lines = warmed().picture(columns, rows)
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns


# --- on a terminal --------------------------------------------------------------------------------


class Terminal:
    """A pseudo-terminal, and what stands on it after all that was written."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.out = os.fdopen(self._theirs, "w", encoding="utf-8", newline="")

    def close(self) -> None:
        self.out.close()
        os.close(self._ours)

    def _written(self) -> bytes:
        os.set_blocking(self._ours, False)
        parts = []
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._ours, 65536):
                parts.append(part)
        return b"".join(parts)

    def shows(self) -> list[str]:
        written = self._written().decode()
        rows, row, column = [""], 0, 0
        for mark, text in re.findall(r"(\x1b\[[?\d]*[a-zA-Z]|\r|\n)|([^\x1b\r\n]+)", written):
            if text:
                rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + len(text) :]
                column += len(text)
            elif mark == "\r":
                column = 0
            elif mark == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif mark.endswith("A"):
                row -= int(mark[2:-1])
            elif mark.endswith("K"):
                rows[row] = rows[row][:column]
            elif mark.endswith("J"):
                rows[row:] = [rows[row][:column]]
        return rows


def test_the_picture_is_drawn_in_place_below_the_lines_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal, curve = Terminal(), warmed()
    try:
        screen = Screen(terminal.out)
        screen.line("Neck pad is online")
        screen.live("12:00:00 · warming", curve)
        screen.live("12:00:01 · warming", curve)
        screen.line("target reached")
        screen.live("12:00:02 · holding", curve)
        screen.close()
        rows = terminal.shows()
    finally:
        terminal.close()
    assert rows[:2] == ["Neck pad is online", "target reached"]
    assert rows[2:12] == curve.picture(80, 10)
    assert rows[12:] == ["12:00:02 · holding", ""]


@pytest.mark.parametrize(
    ("term", "columns", "lines"), [("dumb", 80, 24), ("xterm", 40, 24), ("xterm", 80, 10)]
)
def test_where_there_is_no_room_one_line_lives(
    monkeypatch: pytest.MonkeyPatch, term: str, columns: int, lines: int
) -> None:
    monkeypatch.setenv("TERM", term)
    terminal = Terminal(columns, lines)
    try:
        screen = Screen(terminal.out)
        screen.live("warming", warmed())
        screen.live("holding", warmed())
        screen.close()
        assert terminal.shows() == ["holding", ""]
    finally:
        terminal.close()
