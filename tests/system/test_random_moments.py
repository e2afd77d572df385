"""Each fault that needs real processes, at a random moment of a session, and what must follow from it.

The heater pin goes low in the documented time and stays low, the session is over and not resumed, the
log has the right code, the rest is owed, the ledger is readable, and nobody printed a traceback.

``--moments N`` draws N moments for each fault. A moment is all of what its story draws, and its number
in the test's name is the seed: ``--moments 20 -k "guard_is_killed and moment-7"`` draws it again.
"""

import contextlib
import itertools
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hardware.ledger import Ledger
from hardware.ledger_file import LedgerFile, serialise
from hardware.link import (
    MAX_FRAME_BYTES,
    Ack,
    Demand,
    Request,
    Reset,
    Start,
    Status,
    Stop,
    decode_report,
    encode,
)
from hardware.link_socket import NAME
from tests.support.broker import Broker
from tests.support.broker_helpers import Phone
from tests.support.disks import small_disk
from tests.support.hanging import hang_file
from tests.support.pack import DEADMAN, PATIENCE_S, Client, Pack, eventually
from tests.support.power_cut import RENAMED, STEPS, WRITE
from tests.support.starved import Stopwatch

#: SAFETY: a demand is zero after its lifetime, and a gap between two cycles of more than a second is an
#: overrun. The guard sees either one cycle later; a link that breaks and a stop it sees at once.
LIFETIME_S, OVERRUN_S, CYCLE_S = 1.0, 1.0, 0.1
AT_ONCE_S = 0.1
#: What scheduling may add to any of it.
SCHEDULING_S = 0.4

TARGET_C = 38.0
REST_S = 1800.0
#: Device seconds: a strong pad is at its target after 60 s, so this is warming up and holding alike.
SESSION_S = 100.0
#: Device seconds a second. Faults of the link, and a guard that stands still, are met at the pad's own
#: pace: there a second of silence is a second of heat.
FAST = 50

PACKS = itertools.count()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    numbers = range(1, metafunc.config.getoption("moments") + 1)
    draws = [Random(f"{metafunc.function.__name__} {number}") for number in numbers]
    metafunc.parametrize("chance", draws, ids=[f"moment-{number}" for number in numbers])


class Target(Pack):
    """A pack whose processes can hang and lose their power."""

    power_cut: str | None = None

    def command(self, *arguments: str) -> list[str]:
        module = "tests.support.hanging" if arguments[0] == "run" else "controller.cli"
        return [sys.executable, "-m", module, *arguments]

    def environment(self) -> dict[str, str]:
        cut = {} if self.power_cut is None else {"HEATPACK_POWER_CUT": self.power_cut}
        return super().environment() | cut

    def hang(self, process: "subprocess.Popen[bytes] | None") -> None:
        assert process is not None
        hang_file(self._edges).touch()
        process.send_signal(signal.SIGUSR1)

    def go_on(self) -> None:
        hang_file(self._edges).unlink()

    def beats(self) -> list[float]:
        """When the dead-man pin changed, in CLOCK_MONOTONIC seconds."""
        return [edge.at_s for edge in self.edges(DEADMAN)]

    def judges(self, cycles: int = 5) -> None:
        """Wait until the guard has judged so many cycles more."""
        before = len(self.edges(DEADMAN))
        eventually(lambda: len(self.edges(DEADMAN)) >= before + cycles, "the guard judges")

    def until_over(self) -> float:
        """Wait until the end of the session is on the disk; return since when the heater pin is low."""
        eventually(lambda: self.saved().sessions[-1].ended_wall_s is not None, "the session is over")
        return self.until_cold()

    def saved(self) -> Ledger:
        """The ledger as it is on the disk."""
        ledger = LedgerFile(str(self.ledger)).load()
        assert ledger is not None
        return ledger


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


# --- a session with a controller, up to its moment ------------------------------------------------------


class Session:
    """A running session of a whole pack, as a phone sees it."""

    def __init__(self, pack: Target, phone: Phone, id: str) -> None:
        self.pack = pack
        self.phone = phone
        self.id = id
        self.heard = len(phone.states)

    def is_over(self, cold_s: float, *codes: str) -> None:
        """Everything that has to be true after a fault, with the guard alive."""
        ended = self.phone.event("session_ended")
        assert ended["code"] in codes, ended
        assert ended["session_id"] == self.id
        self.phone.state(
            lambda state: state["guard"] == "ok" and state["phase"] == "resting" and state["session"] is None,
            after=self.heard,
        )
        assert self.phone.asks("start")["code"] == "rest"
        self.pack.judges()
        assert self.pack.ignitions_since(cold_s) == 0
        owes_rest(self.pack.saved())
        eventually(lambda: self.pack.sessions()[-1]["ended_wall_s"] is not None, "the log has the end")
        (session,) = self.pack.sessions()
        assert (session["id"], session["reason"]) == (self.id, ended["code"])


@contextlib.contextmanager
def session(folder: Path, broker: Broker, chance: Random, speed: float) -> Iterator[Session]:
    """Bring a pack up and let it heat until a random moment."""
    device = f"pack-{next(PACKS)}"
    changes = {
        "device.id": device,
        "hardware.pin_factory": "tests.support.hanging:HangingFactory",
        "heat.target_c": TARGET_C,
    }
    with Phone(broker, device) as phone, Target(folder, broker, speed=speed, changes=changes) as pack:
        pack.start_controller()  # it waits for its guard
        pack.start_guard()
        phone.ready()
        started = phone.asks("start")
        assert started["accepted"] is True, started
        pack.until_heating()
        time.sleep(chance.uniform(0.0, SESSION_S / FAST))
        yield Session(pack, phone, started["session_id"])


def owes_rest(ledger: Ledger) -> None:
    """One session, over, with its rest after it."""
    (record,) = ledger.sessions
    assert record.ended_wall_s is not None
    assert record.heated_s > 0.0
    assert ledger.rest_until_wall_s is not None
    assert ledger.rest_until_wall_s == pytest.approx(record.ended_wall_s + REST_S, abs=1.0)
    assert ledger.latches == ()


def owes_all(ledger: Ledger) -> None:
    """Nobody knows how much of the session was used, so all of it counts."""
    owes_rest(ledger)
    (record,) = ledger.sessions
    assert (record.heated_s, record.dose_cem43) == (300.0, 2.0)


# --- the controller -------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [1, FAST])
def test_the_controller_is_killed(tmp_path: Path, broker: Broker, chance: Random, speed: float) -> None:
    with session(tmp_path, broker, chance, speed) as heating:
        watch = Stopwatch()
        heating.pack.end(heating.pack.controller, signal.SIGKILL)
        cold_s = heating.pack.until_over()
        assert watch.at_s(cold_s) < AT_ONCE_S + SCHEDULING_S
        heating.pack.start_controller()
        heating.is_over(cold_s, "controller_lost")


@pytest.mark.parametrize("how", ["stopped", "hung"])
def test_the_controller_stands_still(tmp_path: Path, broker: Broker, chance: Random, how: str) -> None:
    with session(tmp_path, broker, chance, chance.choice([1, FAST])) as heating:
        watch = Stopwatch()
        with standing_still(heating.pack, heating.pack.controller, how):
            cold_s = heating.pack.until_over()
            assert watch.at_s(cold_s) < LIFETIME_S + CYCLE_S + SCHEDULING_S
            time.sleep(chance.uniform(0.0, 0.5))
        heating.is_over(cold_s, "controller_lost")


@contextlib.contextmanager
def standing_still(pack: Target, process: "subprocess.Popen[bytes] | None", how: str) -> Iterator[None]:
    assert process is not None
    if how == "stopped":
        process.send_signal(signal.SIGSTOP)
    else:
        pack.hang(process)
    yield
    if how == "stopped":
        process.send_signal(signal.SIGCONT)
    else:
        pack.go_on()


# --- the guard ------------------------------------------------------------------------------------------


def test_the_guard_is_killed(tmp_path: Path, broker: Broker, chance: Random) -> None:
    with session(tmp_path, broker, chance, FAST) as heating:
        fault_s = dies(heating.pack)
        heating.phone.state(lambda state: state["guard"] == "lost" and state["heater"] is False)
        comes_back_owing_it_all(heating, fault_s)


def test_the_power_goes(tmp_path: Path, broker: Broker, chance: Random) -> None:
    with session(tmp_path, broker, chance, FAST) as heating:
        pack = heating.pack
        # The guard first: one that outlives its controller by a moment ends the session in an orderly way.
        for process in (pack.guard, pack.controller):
            assert process is not None
            process.send_signal(signal.SIGKILL)
        fault_s = dies(pack)
        pack.end(pack.controller, signal.SIGKILL)
        pack.start_controller()
        comes_back_owing_it_all(heating, fault_s)


def dies(pack: Target) -> float:
    """Kill the guard. What switches the pin then are the dead-man and what systemd runs after it."""
    pack.end(pack.guard, signal.SIGKILL)
    fault_s = time.monotonic()
    assert "driven low: heater_pin 17" in pack.run("off", "--config", str(pack.config)).stdout
    assert pack.beats()[-1] < fault_s
    return fault_s


def comes_back_owing_it_all(heating: Session, fault_s: float) -> None:
    pack = heating.pack
    assert [record.ended_wall_s for record in pack.saved().sessions] == [None]
    pack.start_guard()
    heating.is_over(fault_s, "interrupted")
    owes_all(pack.saved())


@pytest.mark.parametrize("how", ["stopped", "hung"])
def test_the_guard_stands_still(tmp_path: Path, broker: Broker, chance: Random, how: str) -> None:
    with session(tmp_path, broker, chance, 1) as heating:
        pack = heating.pack
        watch = Stopwatch()
        with standing_still(pack, pack.guard, how):
            time.sleep(OVERRUN_S + chance.uniform(0.1, 1.0))
            # Software cannot switch the pin now; the dead-man's edges have ended, and that does.
            assert watch.at_s(pack.beats()[-1]) < CYCLE_S + SCHEDULING_S
            watch = Stopwatch()
        cold_s = max(watch.began_s, pack.until_over())
        assert watch.at_s(cold_s) < AT_ONCE_S + SCHEDULING_S
        heating.is_over(cold_s, "guard_overrun")


# --- the link -------------------------------------------------------------------------------------------


class Thermostat(Client):
    """A controller of two points that heats session ``s1``."""

    def heats(self, until: Callable[[Status], bool]) -> Status:
        """Answer each status as a controller does until something is so; return its status, answered too."""
        while True:
            status = self.status()
            assert status.session is not None, f"the session is over: {self.events[-1:]}"
            self.answers_to(status)
            if until(status):
                return status

    def answers_to(self, status: Status) -> None:
        assert status.temperature_c is not None
        self.sends(Demand("s1", float(status.temperature_c < TARGET_C), status.tick))

    def speaks_last(self, request: Request) -> None:
        """Send a request, and answer on until the guard is gone."""
        self.sends(request)
        with contextlib.suppress(ConnectionError):
            while packet := self._channel.recv(MAX_FRAME_BYTES):
                report = decode_report(packet)
                if isinstance(report, Status) and report.session is not None:
                    self.answers_to(report)

    def heats_for(self, seconds: float) -> Status:
        over_s = time.monotonic() + seconds
        return self.heats(lambda _: time.monotonic() > over_s)


@contextlib.contextmanager
def thermostat(
    folder: Path, chance: Random, speed: float, **changes: Any
) -> Iterator[tuple[Target, Thermostat]]:
    """Bring a guard up and let a controller of the test's own heat until a random moment."""
    with Target(folder, speed=speed, patience_s=5.0, changes=changes) as pack:
        pack.runtime = Path(changes.get("paths.runtime", pack.runtime))
        pack.start_guard()
        with Thermostat(pack) as controller:
            assert controller.starts(target_c=TARGET_C, duration_s=300.0).accepted
            controller.heats(lambda status: status.heater)
            controller.heats_for(chance.uniform(0.0, SESSION_S / FAST))
            yield pack, controller


def is_over(pack: Target, controller: Client, cold_s: float, code: str) -> None:
    """Everything that has to be true after a fault, as the client of the link sees it."""
    controller.sends(controller.hello)  # whoever says hello is told what the log has not got yet
    status = controller.until(lambda status: status.session is None and code in ends(controller))
    assert set(ends(controller)) == {code}
    assert status.ready_at_wall_s is not None
    assert status.ready_at_wall_s - status.wall_s == pytest.approx(REST_S, abs=60.0)
    controller.sends(Start("again", TARGET_C))
    while (answer := controller.answer()).request_id != "again":
        pass
    assert answer.code == "rest"
    controller.sends(Demand("s1", 1.0, controller.status().tick))
    pack.judges()
    assert pack.ignitions_since(cold_s) == 0
    owes_rest(pack.saved())


def ends(controller: Client) -> list[str]:
    return [event.code for event in controller.events if event.kind == "session_ended"]


def silence(pack: Target, controller: Thermostat, says: Callable[[Status], bytes]) -> None:
    """Answer each status with something that is not a demand: as good as no answer."""
    asked = controller.status()
    controller.answers_to(asked)
    watch = Stopwatch()
    rejected = asked.rejected_frames
    sent = 0
    while (status := controller.status()).session is not None:
        assert watch.at_s() < LIFETIME_S + CYCLE_S + SCHEDULING_S
        controller.sends_bytes(says(status))
        sent += 1
    cold_s = pack.until_cold()
    assert watch.at_s(cold_s) < LIFETIME_S + CYCLE_S + SCHEDULING_S
    controller.until(lambda status: status.rejected_frames == rejected + sent)
    is_over(pack, controller, cold_s, "controller_lost")


NONSENSE = (
    b"null",
    b"[]",
    b"\xff\x00",
    b'{"t":"demand"}',
    b'{"t":"start","session_id":"s1","target_c":"40"}',
    b'{"t":"stop","reason":""}',
    b"[" * 5000,
)


def test_the_controller_talks_garbage(tmp_path: Path, chance: Random) -> None:
    def garbage(status: Status) -> bytes:
        wrong_duty = json.dumps(
            {
                "t": "demand",
                "session_id": "s1",
                "duty": chance.choice([2, -1, "1", None, 1e999]),
                "tick": status.tick,
            }
        ).encode()
        return chance.choice([wrong_duty, chance.choice(NONSENSE), chance.randbytes(chance.randint(1, 200))])

    with thermostat(tmp_path, chance, 1) as (pack, controller):
        silence(pack, controller, garbage)


def test_the_controller_breaks_off_in_each_frame(tmp_path: Path, chance: Random) -> None:
    def half(status: Status) -> bytes:
        whole = encode(Demand("s1", 1.0, status.tick))
        return whole[: chance.randrange(1, len(whole))]

    with thermostat(tmp_path, chance, 1) as (pack, controller):
        silence(pack, controller, half)


def test_the_controller_floods_the_guard(tmp_path: Path, chance: Random) -> None:
    with thermostat(tmp_path, chance, 1) as (pack, controller):
        old = controller.status()
        controller.answers_to(old)
        watch = Stopwatch()
        requests: list[Request] = [
            Demand("s1", 1.0, old.tick, 60.0),
            Reset("r"),
            controller.hello,
            Ack(0),
            Start("s2", 42.0),
        ]
        chance.shuffle(requests)
        while time.monotonic() < watch.began_s + LIFETIME_S + 0.5:
            controller.floods(requests[: chance.randint(1, len(requests))])
            controller.drain()
        cold_s = pack.until_over()
        assert watch.at_s(cold_s) < LIFETIME_S + CYCLE_S + SCHEDULING_S
        beats = [at_s for at_s in pack.beats() if at_s > watch.began_s]
        longest_s = max(later - earlier for earlier, later in itertools.pairwise(beats))
        assert longest_s - watch.lost_s() < OVERRUN_S
        rejected = -1
        while rejected != (rejected := controller.status().rejected_frames):
            pass  # the guard is still busy with it
        is_over(pack, controller, cold_s, "controller_lost")


def test_a_second_client_wants_the_link(tmp_path: Path, chance: Random) -> None:
    with thermostat(tmp_path, chance, 20) as (pack, controller):
        wishes: list[Request] = [Stop("mine"), Reset("mine"), Demand("s1", 1.0, 0, 60.0)]
        for _ in range(chance.randint(1, 8)):
            with contextlib.suppress(OSError), Client(pack) as stranger:
                stranger.sends(chance.choice(wishes))
            controller.heats_for(chance.uniform(0.0, 0.05))
        controller.heats(lambda status: status.heater)  # nothing has happened to the session
        stops(pack, controller)


def stops(pack: Target, controller: Thermostat) -> None:
    watch = Stopwatch()
    controller.sends(Stop("person"))
    while (status := controller.status()).session is not None:
        controller.answers_to(status)
    cold_s = pack.until_over()
    assert watch.at_s(cold_s) < AT_ONCE_S + SCHEDULING_S
    is_over(pack, controller, cold_s, "stopped")


CONNECT_AS = """
import os, pwd, socket, sys
user = pwd.getpwnam(sys.argv[1])
os.setgroups([])
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
    try:
        link.connect(sys.argv[2])
    except OSError as error:
        sys.exit(error.strerror)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, so that the socket's own mode is all that is in the way."""
    folder = Path(tempfile.mkdtemp(prefix="heatpack-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_client_of_the_wrong_user_is_kept_out(tmp_path: Path, open_folder: Path, chance: Random) -> None:
    others = [user.pw_name for user in pwd.getpwall() if user.pw_uid != 0 and user.pw_gid != 0]
    stranger = chance.choice(["nobody", *others])
    connect = [sys.executable, "-c", CONNECT_AS, stranger, str(open_folder / NAME)]
    with thermostat(tmp_path, chance, 20, **{"paths.runtime": str(open_folder)}) as (pack, controller):
        with subprocess.Popen(connect, stderr=subprocess.PIPE, text=True) as trying:
            controller.heats(lambda _: trying.poll() is not None)
            assert trying.stderr is not None
            assert (trying.returncode, trying.stderr.read()) == (1, "Permission denied\n")
        # Everything else would have let it in.
        (open_folder / NAME).chmod(0o666)
        with subprocess.Popen(connect) as trying:
            controller.heats(lambda _: trying.poll() is not None)
            assert trying.returncode == 0
        controller.heats(lambda status: status.heater)
        stops(pack, controller)


# --- the disk -------------------------------------------------------------------------------------------


def test_the_disk_is_full(tmp_path: Path, broker: Broker, chance: Random) -> None:
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(tmp_path / "state", kilobytes=1800))
        except PermissionError as error:
            pytest.skip(f"only root may mount a small disk: {error}")
        heating = stack.enter_context(session(tmp_path, broker, chance, FAST))
        pack, phone = heating.pack, heating.phone
        fill(disk)
        pack.judges(chance.randint(1, 200))
        charged = pack.saved()
        watch = Stopwatch()
        assert phone.asks("stop")["accepted"] is True
        phone.state(lambda state: state["phase"] == "resting")
        cold_s = pack.until_cold()
        assert watch.at_s(cold_s) < AT_ONCE_S + SCHEDULING_S
        assert phone.asks("start")["accepted"] is False
        assert pack.saved() == charged  # the end cannot be written, so the whole session still counts
        crashes = chance.random() < 0.5
        if crashes:
            heating.heard = len(phone.states)
            pack.end(pack.guard, signal.SIGKILL)
            phone.state(lambda state: state["guard"] == "lost", after=heating.heard)
            heating.heard = len(phone.states)  # what was said before the guard came back is old
            pack.start_guard()
            pack.judges()
            assert phone.asks("start")["accepted"] is False
        (disk / "ballast").unlink()
        eventually(lambda: pack.saved() != charged, "the ledger is written after all")
        heating.is_over(cold_s, "stopped", *["interrupted"] * crashes)


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(1024))


@contextlib.contextmanager
def cut_in(save: int, folder: Path, chance: Random) -> Iterator[tuple[Target, Thermostat, bool]]:
    """A guard that loses its power in this save, with its client, and whether the save has happened."""
    step = chance.choice([WRITE, chance.randrange(len(STEPS))])
    size = chance.randrange(len(serialise(Ledger().open_session("s1", 0.0, 300.0, 2.0))))
    changes = {"hardware.pin_factory": "tests.support.power_cut:PowerCutFactory"}
    with Target(folder, speed=FAST, patience_s=5.0, changes=changes) as pack:
        pack.power_cut = f"{save}:{step}:{size}"
        pack.start_guard()
        with Thermostat(pack) as controller:
            controller.until(lambda status: status.temperature_c is not None)
            yield pack, controller, step >= RENAMED


@contextlib.contextmanager
def after_the_cut(pack: Target) -> Iterator[Thermostat]:
    """The guard that the power has left comes back and has a client again."""
    assert pack.guard is not None
    assert pack.guard.wait(PATIENCE_S) == -signal.SIGKILL
    assert not pack.heats()  # off first, then to the disk
    pack.power_cut = None
    pack.start_guard()
    with Thermostat(pack) as controller:
        yield controller


def test_the_power_goes_while_a_start_is_saved(tmp_path: Path, chance: Random) -> None:
    with cut_in(1, tmp_path, chance) as (pack, controller, saved):
        controller.speaks_last(Start("s1", TARGET_C, 300.0))
        assert [record.ended_wall_s for record in pack.saved().sessions] == [None] * saved
        with after_the_cut(pack) as controller:
            if saved:
                controller.until(lambda status: status.temperature_c is not None)
                is_over(pack, controller, 0.0, "interrupted")
                owes_all(pack.saved())
            else:
                assert controller.starts("s2", TARGET_C).accepted
        assert pack.edges() == []


def test_the_power_goes_while_an_end_is_saved(tmp_path: Path, chance: Random) -> None:
    with cut_in(2, tmp_path, chance) as (pack, controller, saved):
        assert controller.starts(target_c=TARGET_C, duration_s=300.0).accepted
        controller.heats(lambda status: status.heater)
        controller.heats_for(chance.uniform(0.0, SESSION_S / FAST))
        controller.speaks_last(Stop("person"))
        assert [record.ended_wall_s is None for record in pack.saved().sessions] == [not saved]
        cold_s = pack.until_cold()
        with after_the_cut(pack) as controller:
            controller.until(lambda status: status.temperature_c is not None)
            is_over(pack, controller, cold_s, "stopped" if saved else "interrupted")
            if not saved:
                owes_all(pack.saved())
