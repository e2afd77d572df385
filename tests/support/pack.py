"""A whole pack for tests: both daemons as real processes, on a simulated pad with an oscilloscope.

with Pack(tmp_path, broker) as pack:
    pack.start()
    ...

Whatever a test does, no process stays behind, and a daemon that printed a traceback fails the test.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from hardware.link import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Answer,
    Demand,
    Event,
    Hello,
    Report,
    Request,
    Start,
    Status,
    decode_report,
    encode,
)
from hardware.link_socket import connect
from tests.support.broker import free_port
from tests.support.processes import with_the_tests

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
HEATER, ENABLE, DEADMAN = 17, 27, 22

#: The strongest pad that a configuration may have, so that warming up takes least time.
BASE: Mapping[str, Any] = {
    "device.id": "demo",
    "pad.power_w": 12,
    "pad.supply_v": 5,
    "pad.area_cm2": 120,
    "pad.thermal_cutout": True,
    "hardware.pin_factory": "tests.support.recording_factory:RecordingFactory",
    "hardware.heater_pin": HEATER,
    "hardware.enable_pin": ENABLE,
    "hardware.deadman_pin": DEADMAN,
    "hardware.adc.chip": "MCP3008",
    "hardware.thermistor": [
        {"channel": 0, "series_ohm": 5600, "part": "103AT-2"},
        {"channel": 1, "series_ohm": 5600, "part": "103AT-2"},
    ],
    "heat.duration_s": 300,
    "post_session.enabled": True,
    "post_session.stretch_s": 20,
    "post_session.cancel_window_s": 5,
    "mqtt.host": "127.0.0.1",
    "paths.state": "state",
    "paths.runtime": "run",
}


def toml(values: Mapping[str, Any]) -> str:
    """Return dotted keys as TOML."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_value(inner)}' for key, inner in value.items())}}}"
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a pin, at CLOCK_MONOTONIC seconds."""

    at_s: float
    pin: int
    high: bool


class Oscilloscope:
    """Reads on in the file of a ``RecordingFactory`` where it has stopped."""

    def __init__(self, path: Path) -> None:
        self.edges: list[Edge] = []
        #: The edges of the heat, each by the pin that made it.
        self.heat: list[Edge] = []
        self._path = path
        self._read = 0
        self._levels = {HEATER: False, ENABLE: False}

    def look(self) -> None:
        """Take up what has come since."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            *lines, unfinished = file.read().split(b"\n")
            self._read = file.tell() - len(unfinished)
        for line in lines:
            at_s, number, high = line.split()
            self._take(Edge(float(at_s), int(number), high == b"1"))

    def _take(self, edge: Edge) -> None:
        self.edges.append(edge)
        before = all(self._levels.values())
        if edge.pin in self._levels:
            self._levels[edge.pin] = edge.high
        if all(self._levels.values()) is not before:
            self.heat.append(replace(edge, high=not before))


class Listener(Protocol):
    """The one thing that a pack needs of a broker on this machine."""

    port: int


class Pack:
    """Both daemons of one pack. ``guard`` and ``controller`` are None until started."""

    def __init__(
        self,
        folder: Path,
        broker: Listener | None = None,
        *,
        speed: float = 20.0,
        patience_s: float | None = None,
        changes: Mapping[str, Any] | None = None,
        without: tuple[str, ...] = (),
    ) -> None:
        """``patience_s``: of a fast guard with a controller that always answers, in real seconds."""
        self.folder = folder
        self._patience_s = patience_s
        self.speed = speed
        self.config = folder / "heatpack.toml"
        self.runtime = folder / "run"
        self.device_id: str = (changes or {}).get("device.id", BASE["device.id"])
        self.log_db = folder / "state" / "log.db"
        self.ledger = folder / "state" / "ledger.json"
        self.guard: subprocess.Popen[bytes] | None = None
        self.controller: subprocess.Popen[bytes] | None = None
        self._edges = folder / "edges"
        self._edges.touch()
        self._oscilloscope = Oscilloscope(self._edges)
        self._running: list[subprocess.Popen[bytes]] = []
        port = free_port() if broker is None else broker.port
        build = {key: value for key, value in BASE.items() if key not in without}
        self.config.write_text(toml({**build, "mqtt.port": port, **(changes or {})}))

    # --- processes --------------------------------------------------------------------------------

    def start(self, *, inject: str | None = None) -> None:
        """Start both, and wait until the controller has heard the guard."""
        self.start_guard(inject=inject)
        self.start_controller()

    def start_guard(self, *, inject: str | None = None, **how: Any) -> None:
        more = [] if inject is None else ["--inject", inject]
        before = self.said("guard").count("guarding")
        self.guard = self._spawn("guard", *more, **how)
        self._until_said("guard", "guarding", before, self.guard)

    def start_controller(self, **how: Any) -> None:
        self.controller = self._spawn("run", **how)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def end(self, process: "subprocess.Popen[bytes] | None", how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, return the exit code."""
        assert process is not None
        process.send_signal(how)
        return process.wait(PATIENCE_S)

    def said(self, name: str) -> str:
        """What ``guard`` or ``run`` wrote to stderr, in all its lives."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "controller.cli", *arguments]

    def environment(self) -> dict[str, str]:
        mine = {"PYTHONPATH": str(ROOT), "HEATPACK_EDGES": str(self._edges), "TZ": "UTC"}
        if self._patience_s is not None:
            mine["HEATPACK_PATIENCE_S"] = str(self._patience_s)
        return os.environ | mine

    def _spawn(self, name: str, *more: str, **how: Any) -> "subprocess.Popen[bytes]":
        command = self.command(name, "--config", str(self.config), "--speed", f"{self.speed:g}", *more)
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                with_the_tests(*command),
                stdout=log,
                stderr=log,
                env=self.environment(),
                cwd=self.folder,
                **how,
            )
        self._running.append(process)
        return process

    def _until_said(self, name: str, words: str, before: int, process: "subprocess.Popen[bytes]") -> None:
        def said() -> bool:
            assert process.poll() is None, f"the {name} has ended:\n{self.said(name)}"
            return self.said(name).count(words) > before

        eventually(said, f"the {name} says {words!r}")

    # --- the oscilloscope -------------------------------------------------------------------------

    def edges(self, pin: int | None = None) -> list[Edge]:
        """Every edge of a pin so far. Without a pin those of the heat, each by the pin that made it.

        Heat is both switches closed. A self-test closes each alone, and that is none.
        """
        self._oscilloscope.look()
        if pin is None:
            return self._oscilloscope.heat.copy()
        return [edge for edge in self._oscilloscope.edges if edge.pin == pin]

    def heats(self) -> bool:
        """Whether both switches are closed now."""
        heat = self.edges()
        return heat != [] and heat[-1].high

    def until_heating(self) -> float:
        """Wait until both switches are closed; return since when."""
        eventually(self.heats, "both switches are closed")
        return self.edges()[-1].at_s

    def until_cold(self) -> float:
        """Wait until a switch is open; return since when."""
        eventually(lambda: not self.heats(), "a switch is open")
        return self.edges()[-1].at_s

    def ignitions_since(self, at_s: float) -> int:
        """How often heat began after a moment of CLOCK_MONOTONIC."""
        return sum(edge.high and edge.at_s > at_s for edge in self.edges())

    # --- the records ------------------------------------------------------------------------------

    def sessions(self) -> list[dict[str, Any]]:
        """The sessions of the log, oldest first."""
        return self._query("SELECT * FROM session ORDER BY number")

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """The entries of one kind, oldest first."""
        return self._query("SELECT * FROM event WHERE kind = ? ORDER BY seq", kind)

    def _query(self, question: str, *values: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self.log_db}?mode=ro", uri=True, timeout=5)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(question, values)]

    # --- the end ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(PATIENCE_S)
        logs = "\n".join(f"--- {name}\n{self.said(name)}" for name in ("guard", "run"))
        if error is not None:
            print(logs)
        else:
            assert "Traceback" not in logs, logs


class Place(Protocol):
    """What a client needs of a pack: the folder of the guard's socket, and whose it is."""

    runtime: Path
    device_id: str


class Client:
    """Speaks to the guard's socket as any process of its group may: no controller, no manners."""

    def __init__(self, pack: Place) -> None:
        self._channel: socket.socket = connect(str(pack.runtime))
        self.hello = Hello(PROTOCOL, pack.device_id)
        self._channel.settimeout(PATIENCE_S)
        self.events: list[Event] = []
        self.answers: list[Answer] = []
        self.statuses: list[Status] = []

    def __enter__(self) -> Self:
        try:
            self.sends(self.hello)
        except OSError:
            self._channel.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def sends(self, request: Request) -> None:
        self._channel.send(encode(request))

    def sends_bytes(self, packet: bytes) -> None:
        self._channel.send(packet)

    def hears(self) -> Report:
        """Wait for the next report."""
        packet = self._channel.recv(MAX_FRAME_BYTES)
        assert packet, "the guard closed the link"
        report = decode_report(packet)
        match report:
            case Event():
                self.events.append(report)
            case Answer():
                self.answers.append(report)
            case Status():
                self.statuses.append(report)
        return report

    def drain(self) -> None:
        """Throw away what has arrived."""
        self._channel.setblocking(False)
        with suppress(BlockingIOError):
            while self._channel.recv(MAX_FRAME_BYTES):
                pass
        self._channel.settimeout(PATIENCE_S)

    def floods(self, requests: list[Request]) -> None:
        """Send requests and noise by turns until the guard's buffer is full."""
        self._channel.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                for request in requests:
                    self.sends(request)
                    self.sends_bytes(os.urandom(64))

    def status(self) -> Status:
        """Wait for the next status."""
        while not isinstance(report := self.hears(), Status):
            pass
        return report

    def answer(self) -> Answer:
        """Wait for the next answer."""
        while not isinstance(report := self.hears(), Answer):
            pass
        return report

    def starts(
        self, session_id: str = "s1", target_c: float = 40.0, duration_s: float | None = None
    ) -> Answer:
        """Ask for heat once the guard knows the pad's temperature."""
        while self.status().temperature_c is None:
            pass
        self.sends(Start(session_id, target_c, duration_s))
        while not isinstance(report := self.hears(), Answer):
            if isinstance(report, Status) and report.session is not None:  # and is being tested
                self.sends(Demand(session_id, 0.0, report.tick))
        return report

    def until(self, wanted: Callable[[Status], bool]) -> Status:
        """Only listen, until something happens."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not wanted(status := self.status()):
            assert time.monotonic() < deadline_s, f"still so: {status}"
        return status

    def wants_it_all(self, session_id: str, until: Callable[[Status], bool]) -> Status:
        """Answer each status with full duty until something happens."""
        deadline_s = time.monotonic() + 3 * PATIENCE_S
        while not until(status := self.status()):
            assert time.monotonic() < deadline_s, f"still so: {status}"
            self.sends(Demand(session_id, 1.0, status.tick, 60.0))
        return status


def tap(pack: Pack, finger: Path) -> None:
    """Press the button of ``tests.support.button_factory`` for a second: neither a spike nor a reset."""
    judged = len(pack.edges(DEADMAN))
    finger.touch()
    eventually(lambda: len(pack.edges(DEADMAN)) >= judged + 10, "the guard sees the finger")
    finger.unlink()


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds that only polling can show."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.01)
