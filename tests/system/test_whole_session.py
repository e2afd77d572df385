"""A person and a pack: both daemons, a real broker, a phone. What is accepted, what is refused."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker
from tests.support.broker_helpers import Phone, mosquitto_pub
from tests.support.pack import Pack, tap
from tests.support.starved import Stopwatch

COMMAND = "heatpack/demo/command"


@pytest.fixture
def pack(tmp_path: Path, broker: Broker, phone: Phone) -> Iterator[Pack]:
    with Pack(tmp_path, broker, speed=40) as running:
        running.start()
        phone.ready()
        yield running


def test_a_bare_start_runs_a_whole_session(pack: Pack, broker: Broker, phone: Phone) -> None:
    mosquitto_pub(broker, COMMAND, "start")
    assert phone.result()["accepted"] is True
    warming = phone.phase("warming")["session"]
    assert (warming["origin"], warming["target_c"], warming["duration_s"]) == ("phone", 40.0, 300.0)
    holding = phone.phase("holding")
    assert holding["temperature_c"] == pytest.approx(40.0, abs=0.5)
    resting = phone.phase("resting")
    phone.event("session_ended")
    assert phone.phases() == ["idle", "warming", "holding", "cooling", "resting"]
    assert resting["ready_at"] == pytest.approx(warming["started"] + 300 + 1800, abs=10)
    assert resting["today"]["sessions"] == 1
    assert resting["today"]["heated_s"] == pytest.approx(300, abs=2)
    # The pack never got hotter than a degree above what was asked, and stayed off afterwards.
    assert max(state["temperature_c"] for state in phone.states) <= 41.0
    assert not pack.heats()
    assert not any(state["heater"] for state in phone.states if state["session"] is None)
    kinds = [event["kind"] for event in phone.events if event["session_id"] is not None]
    assert kinds[0] == "session_requested"
    without = [kind for kind in kinds if kind != "questions"]
    assert without[-3:] == ["heat_on", "target_reached", "session_ended"]
    assert len(kinds) - len(without) <= 1
    (session,) = pack.sessions()
    assert (session["reason"], session["target_c"]) == ("completed", 40.0)
    assert session["heated_s"] == pytest.approx(300, abs=2)
    assert 39.7 <= session["peak_c"] <= 41.0
    assert session["energy_j"] > 0

    # At rest the next wish is refused, with the time of day at which it would not be.
    refused = phone.asks("start")
    assert (refused["accepted"], refused["code"]) == (False, "rest")
    assert refused["message"].startswith("Rest until ")
    assert pack.ignitions_since(time.monotonic()) == 0


def test_a_json_start_and_a_stop(pack: Pack, broker: Broker, phone: Phone) -> None:
    started = phone.asks({"action": "start", "target_c": 38, "duration_s": 360, "area": "neck", "id": "a1"})
    assert (started["accepted"], started["id"]) == (True, "a1")
    pack.until_heating()
    session = phone.phase("warming")["session"]
    assert (session["target_c"], session["duration_s"], session["area"]) == (38.0, 360.0, "neck")
    assert session["id"] == started["session_id"]

    lengthening = phone.asks({"action": "start", "duration_s": 600, "id": "a2"})
    assert (lengthening["accepted"], lengthening["code"]) == (False, "heating")
    still = phone.state(lambda state: state["session"] is not None, after=len(phone.states))["session"]
    assert still["duration_s"] == 360.0

    watch = Stopwatch()
    mosquitto_pub(broker, COMMAND, "stop")
    assert phone.result(after=2)["accepted"] is True
    assert watch.at_s(pack.until_cold()) < 1.0
    ended = phone.event("session_ended")
    assert ended["code"] == "stopped"
    assert "phone" in ended["message"]
    phone.state(lambda state: state["session"] is None and not state["heater"])
    assert pack.ignitions_since(pack.until_cold()) == 0


def test_a_start_that_is_kept_late_or_out_of_range_does_not_heat(
    pack: Pack, broker: Broker, phone: Phone
) -> None:
    mosquitto_pub(broker, COMMAND, "start", "-r")
    refused = phone.result()
    assert (refused["accepted"], refused["code"]) == (False, "retained")
    assert "retain" in refused["message"]
    late = phone.asks({"action": "start", "id": "old", "issued_at": time.time() - 60})
    assert (late["code"], late["id"]) == ("stale", "old")
    hot = phone.asks({"action": "start", "target_c": 42.5})
    assert hot["code"] == "out_of_range"
    assert "42.5" in hot["message"]
    assert "42" in hot["message"]
    assert phone.asks({"action": "start", "duration_s": 601})["code"] == "out_of_range"
    assert phone.asks('{"action":"start"')["code"] == "malformed"
    assert phone.asks("x" * 5000)["code"] == "oversized"
    # A stop is never refused, not even a kept one.
    assert phone.asks("stop", retain=True)["accepted"] is True
    assert pack.edges() == []
    assert phone.state(lambda state: state["refused"] == 6)["phase"] == "idle"


def test_the_same_id_gets_the_first_answer_and_one_session(pack: Pack, phone: Phone) -> None:
    command = {"action": "start", "target_c": 36, "id": "once"}
    for _ in range(3):
        phone.says(command)
    first, *again = (phone.result(after=n) for n in range(3))
    pack.until_heating()
    phone.asks("stop")
    assert first["accepted"] is True
    assert first["repeat"] is False
    for repeat in again:
        assert {**repeat, "repeat": False} == first
        assert repeat["repeat"] is True
    phone.event("session_ended")
    assert len(pack.sessions()) == 1

    # A controller that was restarted still knows what it has answered.
    pack.end(pack.controller)
    phone.available("offline")
    before = len(phone.availability)
    pack.start_controller()
    phone.available("online", after=before)
    repeat = phone.asks(command)
    assert (repeat["session_id"], repeat["repeat"]) == (first["session_id"], True)
    assert len(pack.sessions()) == 1


TRIGGER = "trigger-point/7/session"


def test_a_release_heats_after_the_stretch_and_the_window(pack: Pack, phone: Phone) -> None:
    released_s = time.monotonic()
    phone.publishes(TRIGGER, {"event": "released", "session_id": "tp-1"})
    waiting = phone.phase("waiting")
    counting = phone.event("post_session", "counting")
    assert waiting["ts"] + waiting["starts_in_s"] == pytest.approx(counting["ts"] + 25, abs=2)
    session = phone.phase("warming")["session"]
    assert session["origin"] == "post_session"
    assert session["started"] - waiting["ts"] >= waiting["starts_in_s"] - 0.5
    assert phone.phases()[-2:] == ["waiting", "warming"]
    pack.until_heating()
    assert (pack.edges()[0].at_s - released_s) * pack.speed >= 24  # of the pack's seconds
    phone.asks("stop")
    phone.event("session_ended")
    phone.phase("resting")

    # The same session again: nothing counts down any more.
    phone.publishes(TRIGGER, {"event": "released", "session_id": "tp-1"})
    assert phone.event("post_session", "ignored")["message"] == "Session tp-1 already had its countdown"
    assert len(pack.sessions()) == 1
    assert pack.sessions()[0]["trigger_id"] == "tp-1"


def test_a_cancelled_release_does_not_heat(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=40, changes={"post_session.stretch_s": 120}) as pack:
        pack.start()
        phone.ready()
        phone.publishes(TRIGGER, {"event": "released", "session_id": "tp-1"}, retain=True)
        assert "retained" in phone.event("post_session", "ignored")["message"]
        for number, goodbye in enumerate(("cancelled", "stop"), 2):
            before = len(phone.states)
            phone.publishes(TRIGGER, {"event": "released", "session_id": f"tp-{number}"})
            phone.phase("waiting", after=before)
            before = len(phone.states)
            if goodbye == "cancelled":
                phone.publishes(TRIGGER, {"event": "cancelled", "session_id": f"tp-{number}"})
            else:
                assert phone.asks("stop")["accepted"] is True
            phone.phase("idle", after=before)
        # Longer than a countdown: nothing has started.
        calm = phone.states[-1]["ts"] + 150
        phone.state(lambda state: state["ts"] > calm)
        assert pack.edges() == []
        assert pack.sessions() == []


def test_who_has_only_the_button_can_say_no(
    tmp_path: Path, broker: Broker, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    finger = tmp_path / "finger"
    monkeypatch.setenv("HEATPACK_BUTTON", str(finger))
    changes = {
        "hardware.pin_factory": "tests.support.button_factory:ButtonFactory",
        "hardware.button_pin": 23,
        "post_session.stretch_s": 600,
    }
    with Pack(tmp_path, broker, speed=4, changes=changes) as pack:
        pack.start()
        phone.ready()
        phone.publishes(TRIGGER, {"event": "released", "session_id": "tp-1"})
        phone.phase("waiting")
        before = len(phone.states)
        tap(pack, finger)
        assert phone.event("post_session", "ended")["message"] == "Cancelled before the heat"
        assert phone.phase("idle", after=before)["starts_in_s"] is None
        assert pack.edges() == []


def test_the_stretch_can_be_over_early_and_the_heat_cancelled(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=40, changes={"post_session.stretch_s": 600}) as pack:
        pack.start()
        phone.ready()
        phone.publishes(TRIGGER, "released")
        waiting = phone.phase("waiting")
        assert waiting["starts_in_s"] > 500
        phone.publishes(TRIGGER, "stretched")
        phone.event("post_session", "window")
        assert phone.phase("warming")["session"]["started"] - waiting["ts"] < 500
        pack.until_heating()
        phone.publishes(TRIGGER, "cancelled")  # and it is never too late for that
        cold_s = pack.until_cold()
        assert phone.event("session_ended")["message"] == "Stopped (trigger)"
        assert pack.ignitions_since(cold_s) == 0
