"""Pins heat the modelled pad, the bus shows it, and faults are met through the same wires."""

from collections.abc import Iterator

import pytest
from gpiozero import MCP3208, InputDevice, OutputDevice

from hardware.board import Board
from hardware.clock import ManualClock
from hardware.fault_names import ON_THE_PAD
from hardware.settings import AdcSettings
from hardware.simulated.factory import SimulatedFactory
from hardware.simulated.faults import FAULTS, Fault, parse
from hardware.simulated.plant import PlantParameters
from hardware.thermistor import Reading, Thermistor
from tests.support.builds import BUTTON, ENABLE, HEATER, build


class Pad:
    """A board on a simulated pad, with time told by hand."""

    def __init__(self, **variation: object) -> None:
        self.settings = build(**variation)  # type: ignore[arg-type]
        self.clock = ManualClock()
        self.factory = SimulatedFactory()
        self.factory.attach(self.clock, self.settings)
        self.board = Board.open(self.settings, self.factory)
        self.thermistor = Thermistor.of(self.settings.thermistors[0], self.settings.adc.bits)

    def heat(self, on: bool = True) -> None:
        self.board.enable(on)
        self.board.heater(on)

    def run(self, seconds: float) -> None:
        """Let time pass in cycles of 0.1 s, each of which reads the sensors."""
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            self.board.codes()

    def readings(self) -> tuple[Reading, ...]:
        return tuple(self.thermistor.read(code) for code in self.codes())

    def temperatures(self) -> tuple[float, ...]:
        seen = tuple(reading.temperature_c for reading in self.readings())
        assert None not in seen
        return tuple(t for t in seen if t is not None)

    def codes(self) -> tuple[int, ...]:
        codes = self.board.codes()
        assert None not in codes
        return tuple(code for code in codes if code is not None)


@pytest.fixture
def pad() -> Iterator[Pad]:
    pad = Pad()
    yield pad
    pad.board.close()


def test_a_new_board_has_every_pin_as_an_input_and_low() -> None:
    factory = SimulatedFactory()
    for number in range(4, 28):  # GPIO 2 and 3 have pull-ups
        assert factory.pin(number).function == "input"
        assert not factory.pin(number).state


def test_the_heater_pin_heats_the_pad_and_the_bus_shows_it(pad: Pad) -> None:
    cold = pad.temperatures()
    pad.heat()
    pad.run(60.0)
    warm = pad.temperatures()
    assert all(w > c + 8.0 for w, c in zip(warm, cold, strict=True))
    assert warm == pytest.approx(pad.factory.plant.sensor_c, abs=0.1)


def test_an_open_series_switch_cuts_a_heater_pin_that_is_high(pad: Pad) -> None:
    pad.board.heater(True)
    pad.run(60.0)
    assert not pad.factory.pad.energised
    pad.board.enable(True)
    pad.run(0.1)
    assert pad.factory.pad.energised


def test_without_a_series_switch_the_heater_pin_alone_heats() -> None:
    pad = Pad(enable=None)
    pad.board.heater(True)
    pad.run(0.1)
    assert pad.factory.pad.energised
    pad.board.close()


def test_the_supply_sags_while_current_flows_and_the_reference_does_not_move() -> None:
    adc = AdcSettings("MCP3208", 0, 0, reference_channel=6, supply_channel=7, supply_divider=2.0)
    pad = Pad(adc=adc)

    def volts() -> float:
        code = pad.board.supply_code()
        assert code is not None
        return code / 4096 * 3.3 * 2.0

    assert volts() == pytest.approx(5.0 + 1.6 * 0.15, abs=0.01)
    pad.board.heater(True)
    assert volts() == pytest.approx(5.0 + 1.6 * 0.15, abs=0.01)
    pad.board.enable(True)  # 8 W at 5 V through 0.15 Ω
    assert volts() == pytest.approx(5.0, abs=0.01)
    assert pad.board.reference_code() == pytest.approx(2048, abs=3)
    pad.board.heater(False)
    assert volts() == pytest.approx(5.0 + 1.6 * 0.15, abs=0.01)
    pad.board.close()


@pytest.mark.parametrize(("shorted", "closed"), [("mosfet_shorted", "enable"), ("series_shorted", "heater")])
def test_a_shorted_switch_leaves_all_to_the_other(pad: Pad, shorted: str, closed: str) -> None:
    setattr(pad.factory.pad.wiring, shorted, True)
    pad.run(0.1)
    assert not pad.factory.pad.energised
    getattr(pad.board, closed)(True)
    pad.run(0.1)
    assert pad.factory.pad.energised


def test_a_pulse_of_one_switch_is_not_the_first_heat() -> None:
    """A fault's time counts from heat that somebody asked for, not from the self-test before it."""
    pad = Pad()
    pad.factory.inject(parse("sensor_open@1"))
    pad.board.heater(True)
    pad.run(5.0)
    assert None not in [reading.temperature_c for reading in pad.readings()]
    pad.heat()
    pad.run(1.2)
    assert pad.readings()[0].fault == "sensor_open"
    pad.board.close()


def test_a_pin_that_is_no_output_any_more_does_not_heat(pad: Pad) -> None:
    pad.heat()
    pad.run(1.0)
    pad.factory.pin(HEATER).function = "input"  # the gate's pull-down wins
    pad.run(0.1)
    assert not pad.factory.pad.energised


def test_the_pad_follows_the_clock_however_seldom_it_is_looked_at(pad: Pad) -> None:
    often = Pad()
    for each, looks in ((pad, 1), (often, 600)):
        each.heat()
        for _ in range(looks):
            each.clock.advance(60.0 / looks)
            each.board.codes()
    assert pad.factory.plant.face_c == pytest.approx(often.factory.plant.face_c, abs=0.001)
    often.board.close()


def test_the_time_before_an_edge_passes_at_the_level_before_it(pad: Pad) -> None:
    pad.heat()
    pad.clock.advance(30.0)
    pad.heat(False)  # nothing was read in between
    assert pad.factory.plant.heater_c > 28.0


def test_a_pin_remembers_its_edges_but_not_for_ever(pad: Pad) -> None:
    pin = pad.factory.pin(HEATER)
    pad.board.heater(True)
    pad.board.heater(False)
    pin.assert_states([False, True, False])
    for _ in range(2000):
        pad.board.toggle_deadman()
    assert len(pad.factory.pin(22).states) == 1000


def test_a_button_to_ground_is_pressed_by_driving_its_pin_low() -> None:
    factory = SimulatedFactory()
    with InputDevice(BUTTON, pull_up=True, pin_factory=factory) as button:
        assert not button.is_active
        factory.pin(BUTTON).drive_low()
        assert button.is_active


def test_reference_reads_half_scale_and_supply_follows_the_pads_supply() -> None:
    adc = AdcSettings("MCP3208", 0, 0, reference_channel=6, supply_channel=7, supply_divider=2.0)
    pad = Pad(adc=adc)
    assert pad.board.reference_code() == pytest.approx(2048, abs=3)
    pad.heat()
    pad.run(0.1)
    assert pad.board.supply_code() == pytest.approx(5.0 / 2.0 / 3.3 * 4096, abs=3)
    pad.factory.plant.supply_v = 4.5
    assert pad.board.supply_code() == pytest.approx(4.5 / 2.0 / 3.3 * 4096, abs=3)
    pad.factory.plant.supply_v = 0.0  # unplugged
    assert pad.board.supply_code() == pytest.approx(0, abs=3)
    pad.board.close()


def test_a_chip_select_without_a_chip_reads_ones(pad: Pad) -> None:
    # The heat is irrelevant here: device 1 shares the bus, and nothing answers there.
    factory = SimulatedFactory()
    factory.attach(ManualClock(), build())
    with MCP3208(channel=0, port=0, device=1, pin_factory=factory) as other:
        assert other.raw_value == 4095


def test_a_board_without_a_pad_has_pins_and_an_empty_bus() -> None:
    factory = SimulatedFactory()
    with OutputDevice(HEATER, pin_factory=factory) as heater, MCP3208(0, pin_factory=factory) as channel:
        heater.on()
        assert channel.raw_value == 4095
    with pytest.raises(RuntimeError, match="no pad"):
        _ = factory.plant


def test_two_boards_in_one_process_are_two_pads() -> None:
    one, other = Pad(), Pad()
    one.heat()
    one.run(60.0)
    other.run(60.0)
    assert one.temperatures()[0] > other.temperatures()[0] + 5.0
    one.board.close()
    other.board.close()


def test_another_wearer_can_put_on_the_same_build() -> None:
    clock, settings = ManualClock(), build()
    factory = SimulatedFactory()
    factory.attach(clock, settings, parameters=PlantParameters(ambient_c=15.0), seed=7)
    assert factory.plant.sensor_c == [15.0, 15.0]


# --- faults ---------------------------------------------------------------------------------------


def struck(
    name: str, *, warm_s: float = 100.0, after_s: float, sensors: tuple[int, ...] | None = None
) -> Pad:
    """Heat for ``warm_s``, let the fault strike, and go on without heat for ``after_s``."""
    pad = Pad()
    pad.factory.inject(Fault(name, warm_s, sensors))
    pad.heat()
    pad.run(warm_s)
    pad.heat(False)
    pad.run(after_s)
    return pad


@pytest.fixture
def strike() -> Iterator[list[Pad]]:
    pads: list[Pad] = []
    yield pads
    for pad in pads:
        pad.board.close()


def test_nothing_happens_before_the_heater_has_been_on_for_the_given_time(pad: Pad) -> None:
    pad.factory.inject(parse("sensor_open@10"))
    pad.run(30.0)
    pad.heat()
    pad.run(9.8)
    assert pad.readings()[0].fault is None
    pad.heat(False)  # the time counts on, with or without heat
    pad.run(0.4)
    assert pad.readings()[0].fault == "sensor_open"


def test_an_open_sensor_reads_full_scale_and_the_other_one_goes_on(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_open", after_s=0.2))
    assert pad.codes()[0] >= 4090
    assert pad.readings()[0].fault == "sensor_open"
    assert pad.readings()[1].fault is None


def test_a_shorted_sensor_reads_zero(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_short", after_s=0.2))
    assert pad.codes()[0] <= 5
    assert pad.readings()[0].fault == "sensor_short"


def test_a_fault_can_strike_every_sensor(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_open", after_s=0.2, sensors=(0, 1)))
    assert [reading.fault for reading in pad.readings()] == ["sensor_open", "sensor_open"]


def test_a_jump_is_a_jump(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_jump", after_s=0.2))
    jumped, true = pad.temperatures()
    assert true - jumped == pytest.approx(8.0, abs=0.2)


def test_a_frozen_sensor_goes_on_reading_what_it_read(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_frozen", after_s=0.2))
    before = pad.temperatures()
    pad.run(60.0)
    assert pad.temperatures() == pytest.approx(before, abs=0.1)
    assert pad.factory.plant.sensor_c[0] < before[0] - 1.0


def test_a_disagreeing_sensor_drifts_too_slowly_to_be_a_jump(strike: list[Pad]) -> None:
    strike.append(pad := struck("sensor_disagree", after_s=2.0))
    drifting, true = pad.temperatures()
    assert true - drifting == pytest.approx(1.0, abs=0.2)
    pad.run(20.0)
    drifting, true = pad.temperatures()
    assert true - drifting == pytest.approx(6.0, abs=0.2)


def test_a_broken_heater_wire_leaves_the_pad_cold(pad: Pad) -> None:
    pad.factory.inject(parse("heating_failed@0"))
    pad.heat()
    pad.run(60.0)
    assert max(pad.temperatures()) < 30.0


def test_a_shorted_mosfet_heats_with_its_pin_low_until_the_series_switch_opens(strike: list[Pad]) -> None:
    strike.append(pad := struck("heater_stuck_on", after_s=0.2))
    pad.board.enable(True)
    before = pad.temperatures()[0]
    pad.run(30.0)
    assert not pad.factory.pin(HEATER).state
    assert pad.temperatures()[0] > before + 1.0
    pad.board.enable(False)
    pad.run(0.1)
    assert not pad.factory.pad.energised
    assert not pad.factory.pin(ENABLE).state


def test_a_runaway_pad_passes_42_degrees_without_any_demand(strike: list[Pad]) -> None:
    strike.append(pad := struck("thermal_runaway", after_s=60.0))
    assert pad.temperatures()[0] > 42.0


def test_a_hot_water_bottle_brings_the_pad_face_to_50_degrees(strike: list[Pad]) -> None:
    strike.append(pad := struck("over_temperature", after_s=60.0))
    assert pad.factory.plant.face_c == pytest.approx(50.0, abs=1.0)
    assert pad.temperatures()[0] > 48.0


def test_the_bottle_warms_the_sensor_too_slowly_to_be_a_jump(strike: list[Pad]) -> None:
    strike.append(pad := struck("over_temperature", after_s=0.1))
    for _ in range(30):
        before = pad.temperatures()[0]
        pad.run(1.0)
        assert pad.temperatures()[0] - before < 2.0


def test_dose_piles_up_just_below_the_inhibit(strike: list[Pad]) -> None:
    strike.append(pad := struck("dose_exceeded", after_s=60.0))
    for _ in range(120):
        pad.run(1.0)
        assert 42.0 < pad.temperatures()[0] < 43.0


def test_every_fault_is_described_and_does_something() -> None:
    assert set(FAULTS) == set(ON_THE_PAD)
    for name in FAULTS:
        healthy, broken = Pad(), Pad()
        broken.factory.inject(Fault(name, 20.0))
        for pad in (healthy, broken):
            pad.heat()
            pad.run(40.0)
            pad.board.heater(False)
            pad.run(20.0)
        assert max(abs(h - b) for h, b in zip(healthy.codes(), broken.codes(), strict=True)) > 20, name
        healthy.board.close()
        broken.board.close()


def test_a_fault_is_written_as_name_at_seconds() -> None:
    assert parse("sensor_open@120") == Fault("sensor_open", 120.0)
    assert parse(" heater_stuck_on@0.5 ") == Fault("heater_stuck_on", 0.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sensor_open", "NAME@SECONDS"),
        ("", "NAME@SECONDS"),
        ("sensor_open@soon", "'soon' is not a number"),
        ("sensor_open@", "'' is not a number"),
        ("sensor_open@-1", "0 s or more"),
        ("sensor_open@nan", "0 s or more"),
        ("gremlins@3", "'gremlins' is not one of sensor_open, sensor_short"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse(text)


def test_a_fault_of_a_sensor_that_is_not_there_is_refused(pad: Pad) -> None:
    with pytest.raises(ValueError, match="sensors 0-1"):
        pad.factory.inject(Fault("sensor_open", 1.0, (2,)))
