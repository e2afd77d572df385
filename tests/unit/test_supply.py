"""The supply's voltage: from the codes of its channel to the status, and never in the guard's way."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.cycle import Inputs, State, initial
from hardware.guard import step
from hardware.ledger import Ledger
from hardware.link import Demand, Start, Status, decode_report, encode
from hardware.settings import AdcSettings, GuardSettings
from hardware.supply import UNKNOWN, Supply, volts_of
from tests.support.bench_guard import Bench
from tests.support.builds import build

WIRED = AdcSettings("MCP3208", 0, 0, supply_channel=7, supply_divider=2.0)
CYCLE_S = 0.1


def code(volts: float, adc: AdcSettings = WIRED) -> int:
    return round(volts / (adc.supply_divider or 1.0) / 3.3 * (1 << adc.bits))


def run(supply: Supply, volts: float | None, seconds: float, *, duty: float = 0.0) -> Supply:
    """So many cycles in which the channel shows ``volts``, whether the heater is on or not."""
    owed = 0.0
    for _ in range(round(seconds / CYCLE_S)):
        owed += duty
        loaded, owed = owed >= 1.0, owed - (owed >= 1.0)
        supply = supply.step(WIRED, None if volts is None else code(volts), loaded, CYCLE_S)
    return supply


@pytest.mark.parametrize(("chip", "full"), [("MCP3008", 1024), ("MCP3208", 4096)])
def test_full_scale_is_the_rail_times_the_divider(chip: str, full: int) -> None:
    adc = replace(WIRED, chip=chip, supply_divider=3.0)  # type: ignore[arg-type]

    assert volts_of(adc, full) == pytest.approx(9.9)
    assert volts_of(adc, full // 2) == pytest.approx(4.95)
    assert volts_of(replace(adc, supply_divider=None), full) == pytest.approx(3.3)


def test_three_answers_make_a_voltage() -> None:
    assert run(UNKNOWN, 5.0, 0.2).volts is None
    assert run(UNKNOWN, 5.0, 0.3).volts == pytest.approx(5.0, abs=0.01)


def test_a_step_is_followed_within_seconds_and_not_at_once() -> None:
    steady = run(UNKNOWN, 5.0, 10.0)

    assert run(steady, 4.0, 1.1).volts == pytest.approx(4.0 + 1.0 / 2.718, abs=0.05)
    assert run(steady, 4.0, 8.0).volts == pytest.approx(4.0, abs=0.01)


def test_a_glitch_is_passed_over() -> None:
    steady = run(UNKNOWN, 5.0, 10.0)
    before_v = steady.volts
    for glitch in (0, 4095):
        struck = steady.step(WIRED, glitch, False, CYCLE_S)
        assert run(struck, 5.0, 1.0).volts == pytest.approx(before_v, abs=1e-6)


def test_a_glitch_at_power_on_is_passed_over() -> None:
    assert run(UNKNOWN.step(WIRED, 0, False, CYCLE_S), 5.0, 0.2).volts == pytest.approx(5.0, abs=0.01)


def test_while_it_heats_the_voltage_is_the_one_under_load() -> None:
    """A third of the cycles has heat in it; between them the supply recovers."""
    supply = run(UNKNOWN, 5.2, 5.0)
    for n in range(300):
        loaded = n % 3 == 0
        supply = supply.step(WIRED, code(4.9 if loaded else 5.2), loaded, CYCLE_S)

    assert supply.volts == pytest.approx(4.9, abs=0.01)


def test_after_the_heat_the_voltage_is_the_one_at_rest() -> None:
    heated = run(UNKNOWN, 4.9, 20.0, duty=1.0)

    assert run(heated, 5.2, 4.8).volts == heated.volts
    assert run(heated, 5.2, 15.0).volts == pytest.approx(5.2, abs=0.01)


def test_a_channel_that_answers_no_more_is_unknown_and_comes_back() -> None:
    steady = run(UNKNOWN, 5.0, 10.0)

    assert run(steady, None, 1.5).volts == steady.volts
    assert run(steady, None, 2.2).volts is None
    assert run(run(steady, None, 60.0), 4.4, 0.3).volts == pytest.approx(4.4, abs=0.01)
    assert run(run(run(steady, None, 1.5), 5.0, 0.1), None, 1.5).volts == pytest.approx(5.0, abs=0.01)


looks = st.lists(
    st.tuples(st.none() | st.integers(0, 4095), st.booleans(), st.floats(0.0, 10.0)), max_size=60
)


@given(looks)
def test_whatever_the_channel_says_the_voltage_is_one_that_it_said(
    looks: list[tuple[int | None, bool, float]],
) -> None:
    supply, said = UNKNOWN, [volts_of(WIRED, number) for number, _, _ in looks if number is not None]
    for number, loaded, passed_s in looks:
        supply = supply.step(WIRED, number, loaded, passed_s)
        if supply.volts is not None:
            assert min(said) - 1e-9 <= supply.volts <= max(said) + 1e-9


# --- in the guard -----------------------------------------------------------------------------------------


def guard(settings: GuardSettings, codes: Sequence[int | None]) -> tuple[State, Status]:
    """A session that heats for as many cycles, with these codes of the supply channel."""
    bench = Bench()
    bench.settings = settings
    state = initial(settings, Ledger())
    skin = tuple(round(thermistor.code_for(33.0)) for thermistor in state.thermistors)
    status: Status | None = None
    for number, supply in enumerate(codes):
        bench.clock.advance(CYCLE_S)
        requests: tuple[Start | Demand, ...] = ()
        if number == 5:
            requests = (Start("s1", 40.0, 480.0),)
        elif status is not None and status.session is not None:
            requests = (Demand("s1", 1.0, status.tick),)
        now = bench.clock.now()
        state, out = step(state, Inputs(now, skin, requests, supply=supply, levels=(False, None)))
        status = decoded(out.status)
    assert status is not None
    return state, status


def decoded(status: Status) -> Status:
    """A status as the controller gets it."""
    report = decode_report(encode(status))
    assert isinstance(report, Status)
    return report


def test_the_status_has_the_voltage() -> None:
    _, status = guard(build(adc=WIRED, enable=None), [code(4.7)] * 30)

    assert status.heater
    assert status.supply_v == pytest.approx(4.7, abs=0.01)


def test_without_a_channel_there_is_no_voltage_and_no_work() -> None:
    state, status = guard(build(enable=None), [code(4.7)] * 30)

    assert status.heater
    assert status.supply_v is None
    assert state.supply is UNKNOWN


@pytest.mark.parametrize("bad", [None, 0, -1, code(6.2)])
def test_no_voltage_that_the_pad_can_have_changes_what_the_guard_does(bad: int | None) -> None:
    healthy, _ = guard(build(adc=WIRED, enable=None), [code(5.0)] * 60)
    state, status = guard(build(adc=WIRED, enable=None), [code(5.0)] * 20 + [bad] * 40)

    assert status.heater
    assert replace_supply(state) == replace_supply(healthy)


TOO_MUCH = code(6.4)  # of 6.25 V


@pytest.mark.parametrize("bad", [TOO_MUCH, 4095, 10**9])
def test_a_supply_that_jumps_in_a_session_takes_the_heat_at_once_and_the_session_soon(bad: int) -> None:
    """USB-PD: a hub that gives 9 V to whoever asks. The pad would have 2.6 times its power."""
    before, settings = [code(5.0)] * 60, build(adc=WIRED, enable=None)
    assert guard(settings, [*before, bad])[1].heater
    _, status = guard(settings, [*before, bad, bad])

    assert not status.heater
    assert (status.notice, status.fault) == ("over_voltage", None)
    assert status.session is not None
    assert guard(settings, before + [bad] * 51)[1].session is not None

    state, status = guard(settings, before + [bad] * 52)
    assert status.session is None
    assert state.ledger.events[-1].code == "over_voltage"
    assert "6.2 V is the most for this pad" in state.ledger.events[-1].message
    assert state.told == ("over_voltage",)  # once


@pytest.mark.parametrize("every", [3, 7, 30])
def test_odd_samples_of_a_healthy_supply_are_no_overvoltage(every: int) -> None:
    """Noise on the channel, or the load of something else that is dropped: one sample at a time."""
    codes = [4095 if n % every == 0 else code(5.0) for n in range(600)]
    codes[:40] = [code(5.0)] * 40
    settings = build(adc=WIRED, enable=None)
    (state, status), (healthy, _) = guard(settings, codes), guard(settings, [code(5.0)] * 600)

    assert state.told == ()
    assert status.session is not None
    assert replace_supply(state) == replace_supply(healthy)


def test_a_longer_glitch_pauses_the_heat_and_does_not_end_the_session() -> None:
    codes = [code(5.0)] * 60 + [4095] * 8 + [code(5.0)] * 4
    state, status = guard(build(adc=WIRED, enable=None), codes)

    assert state.told == ("over_voltage",)
    assert status.heater


@pytest.mark.parametrize("duty", [0.05, 1.0])
def test_how_little_heat_there_is_makes_no_difference_to_how_soon_it_is_seen(duty: float) -> None:
    steady = run(UNKNOWN, 5.0, 10.0, duty=duty)

    assert run(steady, 20.0, 0.2, duty=duty).now_v == pytest.approx(20.0, abs=0.01)
    assert run(steady, None, 2.2).now_v is None


def test_the_next_start_is_refused_while_the_supply_is_too_high() -> None:
    _, status = guard(build(adc=WIRED, enable=None), [code(9.0)] * 30)

    assert (status.session, status.notice) == (None, None)


def test_without_a_channel_no_code_is_too_high() -> None:
    assert guard(build(enable=None), [4095] * 60)[1].heater


def replace_supply(state: State) -> State:
    return replace(state, supply=UNKNOWN)
