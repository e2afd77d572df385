"""The session of a tuning, with a real guard on a simulated pad and trials that are told what to do."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.loader import load
from controller.tuning.session import Ending, Outcome, TrialSession
from controller.tuning.trial import Sample
from hardware.link import Status
from tests.support.pack import Pack, eventually

SPEED = 20.0


class Told:
    """A trial that heats for some seconds at a duty, then looks on, then is over."""

    def __init__(self, heat_s: float = 20.0, watch_s: float = 10.0, duty: float = 1.0) -> None:
        self.samples: list[Sample] = []
        self.verdict: str | None = None
        self._heat_s, self._watch_s, self._duty = heat_s, watch_s, duty

    @property
    def passed_s(self) -> float:
        return sum(sample.passed_s for sample in self.samples)

    def step(self, sample: Sample) -> float | None:
        self.samples.append(sample)
        if self.passed_s > self._heat_s + self._watch_s:
            return None
        return self._duty if self.passed_s <= self._heat_s else 0.0


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Pack]:
    with Pack(tmp_path, speed=SPEED) as made:
        yield made


def tries(pack: Pack, trial: Told, *, target_c: float = 40.0, duration_s: float = 300.0) -> Outcome:
    """Run a trial to its end in this process, as the command does."""
    seen: list[Status] = []
    session = TrialSession(
        load(pack.config),
        trial,
        target_c=target_c,
        duration_s=duration_s,
        speed=pack.speed,
        on_status=seen.append,
    )
    outcome = asyncio.run(session.run())
    assert all(status.session is not None for status in seen)
    return outcome


def test_a_trial_gets_its_heat_and_is_a_session_like_any_other(pack: Pack) -> None:
    pack.start_guard()
    trial = Told()
    outcome = tries(pack, trial)
    assert outcome.ending is Ending.OVER
    assert not pack.heats()
    (row,) = pack.sessions()
    assert (row["id"], row["origin"], row["area"]) == (outcome.session_id, "cli", "tune")
    assert (row["reason"], row["target_c"], row["duration_s"]) == ("stopped", 40.0, 300.0)
    assert 29.0 < row["heated_s"] < 40.0  # over as soon as the trial is, and it is rest from now on
    assert 12.0 * 18.0 < row["energy_j"] < 12.0 * 22.0
    kinds = [entry["kind"] for kind in ("session_requested", "heat_on") for entry in pack.entries(kind)]
    assert kinds == ["session_requested", "heat_on"]
    (ended,) = pack.entries("session_ended")
    assert ended["message"] == "Stopped (tuned)"
    # What the trial was told is what the pad has done.
    heated = [sample for sample in trial.samples if sample.duty > 0.0]
    assert sum(sample.passed_s * sample.duty for sample in heated) == pytest.approx(20.0, abs=2.0)
    assert trial.samples[-1].temperature_c is not None
    assert trial.samples[0].temperature_c is not None
    assert trial.samples[-1].temperature_c > trial.samples[0].temperature_c + 2.0


def test_a_second_trial_meets_the_rest_of_the_first(pack: Pack) -> None:
    pack.start_guard()
    tries(pack, Told(3.0, 1.0))
    again = Told()
    outcome = tries(pack, again)
    assert outcome.ending is Ending.REFUSED
    assert outcome.message.startswith("Rest until ")
    assert again.samples == []
    assert len(pack.sessions()) == 1


def test_without_a_guard_nothing_begins(pack: Pack) -> None:
    outcome = tries(pack, Told())
    assert (outcome.ending, outcome.session_id) == (Ending.NO_GUARD, None)


def test_a_log_that_cannot_be_written_is_no_heat(pack: Pack) -> None:
    pack.log_db.mkdir(parents=True)
    pack.start_guard()
    trial = Told()
    outcome = tries(pack, trial)
    assert outcome.ending is Ending.REFUSED
    assert "safety log cannot be written" in outcome.message
    assert (trial.samples, pack.edges()) == ([], [])


def test_a_wire_that_breaks_ends_it_with_the_guards_words(pack: Pack) -> None:
    pack.start_guard(inject="sensor_open@10")
    outcome = tries(pack, Told(60.0))
    assert outcome.ending is Ending.CUT_SHORT
    assert "sensor 1" in outcome.message.lower()
    assert not pack.heats()
    (row,) = pack.sessions()
    assert row["reason"] == "sensor_open"


def test_a_session_that_ends_before_its_trial_is_over_leaves_what_was_seen(pack: Pack) -> None:
    pack.speed = 80
    pack.start_guard()
    trial = Told(5.0, 1000.0)
    outcome = tries(pack, trial)
    assert outcome.ending is Ending.OVER
    assert trial.passed_s == pytest.approx(300.0, abs=5.0)
    assert pack.sessions()[0]["reason"] == "completed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_the_heat_and_the_end_is_in_the_log(pack: Pack, number: signal.Signals) -> None:
    pack.start_guard()

    def interrupt() -> None:
        pack.until_heating()
        os.kill(os.getpid(), number)

    person = threading.Thread(target=interrupt)
    person.start()
    outcome = tries(pack, Told(60.0))
    person.join()
    assert outcome.ending is Ending.INTERRUPTED
    assert not pack.heats()
    assert pack.sessions()[0]["reason"] == "stopped"


def test_a_guard_that_hangs_is_lost_and_gives_no_heat_when_it_is_back(pack: Pack) -> None:
    pack.start_guard()
    guard = pack.guard
    assert guard is not None

    def freeze() -> None:
        pack.until_heating()
        guard.send_signal(signal.SIGSTOP)

    trouble = threading.Thread(target=freeze)
    trouble.start()
    outcome = tries(pack, Told(60.0))
    trouble.join()
    assert outcome.ending is Ending.NO_GUARD
    assert outcome.session_id is not None
    guard.send_signal(signal.SIGCONT)
    pack.until_cold()
    eventually(lambda: guard.poll() is None and not pack.heats(), "the guard is back and cold")
