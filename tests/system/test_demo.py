"""``heatpack demo``: a whole session with its own broker and real processes, as a person runs it."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.support.processes import with_the_tests

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0
HEATPACK = (sys.executable, "-m", "controller.cli")

pytest.importorskip("iotcore", reason="the demo's broker is missing: pip install 'heatpack[demo]'")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Pytest's own folders have names that are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="heatpack-test-") as path:
        yield Path(path)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "TERM": "xterm-256color"}


@contextlib.contextmanager
def started(folder: Path, *options: str, out: int | IO[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the demo away from the checkout; whatever happens, nothing of it stays."""
    demo = subprocess.Popen(
        with_the_tests(*HEATPACK, "demo", *options, farewell=signal.SIGTERM),
        stdout=out,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment(folder),
    )
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.terminate()
        demo.wait(PATIENCE_S)
        if demo.stdout is not None:
            demo.stdout.close()
        assert left_of(folder) == []


def left_of(folder: Path) -> list[str]:
    """Return the processes that still know the demo's folder, and the sockets in it."""
    processes = [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
    ]
    return [*processes, *(str(path) for path in folder.rglob("*") if path.is_socket())]


def run(folder: Path, *options: str) -> tuple[int, str]:
    with started(folder, *options, out=subprocess.PIPE) as demo:
        said, _ = demo.communicate(timeout=PATIENCE_S)
        return demo.returncode, said


def log_of(folder: Path) -> list[dict[str, object]]:
    """Return the safety log that the demo has left."""
    (config,) = folder.glob("heatpack-demo-*/heatpack.toml")
    log = heatpack(folder, "log", "--json", "--config", str(config)).stdout
    return [json.loads(line) for line in log.splitlines()]


def heatpack(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*HEATPACK, *arguments], capture_output=True, text=True, check=False, env=environment(folder)
    )


def test_a_piped_demo_tells_a_whole_session_line_by_line(folder: Path) -> None:
    code, said = run(folder, "--speed", "40", "--minutes", "5")
    assert code == 0, said
    assert "\x1b" not in said
    lines = said.splitlines()
    told = [line for line in lines if re.match(r" \d:\d\d ", line)]
    assert any("Phone: start. Pack: Heating to 40 °C for 5 minutes" in line for line in told)
    for phase in ("warming", "holding"):
        assert any(
            re.search(rf"{phase} .* °C   target 40.0 °C   duty .* %    \d:\d\d left", line) for line in told
        )
    assert 10 <= len(told) <= 30
    for figure in (
        "Time to target",
        "Overshoot",
        "Peak temperature",
        "Thermal dose",
        "Energy",
        "Heated time",
    ):
        assert any(line.startswith(f"  {figure} ") for line in lines), figure
    assert any(re.fullmatch(r"  Ended +completed", line) for line in lines)
    (peak,) = re.findall(r"Peak temperature +([\d.]+) °C", said)
    assert float(peak) <= 41.0
    (report,) = re.findall(r"Report +(\S+)", said)
    assert "Completed as planned" in Path(report).read_text()
    logged = [(entry["kind"], entry["code"]) for entry in log_of(folder)]
    for expected in (("session_requested", "ok"), ("heat_on", "ok"), ("target_reached", "ok")):
        assert expected in logged
    assert ("session_ended", "completed") in logged


def test_a_broken_sensor_shows_what_the_guard_does_and_phones_are_told(folder: Path) -> None:
    options = ("--speed", "40", "--minutes", "5", "--fault", "sensor_open@40", "--phone")
    with started(folder, *options, out=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += line
            if line.startswith("Broker: "):
                break
        assert re.search(r"0:40 +sensor_open: a sensor's wire breaks", said), said
        (off_s,) = re.findall(r"Heater off +([\d.]+) s after the fault", said)
        assert float(off_s) < 1.0  # in the next cycle, long before the latch
        assert re.search(r"Latched +sensor_open, .* until a person resets it", said)
        assert re.search(r"Phone says +\w+.*sensor 1", said)
        for url in set(re.findall(r"http://\S+", said)):
            with urllib.request.urlopen(url) as phone_page:
                assert b"<title>Heatpack</title>" in phone_page.read()
        (config,) = re.findall(r"HEATPACK_CONFIG=(\S+)", said)
        asked = heatpack(folder, "start", "--config", config)
        assert (asked.returncode, "ensor 1" in asked.stdout) == (1, True), asked
        demo.send_signal(signal.SIGTERM)
        rest, _ = demo.communicate(timeout=PATIENCE_S)
        assert demo.returncode == 1, said + rest
        assert "command" in rest
    ends = [entry["code"] for entry in log_of(folder) if entry["kind"] in {"fault", "session_ended"}]
    assert ends == ["sensor_open", "sensor_open"]


def test_a_killed_controller_comes_back_and_does_not_heat(folder: Path) -> None:
    code, said = run(folder, "--speed", "40", "--minutes", "5", "--fault", "controller_lost@20")
    assert code == 1, said
    assert "The controller is gone: the broker says so" in said
    assert "The controller is back" in said
    assert re.search(r"Resumed +no", said)
    logged = log_of(folder)
    assert [entry["code"] for entry in logged if entry["kind"] == "session_ended"] == ["controller_lost"]
    assert [entry["kind"] for entry in logged].count("heat_on") == 1


def test_a_terminal_is_drawn_on_and_given_back(folder: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    drawn = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # the other end was closed
            while part := os.read(ours, 65536):
                drawn.extend(part)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        with started(folder, "--speed", "20", out=theirs) as demo:
            deadline_s = time.monotonic() + PATIENCE_S
            warm = re.compile(rb"left.* 7:[0-4]\d")
            while not warm.search(drawn) and demo.poll() is None and time.monotonic() < deadline_s:
                time.sleep(0.05)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(PATIENCE_S) == 130
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    text = drawn.decode()
    before, entered, live = text.partition("\x1b[?1049h\x1b[?25l")
    live, left, after = live.partition("\x1b[?25h\x1b[?1049l")
    assert entered
    assert left
    assert "Starting" in before
    assert "Interrupted. The heater is off" in after
    assert "Traceback" not in text
    frames = [
        re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame).split("\r\n") for frame in live.split("\x1b[H")[1:]
    ]
    assert len(frames) > 5
    assert max(len(line) for frame in frames for line in frame) <= 80
    assert max(map(len, frames)) <= 24
    assert any("WARMING" in line for line in frames[-1])
