"""Each row of the checks, below, at and above its number."""

from dataclasses import replace

import pytest

from config.limits import Limits
from hardware.checks import CHECKS, NO_TIMERS, Facts, judge
from hardware.response.cooling import Cooling
from hardware.response.full_heat import FullHeat
from hardware.response.hold import Hold
from hardware.response.question import Question
from hardware.response.recovery import Recovery
from hardware.response.response import Response
from hardware.response.runaway import Runaway
from hardware.verdict import CLEAR, Action, Verdict, worst

CALM = Facts(
    limits=Limits(),
    temperature_c=33.0,
    sensor_faults=(None, None),
    trouble_s=(0.0, 0.0),
    spread_c=0.5,
    cycle_s=0.1,
    inhibited=False,
    dose_cem43=0.1,
    day_dose_cem43=0.1,
)
HEATING = replace(
    CALM,
    in_session=True,
    energised=True,
    temperature_c=40.0,
    elapsed_s=100.0,
    duration_s=480.0,
    demand_age_s=0.1,
)


def found(facts: Facts, seconds: float = 0.0) -> set[tuple[str, Action]]:
    """Return what the rows say of facts that have held for so long, at ten cycles a second."""
    timers = NO_TIMERS
    verdicts: tuple[Verdict, ...] = ()
    for n in range(round(seconds * 10) + 1):
        verdicts, timers = judge(facts, 50.0 + n / 10, timers)
    return {(verdict.code, verdict.action) for verdict in verdicts}


@pytest.mark.parametrize("facts", [CALM, HEATING, replace(HEATING, holding=True)])
def test_a_healthy_pad_has_nothing_to_say(facts: Facts) -> None:
    assert found(facts, 10.0) == set()


# --- the supply ------------------------------------------------------------------------------------


def test_a_supply_above_its_most_takes_the_heat_and_after_five_seconds_the_session() -> None:
    high = replace(HEATING, supply_v=6.26, supply_most_v=6.25)

    assert found(high) == found(high, 4.9) == {("over_voltage", Action.INHIBIT)}
    assert found(high, 5.0) == {("over_voltage", Action.INHIBIT), ("over_voltage", Action.END_SESSION)}


@pytest.mark.parametrize("supply_v", [None, 0.0, 5.0, 6.25])
def test_a_supply_that_is_unknown_or_not_too_high_is_nothing(supply_v: float | None) -> None:
    assert found(replace(HEATING, supply_v=supply_v, supply_most_v=6.25), 60.0) == set()


def test_between_sessions_the_supply_is_the_self_tests() -> None:
    assert found(replace(CALM, supply_v=20.0, supply_most_v=6.25), 60.0) == set()


# --- sensors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["sensor_open", "sensor_short", "sensor_jump", "adc_failed"])
def test_a_sensor_fault_takes_the_heat_at_once_and_is_latched_after_a_second(code: str) -> None:
    faulty = replace(HEATING, sensor_faults=(None, code))

    assert found(faulty) == {(code, Action.INHIBIT)}
    assert found(faulty, 0.9) == {(code, Action.INHIBIT)}
    assert found(faulty, 1.0) == {(code, Action.INHIBIT), (code, Action.LATCH)}


def test_a_second_is_ten_cycles_wherever_the_clock_stands() -> None:
    """0.1 has no exact binary form, and a uptime of weeks rounds it differently than one of seconds."""
    faulty = replace(HEATING, sensor_faults=("sensor_open", None))
    for began_s in (0.0, 0.1, 1000.3, 1e6 + 0.7, 3e7 + 0.1):
        timers, latched_after = NO_TIMERS, None
        for n in range(20):
            verdicts, timers = judge(faulty, began_s + n * 0.1, timers)
            if latched_after is None and worst(verdicts).action is Action.LATCH:
                latched_after = n
        assert latched_after == 10, began_s


def test_ten_cycles_are_a_second_although_they_add_up_to_a_bit_less() -> None:
    faulty = replace(HEATING, sensor_faults=("sensor_open", None))
    now_s, timers = 0.0, NO_TIMERS
    for _ in range(10):
        verdicts, timers = judge(faulty, now_s, timers)
        assert worst(verdicts).action is Action.INHIBIT
        now_s += 0.1
    assert now_s < 1.0

    verdicts, _ = judge(faulty, now_s, timers)
    assert worst(verdicts).action is Action.LATCH


def test_trouble_that_is_over_is_no_fault_and_no_trouble_of_another_sensor() -> None:
    over = replace(HEATING, trouble_s=(3.0, 0.0))
    other = replace(over, sensor_faults=(None, "sensor_open"))

    assert found(over) == set()
    assert found(other) == {("sensor_open", Action.INHIBIT)}


def test_a_number_too_many_or_too_few_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="zip"):
        judge(replace(HEATING, sensor_faults=("sensor_open", None), trouble_s=(0.0,)), 0.0, NO_TIMERS)
    with pytest.raises(ValueError, match="zip"):
        judge(HEATING, 0.0, NO_TIMERS[1:])


def test_what_is_not_stated_is_what_holds_without_a_session() -> None:
    assert (CALM.in_session, CALM.energised, CALM.holding, CALM.linked) == (False, False, False, True)
    assert (CALM.elapsed_s, CALM.armed_s, CALM.demand_age_s, CALM.duration_s) == (0.0, 0.0, 0.0, None)


def test_a_fault_that_goes_away_starts_its_second_again() -> None:
    faulty = replace(HEATING, sensor_faults=("sensor_open", None))
    timers = NO_TIMERS
    for n in range(40):
        facts = HEATING if n % 10 == 9 else faulty
        verdicts, timers = judge(facts, n / 10, timers)
        assert worst(verdicts).action <= Action.INHIBIT


def test_the_sentence_names_the_sensors() -> None:
    verdicts, _ = judge(
        replace(HEATING, sensor_faults=("sensor_open", None, "sensor_open"), trouble_s=(0.0,) * 3),
        0.0,
        NO_TIMERS,
    )

    assert verdicts[0].message == "Broken wire at sensor 1 and 3 (reads colder than 5 °C)"


@pytest.mark.parametrize(
    ("spread_c", "holding", "seconds", "latched"),
    [
        (2.0, True, 6.0, False),
        (2.01, True, 4.9, False),
        (2.01, True, 5.0, True),
        (4.0, False, 6.0, False),
        (4.01, False, 4.9, False),
        (4.01, False, 5.0, True),
        (2.01, False, 6.0, False),
    ],
)
def test_sensors_may_differ_by_two_degrees_holding_and_four_warming(
    spread_c: float, holding: bool, seconds: float, latched: bool
) -> None:
    facts = replace(HEATING, spread_c=spread_c, holding=holding)

    assert (("sensor_disagree", Action.LATCH) in found(facts, seconds)) is latched


def test_within_a_session_sensors_have_five_seconds_to_agree_again() -> None:
    assert found(replace(HEATING, spread_c=4.01)) == set()


def test_without_a_session_disagreeing_sensors_only_forbid() -> None:
    assert found(replace(CALM, spread_c=4.01), 60.0) == {("sensor_disagree", Action.INHIBIT)}
    assert found(replace(CALM, spread_c=4.0), 60.0) == set()


# --- heat -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("temperature_c", "seconds", "expected"),
    [
        (42.99, 10.0, set()),
        (43.0, 0.0, {("too_warm", Action.INHIBIT)}),
        (43.99, 60.0, {("too_warm", Action.INHIBIT)}),
        (44.0, 0.9, {("too_warm", Action.INHIBIT)}),
        (44.0, 1.0, {("too_warm", Action.INHIBIT), ("over_temperature", Action.LATCH)}),
        (45.99, 0.9, {("too_warm", Action.INHIBIT)}),
        (46.0, 0.0, {("too_warm", Action.INHIBIT), ("over_temperature", Action.LATCH)}),
    ],
)
@pytest.mark.parametrize("facts", [CALM, HEATING])
def test_the_cutoffs_hold_with_and_without_a_session(
    facts: Facts, temperature_c: float, seconds: float, expected: set[tuple[str, Action]]
) -> None:
    assert found(replace(facts, temperature_c=temperature_c), seconds) == expected


def test_tighter_limits_cut_off_earlier() -> None:
    tight = Limits(inhibit_c=41.0, cutoff_c=42.0, cutoff_instant_c=43.0)

    assert found(replace(HEATING, limits=tight, temperature_c=40.9), 2.0) == set()
    assert found(replace(HEATING, limits=tight, temperature_c=41.0), 2.0) == {("too_warm", Action.INHIBIT)}
    assert ("over_temperature", Action.LATCH) in found(
        replace(HEATING, limits=tight, temperature_c=42.0), 1.0
    )
    assert ("over_temperature", Action.LATCH) in found(replace(HEATING, limits=tight, temperature_c=43.0))


def test_the_inhibit_lasts_until_the_guard_lifts_it() -> None:
    assert found(replace(HEATING, temperature_c=42.6, inhibited=True)) == {("too_warm", Action.INHIBIT)}


@pytest.mark.parametrize(
    ("dose_cem43", "expected"),
    [
        (0.999, set()),
        (1.0, {("dose_warning", Action.WARN)}),
        (1.999, {("dose_warning", Action.WARN)}),
        (2.0, {("dose_warning", Action.WARN), ("dose_exceeded", Action.END_SESSION)}),
        (9.0, {("dose_warning", Action.WARN), ("dose_exceeded", Action.END_SESSION)}),
        (
            9.001,
            {
                ("dose_warning", Action.WARN),
                ("dose_exceeded", Action.END_SESSION),
                ("dose_exceeded", Action.LATCH),
            },
        ),
    ],
)
def test_the_dose_warns_ends_and_locks(dose_cem43: float, expected: set[tuple[str, Action]]) -> None:
    assert found(replace(HEATING, dose_cem43=dose_cem43)) == expected


def test_the_lockout_does_not_need_a_session_but_the_session_dose_does() -> None:
    assert found(replace(CALM, dose_cem43=9.0)) == set()
    assert found(replace(CALM, dose_cem43=9.001)) == {("dose_exceeded", Action.LATCH)}


@pytest.mark.parametrize(("dose_cem43", "ends"), [(3.999, False), (4.0, True)])
def test_the_dose_of_the_day_ends_a_session(dose_cem43: float, ends: bool) -> None:
    facts = replace(HEATING, day_dose_cem43=dose_cem43)

    assert (("dose_exceeded", Action.END_SESSION) in found(facts)) is ends


# --- the pad's answer to heat ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (Response(question=Question(unanswered=True)), "sensor_frozen"),
        (Response(question=Question(unanswered=True, began_c=33.0, peak_c=34.0)), "sensor_frozen"),
        (Response(question=Question(unanswered=True, began_c=33.0, peak_c=33.9)), "heating_failed"),
        (Response(hold=Hold(climbing=True)), "sensor_frozen"),
        (Response(hold=Hold(climbing=True, cold=True)), "heating_failed"),
        (Response(full_heat=FullHeat(falling=True)), "heating_failed"),
        (Response(recovery=Recovery(missed=True)), "heating_failed"),
        (Response(runaway=Runaway(rising=True)), "thermal_runaway"),
        (Response(runaway=Runaway(astray=True)), "thermal_runaway"),
        (Response(cooling=Cooling(stuck=True)), "heater_stuck_on"),
    ],
)
@pytest.mark.parametrize("facts", [CALM, HEATING])
def test_a_pad_that_answers_wrongly_is_latched_at_once(facts: Facts, response: Response, code: str) -> None:
    assert found(replace(facts, response=response)) == {(code, Action.LATCH)}


def test_a_low_reading_alone_is_no_fault() -> None:
    low = Response(question=Question(began_c=33.0, peak_c=33.0), hold=Hold(cold=True))

    assert found(replace(HEATING, response=low), 10.0) == set()


def test_a_pad_that_is_too_weak_is_only_warned_of() -> None:
    weak = replace(HEATING, response=Response(full_heat=FullHeat(weak=True)))

    assert found(weak, 60.0) == {("heating_failed", Action.WARN)}


@pytest.mark.parametrize("series_switch", [False, True])
def test_only_where_there_is_a_series_switch_can_it_have_stopped_the_heat(series_switch: bool) -> None:
    facts = replace(HEATING, response=Response(runaway=Runaway(stopped=True)), series_switch=series_switch)

    assert (("heater_stuck_on", Action.LATCH) in found(facts)) is series_switch


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("elapsed_s", "ends"), [(479.99, False), (480.0, True), (481.0, True)])
def test_a_session_is_completed_after_its_own_duration(elapsed_s: float, ends: bool) -> None:
    assert (("completed", Action.END_SESSION) in found(replace(HEATING, elapsed_s=elapsed_s))) is ends


@pytest.mark.parametrize(("elapsed_s", "ends"), [(599.99, False), (600.0, True), (7000.0, True)])
def test_an_open_ended_session_times_out_at_ten_minutes(elapsed_s: float, ends: bool) -> None:
    facts = replace(HEATING, duration_s=None, elapsed_s=elapsed_s)

    assert (("session_timeout", Action.END_SESSION) in found(facts)) is ends
    assert ("completed", Action.END_SESSION) not in found(facts)


def test_what_is_not_running_cannot_be_over() -> None:
    assert found(replace(CALM, duration_s=480.0, elapsed_s=500.0, armed_s=700.0)) == set()


def test_ten_minutes_asked_for_and_ten_minutes_over_is_completed_not_timed_out() -> None:
    verdicts, _ = judge(replace(HEATING, duration_s=600.0, elapsed_s=600.0), 0.0, NO_TIMERS)

    assert worst(verdicts).code == "completed"


@pytest.mark.parametrize(
    ("cycle_s", "ends"), [(0.1, False), (1.0, False), (1.001, True), (5.0, True), (0.0, True), (-0.1, True)]
)
def test_a_late_cycle_or_a_clock_that_does_not_advance_is_an_overrun(cycle_s: float, ends: bool) -> None:
    late = replace(HEATING, cycle_s=cycle_s)

    assert (("guard_overrun", Action.END_SESSION) in found(late)) is ends
    assert found(replace(late, energised=False)) == set()
    assert found(replace(CALM, cycle_s=cycle_s)) == set()


# --- the controller -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "linked", "lost"),
    [(0.1, True, False), (1.0, True, False), (1.01, True, True), (0.1, False, True)],
)
def test_a_silent_or_gone_controller_is_lost(age_s: float, linked: bool, lost: bool) -> None:
    facts = replace(HEATING, demand_age_s=age_s, linked=linked)

    assert (("controller_lost", Action.END_SESSION) in found(facts)) is lost
    assert found(replace(CALM, demand_age_s=age_s, linked=linked)) == set()


def test_a_tighter_demand_lifetime_counts() -> None:
    facts = replace(HEATING, limits=Limits(demand_lifetime_s=0.3), demand_age_s=0.31)

    assert found(facts) == {("controller_lost", Action.END_SESSION)}


# --- arbitration ----------------------------------------------------------------------------------


def test_the_worst_verdict_wins_and_among_equals_the_first() -> None:
    warn = Verdict(Action.WARN, "a", "")
    latch, other = Verdict(Action.LATCH, "b", ""), Verdict(Action.LATCH, "c", "")

    assert worst(()) is CLEAR
    assert worst((warn, latch, other)) is latch
    assert worst((other, warn, latch)) is other


def test_every_row_has_a_sentence_for_a_person_at_its_worst_moment() -> None:
    everything = Facts(
        limits=Limits(),
        temperature_c=50.0,
        sensor_faults=("sensor_open", "sensor_short", "sensor_jump", "adc_failed"),
        trouble_s=(9.0,) * 4,
        spread_c=9.0,
        cycle_s=3.0,
        inhibited=True,
        dose_cem43=10.0,
        day_dose_cem43=10.0,
        in_session=True,
        energised=True,
        elapsed_s=700.0,
        duration_s=600.0,
        demand_age_s=5.0,
        linked=False,
        response=Response(
            question=Question(unanswered=True),
            recovery=Recovery(missed=True),
            full_heat=FullHeat(falling=True, weak=True),
            hold=Hold(climbing=True),
            runaway=Runaway(rising=True, astray=True, stopped=True),
            cooling=Cooling(stuck=True),
        ),
        series_switch=True,
        supply_v=9.0,
        supply_most_v=6.25,
    )
    never_warmed = Question(unanswered=True, began_c=33.0, peak_c=33.0)
    cold = replace(everything, response=Response(question=never_warmed, hold=Hold(climbing=True, cold=True)))
    worst_moments = (everything, replace(everything, in_session=False), cold)
    for check in CHECKS:
        facts = next((facts for facts in worst_moments if check.when(facts)), None)
        assert facts is not None, check.code
        sentence = check.says(facts)
        assert sentence[0].isupper(), sentence
        assert "{" not in sentence
        assert "None" not in sentence
