"""Anything may happen to a guard, in any order; whenever its heater is on, this is true.

The machine below keeps its own books. It knows what was sent, what the sensors were given, what is
on the disk and what time it really is, and never asks the guard why it heats.
"""

from dataclasses import dataclass

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hardware.ledger_file import parse
from hardware.link import PROTOCOL, Ack, Demand, Hello, Request, Reset, Start, Stop
from tests.support.bench_guard import OPEN, SHORT, Bench, Sense

DAY_S = 86400.0
ids = st.sampled_from(["s1", "s2", "s3"])
glitches: st.SearchStrategy[Sense] = st.sampled_from([OPEN, SHORT, None, 20.0, 41.0, 43.2, 60.0])


@dataclass
class Heated:
    """One session as somebody with a stopwatch saw it: real seconds of the first and last heat."""

    first_s: float
    last_s: float


class GuardMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.bench.alive = False  # every frame of the machine is sent by a rule
        self.real_s = 0.0
        self.sent_at: dict[int, float] = {}  # real second of each status
        self.demands: dict[str, Demand] = {}  # per session, the last one that answers a real status
        self.heated: dict[str, Heated] = {}
        self.was_on = False
        self.stopped = False

    # --- what may happen ------------------------------------------------------------------------------

    def cycle(self, *requests: Request, dt: float = 0.1) -> None:
        self.real_s += dt
        for request in requests:
            if isinstance(request, Demand) and request.tick in self.sent_at:
                self.demands[request.session_id] = request
        self.stopped = any(isinstance(request, Stop) for request in requests)
        self.bench.cycle(*requests, dt=dt)
        self.sent_at[self.bench.status.tick] = self.real_s
        self.look()

    def ask(self, duty: float = 1.0) -> Demand:
        session = self.bench.status.session
        return Demand(session.session_id if session else "s1", duty, self.bench.status.tick)

    @initialize(heat=st.booleans())
    def begin(self, heat: bool) -> None:
        if heat:
            self.cycle(Start("s1", 40.0, 600.0))
            self.cycle(self.ask())

    @rule(session_id=ids, target_c=st.floats(30.0, 45.0), duration_s=st.none() | st.floats(250.0, 650.0))
    def start(self, session_id: str, target_c: float, duration_s: float | None) -> None:
        self.cycle(Start(session_id, target_c, duration_s))

    @rule(session_id=ids, duty=st.floats(0.0, 1.0), back=st.integers(-2, 30), lifetime_s=st.floats(0.0, 60.0))
    def any_demand(self, session_id: str, duty: float, back: int, lifetime_s: float) -> None:
        self.cycle(Demand(session_id, duty, self.bench.status.tick - back, lifetime_s))

    @rule(cycles=st.integers(1, 15), duty=st.sampled_from([1.0, 0.5, 0.0]))
    def heat(self, cycles: int, duty: float) -> None:
        for _ in range(cycles):
            self.cycle(self.ask(duty))

    @rule(seconds=st.sampled_from([60.0, 300.0]))
    def heat_for_long(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.9)):
            self.cycle(self.ask(), dt=0.9)

    @rule()
    def stop(self) -> None:
        self.cycle(self.ask(), Stop("phone"), self.ask())

    @rule(request=st.sampled_from([Reset("r"), Hello(PROTOCOL), Ack(10**6), Ack(-1)]))
    def other(self, request: Request) -> None:
        self.cycle(request, self.ask())

    @rule(cycles=st.integers(1, 14))
    def silence(self, cycles: int) -> None:
        for _ in range(cycles):
            self.cycle()

    @rule(dt=st.sampled_from([0.0, 0.99, 1.01, 5.0]))
    def hang(self, dt: float) -> None:
        self.cycle(*[self.ask()] * 5, dt=dt)

    @rule(goal_c=st.sampled_from([20.0, 33.0, 37.0, 40.0, 42.4, 42.9, 43.1, 44.5, 46.5]))
    def warm(self, goal_c: float) -> None:
        now_c = self.bench.senses[0]
        now_c = now_c if isinstance(now_c, float) else 33.0
        while now_c != goal_c:
            now_c += max(-1.5, min(1.5, goal_c - now_c))
            self.bench.senses = (now_c,)
            self.cycle(self.ask(), dt=0.9)

    @rule(sense=glitches, cycles=st.integers(1, 12))
    def glitch(self, sense: Sense, cycles: int) -> None:
        before, self.bench.senses = self.bench.senses, (sense,)
        for _ in range(cycles):
            self.cycle(self.ask())
        self.bench.senses = before

    @rule()
    def lose_and_find_the_link(self) -> None:
        self.bench.linked = False
        self.cycle(self.ask())
        self.bench.linked = True

    @rule(full=st.booleans())
    def fill_the_disk(self, full: bool) -> None:
        self.bench.full = full

    @rule(cycles=st.sampled_from([1, 3, 40]))
    def press(self, cycles: int) -> None:
        self.bench.button = True
        for _ in range(cycles):
            self.cycle(self.ask())
        self.bench.button = False

    @rule(seconds=st.sampled_from([-2e8, -5000.0, -1.0]))
    def the_wall_clock_goes_back(self, seconds: float) -> None:
        self.bench.clock.step_wall(seconds)

    @rule(seconds=st.sampled_from([5.0, 1700.0, 1801.0, 90_000.0]))
    @precondition(lambda self: self.bench.state.phase is None)
    def time_passes(self, seconds: float) -> None:
        self.cycle(dt=seconds)

    @rule(off_s=st.sampled_from([0.5, 1700.0, 1801.0]))
    @precondition(lambda self: not self.bench.full)
    def pull_the_plug(self, off_s: float) -> None:
        self.bench = self.bench.reboot(off_s)
        self.bench.alive = False
        self.real_s += off_s + 0.3
        self.sent_at.clear()
        self.demands.clear()
        self.was_on = False
        self.look()

    # --- what must be true ----------------------------------------------------------------------------

    def look(self) -> None:
        out, status = self.bench.out, self.bench.status
        assert out.heater == status.heater
        assert out.enable or not out.heater
        if out.heater:
            self.may_heat()
        self.was_on = out.heater

    def may_heat(self) -> None:
        bench, session = self.bench, self.bench.status.session
        assert session is not None
        assert bench.linked
        assert not self.stopped
        assert bench.fault is None
        assert all(isinstance(sense, float) and sense < 43.02 for sense in bench.senses)

        # Somebody asks for it now.
        demand = self.demands[session.session_id]
        assert demand.duty > 0.0
        age_s = self.real_s - self.sent_at[demand.tick]
        assert 0.0 <= age_s <= min(1.0, demand.lifetime_s) + 1e-6

        # The disk knows of it, and of no latch.
        assert bench.on_disk is not None
        stored = parse(bench.on_disk)
        assert [r.session_id for r in stored.sessions if r.ended_wall_s is None] == [session.session_id]
        assert not stored.latches

        # One heat phase per id, ten minutes at most, rested before, six a day.
        heated = self.heated.get(session.session_id)
        if heated is None or (not self.was_on and self.real_s - heated.first_s > DAY_S):
            others = [h for h in self.heated.values() if h is not heated]
            assert all(self.real_s - other.last_s >= 1800.0 - 1.0 for other in others)
            heated = Heated(self.real_s, self.real_s)
            self.heated[session.session_id] = heated
        heated.last_s = self.real_s
        assert self.real_s - heated.first_s < 600.0 + 1e-6

    @invariant()
    def the_dead_man_is_fed_unless_latched(self) -> None:
        assert self.bench.out.deadman is (self.bench.fault is None)

    @invariant()
    def a_ledger_on_disk_can_always_be_read(self) -> None:
        if self.bench.on_disk is not None:
            parse(self.bench.on_disk)


TestGuardMachine = GuardMachine.TestCase
TestGuardMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
