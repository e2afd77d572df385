"""Which commands count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.limits import ABSOLUTE, Limits
from config.settings import Heat
from controller.mqtt.commands import (
    MAX_ANSWERS,
    MAX_SPENT_IDS,
    MAX_WAITING,
    CommandGate,
    Refusal,
    Repeat,
    as_repeat,
    judge_start,
)
from controller.mqtt.inbound import Incoming, ResetCommand, StartCommand, StopCommand
from controller.mqtt.messages import ResultMessage

NOW_S = 1_800_000_000.0


def arrived(*, retained: bool = False, expiry_s: float | None = None, at_s: float = NOW_S) -> Incoming:
    return Incoming("heatpack/pad1/command", b"", retained, at_s, expiry_s=expiry_s)


def answer(id: str, accepted: bool = True) -> ResultMessage:
    code, message = ("ok", "Heating") if accepted else ("rest", "Rest until 14:32")
    return ResultMessage(ts=NOW_S, id=id, action="start", accepted=accepted, code=code, message=message)


def code_of(verdict: Refusal | Repeat | None) -> str | None:
    return verdict.code if isinstance(verdict, Refusal) else None


@pytest.mark.parametrize("command", [StartCommand(), ResetCommand(), StartCommand(id="a"), StopCommand()])
def test_a_fresh_command_passes(command: StartCommand) -> None:
    assert CommandGate().judge(command, arrived(), NOW_S) is None


def test_a_stop_passes_retained_stale_expired_and_repeated() -> None:
    gate = CommandGate()
    stop = StopCommand(id="s", issued_at=NOW_S - 1e6)
    for _ in range(3):
        assert gate.judge(stop, arrived(retained=True, expiry_s=0), NOW_S) is None
        assert gate.remember("s", answer("s")) == ()
    assert gate.refused.total() == 0


@pytest.mark.parametrize("make", [StartCommand, ResetCommand])
@pytest.mark.parametrize(
    ("issued_ago_s", "code"),
    [(0, None), (10, None), (10.1, "stale"), (1e12, "stale"), (-10, None), (-10.1, "clock_skew")],
)
def test_freshness_by_issued_at(
    make: type[StartCommand | ResetCommand], issued_ago_s: float, code: str | None
) -> None:
    verdict = CommandGate().judge(make(issued_at=NOW_S - issued_ago_s), arrived(), NOW_S)
    assert code_of(verdict) == code


def test_refusals_are_sentences() -> None:
    gate = CommandGate()
    kept = gate.judge(StartCommand(), arrived(retained=True), NOW_S)
    late = gate.judge(ResetCommand(issued_at=NOW_S - 3600), arrived(), NOW_S)
    early = gate.judge(StartCommand(issued_at=NOW_S * 1000), arrived(), NOW_S)
    assert kept == Refusal(
        "retained", "The broker kept this start, so it may be old: send it without the retain flag"
    )
    assert late == Refusal("stale", "This reset is 60 minutes old, at most 10 s is allowed: send anew")
    assert isinstance(early, Refusal)
    assert early.message.startswith(
        "This start was issued 2.08e+07 days ahead of the pack's clock, at most 10"
    )


@pytest.mark.parametrize(
    ("expiry_s", "waited_s", "code"),
    [(0, 0, "expired"), (5, 4.9, None), (5, 5, "expired"), (None, 100, None)],
)
def test_an_expired_message_is_refused(expiry_s: float | None, waited_s: float, code: str | None) -> None:
    incoming = arrived(expiry_s=expiry_s, at_s=NOW_S - waited_s)
    assert code_of(CommandGate().judge(StartCommand(), incoming, NOW_S)) == code


def test_a_repeat_gets_the_first_answer() -> None:
    gate = CommandGate()
    assert gate.judge(StartCommand(id="a"), arrived(), NOW_S) is None
    gate.remember("a", answer("a"))
    verdict = gate.judge(StartCommand(id="a"), arrived(), NOW_S + 5)
    assert verdict == Repeat(as_repeat(answer("a")))
    assert as_repeat(answer("a")).repeat


def test_a_repeat_of_a_pending_command_waits_for_its_answer() -> None:
    gate = CommandGate()
    gate.judge(StartCommand(id="a"), arrived(), NOW_S)
    again = arrived(at_s=NOW_S + 1)
    assert gate.judge(StartCommand(id="a"), again, NOW_S + 1) == Repeat(None)
    assert gate.remember("a", answer("a")) == (again,)
    assert gate.remember("a", answer("a", accepted=False)) == ()
    assert gate.judge(StartCommand(id="a"), arrived(), NOW_S) == Repeat(as_repeat(answer("a")))


def test_no_flood_of_repeats_is_kept() -> None:
    gate = CommandGate()
    gate.judge(StartCommand(id="a"), arrived(), NOW_S)
    for _ in range(100):
        assert gate.judge(StartCommand(id="a"), arrived(), NOW_S) == Repeat(None)
    assert len(gate.remember("a", answer("a"))) == MAX_WAITING


def test_a_refused_command_stays_refused_when_it_would_have_become_fresh() -> None:
    gate = CommandGate()
    command = StartCommand(id="a", issued_at=NOW_S + 15)
    assert code_of(gate.judge(command, arrived(), NOW_S)) == "clock_skew"
    refused = answer("a", accepted=False)
    gate.remember("a", refused)
    assert gate.judge(command, arrived(), NOW_S + 15) == Repeat(as_repeat(refused))


def test_ids_survive_a_restart_by_preloading() -> None:
    gate = CommandGate()
    gate.preload({"old": None, "known": answer("known")})
    assert code_of(gate.judge(StartCommand(id="old"), arrived(), NOW_S)) == "repeat"
    assert gate.judge(StartCommand(id="known"), arrived(), NOW_S) == Repeat(as_repeat(answer("known")))


def test_an_id_without_issued_at_is_recognised_long_after_its_answer_is_gone() -> None:
    gate = CommandGate()
    for number in range(MAX_ANSWERS + MAX_SPENT_IDS):
        assert gate.judge(StartCommand(id=str(number)), arrived(), NOW_S) is None
        gate.remember(str(number), answer(str(number)))
    assert code_of(gate.judge(StartCommand(id="0"), arrived(), NOW_S)) == "repeat"
    newest = str(MAX_ANSWERS + MAX_SPENT_IDS - 1)
    assert isinstance(gate.judge(StartCommand(id=newest), arrived(), NOW_S), Repeat)


def test_a_flood_of_dated_ids_does_not_push_out_an_undated_one() -> None:
    gate = CommandGate()
    gate.judge(StartCommand(id="undated"), arrived(), NOW_S)
    later_s = NOW_S
    for number in range(3 * MAX_SPENT_IDS):
        later_s = NOW_S + number
        command = ResetCommand(id=str(number), issued_at=later_s)
        assert gate.judge(command, arrived(at_s=later_s), later_s) is None
    assert code_of(gate.judge(StartCommand(id="undated"), arrived(), later_s)) == "repeat"
    replayed = ResetCommand(id="0", issued_at=NOW_S)
    assert code_of(gate.judge(replayed, arrived(at_s=later_s), later_s)) == "stale"


def test_refusals_are_counted_by_code() -> None:
    gate = CommandGate()
    gate.count("malformed")
    gate.judge(StartCommand(id="a"), arrived(), NOW_S)
    gate.remember("a", answer("a", accepted=False))
    gate.remember(None, answer("x", accepted=False))
    gate.judge(StartCommand(id="a"), arrived(), NOW_S)
    assert gate.refused == {"malformed": 1, "rest": 2, "repeat": 1}


_commands = st.builds(
    StartCommand,
    id=st.none() | st.sampled_from("abc"),
    issued_at=st.none() | st.floats(NOW_S - 30, NOW_S + 30),
)
_arrivals = st.tuples(_commands, st.booleans(), st.floats(0, 5))


@given(st.lists(_arrivals, max_size=30))
def test_no_id_ever_passes_twice(arrivals: list[tuple[StartCommand, bool, float]]) -> None:
    gate, now_s, passed = CommandGate(), NOW_S, []
    for command, retained, pause_s in arrivals:
        now_s += pause_s
        verdict = gate.judge(command, arrived(retained=retained, at_s=now_s), now_s)
        if verdict is None:
            assert not retained
            passed.append(command.id)
    ids = [id for id in passed if id is not None]
    assert len(ids) == len(set(ids))


# --- limits ---------------------------------------------------------------------------------------


def test_what_is_not_given_comes_from_the_configuration() -> None:
    heat = Heat(target_c=39, duration_s=420)
    assert judge_start(StartCommand(), heat, ABSOLUTE) == (39, 420)
    assert judge_start(StartCommand(target_c=41, duration_s=300), heat, ABSOLUTE) == (41, 300)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (StartCommand(target_c=45), "Target 45 °C is outside 35–42 °C"),
        (StartCommand(target_c=34.9), "Target 34.9 °C is outside 35–42 °C"),
        (StartCommand(duration_s=1200), "Duration 20 min is outside 5–10 min"),
        (StartCommand(duration_s=0), "Duration 0 min is outside 5–10 min"),
        (StartCommand(target_c=-1e300), "Target -1e+300 °C is outside 35–42 °C"),
    ],
)
def test_out_of_range_is_refused_with_value_and_range(command: StartCommand, message: str) -> None:
    assert judge_start(command, Heat(), ABSOLUTE) == Refusal("out_of_range", message)


def test_tighter_limits_count() -> None:
    verdict = judge_start(StartCommand(target_c=41), Heat(), Limits(target_max_c=40.5))
    assert verdict == Refusal("out_of_range", "Target 41 °C is outside 35–40.5 °C")


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_values_are_passed_on_as_they_are_or_refused(target_c: float, duration_s: float) -> None:
    verdict = judge_start(StartCommand(target_c=target_c, duration_s=duration_s), Heat(), ABSOLUTE)
    allowed = 35 <= target_c <= 42 and 300 <= duration_s <= 600
    assert verdict == (target_c, duration_s) if allowed else code_of_range(verdict)


def code_of_range(verdict: object) -> bool:
    return isinstance(verdict, Refusal) and verdict.code == "out_of_range"
