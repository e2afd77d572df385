"""``heatpack doctor --wiring``: real processes on a pseudo-terminal, on boards with mistakes."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import pytest

from tests.support.pack import ENABLE, HEATER, PATIENCE_S, Edge, Pack, eventually

BUILD: dict[str, Any] = {
    "hardware.pin_factory": "tests.support.wiring_factory:WiringFactory",
    "hardware.button_pin": 23,
    "hardware.led_pin": 24,
}
SUPPLY: dict[str, Any] = {"hardware.adc.supply_channel": 7, "hardware.adc.supply_divider": 2}


class Walk:
    """A person at a terminal who does what is asked."""

    def __init__(self, pack: Pack, mistake: str = "", *, speed: float = 100.0) -> None:
        self.hands = pack.folder / "hands"
        self.hands.write_text("")
        self._said = ""
        self._read = 0
        self._master, slave = pty.openpty()
        command = pack.command("doctor", "--wiring", "--speed", f"{speed:g}", "--config", str(pack.config))
        environment = {"HEATPACK_WIRING": mistake, "HEATPACK_HANDS": str(self.hands)}
        environment["PYTHONIOENCODING"] = "utf-8:strict"  # as with a person's language, other than C's
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=pack.folder,
            env=pack.environment() | environment,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in psutil.Process(self.process.pid).children() if self.process.poll() is None else []:
            child.kill()
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        print(self._said)
        assert error is not None or "Traceback" not in self._said

    @property
    def said(self) -> str:
        """All that was read so far."""
        return self._said

    def says(self, words: str) -> str:
        """Wait for words after those that were waited for before; return what was said since then."""
        deadline_s = time.monotonic() + PATIENCE_S
        while (found := self._said.find(words, self._read)) < 0:
            left_s = max(0.0, deadline_s - time.monotonic())
            assert select.select([self._master], [], [], left_s)[0], f"never said {words!r}:\n{self._said}"
            try:
                self._said += os.read(self._master, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"ended without saying {words!r}:\n{self._said}") from None
        since, self._read = self._said[self._read : found], found + len(words)
        return since

    def answers(self, text: str) -> None:
        # What is typed before the question is thrown away, and the question is printed just after that.
        os.write(self._master, f"{text}\n".encode(errors="surrogateescape"))

    def goes_on(self, title: str) -> None:
        self.says(f"\n{title}")
        self.says("q to end: ")
        self.answers("")

    def is_free(self) -> None:
        self.says('Type "free" when it is so: ')
        self.answers("free")
        self.goes_on("Everything low")

    def hands_do(self) -> None:
        """Everything after the switches."""
        for n in (0, 1):
            self.says(f"\nSensor {n + 1}")
            self.says("q to end: ")
            self.hands.write_text(f"finger {n}")
            self.answers("")
            self.says("felt the finger")
            self.hands.write_text("")
        self.says("\nButton")
        self.says("q to end: ")
        self.hands.write_text("press")
        self.answers("")
        self.says("\nLED")
        self.hands.write_text("")
        self.says("y or n: ")
        self.answers("y")

    def ends(self) -> int:
        """Wait for its end; the last words are those of ``heatpack off``."""
        self.says("driven low: heater_pin 17")
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Pack]:
    (tmp_path / "state").mkdir()
    with Pack(tmp_path, changes=BUILD | SUPPLY) as pack:
        yield pack


def heats(pack: Pack) -> list[Edge]:
    """When both pins were high."""
    return [edge for edge in pack.edges() if edge.high]


def ledger(pack: Pack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pack.ledger.read_text())["ledger"]
    return found


def all_low(pack: Pack) -> bool:
    """Whether the last edges of both switches were falling ones."""
    return all(edges[-1:] == [] or not edges[-1].high for edges in (pack.edges(HEATER), pack.edges(ENABLE)))


def test_a_good_build_is_walked_through_to_its_end(pack: Pack) -> None:
    with Walk(pack) as walk:
        walk.is_free()
        assert "OK  sensors: 2" in walk.says("From here on a switch is closed for 6 s at most")
        walk.goes_on("The pad's supply")
        walk.goes_on("The series switch alone")
        walk.says("OK  with the series switch closed alone: no current, no heat")
        walk.goes_on("The MOSFET alone")
        walk.says("OK  with the MOSFET closed alone: no current, no heat")
        assert heats(pack) == []
        (charge,) = ledger(pack)["sessions"]
        assert (charge["heated_s"], charge["ended_wall_s"]) == (80.0, None)  # all of it, before anything
        walk.goes_on("Both, but no edges on the dead-man's pin")
        walk.says("OK  with both pins high and no edges on the dead-man's pin: no current, no heat")
        walk.goes_on("Heat")
        walk.says("OK  sensor 1 (channel 0) answered after")
        walk.says("OK  sensor 2 (channel 1) answered after")
        walk.says("OK  it falls: 0.3 °C in")
        walk.hands_do()
        walk.says("OK  lit")
        walk.says("All is well.")
        assert walk.ends() == 0
    assert len(heats(pack)) == 2
    assert all_low(pack)
    used = ledger(pack)
    (session,) = used["sessions"]
    assert 20.0 < session["heated_s"] < 40.0
    assert used["rest_until_wall_s"] > session["ended_wall_s"]
    assert used["events"][-1]["code"] == "wiring_checked"


# --- it ends in the middle of the heat ------------------------------------------------------------

#: One switch, so that the walk soon comes to the heat; and a weak pad, so that the heat lasts.
SIMPLE: dict[str, Any] = {
    "hardware.pin_factory": "tests.support.wiring_factory:WiringFactory",
    "pad.power_w": 3,
}


@pytest.fixture
def simple(tmp_path: Path) -> Iterator[Pack]:
    (tmp_path / "state").mkdir()
    with Pack(tmp_path, changes=SIMPLE, without=("hardware.enable_pin", "hardware.deadman_pin")) as pack:
        yield pack


def in_the_heat(pack: Pack, walk: Walk) -> psutil.Process:
    """Go on until the heater is on; return the process that has switched it on."""
    walk.is_free()
    walk.goes_on("The pad's supply")
    walk.goes_on("Heat")
    eventually(lambda: pack.edges(HEATER)[-1:] != [] and pack.edges(HEATER)[-1].high, "the heater is on")
    (walker,) = psutil.Process(walk.process.pid).children()
    return walker


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_with_everything_low(simple: Pack, how: signal.Signals) -> None:
    with Walk(simple, speed=10.0) as walk:
        in_the_heat(simple, walk)
        os.killpg(walk.process.pid, signal.SIGTSTP)  # Ctrl-Z does not stop who has a switch closed
        if how == signal.SIGINT:
            os.killpg(walk.process.pid, how)  # as a terminal does
        else:
            walk.process.send_signal(how)
        walk.says("Ended: SIG")
        assert walk.ends() == 130
        assert not simple.edges(HEATER)[-1].high
        (session,) = ledger(simple)["sessions"]
        assert session["ended_wall_s"] is not None


def test_a_walk_that_hangs_is_killed_and_driven_low(simple: Pack) -> None:
    with Walk(simple, "hangs", speed=10.0) as walk:
        in_the_heat(simple, walk)
        assert walk.ends() == 1
        walk.says("the check hung with a switch closed and was killed")  # what counts was done before
        (session,) = ledger(simple)["sessions"]
        assert session["ended_wall_s"] is None  # the guard's next start counts the whole charge


def test_a_walk_that_is_killed_is_driven_low(simple: Pack) -> None:
    with Walk(simple, speed=10.0) as walk:
        walker = in_the_heat(simple, walk)
        simple.config.write_text(simple.config.read_text().replace("heater_pin = 17", "heater_pin = 16"))
        walker.kill()
        assert walk.ends() == 1  # the pin that was driven, not the one that the file names by now
        walk.says("the check was killed")


def test_a_walk_that_nobody_watches_ends_by_itself(simple: Pack) -> None:
    with Walk(simple, speed=10.0) as walk:
        walker = in_the_heat(simple, walk)
        walk.process.kill()
        eventually(lambda: not walker.is_running() or walker.status() == "zombie", "it ends")
        assert not simple.edges(HEATER)[-1].high


# --- it does not begin ----------------------------------------------------------------------------


def test_it_does_not_begin_beside_a_guard(pack: Pack) -> None:
    pack.start_guard()
    with Walk(pack) as walk:
        walk.says("is held: a guard runs with this configuration; stop it first")
        assert walk.process.wait(PATIENCE_S) == 4
    assert pack.guard is not None
    assert pack.guard.poll() is None


def test_no_guard_begins_beside_a_walk_whose_watcher_was_killed(pack: Pack) -> None:
    with Walk(pack) as walk:
        walk.says('Type "free" when it is so: ')
        (walker,) = psutil.Process(walk.process.pid).children()
        walk.process.kill()
        walk.process.wait()
        refused = pack.run("guard", "--config", str(pack.config))
        walk.answers("worn")
        eventually(lambda: not walker.is_running() or walker.status() == "zombie", "it ends")
        assert "another guard is running" in refused.stderr


def test_no_guard_begins_beside_it(pack: Pack) -> None:
    with Walk(pack) as walk:
        walk.says('Type "free" when it is so: ')
        refused = pack.run("guard", "--config", str(pack.config))
        assert refused.returncode == 4
        assert "another guard is running" in refused.stderr
        walk.answers("\udcff")  # a key that is no text
        walk.says("Ended: ended by you. Everything is low.")
        assert walk.ends() == 130


def test_it_wants_a_terminal_and_a_state_folder(tmp_path: Path) -> None:
    with Pack(tmp_path, changes=BUILD) as pack:
        done = pack.run("doctor", "--wiring", "--config", str(pack.config))
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr == "heatpack doctor: --wiring is a conversation: run it in a terminal\n"
        with Walk(pack) as walk:
            walk.says("guard.lock cannot be written: No such file or directory")
            assert walk.process.wait(PATIENCE_S) == 4
