"""Who may start and who may reset: each rule at its edge, and which one speaks first."""

from dataclasses import replace

import pytest

from config.limits import DAY_S, Limits
from hardware.admission import Refusal, refuse_reset, refuse_start
from hardware.ledger import Latch, Ledger, SessionRecord
from hardware.link import Demand, Reset, Start
from hardware.verdict import CLEAR, Action, Verdict
from tests.support.bench_guard import Bench

NOW_S = 1_800_000_000.0
START = Start("new", 40.0, 480.0)
HOT = Latch("over_temperature", "The pad reached 46.0 °C", NOW_S - 60.0)


def used(
    sessions: int, heated_s: float = 0.0, dose_cem43: float = 0.0, ended_ago_s: float = 3600.0
) -> Ledger:
    """A day with so many sessions, which share the heat and the dose."""
    ended_s = NOW_S - ended_ago_s
    record = SessionRecord("old", ended_s - 500.0, ended_s, heated_s / sessions, dose_cem43 / sessions)
    return Ledger(sessions=(record,) * sessions)


def start(
    request: Start = START,
    ledger: Ledger | None = None,
    *,
    limits: Limits | None = None,
    verdict: Verdict = CLEAR,
    temperature_c: float | None = 33.0,
    rest_left_s: float = 0.0,
) -> Refusal | None:
    return refuse_start(
        request, ledger or Ledger(), NOW_S, limits or Limits(), verdict, temperature_c, rest_left_s
    )


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


# --- a start --------------------------------------------------------------------------------------


def test_a_calm_guard_has_no_objection() -> None:
    assert start() is None


@pytest.mark.parametrize(
    ("target_c", "duration_s", "refused"),
    [
        (35.0, 300.0, False),
        (42.0, 600.0, False),
        (40.0, None, False),
        (34.99, 480.0, True),
        (42.01, 480.0, True),
        (40.0, 299.9, True),
        (40.0, 600.1, True),
    ],
)
def test_a_wish_is_within_the_ranges(target_c: float, duration_s: float | None, refused: bool) -> None:
    refusal = start(Start("new", target_c, duration_s))

    assert code(refusal) == ("out_of_range" if refused else None)


def test_tighter_ranges_are_the_ranges() -> None:
    tight = Limits(target_max_c=39.0, session_max_s=400.0)

    assert start(Start("new", 39.0, 400.0), limits=tight) is None
    assert start(Start("new", 39.1, 400.0), limits=tight) is not None
    assert start(Start("new", 39.0, 401.0), limits=tight) is not None


@pytest.mark.parametrize("left_s", [0.001, 0.5, 1800.0])
def test_a_moment_of_rest_is_rest(left_s: float) -> None:
    assert code(start(rest_left_s=left_s)) == "rest"


@pytest.mark.parametrize(
    ("left_s", "says"),
    [
        (1.0, "1 minute left"),
        (89.0, "1 minute left"),
        (91.0, "2 minutes left"),
        (1800.0, "30 minutes left"),
        (12 * 3600.0, "720 minutes left"),
        (12 * 3600.0 + 1.0, "12 hours left"),
        (13 * 3600.0, "13 hours left"),
        (23.5 * 3600.0, "23 hours left"),
    ],
)
def test_the_sentence_says_how_long_the_rest_is(left_s: float, says: str) -> None:
    refusal = start(rest_left_s=left_s)

    assert refusal is not None
    assert refusal.message.endswith(f", {says}")


@pytest.mark.parametrize(
    ("ledger", "says"),
    [
        (used(5, 3000.0), None),
        (used(6), "6 sessions in 24 hours"),
        (used(7), "7 sessions in 24 hours"),
        (used(5, 3121.0), None),  # 3600 s and the second by which sessions may end late
        (used(5, 3121.5), "52 of 60 minutes of heat in 24 hours are used; 8 more"),
        (used(1, dose_cem43=3.99), None),
        (used(1, dose_cem43=4.0), "The heat dose of 24 hours is used (4.0 of 4 CEM43)"),
        (used(6, 3600.0, 4.0, ended_ago_s=DAY_S + 1.0), None),
        (used(6, 3600.0, 4.0, ended_ago_s=DAY_S - 1.0), "6 sessions"),
    ],
)
def test_the_day_has_an_end(ledger: Ledger, says: str | None) -> None:
    refusal = start(ledger=ledger)

    assert code(refusal) == (None if says is None else "over_budget")
    assert refusal is None or says is None or says in refusal.message


def test_an_open_end_is_charged_as_the_longest_session() -> None:
    ledger = used(5, 3100.0)

    assert start(replace(START, duration_s=500.0), ledger) is None
    assert code(start(replace(START, duration_s=None), ledger)) == "over_budget"
    assert start(replace(START, duration_s=None), used(5, 3001.0)) is None


def test_a_used_day_says_when_it_goes_on() -> None:
    day_over = start(ledger=used(6, ended_ago_s=DAY_S - 600.0))

    assert day_over is not None
    assert ". Next at " in day_over.message
    assert day_over.message.endswith("10 minutes left")


def test_the_moment_that_is_named_is_the_wished_sessions_own() -> None:
    """A shorter one would fit ten minutes from now; this one is refused until the second has left the day."""
    limits = Limits(day_heated_s=1000.0)
    first, second = (
        SessionRecord(name, 0.0, NOW_S - DAY_S + leaves_s, 450.0, 0.1)
        for name, leaves_s in (("first", 600.0), ("second", 3600.0))
    )
    ledger = Ledger(sessions=(first, second))
    for duration_s, minutes in ((300.0, 10), (550.0, 10), (600.0, 60), (None, 60)):
        refusal = start(replace(START, duration_s=duration_s), ledger, limits=limits)
        assert refusal is not None
        assert refusal.message.endswith(f", {minutes} minutes left")
        wish = replace(START, duration_s=duration_s)
        for then_s, refused in ((60 * minutes - 1, True), (60 * minutes, False)):
            later = refuse_start(wish, ledger, NOW_S + then_s, limits, CLEAR, 33.0, 0.0)
            assert (later is not None) is refused


def test_a_wish_that_fits_into_no_day_is_not_told_to_come_again() -> None:
    refusal = start(ledger=used(1, 200.0), limits=Limits(day_heated_s=300.0))

    assert refusal is not None
    assert refusal.message.endswith("8 more are too many")


def test_without_a_temperature_nothing_starts() -> None:
    assert code(start(temperature_c=None)) == "not_ready"


@pytest.mark.parametrize(
    ("action", "refused"),
    [
        (Action.WARN, False),
        (Action.INHIBIT, True),
        (Action.END_SESSION, True),
        (Action.LATCH, True),
    ],
)
def test_what_would_take_the_heat_forbids_the_start(action: Action, refused: bool) -> None:
    verdict = Verdict(action, "too_warm", "No heat")

    assert start(verdict=verdict) == (Refusal("too_warm", "No heat") if refused else None)


def test_a_latch_is_named_before_anything_else() -> None:
    refusal = start(Start("new", 99.0, 1.0), Ledger(latches=(HOT,)), temperature_c=None, rest_left_s=9.0)

    assert refusal == Refusal("fault", "Locked: The pad reached 46.0 °C. Reset first")


# --- a reset --------------------------------------------------------------------------------------


def reset(
    *latches: Latch, verdicts: tuple[Verdict, ...] = (), temperature_c: float | None = 33.0
) -> Refusal | None:
    return refuse_reset(Ledger(latches=latches or (HOT,)), NOW_S, verdicts, temperature_c)


def test_a_fault_whose_cause_is_gone_may_be_reset() -> None:
    assert reset() is None


@pytest.mark.parametrize(
    ("temperature_c", "expected"),
    [(37.99, None), (38.0, "too_hot"), (45.0, "too_hot"), (None, "cause_persists")],
)
def test_a_warm_or_an_unknown_pad_is_not_reset(temperature_c: float | None, expected: str | None) -> None:
    assert code(reset(temperature_c=temperature_c)) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [(Action.WARN, None), (Action.INHIBIT, "cause_persists"), (Action.LATCH, "cause_persists")],
)
def test_a_cause_that_persists_forbids_it(action: Action, expected: str | None) -> None:
    mild, cause = Verdict(Action.WARN, "dose_warning", ""), Verdict(action, "sensor_open", "Broken wire")

    assert code(reset(verdicts=(mild, cause))) == expected


@pytest.mark.parametrize(("left_s", "expected"), [(60.0, "locked_out"), (0.0, None), (-60.0, None)])
def test_a_lock_for_a_time_lasts_for_that_time(left_s: float, expected: str | None) -> None:
    timed = Latch("dose_exceeded", "Too much heat", NOW_S - DAY_S, NOW_S + left_s)

    assert code(reset(HOT, timed)) == expected


def test_a_cause_that_was_locked_for_a_time_has_served_it() -> None:
    timed = Latch("dose_exceeded", "Too much heat", NOW_S - DAY_S, NOW_S)
    dose = Verdict(Action.LATCH, "dose_exceeded", "Too much heat")
    wire = Verdict(Action.INHIBIT, "sensor_open", "Broken wire")

    assert reset(timed, verdicts=(dose,)) is None
    assert code(reset(timed, verdicts=(dose, wire))) == "cause_persists"
    assert code(reset(HOT, verdicts=(dose,))) == "cause_persists"


# --- what the guard makes of it -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration_s", "says", "charged_s"),
    [(300.0, "Heating to 40 °C for 5 minutes", 300.0), (None, "Heating to 40 °C until stopped", 600.0)],
)
def test_an_accepted_start_says_what_it_will_do_and_is_charged_with_it(
    duration_s: float | None, says: str, charged_s: float
) -> None:
    bench = Bench()

    assert bench.start("s1", duration_s=duration_s).message == says
    assert [record.heated_s for record in bench.state.ledger.sessions] == [charged_s]


def test_a_session_starts_with_no_dose() -> None:
    bench = Bench()
    bench.state = replace(bench.state, dose_cem43=1.5)
    bench.cycle(START)

    assert bench.status.dose_cem43 == 0.0


def test_a_demand_that_answers_nothing_is_counted_once() -> None:
    bench = Bench()
    bench.cycle(Demand("nobody", 1.0, bench.state.tick - 1))

    assert bench.status.rejected_frames == 1


@pytest.mark.parametrize(
    ("latch", "dose_cem43", "left_cem43"),
    [
        (HOT, 5.0, 5.0),
        (Latch("dose_exceeded", "Too much heat", NOW_S - DAY_S, NOW_S - 1.0), 9.5, 0.0),
    ],
)
def test_only_a_dose_that_was_locked_for_its_time_is_forgiven_by_a_reset(
    latch: Latch, dose_cem43: float, left_cem43: float
) -> None:
    bench = Bench()
    bench.state = replace(bench.state, dose_cem43=dose_cem43, ledger=bench.state.ledger.latch(latch))
    bench.cycle(Reset("r"))

    assert bench.answers[-1].accepted
    assert bench.fault is None
    assert bench.status.dose_cem43 == left_cem43
