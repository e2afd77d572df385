"""The fuzzer finds nothing in the guard as it is, and its books notice each mistake that is planted in it."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from campaign.fuzz.__main__ import main
from campaign.fuzz.frames import mangled
from campaign.fuzz.hunt import hunt
from campaign.fuzz.inventing import CYCLES_AT_MOST, invent, vary
from campaign.fuzz.lines import all_lines
from campaign.fuzz.playing import Played, play
from campaign.fuzz.sequences import Act, Sequence, Turn, load, store
from campaign.fuzz.shrinking import shrink
from hardware.checks import judge
from hardware.cycle import Cycle, Inputs
from hardware.guard import _gate
from hardware.heat_phase import HeatPhase
from hardware.link import decode_request

#: Two sensors and a series switch; one sensor; the strongest heat flux.
TWO_SENSORS, ONE_SENSOR, STRONG = 0, 1, 4

# --- words for stories ------------------------------------------------------------------------------------

FULL, HOLD = Act("ask", "full", 1.0), Act("ask", "held", 1.0)
NEXT, SETTLE = Turn(times=2), Turn(dt_s=0.9, times=40)
RESET = Turn((Act("say", '{"t":"reset","request_id":"r"}'),), times=2)
STOP = Turn((Act("say", '{"t":"stop","reason":"phone"}'),), times=2)
REST = Turn(dt_s=1801.0)


def begin(duration_s: int = 300) -> tuple[Turn, ...]:
    """Ask for a session, and for heat until it is tested and armed."""
    text = f'{{"t":"start","session_id":"@new","target_c":40,"duration_s":{duration_s}}}'
    return Turn(times=3), Turn((Act("say", text),)), Turn((HOLD,), times=15)


def heat(seconds: float, *acts: Act) -> Turn:
    return Turn(acts or (HOLD,), 0.9, round(seconds / 0.9))


def reads(temperature_c: float) -> Turn:
    """From now on the first sensor reads this."""
    return Turn((Act("wire", "held_c", temperature_c), HOLD))


Story = Callable[..., Played]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a function that plays turns on a build."""

    def tell(*turns: Turn, build: int = TWO_SENSORS) -> Played:
        return play(Sequence(build, turns), str(tmp_path))

    return tell


def kind(played: Played) -> str:
    return "nothing" if played.finding is None else played.finding.kind


# --- the guard as it is -----------------------------------------------------------------------------------


def test_a_short_hunt_finds_nothing() -> None:
    result = hunt(60.0, 2, most=3)

    assert [finding.what for finding in result.findings] == []
    assert result.cycles > 100
    assert result.packets > 50
    assert result.kept
    assert result.lines.seen
    assert result.lines.seen <= all_lines()


def test_an_ordinary_session_heats_and_breaks_nothing(story: Story) -> None:
    """Without heat, all that the books say would be about nothing."""
    played = story(*begin(), heat(310.0))

    assert kind(played) == "nothing"
    assert ("told", "event", "heat_on", None, "ok") in played.features
    assert ("told", "event", "session_ended", None, "completed") in played.features


# --- it can fail: each mistake is one that the books notice -----------------------------------------------


def test_the_hunt_finds_a_frame_that_crashes_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(packet: bytes) -> Any:
        if b"reset" in packet:
            raise OverflowError("a number")
        return decode_request(packet)

    monkeypatch.setattr("hardware.server.decode_request", fragile)
    result = hunt(60.0, 1, most=3)

    assert [(one.crash, one.kind) for one in result.findings] == [(True, "OverflowError in fragile")]


def test_a_demand_that_never_gets_old(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = (*begin(), heat(5.0), Turn(dt_s=0.5, times=6))
    assert kind(story(*silence)) == "nothing"

    monkeypatch.setattr("hardware.heat_phase.Demand.live", lambda *_: True)
    monkeypatch.setattr("hardware.heat_phase.HeatPhase.spoke_s", property(lambda _: 1e12))
    assert kind(story(*silence)) == "demand"


def test_a_start_that_ignores_the_rest(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    again_at_once = (*begin(), heat(10.0), STOP, *begin(), heat(10.0))
    assert kind(story(*again_at_once)) == "nothing"

    monkeypatch.setattr("hardware.cycle.Cycle.rest_left_s", lambda _: 0.0)
    assert kind(story(*again_at_once)) == "rest"


def test_a_day_without_an_end(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    seven_times = (*begin(), heat(5.0), STOP, REST, NEXT) * 7
    assert kind(story(*seven_times)) == "nothing"

    monkeypatch.setattr("hardware.admission._refuse_budget", lambda *_: None)
    assert kind(story(*seven_times)) == "day"


def test_a_session_that_never_ends(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    elapsed_s = HeatPhase.elapsed_s
    monkeypatch.setattr(
        "hardware.heat_phase.HeatPhase.elapsed_s", lambda phase, now_s: min(elapsed_s(phase, now_s), 200.0)
    )

    assert kind(story(*begin(), heat(320.0))) == "limit"


def test_a_reset_that_ignores_the_heat(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    reset_while_hot = (*begin(), heat(5.0), reads(45.0), heat(10.0), RESET)
    assert kind(story(*reset_while_hot)) == "nothing"

    monkeypatch.setattr("hardware.admission.refuse_reset", lambda *_: None)
    assert kind(story(*reset_while_hot)) == "pardon"


def test_a_gate_that_ignores_the_heat(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def gate_when_hot(cycle: Cycle, inputs: Inputs) -> tuple[bool, float]:
        settings = cycle.s.settings
        cycle.s.settings = replace(settings, limits=replace(settings.limits, inhibit_c=60.0))
        heater, duty = _gate(cycle, inputs)
        cycle.s.settings = settings
        return heater, duty

    slowly = (replace(reads(42.8), dt_s=0.9), replace(reads(43.5), dt_s=0.9))
    too_warm = (reads(42.0), SETTLE, *begin(), heat(5.0), *slowly, heat(10.0, FULL))
    deaf_checks(monkeypatch)
    assert kind(story(*too_warm, build=ONE_SENSOR)) == "nothing"  # the gate alone is enough

    monkeypatch.setattr("hardware.guard._gate", gate_when_hot)
    assert kind(story(*too_warm, build=ONE_SENSOR)) == "hot"


def test_a_dose_that_nobody_counts(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    just_below = (reads(42.9), SETTLE, *begin(600), heat(200.0, FULL))
    assert kind(story(*just_below, build=ONE_SENSOR)) == "nothing"

    deaf_checks(monkeypatch)
    monkeypatch.setattr("hardware.response.question.Question.open", False)
    assert kind(story(*just_below, build=ONE_SENSOR)) == "dose"


def test_an_allowance_without_an_end(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken wire keeps the pad cold: nothing but the allowance stands between pin and full power."""
    into_the_cold = (*begin(600), Turn((Act("switch", "heater_broken"),)), heat(200.0, FULL))
    deaf_checks(monkeypatch)
    assert kind(story(*into_the_cold, build=STRONG)) == "nothing"

    monkeypatch.setattr("hardware.allowance.Allowance.share", lambda *_: 1.0)
    monkeypatch.setattr("hardware.response.hold.Hold.share", lambda *_: 1.0)
    assert kind(story(*into_the_cold, build=STRONG)) == "allowance"


def test_heat_that_runs_ahead_of_the_disk(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.ledger_file.LedgerFile.save", lambda _, ledger, now_s: ledger)
    monkeypatch.setattr("hardware.ledger_file.LedgerFile.verify", lambda *_: None)

    assert kind(story(*begin(), heat(2.0))) == "charge"


def test_a_stop_that_nobody_hears(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.cycle.Cycle.end_session", lambda *_: None)
    monkeypatch.setattr(
        "hardware.modulation.SigmaDelta.step", lambda modulator, duty: (modulator, duty > 0.0)
    )
    stop_and_ask = Turn((Act("say", '{"t":"stop","reason":"phone"}'), FULL))

    assert kind(story(*begin(), heat(2.0, FULL), stop_and_ask)) == "heat"


def deaf_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no check say anything, whatever it sees."""
    monkeypatch.setattr("hardware.guard.judge", lambda *given: ((), judge(*given)[1]))


# --- a finding can be kept, made small and played again ---------------------------------------------------


def test_a_finding_is_made_small_and_replayed(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hardware.admission.refuse_reset", lambda *_: None)
    detour = (Turn((HOLD,), times=4), Turn((Act("worn"), HOLD), times=2))
    finding = story(*begin(), *detour, heat(5.0), *detour, reads(45.0), heat(5.0), NEXT, RESET).finding
    assert finding is not None
    file, folder = tmp_path / "findings" / "finding.json", tmp_path / "guard"
    folder.mkdir()

    small = shrink(finding, str(folder))
    store(small.sequence, file, small.what)

    assert small.what == finding.what
    assert len(small.sequence.turns) < len(finding.sequence.turns)
    assert main(["--replay", str(file)]) == 1
    assert finding.what in capsys.readouterr().out
    monkeypatch.undo()
    assert main(["--replay", str(file)]) == 0
    assert "nothing breaks" in capsys.readouterr().out


# --- its parts --------------------------------------------------------------------------------------------


def test_sequences_come_again_with_their_seed_and_stay_short() -> None:
    once = [invent(random.Random(seed)) for seed in range(50)]

    assert once == [invent(random.Random(seed)) for seed in range(50)]
    rng = random.Random(0)
    for kept in once:
        assert vary(rng, kept, once[0]).cycles <= CYCLES_AT_MOST


def test_a_stored_sequence_is_read_back(tmp_path: Path) -> None:
    for seed in range(20):
        sequence = invent(random.Random(seed))
        store(sequence, tmp_path / "s.json", "nothing")
        assert load(tmp_path / "s.json") == sequence


def test_mangled_packets_are_bytes_of_all_kinds() -> None:
    rng = random.Random(1)
    packet = b'{"t":"demand","session_id":"s1","duty":1.0,"tick":4}'
    some = {mangled(rng, packet) for _ in range(300)}

    assert len(some) > 150
    assert max(len(one) for one in some) == 16385
