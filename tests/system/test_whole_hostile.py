"""A client of the guard's socket that means harm, or is broken: the guard's limits hold alone.

DESIGN: "A controller that is crashed, hung, compromised or wrong can ask for anything and still not
burn anybody."
"""

import itertools
import random
import time
from pathlib import Path

import pytest

from hardware.link import MAX_FRAME_BYTES, Ack, Demand, Request, Reset, Start, Status, Stop
from tests.support.broker import Broker
from tests.support.pack import Client, Pack, eventually
from tests.support.starved import Stopwatch

#: What a strong pad still stores when the heater goes off at the inhibit, °C.
CARRIED_OVER_C = 1.0
FLOOD_S = 2.5


def temperature_c(status: Status) -> float:
    assert status.temperature_c is not None
    return status.temperature_c


def is_served(pack: Pack, *requests: Request) -> bool:
    """Whether the guard listens to one more client and reports to it."""
    try:
        with Client(pack) as client:
            for request in requests:
                client.sends(request)
            return client.status().tick >= 0
    except (AssertionError, ConnectionResetError, BrokenPipeError):
        return False


def test_full_duty_for_ever_is_stopped_above_its_target(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=40, patience_s=20) as pack:
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts(target_c=36.0).accepted
            client.wants_it_all("s1", lambda status: status.fault is not None)
            fault = client.statuses[-1].fault
            assert fault is not None
            assert fault.code == "thermal_runaway"
            assert max(map(temperature_c, client.statuses)) < 36.0 + 2.0 + CARRIED_OVER_C
            cold_s = pack.until_cold()
            client.sends(Start("s2", 42.0))
            assert client.answer().code == "fault"
            tick = client.status().tick
            client.sends(Demand("s1", 1.0, tick, 60.0))
            client.until(lambda status: status.tick > tick + 20)
        assert pack.ignitions_since(cold_s) == 0


def test_full_duty_for_ever_at_the_highest_target_is_rationed_and_ends(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=100, patience_s=20) as pack:
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts(target_c=42.0).accepted  # open-ended: nothing of its own would end it
            client.wants_it_all("s1", lambda status: status.session is None)
            ended = next(event for event in client.events if event.kind == "session_ended")
            assert ended.code in ("dose_exceeded", "session_timeout")
            assert ended.elapsed_s is not None
            assert ended.elapsed_s < 601
            assert max(map(temperature_c, client.statuses)) < 43.0 + CARRIED_OVER_C
            for status in client.statuses:
                assert not (status.heater and temperature_c(status) >= 43.0)
            assert min(s.duty for s in client.statuses if s.heater) < 0.5  # far less than was asked for
            cold_s = pack.until_cold()
            client.sends(Start("s2", 42.0))
            assert client.answer().code == "rest"
            tick = client.status().tick
            client.sends(Demand("s1", 1.0, tick, 60.0))
            client.until(lambda status: status.tick > tick + 20)
        assert pack.ignitions_since(cold_s) == 0


def test_full_duty_for_ever_is_stopped_by_time(tmp_path: Path) -> None:
    weak = {"pad.power_w": 3.0, "limits.session_max_s": 300}
    with Pack(tmp_path, speed=100, patience_s=20, changes=weak) as pack:
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts(target_c=42.0, duration_s=None).accepted
            client.wants_it_all("s1", lambda status: status.session is None)
            ended = next(event for event in client.events if event.kind == "session_ended")
            assert ended.code == "session_timeout"
            assert ended.elapsed_s == pytest.approx(300, abs=1)
            assert max(map(temperature_c, client.statuses)) < 43.0
            # The pad was heated up to the end, but for a pause in which the guard asks whether it is worn.
            lit = next(status for status in reversed(client.statuses) if status.heater)
            assert lit.session is not None
            assert lit.session.elapsed_s > 300 - 30
            cold_s = pack.until_cold()
            client.sends(Start("s2", 40.0))
            assert client.answer().code == "rest"
        assert pack.ignitions_since(cold_s) == 0


def test_a_start_of_a_stranger_is_judged_like_any_other(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=20) as pack:
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts("hot", target_c=60.0).code == "out_of_range"
            assert client.starts("cold", target_c=-5.0).code == "out_of_range"
            assert client.starts("long", duration_s=86400.0).code == "out_of_range"
            assert client.starts("nan", duration_s=1.0).code == "out_of_range"
            # A demand without a session, or for somebody else's, is nothing.
            tick = client.status().tick
            client.sends(Demand("hot", 1.0, tick, 60.0))
            assert client.until(lambda status: status.rejected_frames == 1).session is None
            assert client.starts("mine").accepted
            client.sends(Demand("theirs", 1.0, client.status().tick, 60.0))
            assert client.until(lambda status: status.rejected_frames == 2).duty == 0.0
            # An old status cannot be answered, nor one to come, so no demand outlives its lifetime.
            newest = client.status().tick
            for tick in (newest - 40, newest + 40):
                client.sends(Demand("mine", 1.0, tick, 60.0))
            client.until(lambda status: status.rejected_frames == 4)
            assert pack.edges() == []


def test_garbage_is_counted_and_changes_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    packets = [
        b"{",
        b"[]",
        b"null",
        b"\xff\x00",
        b'{"t":"demand"}',
        b'{"t":"demand","session_id":"s1","duty":NaN,"tick":1}',
        b'{"t":"demand","session_id":"s1","duty":1e999,"tick":1}',
        b'{"t":"start","session_id":"s1","target_c":"40"}',
        b'{"t":"start","session_id":"s1","target_c":40,"extra":1}',
        b"[" * 5000,
        b"1" * 5000,
        b"x" * (MAX_FRAME_BYTES + 100),
        *(chance.randbytes(chance.randint(1, 200)) for _ in range(200)),
    ]
    with Pack(tmp_path, speed=20) as pack:
        pack.start_guard()
        with Client(pack) as client:
            for packet in packets:
                client.sends_bytes(packet)
            counted = client.until(lambda status: status.rejected_frames >= len(packets))
            assert counted.rejected_frames == len(packets)
            assert counted.session is None
            assert client.answers == []
        # Whoever comes next is served.
        with Client(pack) as client:
            assert client.starts().accepted
            client.wants_it_all("s1", lambda status: status.heater)


def test_a_flood_neither_stops_the_guard_nor_keeps_it_from_its_limits(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=1) as pack:
        pack.start_guard()
        with Client(pack) as client:
            assert client.starts().accepted
            lit = client.wants_it_all("s1", lambda status: status.heater)
            watch = Stopwatch()
            frames: list[Request] = [
                Demand("s1", 1.0, lit.tick, 60.0),
                Reset("r"),
                client.hello,
                Ack(0),
                Start("s2", 42.0),
            ]
            while time.monotonic() < watch.began_s + FLOOD_S:
                client.floods(frames)  # the demand answers an old status, so its lifetime ends
                client.drain()
        cold_s = pack.until_cold()
        assert watch.at_s(cold_s) < 1.0 + 0.1 + 0.4
        assert pack.ignitions_since(cold_s) == 0
        # The guard has kept its pace: about ten judged cycles a second, and no gap of a second.
        lost_s = watch.lost_s()
        beats = [edge.at_s for edge in pack.edges(22) if 0.0 < edge.at_s - watch.began_s < FLOOD_S]
        assert len(beats) > 6.0 * (FLOOD_S - lost_s)
        assert max(later - earlier for earlier, later in itertools.pairwise(beats)) < 1.0 + lost_s
        eventually(lambda: is_served(pack), "the guard takes the next client")


def test_a_second_client_is_turned_away(tmp_path: Path) -> None:
    with Pack(tmp_path, speed=20) as pack:
        pack.start_guard()
        with Client(pack) as first:
            assert first.starts().accepted
            first.wants_it_all("s1", lambda status: status.heater)
            assert not is_served(pack, Stop("mine now"))
            assert first.status().session is not None
            first.wants_it_all("s1", lambda status: status.heater)


def test_the_socket_is_for_the_group_alone(tmp_path: Path) -> None:
    with Pack(tmp_path) as pack:
        pack.start_guard()
        assert (pack.runtime / "guard.sock").stat().st_mode & 0o777 == 0o660


def test_two_packs_that_share_a_runtime_folder_do_not_heat_each_other(tmp_path: Path, broker: Broker) -> None:
    """The second one's controller is there first. What it wants must not go to the first one's skin."""
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    shared = {"device.id": "other", "paths.runtime": str(mine / "run")}
    with Pack(mine, broker) as pack, Pack(other, broker, changes=shared) as stranger:

        def starts(one: Pack) -> bool:
            return one.run("start", "--config", str(one.config)).returncode == 0

        pack.start_guard()
        stranger.start_controller()
        eventually(lambda: "turned away" in pack.said("guard"), "the guard names the stranger")
        assert not starts(stranger)
        assert pack.edges() == []

        pack.start_controller()
        eventually(lambda: starts(pack), "the pack's own controller may heat it")
        pack.until_heating()

        assert stranger.said("run").count("turns this controller away") == 1
        assert "give each pack its own paths.runtime" in stranger.said("run")
        assert "turns this controller away" not in pack.said("run")
