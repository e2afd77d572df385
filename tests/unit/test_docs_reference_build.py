"""The worked numbers of the hardware guide hold against the code that the build runs."""

import dataclasses
import math

import pytest

from config.limits import ABSOLUTE, FLUX_MAX_W_M2, FLUX_ONE_THERMISTOR_W_M2
from docs.reference_build import deadman, heat, pads, sensing
from docs.reference_build.deadman import LONGEST, SHORTEST, TYPICAL, Pump
from docs.reference_build.parts import FUSE_SHARE, fuse_a, reference
from hardware.guard import CYCLE_S

WATCHDOG_S = 3.0
BUILDS = {"shortest": SHORTEST, "typical": TYPICAL, "longest": LONGEST}


def toggled(pump: Pump, seconds: float, *, dt_s: float = 0.001) -> list[float]:
    """Play the circuit in small steps: C2's voltage, with the pin toggled by the guard's clock."""
    volts, high, shown = 0.0, False, []
    for n in range(round(seconds / dt_s)):
        if n % round(CYCLE_S / dt_s) == 0:
            high = not high
            volts = pump.edge(volts) if high else volts
        volts -= (volts / pump.r1_ohm + pump.leak_a) * dt_s / pump.c2_f
        shown.append(volts)
    return shown


@pytest.mark.parametrize("pump", BUILDS.values(), ids=BUILDS)
def test_the_dead_man_stays_closed_while_the_guard_judges(pump: Pump) -> None:
    steady = toggled(pump, 10.0)[5000:]
    assert min(steady) == pytest.approx(pump.lowest_v, abs=0.01)
    assert max(steady) == pytest.approx(pump.held_v, abs=0.01)
    assert pump.lowest_v > pump.threshold_v


@pytest.mark.parametrize("pump", BUILDS.values(), ids=BUILDS)
def test_the_dead_man_opens_when_the_guard_hangs_and_before_the_watchdog(pump: Pump) -> None:
    assert pump.after(pump.held_v, pump.drop_out_s) == pytest.approx(pump.threshold_v)
    assert 2.0 * deadman.PERIOD_S < pump.drop_out_s < WATCHDOG_S


def test_no_build_is_outside_the_extremes() -> None:
    for name in ("high_v", "diode_v", "c1_f", "c2_f", "r1_ohm", "leak_a", "threshold_v"):
        ends = getattr(SHORTEST, name), getattr(LONGEST, name)
        for value in ends:
            mixed = dataclasses.replace(TYPICAL, **{name: value})
            assert SHORTEST.drop_out_s < mixed.drop_out_s < LONGEST.drop_out_s, name


def test_the_time_of_a_dead_man_does_the_skin_no_harm() -> None:
    assert heat.peak_after(LONGEST.drop_out_s, ABSOLUTE.inhibit_c) < ABSOLUTE.cutoff_c


def test_the_series_resistor_of_the_build_is_about_the_best() -> None:
    assert reference().hardware.thermistor[0].part == sensing.PART
    best = min(sensing.step_c(ohm, 12) for ohm in range(1000, 47_001, 100))
    assert sensing.step_c(reference().hardware.thermistor[0].series_ohm, 12) < 1.01 * best
    assert sensing.step_c(5600.0, 10) == pytest.approx(4.0 * sensing.step_c(5600.0, 12))


def test_the_errors_are_those_of_the_thermistor_turned_around() -> None:
    for name, at_42_c, _ in sensing.errors():
        assert at_42_c < 0.0, f"{name} reads too hot, which is not the unsafe direction"
    ohm = sensing.CURVE.resistance_ohm(42.0)
    for words, extra_ohm in (("10 Ω of cable and contacts", 10.0), ("100 Ω in a corroded contact", 100.0)):
        read_c = sensing.CURVE.temperature_c(ohm + extra_ohm)
        worked_c = next(at_42_c for name, at_42_c, _ in sensing.errors() if name == words)
        assert worked_c == pytest.approx(read_c - 42.0, abs=0.01)


def test_a_fuse_carries_its_pad_for_ever() -> None:
    for pad in pads.PADS:
        assert pad.fuse_a * FUSE_SHARE >= pad.current_a
    assert fuse_a(1.6) == 2.5


def test_the_sheet_says_what_the_limits_say() -> None:
    for pad in pads.PADS:
        said = pads.verdict(pad)
        assert (said == "one thermistor") == (pad.flux_w_m2 <= FLUX_ONE_THERMISTOR_W_M2), pad.name
        assert (said == "refused") == (pad.flux_w_m2 > FLUX_MAX_W_M2), pad.name
    assert {pads.verdict(pad) for pad in pads.PADS} == {"one thermistor", "two, and a cut-out", "refused"}


def test_the_reference_pad_of_the_sheet_is_the_example() -> None:
    pad = reference().pad
    named = next(each for each in pads.PADS if "reference" in each.name)
    assert (named.power_w, named.supply_v, named.area_cm2) == (pad.power_w, pad.supply_v, pad.area_cm2)
    assert pads.circuit(named) == "as drawn"


def test_a_cut_out_that_opens_early_ends_healthy_sessions_and_one_that_opens_late_is_none() -> None:
    assert heat.heater_when_the_face_is() > 45.0
    assert heat.full_power_until(47.0).face_c > 42.0
    assert heat.full_power_until(52.0).basal_c < 43.0
    assert heat.full_power_until(55.0).time_s > ABSOLUTE.session_max_s
    assert math.isfinite(heat.full_power_until(55.0).time_s)
