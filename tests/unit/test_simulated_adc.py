"""The real gpiozero converter classes against the modelled chip, and the chip by itself."""

import random
import statistics

import pytest
from gpiozero import MCP3008, MCP3208

from hardware.clock import ManualClock
from hardware.simulated.adc import Mcp3xxx
from hardware.simulated.factory import SimulatedFactory
from hardware.thermistor import Thermistor
from tests.support.builds import build

CHIPS = {"MCP3008": MCP3008, "MCP3208": MCP3208}
#: What an MCP3008 shows of a 10 kΩ NTC under 5.6 kΩ.
CODES_10_BIT = {5.0: 816, 42.0: 504, 45.0: 478, 70.0: 291}


def pad_at(chip: str, temperature_c: float) -> SimulatedFactory:
    """Return a board whose thermistors feel ``temperature_c``, with a converter without noise."""
    factory = SimulatedFactory()
    factory.attach(ManualClock(), build(chip=chip))  # type: ignore[arg-type]
    factory.plant.sensor_c[:] = [temperature_c, 25.0]
    factory.pad.adc.noise_lsb = 0.0
    return factory


@pytest.mark.parametrize(("temperature_c", "code"), CODES_10_BIT.items())
def test_the_real_mcp3008_class_reads_the_expected_codes(temperature_c: float, code: int) -> None:
    with MCP3008(channel=0, pin_factory=pad_at("MCP3008", temperature_c)) as channel:
        assert channel.raw_value == pytest.approx(code, abs=1)


@pytest.mark.parametrize(("temperature_c", "code"), CODES_10_BIT.items())
def test_the_real_mcp3208_class_reads_four_times_the_code(temperature_c: float, code: int) -> None:
    with MCP3208(channel=0, pin_factory=pad_at("MCP3208", temperature_c)) as channel:
        assert channel.raw_value / 4 == pytest.approx(code, abs=1)


@pytest.mark.parametrize(("chip", "lsb_c"), [("MCP3008", 0.114), ("MCP3208", 0.028)])
def test_the_guards_thermistor_gets_back_the_temperature_that_the_pad_has(chip: str, lsb_c: float) -> None:
    settings = build(chip=chip)  # type: ignore[arg-type]
    thermistor = Thermistor.of(settings.thermistors[0], settings.adc.bits)
    for temperature_c in (20.0, 33.0, 40.0, 42.0, 44.0, 46.0):
        with CHIPS[chip](channel=0, pin_factory=pad_at(chip, temperature_c)) as channel:
            seen_c = thermistor.read(channel.raw_value).temperature_c
            assert seen_c == pytest.approx(temperature_c, abs=1.3 * lsb_c)


@pytest.mark.parametrize("chip", CHIPS)
def test_eight_channels_are_told_apart(chip: str) -> None:
    bits = 10 if chip == "MCP3008" else 12
    factory = pad_at(chip, 40.0)
    factory.pad.adc = Mcp3xxx(bits, lambda channel: 10.0 + 100.0 * channel, noise_lsb=0.0)
    devices = [CHIPS[chip](channel=n, pin_factory=factory) for n in range(8)]
    assert [device.raw_value for device in devices] == [10 + 100 * n for n in range(8)]
    for device in devices:
        device.close()


@pytest.mark.parametrize("chip", CHIPS)
def test_a_differential_reading_is_the_difference_and_never_below_zero(chip: str) -> None:
    factory = pad_at(chip, 40.0)
    bits = 10 if chip == "MCP3008" else 12
    factory.pad.adc = Mcp3xxx(bits, lambda channel: (700.0, 250.0)[channel], noise_lsb=0.0)
    with CHIPS[chip](channel=0, differential=True, pin_factory=factory) as device:
        assert device.raw_value == 450
    with CHIPS[chip](channel=1, differential=True, pin_factory=factory) as device:
        assert device.raw_value == 0


@pytest.mark.parametrize("bits", [10, 12])
def test_the_ends_of_the_scale_clip(bits: int) -> None:
    top = 2**bits - 1
    for level, code in ((-5.0, 0), (0.0, 0), (top, top), (1e6, top)):
        adc = Mcp3xxx(bits, lambda _, level=level: level, noise_lsb=0.0)  # type: ignore[misc]
        words = [0x01, 0x80, 0x00] if bits == 10 else [0x06, 0x00, 0x00]
        answer = adc.transfer(words)
        assert int.from_bytes(bytes(answer), "big") & top == code


def test_undriven_bits_are_ones_and_the_null_bit_is_zero() -> None:
    adc = Mcp3xxx(10, lambda _: 0.0, noise_lsb=0.0)
    assert adc.transfer([0x01, 0x80, 0x00]) == [0xFF, 0b1111_1000, 0x00]


def test_without_a_start_bit_or_without_enough_clocks_there_is_no_answer() -> None:
    adc = Mcp3xxx(10, lambda _: 512.0, noise_lsb=0.0)
    assert adc.transfer([0x00, 0x00, 0x00]) == [0xFF, 0xFF, 0xFF]
    assert adc.transfer([0x01]) == [0xFF]
    assert adc.transfer([]) == []


def test_noise_is_half_an_lsb_and_repeats_with_its_seed() -> None:
    def codes(seed: int) -> list[int]:
        adc = Mcp3xxx(12, lambda _: 2000.5, rng=random.Random(seed))
        return [int.from_bytes(bytes(adc.transfer([0x06, 0x00, 0x00])), "big") & 0xFFF for _ in range(2000)]

    first = codes(1)
    assert statistics.fmean(first) == pytest.approx(2000.0, abs=0.1)
    # Rounding to whole codes adds a twelfth of an LSB² to the noise's quarter.
    assert statistics.pvariance(first) == pytest.approx(0.25 + 1 / 12, abs=0.05)
    assert first == codes(1)
    assert first != codes(2)


def test_glitches_come_as_seldom_as_they_are_asked_for() -> None:
    adc = Mcp3xxx(12, lambda _: 2000.0, noise_lsb=0.0, glitch_probability=0.02)
    words = [0x06, 0x00, 0x00]
    codes = [int.from_bytes(bytes(adc.transfer(words)), "big") & 0xFFF for _ in range(5000)]
    glitches = sum(code != 2000 for code in codes)
    assert 60 < glitches < 150
