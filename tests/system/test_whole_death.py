"""Processes die, hang and come back while the pack heats. Times are those of the pin's own edges."""

import os
import signal
import time
from pathlib import Path

import pytest

from hardware.link import Answer, Reset
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.pack import ENABLE, HEATER, Client, Pack, eventually
from tests.support.starved import Stopwatch

#: SAFETY: a duty demand older than this is zero; a longer gap between two guard cycles is an overrun; and a
#: guard cycle until either is seen.
LIFETIME_S, OVERRUN_S, CYCLE_S = 1.0, 1.0, 0.1
#: What scheduling may add to any of it.
SCHEDULING_S = 0.4


def heating(pack: Pack, phone: Phone) -> str:
    """Bring a pack up and let it warm at full duty; return the session's id."""
    pack.start()
    phone.ready()
    started = phone.asks("start")
    assert started["accepted"] is True, started
    pack.until_heating()
    phone.phase("warming")
    return str(started["session_id"])


def test_a_killed_controller_takes_the_heat_with_it(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        session_id = heating(pack, phone)
        watch = Stopwatch()
        pack.end(pack.controller, signal.SIGKILL)
        cold_s = pack.until_cold()
        assert watch.began_s < cold_s
        assert watch.at_s(cold_s) < 0.5 < LIFETIME_S
        lost_s = watch.lost_s()
        phone.available("offline")  # the will speaks for the dead

        before = len(phone.states)
        pack.start_controller()
        ended = phone.event("session_ended")
        assert (ended["code"], ended["session_id"]) == ("controller_lost", session_id)
        resting = phone.phase("resting", after=before)
        assert resting["session"] is None
        assert phone.asks("start")["code"] == "rest"
        (session,) = pack.sessions()
        assert (session["id"], session["reason"]) == (session_id, "controller_lost")
        assert session["heated_s"] == pytest.approx(cold_s - pack.edges()[0].at_s, abs=0.3 + lost_s)
        assert session["energy_j"] > 0
        assert session["peak_c"] is not None
        # Not resumed: the pin has not been high since.
        assert pack.ignitions_since(watch.began_s) == 0


def test_a_hung_controller_has_one_lifetime(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        heating(pack, phone)
        watch = Stopwatch()
        assert pack.controller is not None
        pack.controller.send_signal(signal.SIGSTOP)
        cold_s = pack.until_cold()
        assert watch.at_s(cold_s) < LIFETIME_S + CYCLE_S + SCHEDULING_S
        before = len(phone.states)
        pack.controller.send_signal(signal.SIGCONT)
        assert phone.event("session_ended")["code"] == "controller_lost"
        phone.state(lambda state: state["session"] is None, after=before)
        assert pack.ignitions_since(cold_s) == 0


def test_a_killed_guard_owes_the_whole_session(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        session_id = heating(pack, phone)
        # The pin is ahead of what the controller knows.
        phone.state(lambda state: state["session"] is not None and state["session"]["elapsed_s"] > 0.0)
        pack.end(pack.guard, signal.SIGKILL)
        lost = phone.state(lambda state: state["guard"] == "lost")
        assert (lost["session"], lost["heater"], lost["temperature_c"]) == (None, False, None)
        refused = phone.asks("start")
        assert refused["code"] == "guard_lost"
        assert phone.asks("stop")["accepted"] is True

        back_s, before = time.monotonic(), len(phone.states)
        pack.start_guard()
        ended = phone.event("session_ended")
        assert (ended["code"], ended["session_id"]) == ("interrupted", session_id)
        resting = phone.state(lambda state: state["guard"] == "ok", after=before)
        assert resting["phase"] == "resting"
        # Nobody knows what was used, so all of it is charged.
        assert resting["today"] == {"sessions": 1, "heated_s": 300.0, "dose_cem43": 2.0}
        assert resting["ready_at"] == pytest.approx(ended["ts"] + 1800, abs=1)
        assert phone.asks("start")["code"] == "rest"
        assert pack.ignitions_since(back_s) == 0
        (session,) = pack.sessions()
        assert (session["id"], session["reason"]) == (session_id, "interrupted")
        assert session["heated_s"] > 0


def test_a_hung_guard_is_noticed_and_goes_on_cold(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        heating(pack, phone)
        assert pack.guard is not None
        before, stopped_s = len(phone.states), time.monotonic()
        pack.guard.send_signal(signal.SIGSTOP)
        phone.state(lambda state: state["guard"] == "lost", after=before)
        # A controller that a busy machine has kept waiting misses it sooner than it has hung for too long.
        time.sleep(max(0.0, stopped_s + OVERRUN_S + CYCLE_S - time.monotonic()))
        before = len(phone.states)
        watch = Stopwatch()
        pack.guard.send_signal(signal.SIGCONT)
        assert phone.event("session_ended")["code"] in ("guard_overrun", "stopped")
        assert watch.at_s(pack.until_cold()) < 0.5
        phone.state(lambda state: state["guard"] == "ok", after=before)
        assert pack.ignitions_since(watch.began_s) == 0


def test_a_guard_that_is_killed_while_a_start_waits_leaves_an_answer(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    with Pack(tmp_path, broker, speed=1) as pack:
        pack.start()
        phone.ready()
        assert pack.guard is not None
        pack.guard.send_signal(signal.SIGSTOP)
        phone.says({"action": "start", "id": "a1"})
        phone.says({"action": "start", "id": "a1"})
        # The broker hands on in order: an answer to this one proves that the controller has the starts.
        phone.says("nonsense")
        eventually(lambda: "malformed" in [answer["code"] for answer in phone.results], "it has the starts")
        pack.end(pack.guard, signal.SIGKILL)
        eventually(lambda: len(phone.results) == 3, "all are answered")
        answers = [answer for answer in phone.results if answer["code"] != "malformed"]
        assert [(a["id"], a["accepted"], a["code"]) for a in answers] == [("a1", False, "guard_lost")] * 2
        before = len(phone.states)
        pack.start_guard()
        phone.state(lambda state: state["guard"] == "ok" and state["temperature_c"] is not None, after=before)
        assert phone.asks("start")["accepted"] is True


def test_a_stopped_pack_says_goodbye_and_keeps_its_rest(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        heating(pack, phone)
        assert pack.end(pack.controller) == 0
        cold_s = pack.until_cold()
        phone.available("offline")
        assert pack.end(pack.guard) == 0
        assert "Stopped (the controller is shutting down)" in pack.sessions()[0]["message"]
        (ended,) = pack.entries("session_ended")

        # Both come back as fast as before: the wall clock goes on, and the rest is still owed.
        before = len(phone.states)
        pack.start()
        resting = phone.phase("resting", after=before)
        assert resting["ts"] >= ended["wall_s"]
        assert resting["ready_at"] == pytest.approx(ended["wall_s"] + 1800, abs=1)
        assert resting["today"]["sessions"] == 1
        assert resting["today"]["heated_s"] == pytest.approx(pack.sessions()[0]["heated_s"], abs=0.1)
        assert phone.asks("start")["code"] == "rest"
        heard = len(phone.availability)
        pack.end(pack.controller)
        phone.available("offline", after=heard)
        pack.end(pack.guard)

        # At the machine's own pace the clock is behind the ledger, so the rest begins anew.
        pack.speed = 1
        before, started_s = len(phone.states), time.time()
        pack.start()
        resting = phone.phase("resting", after=before)
        assert resting["ts"] < ended["wall_s"]
        assert started_s <= resting["ready_at"] - 1800 <= resting["ts"]
        phone.event("warning", "clock_jumped_back")
        assert phone.asks("start")["code"] == "rest"
        assert pack.ignitions_since(cold_s) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_guard_in_the_middle_of_heat_leaves_with_the_pin_low(
    tmp_path: Path, broker: Broker, phone: Phone, how: signal.Signals
) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        session_id = heating(pack, phone)
        watch = Stopwatch()
        assert pack.end(pack.guard, how) == 0
        assert watch.at_s(pack.until_cold()) < 1.0
        assert "stopped, heater off" in pack.said("guard")
        pack.start_guard()
        ended = phone.event("session_ended")
        assert (ended["code"], ended["session_id"]) == ("stopped", session_id)


# --- a trip, and what survives it -----------------------------------------------------------------


def test_a_trip_survives_restarts_until_a_person_resets_a_cool_pad(
    tmp_path: Path, broker: Broker, phone: Phone
) -> None:
    ladder = {"heat.target_c": 38, "limits.target_max_c": 38.5, "limits.inhibit_c": 39.6}
    with Pack(tmp_path, broker, speed=20, changes={**ladder, "limits.cutoff_c": 39.7}) as pack:
        pack.start_guard()
        with Client(pack) as client:
            # Full power up to the inhibit: what is stored in the pad still carries it over the cutoff.
            assert client.starts(target_c=38.5).accepted
            fault = client.wants_it_all("s1", lambda status: status.fault is not None).fault
            assert fault is not None
            assert (fault.code, fault.clearable) == ("over_temperature", False)
            tripped_s = pack.until_cold()
            while (answer := asks_to_reset(client)).code == "cause_persists":
                pass
            assert (answer.accepted, answer.code) == (False, "too_hot")
            assert "38 °C" in answer.message

        pack.end(pack.guard)
        pack.start()
        latched = phone.phase("fault")
        assert (latched["fault"]["code"], latched["fault"]["since"]) == (fault.code, fault.since_wall_s)
        assert latched["today"]["sessions"] == 1
        assert phone.asks("start")["code"] == "fault"

        # After the restart the modelled pad is a new one, and cool.
        phone.state(lambda state: state["fault"] and state["fault"]["clearable"])
        assert phone.asks("reset")["accepted"] is True
        phone.event("fault_cleared")
        phone.phase("resting")
        assert phone.asks("start")["code"] == "rest"
        assert pack.ignitions_since(tripped_s) == 0


def asks_to_reset(client: Client) -> Answer:
    client.sends(Reset("r1"))
    return client.answer()


def test_a_reset_while_the_cause_is_there_is_refused(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        pack.start(inject="sensor_open@5")
        phone.ready()
        phone.asks("start")
        phone.phase("fault")
        refused = phone.asks("reset")
        assert (refused["code"], refused["accepted"]) == ("cause_persists", False)
        assert refused["message"].startswith("The cause is still there: ")


def test_a_corrupt_ledger_is_a_latch(tmp_path: Path, broker: Broker, phone: Phone) -> None:
    with Pack(tmp_path, broker, speed=20) as pack:
        pack.start()
        phone.ready()
        phone.asks("start")
        pack.until_heating()
        phone.asks("stop")
        phone.event("session_ended")
        pack.end(pack.guard)
        ledger = bytearray(pack.ledger.read_bytes())
        ledger[len(ledger) // 2] ^= 1
        pack.ledger.write_bytes(ledger)

        before = len(phone.states)
        pack.start_guard()
        fault = phone.phase("fault", after=before)["fault"]
        assert fault["code"] == "ledger_corrupt"
        assert phone.asks("start")["code"] == "fault"
        assert phone.event("fault")["code"] == "ledger_corrupt"
        (aside,) = pack.ledger.parent.glob("ledger.json.corrupt-*")
        assert aside.read_bytes() == ledger
        phone.state(lambda state: state["fault"] and state["fault"]["clearable"], after=before)
        assert phone.asks("reset")["accepted"] is True
        assert phone.asks("start")["code"] == "rest"


def test_the_heater_is_off_until_a_whole_cycle_was_judged(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=20) as pack:
        started_s = time.monotonic()
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts().accepted
            client.wants_it_all("s1", lambda status: status.heater)
        first = pack.edges()[0]
        # Each judged cycle toggles the dead-man: several were judged before the pin went high.
        judged = [edge for edge in pack.edges(22) if started_s < edge.at_s < first.at_s]
        assert len(judged) >= 2
        # And the series switch closes before the heater, never after it.
        assert first.pin == HEATER
        # The self-test before it has closed each alone, the series switch first.
        assert [edge.high for edge in pack.edges(ENABLE)[:3]] == [True, False, True]
        assert [edge.high for edge in pack.edges(HEATER)[:3]] == [True, False, True]
        assert pack.edges(ENABLE)[1].at_s < pack.edges(HEATER)[0].at_s


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux only")
def test_the_guard_process_is_small(tmp_path: Path) -> None:
    with Pack(tmp_path) as pack:
        pack.start_guard()
        assert pack.guard is not None
        maps = Path(f"/proc/{pack.guard.pid}/maps").read_text()
        assert "gpiozero" not in maps  # nothing but shared objects is mapped
        assert "pydantic" not in maps
        eventually(lambda: bool(pack.edges(22)), "the guard judges")
