"""The broker goes, the disk fills up: the session goes on, and people are told what is wrong."""

import asyncio
import contextlib
import resource
import sqlite3
import time
from pathlib import Path

import pytest

from config.settings import Mqtt
from controller.mqtt.client import Bridge
from controller.mqtt.connection import answered
from controller.mqtt.messages import InfoMessage, StateMessage, TodayState
from hardware.link import Start, Stop
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone, write_secret
from tests.support.pack import PATIENCE_S, Client, Pack, eventually


def test_a_session_outlives_its_broker_and_the_phone_is_told(tmp_path: Path) -> None:
    # So long that it still runs when broker, pack and phone have found each other again.
    changes = {"heat.duration_s": 600}
    with (
        Broker(tmp_path) as broker,
        Phone(broker) as phone,
        Pack(tmp_path, broker, speed=25, changes=changes) as pack,
    ):
        pack.start()
        phone.ready()
        session_id = phone.asks("start")["session_id"]
        phone.phase("warming")
        heard = len(phone.states)
        before = phone.states[-1]["session"]["elapsed_s"]
        with phone.away():
            broker.kill()
            gone_s = time.monotonic()
            # The pad is held at its target meanwhile: the pin goes on switching.
            eventually(lambda: pack.ignitions_since(gone_s + 2.0) > 10, "the pin goes on switching")
            assert pack.controller is not None
            assert pack.controller.poll() is None
            broker.start()
        phone.state(
            lambda state: (
                state["session"] is not None
                and state["session"]["id"] == session_id
                and state["session"]["elapsed_s"] > before + 60
            ),
            after=heard,
        )
        assert phone.event("session_ended")["code"] == "completed"
        numbers = [event["seq"] for event in phone.events]
        assert numbers == sorted(set(numbers))
        (session,) = pack.sessions()
        assert (session["reason"], session["id"]) == ("completed", session_id)
        assert session["time_to_target_s"] is not None
        assert len(pack.entries("target_reached")) == 1


def test_without_a_broker_the_pack_runs_and_says_why(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with Pack(tmp_path, broker) as pack:
        pack.start()
        eventually(lambda: "connection refused; retrying" in pack.said("run"), "the sentence")
        unanswered = pack.run("start", "--config", str(pack.config))
        assert unanswered.returncode == 3
        assert "connection refused" in unanswered.stdout
        eventually(lambda: len(pack.edges(22)) > 10, "the guard judges on")
        assert pack.controller is not None
        assert pack.controller.poll() is None
        with broker, Phone(broker) as phone:
            phone.ready()
            assert phone.asks("start")["accepted"] is True


def test_a_wrong_password_is_a_sentence_and_heals_when_it_is_corrected(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    write_secret(secret, "wrong\n")
    login = ("pack", "right")
    changes = {"mqtt.username": login[0], "mqtt.password_file": str(secret)}
    with Broker(tmp_path, login=login) as broker, Pack(tmp_path, broker, changes=changes) as pack:
        pack.start()
        eventually(lambda: "wrong user name or password; retrying" in pack.said("run"), "the sentence")
        assert pack.controller is not None
        assert pack.controller.poll() is None
        assert pack.edges() == []
        write_secret(secret, "right\n")
        with Phone(broker, login=login) as phone:
            phone.ready()
            assert phone.asks("start")["accepted"] is True
            pack.until_heating()


# --- a full disk ----------------------------------------------------------------------------------


def let_files_grow(pid: int, size: int) -> None:
    """Let each write of a running process that makes a file longer than ``size`` bytes fail."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_without_room_for_the_log_nothing_heats(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Phone(broker) as phone, Pack(tmp_path, broker) as pack:
        pack.start()
        phone.ready()
        assert phone.asks("reset")["accepted"] is True
        phone.event("command")
        eventually(lambda: len(pack.entries("command")) == 1, "the first command is in the log")
        (first,) = pack.entries("command")
        assert pack.controller is not None
        let_files_grow(pack.controller.pid, pack.log_db.stat().st_size // 2)

        refused = phone.asks("start")
        assert (refused["accepted"], refused["code"]) == (False, "storage_failed")
        assert "log" in refused["message"]
        assert pack.edges() == []
        assert pack.sessions() == []
        assert pack.entries("command")[0] == first

        let_files_grow(pack.controller.pid, resource.RLIM_INFINITY)
        eventually(lambda: phone.asks("start")["accepted"] is True, "the log can be written again")
        pack.until_heating()
        assert pack.entries("command")[0] == first


def test_a_session_that_cannot_be_charged_is_refused(tmp_path: Path) -> None:
    # No oscilloscope here: its file could not grow either.
    with Pack(tmp_path, speed=20, changes={"hardware.pin_factory": "simulated"}) as pack:
        pack.start_guard()
        assert pack.guard is not None
        with Client(pack) as client:
            client.sends(Start("aborted", 40.0))
            client.sends(Stop("changed my mind"))
            client.until(lambda status: status.temperature_c is not None and status.session is None)
            before = pack.ledger.read_bytes()
            let_files_grow(pack.guard.pid, 400)
            refused = client.starts("s1")
            assert (refused.accepted, refused.code) == (False, "storage_failed")
            assert "ledger.json" in refused.message
            tick = client.status().tick
            client.wants_it_all("s1", lambda status: status.tick > tick + 10)
            assert not any(status.heater for status in client.statuses)
            assert "the ledger cannot be written" in pack.said("guard")
            assert pack.ledger.read_bytes() == before

            let_files_grow(pack.guard.pid, resource.RLIM_INFINITY)
            assert client.starts("s2").accepted
            client.wants_it_all("s2", lambda status: status.heater)
            assert b'"s2"' in pack.ledger.read_bytes()


# --- leaving in the middle of a publication ---------------------------------------------------------


STATE = StateMessage(
    ts=1.0,
    phase="idle",
    session=None,
    temperature_c=30.0,
    sensors=(),
    duty=0.0,
    heater=False,
    dose_cem43=0.0,
    today=TodayState(sessions=0, heated_s=0.0, dose_cem43=0.0),
    ready_at=None,
    starts_in_s=None,
    fault=None,
    guard="ok",
)


async def test_a_bridge_that_is_publishing_ends_whenever_it_is_told(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        for publications in range(5, 45):
            bridge = Bridge(
                Mqtt(host="127.0.0.1", port=broker.port),
                "demo",
                trigger_topic=None,
                on_command=lambda _: None,
                on_trigger=lambda _: None,
                info=InfoMessage(id="demo", name="Demo", versions={}, limits={}, defaults={}),
            )
            task = asyncio.create_task(bridge.run())
            async with asyncio.timeout(PATIENCE_S):
                while not bridge.connected:
                    await asyncio.sleep(0.001)
            for _ in range(publications):
                bridge.state(STATE)
                await asyncio.sleep(0.0005)
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE_S)
            assert task.done(), "the bridge goes on although it was cancelled"
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_a_cancellation_that_meets_the_answer_is_not_forgotten() -> None:
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(answered(asyncio.wait_for(answer, 5)))
    await asyncio.sleep(0)
    answer.set_result("done")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):  # until Python 3.12 wait_for alone returns "done"
        await task


async def test_an_answer_within_its_time_is_the_answer() -> None:
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    answer.set_result("done")
    assert await answered(asyncio.wait_for(answer, 5)) == "done"


def test_a_controller_that_cannot_read_what_was_answered_before_heats_nothing_until_it_can(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path) as broker, Phone(broker) as phone, Pack(tmp_path, broker) as pack:
        pack.start()
        phone.ready()
        pack.end(pack.controller)
        heard = len(phone.states)
        with contextlib.closing(sqlite3.connect(pack.log_db, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            pack.start_controller()
            phone.state(lambda state: state["guard"] == "ok", after=heard)
            assert phone.asks("start")["code"] == "storage_failed"
            assert phone.asks("stop")["accepted"] is True
            assert pack.edges() == []

        def starts() -> bool:
            time.sleep(0.6)  # two messages a second are looked into
            return phone.asks("start")["accepted"] is True

        eventually(starts, "the log could be read")
        pack.until_heating()
