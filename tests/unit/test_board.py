"""The board on simulated pins and on the real lgpio factory, and how both are opened and left."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.local import LocalPiFactory
from gpiozero.pins.mock import MockFactory

from hardware import off
from hardware.board import Board
from hardware.clock import ManualClock, SystemClock
from hardware.missing import HardwareMissing
from hardware.pin_factory import load_factory, open_factory
from hardware.settings import AdcSettings, PinSettings
from hardware.simulated.factory import SimulatedFactory
from tests.support.builds import BUTTON, DEADMAN, ENABLE, HEATER, LED, build
from tests.support.fake_lgpio import FakeLgpio

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def factory() -> SimulatedFactory:
    factory = SimulatedFactory()
    factory.attach(ManualClock(), build())
    return factory


@pytest.fixture
def board(factory: SimulatedFactory) -> Iterator[Board]:
    board = Board.open(build(), factory)
    yield board
    board.close()


def levels(factory: Any, *numbers: int) -> list[tuple[str, bool]]:
    return [(factory.pin(number).function, bool(factory.pin(number).state)) for number in numbers]


LOW = ("output", False)
HIGH = ("output", True)


# --- the board ------------------------------------------------------------------------------------


def test_every_output_is_low_from_the_start(board: Board, factory: SimulatedFactory) -> None:
    assert levels(factory, HEATER, ENABLE, DEADMAN, LED) == [LOW] * 4
    for number in (HEATER, ENABLE):
        factory.pin(number).assert_states([False])
        assert len(factory.pin(number).states) == 1


def test_each_output_reaches_its_own_pin(board: Board, factory: SimulatedFactory) -> None:
    for switch, number in ((board.heater, HEATER), (board.enable, ENABLE), (board.led, LED)):
        switch(True)
        assert levels(factory, number) == [HIGH]
        switch(False)
        assert levels(factory, number) == [LOW]
    for expected in (HIGH, LOW, HIGH):
        board.toggle_deadman()
        assert levels(factory, DEADMAN) == [expected]


def test_the_levels_are_read_back_from_the_pins(board: Board, factory: SimulatedFactory) -> None:
    assert board.levels() == (False, False)
    board.enable(True)
    assert board.levels() == (False, True)
    board.enable(False)
    board.heater(True)
    assert board.levels() == (True, False)
    factory.pin(HEATER)._state = False  # something stronger than the pin
    assert board.levels() == (False, False)


def test_levels_that_cannot_be_read_are_none(
    board: Board, factory: SimulatedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(factory.pin(ENABLE), "_get_state", broken)
    assert board.levels() is None


def test_the_button_is_down_when_its_pin_is_at_ground(board: Board, factory: SimulatedFactory) -> None:
    assert not board.button_pressed()
    factory.pin(BUTTON).drive_low()
    assert board.button_pressed()
    factory.pin(BUTTON).drive_high()
    assert not board.button_pressed()


def test_a_minimal_build_has_a_heater_and_nothing_else() -> None:
    settings = build(pins=PinSettings("simulated", HEATER))
    factory = SimulatedFactory()
    factory.attach(ManualClock(), settings)
    board = Board.open(settings, factory)
    board.enable(True)
    board.led(True)
    board.toggle_deadman()
    assert not board.button_pressed()
    assert board.reference_code() is None
    assert board.supply_code() is None
    assert board.levels() == (False, None)
    assert levels(factory, ENABLE, LED, DEADMAN) == [("input", False)] * 3
    board.close()


@pytest.mark.parametrize("chip", ["MCP3008", "MCP3208"])
def test_codes_come_in_the_order_of_the_thermistors(chip: Any) -> None:
    settings = build(chip=chip, sensors=3)
    settings = replace(settings, thermistors=settings.thermistors[::-1])
    factory = SimulatedFactory()
    factory.attach(ManualClock(), settings)
    factory.plant.sensor_c[:] = [20.0, 40.0, 60.0]
    board = Board.open(settings, factory)
    first, second, third = board.codes()
    assert first is not None
    assert second is not None
    assert third is not None
    assert first > second > third
    board.close()


def test_a_failing_transfer_is_no_code(
    board: Board, factory: SimulatedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[int]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(factory, "transfer", broken)
    assert board.codes() == (None, None)


def test_all_off_goes_on_past_a_line_that_cannot_be_written(
    board: Board, factory: SimulatedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise OSError(19, "No such device")

    board.enable(True)
    board.heater(True)
    board.led(True)
    monkeypatch.setattr(factory.pin(HEATER), "_set_state", stuck)
    board.all_off()
    assert levels(factory, ENABLE, LED) == [LOW, LOW]


def test_the_heater_goes_low_before_the_series_switch(
    board: Board, factory: SimulatedFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    edges: list[tuple[int, bool]] = []
    monkeypatch.setattr(factory, "on_edge", lambda number, high: edges.append((number, high)))
    board.enable(True)
    board.heater(True)
    board.close()
    assert edges == [(ENABLE, True), (HEATER, True), (HEATER, False), (ENABLE, False)]


def test_a_closed_board_leaves_its_outputs_driven_low_and_its_pins_free(factory: SimulatedFactory) -> None:
    board = Board.open(build(), factory)
    board.enable(True)
    board.heater(True)
    board.toggle_deadman()
    board.close()
    board.close()  # twice does no harm
    assert levels(factory, HEATER, ENABLE, DEADMAN, LED) == [LOW] * 4
    Board.open(build(), factory).close()


# --- what is not there ----------------------------------------------------------------------------


def refusal(**variation: Any) -> str:
    settings = build(**variation)
    factory = SimulatedFactory()
    factory.attach(ManualClock(), settings)
    with pytest.raises(HardwareMissing) as refused:
        Board.open(settings, factory)
    assert all(pin.function == "input" or not pin.state for pin in factory.pins.values())
    return str(refused.value)


def test_a_pin_that_the_board_does_not_have() -> None:
    assert refusal(pins=PinSettings("simulated", 99)).startswith(
        "pin 99 (hardware.heater_pin) does not exist"
    )


def test_a_pin_used_twice() -> None:
    says = refusal(pins=PinSettings("simulated", HEATER, led=HEATER))
    assert says.startswith(
        f"pin {HEATER} (hardware.led_pin) needs a pin that this configuration already uses"
    )


def test_a_heater_on_a_pin_of_the_bus() -> None:
    says = refusal(pins=PinSettings("simulated", 10))
    assert says.startswith("SPI port 0, device 0 (hardware.adc) needs a pin that this configuration already")


def test_a_bus_that_gpiozero_cannot_drive() -> None:
    says = refusal(adc=AdcSettings("MCP3208", spi_port=1, spi_device=0))
    assert says == "SPI port 1, device 0 (hardware.adc) cannot be opened: port 1 is not a valid SPI port"


# --- the real lgpio factory -----------------------------------------------------------------------


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLgpio]:
    """gpiozero's own LGPIOFactory, on lines that are not there."""
    fake = FakeLgpio()
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0x902120)
    monkeypatch.setattr(LocalPiFactory, "pins", {})
    LocalPiFactory._reservations.clear()
    yield fake
    # An SPI device that is collected while gpiozero holds its reservation lock waits for that lock for ever.
    gc.collect()


def test_on_a_pi_the_outputs_are_claimed_low_and_left_driven_low(lgpio: FakeLgpio) -> None:
    settings = build(factory="lgpio")
    board = Board.open(settings, open_factory(settings, SystemClock()))
    assert board.codes() == (0x200, 0x200)
    board.enable(True)
    board.heater(True)
    assert lgpio.lines[HEATER] == ("output", 1)
    assert board.levels() == (True, True)
    lgpio.lines[ENABLE] = ("output", 0)  # a line that something else pulls down
    assert board.levels() == (True, False)
    board.close()
    assert {lgpio.lines[n] for n in (HEATER, ENABLE, DEADMAN, LED)} == {("output", 0)}
    # It was high once, for as long as it was told to.
    assert [level for line, _, level in lgpio.history if line == HEATER].count(1) == 1


def test_on_a_pi_a_busy_pin_is_named(lgpio: FakeLgpio) -> None:
    lgpio.busy = {HEATER}
    settings = build(factory="lgpio")
    with pytest.raises(HardwareMissing, match=rf"pin {HEATER} \(hardware.heater_pin\) is in use by another"):
        Board.open(settings, open_factory(settings, SystemClock()))


@pytest.mark.filterwarnings("ignore")  # as in production, where gpiozero's warning alone stops nothing
def test_on_a_pi_without_spi_the_remedy_is_named_and_no_pin_is_left_high(lgpio: FakeLgpio) -> None:
    lgpio.spi_error = "can not open SPI device"
    settings = build(factory="lgpio")
    with pytest.raises(HardwareMissing, match=r"SPI port 0, device 0 .*dtparam=spi=on"):
        Board.open(settings, open_factory(settings, SystemClock()))
    assert not any(level for _, level in lgpio.lines.values())


def test_on_a_pi_a_failing_transfer_is_no_code(lgpio: FakeLgpio) -> None:
    settings = build(factory="lgpio")
    board = Board.open(settings, open_factory(settings, SystemClock()))
    lgpio.spi_answer = None
    assert board.codes() == (None, None)
    board.close()


# --- opening a factory ----------------------------------------------------------------------------


class FastClock(ManualClock):
    speed = 20.0


def named(cls: str) -> str:
    return f"tests.support.factories:{cls}"


def test_the_simulated_factory_gets_clock_and_build() -> None:
    factory = open_factory(build(), FastClock())
    assert isinstance(factory, SimulatedFactory)
    assert len(factory.plant.sensor_c) == 2


def test_a_fault_can_be_injected_by_name() -> None:
    factory = open_factory(build(), ManualClock(), "sensor_open@3")
    assert isinstance(factory, SimulatedFactory)
    with pytest.raises(HardwareMissing, match="'gremlins' is not one of"):
        open_factory(build(), ManualClock(), "gremlins@3")
    with pytest.raises(HardwareMissing, match="no faults to inject"):
        open_factory(build(factory="mock"), ManualClock(), "sensor_open@3")


def test_gpiozeros_own_and_other_peoples_factories_open_by_name() -> None:
    assert type(load_factory("mock")) is MockFactory
    assert type(load_factory(named("Plain"))).__name__ == "Plain"


@pytest.mark.parametrize("name", ["Plain", "OnRealPins"])
def test_a_faster_clock_is_refused_on_anything_but_a_simulated_pad(name: str) -> None:
    with pytest.raises(HardwareMissing, match="speed 20 is refused"):
        open_factory(build(factory=named(name)), FastClock())
    open_factory(build(factory=named(name)), ManualClock())


def test_a_faster_clock_is_refused_on_lgpio(lgpio: FakeLgpio) -> None:
    with pytest.raises(HardwareMissing, match="speed 20 is refused on the pin factory 'lgpio'"):
        open_factory(build(factory="lgpio"), FastClock())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("lpgio", "'lpgio' .* expected one of simulated, .*lgpio.* or module:Class"),
        ("no.such.module:Factory", "No module named 'no'"),
        ("hardware.clock:NoSuchFactory", "has no attribute 'NoSuchFactory'"),
        (":", "cannot be opened"),
        (named("Broken"), "the chip is on fire"),
    ],
)
def test_a_factory_that_cannot_be_opened_is_explained(name: str, says: str) -> None:
    with pytest.raises(HardwareMissing, match=says):
        load_factory(name)


def test_lgpio_is_imported_where_it_may_make_its_pipe(tmp_path: Path) -> None:
    # As the real one does, and a service's working directory is "/".
    (tmp_path / "lgpio.py").write_text("open('.lgd-nfy0', 'w').close(); seen = True")
    script = (
        "import contextlib, os, sys; from hardware.pin_factory import load_factory, HardwareMissing\n"
        "with contextlib.suppress(HardwareMissing): load_factory('lgpio')\n"
        "print(sys.modules['lgpio'].seen, os.getcwd())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd="/proc",  # where nobody, not even root, may create a file
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True /proc\n", "")


# --- heatpack off ---------------------------------------------------------------------------------


def configuration(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "heatpack.toml"
    path.write_text(text, errors="surrogateescape")
    return path


def test_off_leaves_lines_that_a_killed_guard_left_high_driven_low(
    tmp_path: Path, lgpio: FakeLgpio, capsys: pytest.CaptureFixture[str]
) -> None:
    lgpio.lines = {HEATER: ("output", 1), ENABLE: ("output", 1)}
    path = configuration(
        tmp_path,
        f"[hardware]\nheater_pin = {HEATER}\nenable_pin = {ENABLE}\nled_pin = {LED}\nadc = 'nonsense'\n",
    )
    assert off.main(path) == 0
    assert {lgpio.lines[n] for n in (HEATER, ENABLE, LED)} == {("output", 0)}
    assert capsys.readouterr().out == f"driven low: heater_pin {HEATER}, enable_pin {ENABLE}, led_pin {LED}\n"
    first = next(line for line, function, _ in lgpio.history if function == "output")
    assert first == HEATER


def test_off_has_the_lines_low_before_gpiozero_has_been_loaded(
    tmp_path: Path, lgpio: FakeLgpio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_yet(name: str) -> None:
        raise HardwareMissing(f"{lgpio.history}")

    monkeypatch.setattr("os.listdir", lambda folder: ["gpiochip0", "gpiochip1", "null"])
    monkeypatch.setattr("hardware.pin_factory.load_factory", not_yet)
    path = configuration(tmp_path, f"[hardware]\nheater_pin = {HEATER}\nenable_pin = {ENABLE}\n")
    assert off.main(path) == 4  # what goes wrong later is told, and the lines are low
    assert lgpio.history == [(HEATER, "output", 0), (ENABLE, "output", 0)]  # of the header's chip alone


@pytest.mark.parametrize("chips", [["gpiochip1"], ["gpiochip-what"], []])
def test_off_without_a_chip_that_it_knows_goes_the_slower_way(
    tmp_path: Path, lgpio: FakeLgpio, monkeypatch: pytest.MonkeyPatch, chips: list[str]
) -> None:
    monkeypatch.setattr("os.listdir", lambda folder: chips)
    assert off.main(configuration(tmp_path, f"[hardware]\nheater_pin = {HEATER}\n")) == 0
    assert lgpio.lines == {HEATER: ("output", 0)}


def test_off_still_has_the_lines_low_after_gpiozero_has_cleaned_up_at_exit(tmp_path: Path) -> None:
    path = configuration(tmp_path, f"[hardware]\nheater_pin = {HEATER}\n")
    script = f"""if True:
        import os, sys
        from tests.support.fake_lgpio import FakeLgpio
        class Told(FakeLgpio):
            def _claim(self, line, function, level, write=os.write):
                super()._claim(line, function, level)
                write(2, f"{{function}} {{level}}\\n".encode())
        sys.modules["lgpio"] = Told()
        import gpiozero.pins.local as local
        local.get_pi_revision = lambda: 0x902120
        from hardware import off
        sys.exit(off.main({str(path)!r}))
    """
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "output 0"


def test_off_reads_what_the_loader_reads(tmp_path: Path) -> None:
    """An editor that begins a file with a byte-order mark must not leave a heater on."""
    assert (
        off.main(configuration(tmp_path, "\ufeff[hardware]\npin_factory = 'simulated'\nheater_pin = 17\n"))
        == 0
    )


def test_off_needs_no_more_than_the_heater_pin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        f"unknown = 1\n[hardware]\npin_factory = 'simulated'\nheater_pin = {HEATER}\nenable_pin = 'seven'\n"
    )
    assert off.main(configuration(tmp_path, text)) == 0
    assert capsys.readouterr().out == f"driven low: heater_pin {HEATER}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "hardware.heater_pin: expected a BCM pin number"),
        ("hardware = 3", "hardware.heater_pin: expected a BCM pin number"),
        ("[hardware]\nheater_pin = true", "hardware.heater_pin: expected a BCM pin number"),
        ("[hardware\n", "is not TOML: Expected ']'"),
        ("heater_pin = \udcff", "is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_off_without_a_readable_heater_pin_is_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    assert off.main(configuration(tmp_path, text)) == 2
    assert says in capsys.readouterr().err


def test_off_without_a_file_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert off.main(tmp_path / "none.toml") == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_off_with_a_busy_heater_still_opens_the_series_switch(
    tmp_path: Path, lgpio: FakeLgpio, capsys: pytest.CaptureFixture[str]
) -> None:
    lgpio.busy = {HEATER}
    path = configuration(tmp_path, f"[hardware]\nheater_pin = {HEATER}\nenable_pin = {ENABLE}\n")
    assert off.main(path) == 4
    assert lgpio.lines[ENABLE] == ("output", 0)
    output = capsys.readouterr()
    assert output.out == f"driven low: enable_pin {ENABLE}\n"
    assert f"pin {HEATER} (hardware.heater_pin) is in use by another program" in output.err


def test_off_without_its_factory_is_exit_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert off.main(configuration(tmp_path, "[hardware]\nheater_pin = 17\npin_factory = 'gone'")) == 4
    assert "'gone'" in capsys.readouterr().err


def test_off_loads_neither_pydantic_nor_asyncio(tmp_path: Path) -> None:
    path = configuration(tmp_path, "[hardware]\nheater_pin = 17\npin_factory = 'simulated'")
    script = (
        f"import sys; from hardware import off; assert off.main({str(path)!r}) == 0\n"
        "print(sorted({'pydantic', 'asyncio', 'threading'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == "['threading']\n"  # which gpiozero needs: the list can tell


# --- recording ------------------------------------------------------------------------------------


def test_the_recording_factory_writes_each_edge_as_it_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.recording_factory import RecordingFactory

    edges = tmp_path / "edges"
    monkeypatch.setenv("HEATPACK_EDGES", str(edges))
    settings = build(factory="tests.support.recording_factory:RecordingFactory")
    factory = open_factory(settings, FastClock())
    assert isinstance(factory, RecordingFactory)
    board = Board.open(settings, factory)
    board.enable(True)
    board.heater(True)
    board.heater(True)  # no edge
    board.led(True)  # not a safety pin
    board.heater(False)
    lines = [line.split() for line in edges.read_text().splitlines()]
    assert [(int(pin), int(level)) for _, pin, level in lines] == [(ENABLE, 1), (HEATER, 1), (HEATER, 0)]
    times = [float(time) for time, _, _ in lines]
    assert times == sorted(times)
    board.close()
    factory.close()
