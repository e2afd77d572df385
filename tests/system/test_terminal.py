"""The phone in the terminal, against a real mosquitto and a real bridge."""

import asyncio
import contextlib
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from config.settings import Device, Mqtt, Settings
from controller import terminal
from controller.mqtt.client import Bridge
from controller.mqtt.inbound import Incoming, StartCommand
from controller.mqtt.messages import (
    EventMessage,
    FaultState,
    InfoMessage,
    ResultMessage,
    SensorState,
    SessionState,
    StateMessage,
    TodayState,
)
from controller.mqtt.parsing import parse_command
from controller.terminal import line
from tests.support.broker import PATIENCE_S, Broker, free_port

NOON = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
WARMING = StateMessage(
    ts=NOON,
    phase="warming",
    session=SessionState(
        id="s1",
        origin="phone",
        area="neck",
        started=NOON - 130,
        target_c=40.0,
        duration_s=480.0,
        elapsed_s=130.0,
        remaining_s=350.0,
    ),
    temperature_c=38.24,
    sensors=(SensorState(temperature_c=38.24), SensorState(temperature_c=None, fault="sensor_open")),
    duty=0.85,
    heater=True,
    dose_cem43=0.0213,
    today=TodayState(sessions=2, heated_s=960.0, dose_cem43=0.1),
    ready_at=None,
    starts_in_s=None,
    fault=None,
    guard="ok",
)


def settings(port: int, **more: Any) -> Settings:
    # Only who and where matter to a phone: the pad's own sections stay out of it.
    return Settings.model_construct(
        device=Device(id="pad1", name="Neck pad"), mqtt=Mqtt(host="127.0.0.1", port=port, **more)
    )


class Pack:
    """A pack that accepts every start up to 42 °C, in a thread of its own: a phone blocks."""

    def __init__(self, port: int, state: StateMessage | None, *, deaf: bool = False) -> None:
        self.commands: list[Incoming] = []
        self._deaf = deaf
        self._state = state
        self._port = port
        self._online = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    def __enter__(self) -> "Pack":
        self._thread.start()
        assert self._online.wait(PATIENCE_S)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE_S)

    async def _main(self) -> None:
        def connected(now: bool) -> None:
            if now:
                self._online.set()

        self.bridge = Bridge(
            Mqtt(host="127.0.0.1", port=self._port),
            "pad1",
            trigger_topic=None,
            on_command=self._answer,
            on_trigger=self._answer,
            info=InfoMessage(id="pad1", name="Neck pad", versions={}, limits={}, defaults={}),
            on_connection=connected,
        )
        if self._state is not None:
            self.bridge.state(self._state)
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self.bridge.run())
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _answer(self, incoming: Incoming) -> None:
        self.commands.append(incoming)
        if self._deaf:
            return
        command = parse_command(incoming.payload)
        hot = isinstance(command, StartCommand) and (command.target_c or 0) > 42
        self.bridge.result(
            ResultMessage(
                ts=NOON,
                id=command.id,
                action=command.action,
                accepted=not hot,
                code="out_of_range" if hot else "ok",
                message="Target 45 °C is outside 35–42 °C" if hot else f"{command.action} accepted",
            ),
            incoming,
        )

    def event(self, event: EventMessage) -> None:
        self._loop.call_soon_threadsafe(self.bridge.event, event)


def test_a_start_carries_all_that_makes_it_fresh(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, None) as pack:
        code = terminal.start(settings(broker.port), target_c=40, minutes=8, area="neck", out=out)
    assert (code, out.getvalue()) == (0, "Start accepted\n")
    command = parse_command(pack.commands[0].payload)
    assert isinstance(command, StartCommand)
    assert (command.target_c, command.duration_s, command.area) == (40, 480, "neck")
    assert command.origin == "cli"
    assert command.id is not None
    assert command.issued_at == pytest.approx(time.time(), abs=PATIENCE_S)


def test_a_refusal_is_printed_and_is_exit_code_1(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, None):
        code = terminal.start(settings(broker.port), target_c=45, out=out)
    assert (code, out.getvalue()) == (1, "Target 45 °C is outside 35–42 °C\n")


def test_stop_and_reset(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, None):
        codes = terminal.stop(settings(broker.port), out=out), terminal.reset(settings(broker.port), out=out)
    assert (codes, out.getvalue()) == ((0, 0), "Stop accepted\nReset accepted\n")


def test_nonsense_does_not_travel() -> None:
    out = io.StringIO()
    assert terminal.start(settings(free_port()), target_c=float("nan"), out=out) == 1
    assert out.getvalue().startswith("NaN is not a number. ")
    out = io.StringIO()
    assert terminal.start(settings(free_port()), area="\x1b[2J", out=out) == 1
    assert out.getvalue() == 'Area must be 1 to 40 printable characters, not "\\u001b[2J"\n'


def test_no_broker_is_a_sentence_and_exit_code_3() -> None:
    out, port = io.StringIO(), free_port()
    assert terminal.stop(settings(port), out=out) == 3
    assert out.getvalue() == f"Broker 127.0.0.1:{port}: connection refused\n"


def test_no_broker_leaves_a_program_without_json_and_says_so_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, port = io.StringIO(), free_port()
    assert terminal.status(settings(port), as_json=True, out=out) == 3
    assert out.getvalue() == ""
    assert capsys.readouterr().err == f"Broker 127.0.0.1:{port}: connection refused\n"


def test_a_key_of_the_configuration_is_said_as_it_is_written(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret")
    password.chmod(0o644)
    out = io.StringIO()
    assert terminal.stop(settings(free_port(), username="phone", password_file=password), out=out) == 3
    assert out.getvalue().startswith(f"mqtt.password_file {password}: every user")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ANSWER_WITHIN_S", 1.5)
    monkeypatch.setattr(line, "STATE_WITHIN_S", 1.5)


@pytest.mark.usefixtures("impatient")
def test_silence_is_told_apart(broker: Broker) -> None:
    unknown, online, offline = io.StringIO(), io.StringIO(), io.StringIO()
    assert terminal.stop(settings(broker.port), out=unknown) == 3
    with Pack(broker.port, None, deaf=True):
        assert terminal.stop(settings(broker.port), out=online) == 3
    assert terminal.stop(settings(broker.port), out=offline) == 3
    assert unknown.getvalue() == (f"Broker 127.0.0.1:{broker.port} knows no pack pad1: is heatpack run up?\n")
    assert online.getvalue() == "Neck pad (pad1) is online but gave no answer\n"
    assert offline.getvalue() == "Neck pad (pad1) is offline: is heatpack run up?\n"


def test_status_for_people(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, WARMING):
        assert terminal.status(settings(broker.port), out=out) == 0
    assert out.getvalue().splitlines() == [
        "Neck pad (pad1), now:",
        "  phase       warming",
        "  temperature 38.2 °C (38.2 °C, sensor_open)",
        "  heater      on, duty 85%",
        "  session     2:10 of 8:00, 5:50 left, target 40 °C, started by phone, for neck",
        "  dose        0.0213 CEM43",
        "  last 24 h   2 sessions, 16 min heated, 0.1 CEM43",
    ]


@pytest.mark.usefixtures("impatient")
def test_status_of_a_pack_at_rest_with_a_fault_and_then_offline(broker: Broker) -> None:
    fault = FaultState(code="sensor_open", message="Sensor 1 is open", since=NOON, clearable=True)
    state = WARMING.model_copy(
        update={"phase": "fault", "session": None, "fault": fault, "ready_at": NOON + 1800, "guard": "lost"}
    )
    out = io.StringIO()
    with Pack(broker.port, state):
        assert terminal.status(settings(broker.port), out=out) == 0
    assert "  rest        until 12:30\n" in out.getvalue()
    assert (
        "  fault       sensor_open since 12:00: Sensor 1 is open (heatpack reset clears it)\n"
        in out.getvalue()
    )
    assert "  guard       lost: is heatpack guard up?\n" in out.getvalue()
    out = io.StringIO()
    assert terminal.status(settings(broker.port), out=out) == 3
    first, second = out.getvalue().splitlines()[:2]
    assert first == "Neck pad (pad1) is offline: is heatpack run up?"
    assert second == "Neck pad (pad1), 2026-03-01 12:00:00:"


def test_status_for_programs(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, WARMING):
        assert terminal.status(settings(broker.port), as_json=True, out=out) == 0
    assert json.loads(out.getvalue()) == json.loads(WARMING.payload()) | {"online": True}


@pytest.mark.usefixtures("impatient")
def test_status_without_any_pack(broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    assert terminal.status(settings(broker.port), as_json=True, out=out) == 3
    assert out.getvalue() == ""
    assert "knows no pack pad1" in capsys.readouterr().err


def test_watch_prints_plain_lines_where_nobody_can_rewrite_one(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, WARMING) as pack:
        watching = threading.Thread(target=terminal.watch, args=(settings(broker.port),), kwargs={"out": out})
        watching.start()
        _eventually(lambda: "warming" in out.getvalue())
        pack.event(
            EventMessage(ts=NOON, seq=1, kind="session_ended", code="completed", message="Time is over")
        )
        _eventually(lambda: "session_ended" in out.getvalue())
    _eventually(lambda: "offline" in out.getvalue())
    broker.stop()
    watching.join(PATIENCE_S)
    assert not watching.is_alive()
    assert set(out.getvalue().splitlines()) == {
        "Neck pad (pad1) is online",
        "12:00:00 · warming · 38.2 °C · target 40 °C · duty 85% · 5:50 left",
        "12:00:00 · session_ended · completed · Time is over",
        "Neck pad (pad1) is offline",
        f"Broker 127.0.0.1:{broker.port}: connection lost",
    }


def test_watch_keeps_one_live_line_on_a_terminal(broker: Broker) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Screen()
    with Pack(broker.port, WARMING):
        watching = threading.Thread(target=terminal.watch, args=(settings(broker.port),), kwargs={"out": out})
        watching.start()
        _eventually(lambda: "warming" in out.getvalue())
    _eventually(lambda: "offline" in out.getvalue())
    broker.stop()
    watching.join(PATIENCE_S)
    live = "\r\x1b[K12:00:00 · warming · 38.2 °C · target 40 °C · duty 85% · 5:50 left"
    lost = f"Broker 127.0.0.1:{broker.port}: connection lost"
    assert out.getvalue().endswith(f"{live}\r\x1b[KNeck pad (pad1) is offline\n{live}\n{lost}\n")


async def test_a_stranger_on_the_result_topic_does_not_confuse_the_phone(broker: Broker) -> None:
    out = io.StringIO()
    with Pack(broker.port, None):
        async with aiomqtt.Client("127.0.0.1", broker.port) as stranger:
            phone = asyncio.create_task(asyncio.to_thread(terminal.stop, settings(broker.port), out=out))
            while not phone.done():
                await stranger.publish("heatpack/pad1/result", b"{not json", 1)
                await stranger.publish("heatpack/pad1/result", b'{"id":"other"}', 1)
            assert await phone == 0


def _eventually(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
