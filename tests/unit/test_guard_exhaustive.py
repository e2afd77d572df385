"""Every road through the guard that a few letters can spell; on none of them does it heat wrongly.

A breadth-first search from a guard that was just powered up. In each state every *letter* is tried: one
cycle with one temperature, some requests, a link, a disk and a duration. Two states count as one if they
have the same *outline*: what the judgement of the next cycle depends on, with times as counts of cycles.
The search ends when no letter leads to a new outline.

So that a whole session fits into a few cycles, the limits are small (three cycles of heat, three of
rest), a cycle takes half a second, and the temperatures lie so close together that no step is a jump.
Whoever asserts below keeps books of its own, and never asks the guard why it heats.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from config.limits import INHIBIT_HYSTERESIS_C, Limits
from hardware import guard
from hardware.checks import CHECKS, Facts, Timers, judge
from hardware.clock import Instant
from hardware.cycle import Inputs, Outputs, State, initial
from hardware.ledger import Ledger, wake
from hardware.link import Demand, Request, Reset, Start, Stop
from hardware.verdict import Action, Verdict, worst
from tests.support.bench_guard import OPEN, SHORT, settings

CYCLE_S = 0.5
LIMITS = Limits(
    session_max_s=3 * CYCLE_S,
    rest_s=3 * CYCLE_S,
    inhibit_c=38.8,
    cutoff_c=39.2,
    cutoff_instant_c=39.4,
    day_sessions=100,
    day_dose_cem43=1000.0,
)
SETTINGS = settings(1, LIMITS)
TARGET_C = 38.0
COOL_C, WARM_C, BETWEEN_C, INHIBIT_C, CUTOFF_C, BURNING_C = 37.5, 38.2, 38.5, 38.9, 39.3, 39.45


class Letter(NamedTuple):
    """What happens in one cycle. ``asks``: the requests, in their order. ``plug``: a restart before it."""

    sense: float | int = COOL_C
    asks: tuple[str, ...] = ()
    linked: bool = True
    room: bool = True
    cycle_s: float = CYCLE_S
    plug: bool = False


HEAT = ("demand",)
LETTERS = (
    Letter(),
    *(
        Letter(sense, HEAT)
        for sense in (COOL_C, WARM_C, BETWEEN_C, INHIBIT_C, CUTOFF_C, BURNING_C, OPEN, SHORT)
    ),
    Letter(asks=("start",)),
    Letter(WARM_C, asks=("start", "demand")),
    Letter(asks=("stop",)),
    Letter(asks=("demand", "stop", "demand")),
    Letter(asks=("stop", "start", "demand")),
    Letter(asks=("stale demand",)),
    Letter(asks=("reset", "demand")),
    Letter(WARM_C, asks=("reset",)),
    Letter(asks=("reset", "start", "demand")),
    Letter(INHIBIT_C, asks=("reset", "start")),
    Letter(asks=HEAT, linked=False),
    Letter(asks=HEAT, room=False),
    Letter(asks=("start",), room=False),
    Letter(OPEN, asks=HEAT, room=False),
    Letter(asks=HEAT, cycle_s=3 * CYCLE_S),
    Letter(asks=HEAT, cycle_s=0.0),
    Letter(plug=True),
)


# --- the world around the guard -------------------------------------------------------------------


class Node(NamedTuple):
    """A guard, its disk, and the books of somebody who watches with a stopwatch."""

    state: State
    now_s: float = 1000.0
    disk_error: str | None = None
    disk: Ledger = Ledger()
    starts: int = 0
    #: Of the running session: when the newest status was sent that a demand answered, and its first heat.
    asked_s: float = -1e9
    first_heat_s: float | None = None
    last_heat_s: float = -1e9
    #: At the inhibit or above it, and not yet below it by the hysteresis.
    too_warm: bool = False

    @property
    def latched(self) -> bool:
        return bool(self.state.ledger.latches)


class Edge(NamedTuple):
    """One cycle; ``judged``: the facts of every time that the checks were run in it."""

    before: Node
    letter: Letter
    out: Outputs
    judged: tuple[Facts, ...]
    after: Node

    @property
    def accepts_a_reset(self) -> bool:
        return any(answer.request_id == "reset" and answer.accepted for answer in self.out.answers)


def requests(node: Node, letter: Letter) -> tuple[Request, ...]:
    phase, tick, new = node.state.phase, node.state.tick - 1, f"s{node.starts + 1}"
    running = new if "start" in letter.asks or phase is None else phase.session_id
    known: dict[str, Request] = {
        "start": Start(new, TARGET_C),
        "demand": Demand(running, 1.0, tick),
        "stale demand": Demand(running, 1.0, tick - 3),
        "stop": Stop(),
        "reset": Reset("reset"),
    }
    return tuple(known[name] for name in letter.asks)


def walk(node: Node, letter: Letter, judged: list[Facts]) -> Edge:
    """Live through one cycle."""
    began = node
    if letter.plug:  # the monotonic clock of the books goes on; a guard that starts cannot tell
        ledger = wake(node.disk, wall_s(node.now_s), LIMITS.rest_s)
        node = node._replace(
            state=initial(SETTINGS, ledger), disk_error=None, first_heat_s=None, too_warm=False
        )
    now_s, sense = node.now_s + letter.cycle_s, letter.sense
    code = round(node.state.thermistors[0].code_for(sense)) if isinstance(sense, float) else sense
    asked = requests(node, letter)
    inputs = Inputs(Instant(now_s, wall_s(now_s)), (code,), asked, letter.linked, node.disk_error)
    judged.clear()
    state, out = guard.step(node.state, inputs)
    disk, disk_error = node.disk, node.disk_error
    if out.save:
        disk_error = None if letter.room else "No space left on device"
        if letter.room:
            state = replace(state, ledger=replace(state.ledger, saved_wall_s=wall_s(now_s)))
            disk = state.ledger
    books = book(node, letter, asked, out)
    after = books._replace(state=state, now_s=now_s, disk=disk, disk_error=disk_error)
    return Edge(began, letter, out, tuple(judged) if out.heater else (), after)


def wall_s(mono_s: float) -> float:
    return mono_s + 1_800_000_000.0


def book(node: Node, letter: Letter, asked: tuple[Request, ...], out: Outputs) -> Node:
    """Note what a watcher sees."""
    session, now_s = out.status.session, node.now_s + letter.cycle_s
    before = node.state.phase.session_id if node.state.phase else None
    same = session is not None and session.session_id == before
    asked_s, first_heat_s = (node.asked_s, node.first_heat_s) if same else (-1e9, None)
    for request in asked:
        if session and isinstance(request, Demand) and request.session_id == session.session_id:
            asked_s = max(asked_s, node.now_s - CYCLE_S * (node.state.tick - 1 - request.tick))
    if out.heater and first_heat_s is None:
        first_heat_s = now_s
    return node._replace(
        starts=node.starts + ("start" in letter.asks),
        asked_s=asked_s,
        first_heat_s=first_heat_s,
        last_heat_s=now_s if out.heater else node.last_heat_s,
        too_warm=too_warm(letter.sense, node.too_warm),
    )


def too_warm(sense: float | int, before: bool) -> bool:
    if not isinstance(sense, float):
        return before
    return sense >= LIMITS.inhibit_c - (INHIBIT_HYSTERESIS_C if before else 0.0)


# --- the search -----------------------------------------------------------------------------------


def cycles(seconds: float) -> int:
    """A time as what can still make a difference: whole cycles, four at most."""
    return min(4, max(-1, round(seconds / CYCLE_S)))


def outline(node: Node) -> tuple[object, ...]:
    """Return what the next judgement depends on."""
    s, phase = node.state, node.state.phase
    session: tuple[object, ...] = ()
    if phase is not None:
        spoken = None if phase.demand is None else cycles(node.now_s - phase.demand.given_s)
        session = (
            phase.armed,
            phase.energised_s is not None,
            cycles(phase.elapsed_s(node.now_s)),
            cycles(node.now_s - phase.opened_s),
            spoken,
            phase.reached,
        )
    rest_s = max((s.ledger.rest_until_wall_s or 0.0) - wall_s(node.now_s), s.rest_until_s - node.now_s, 0.0)
    held = (
        -1 if since_s is None else cycles(node.now_s - since_s)
        for check, since_s in zip(CHECKS, s.timers, strict=True)
        if 0.0 < check.for_s <= 4 * CYCLE_S
    )
    on_disk = node.disk
    return (
        session,
        s.heater,
        s.last is None,
        s.inhibited,
        worst(s.verdicts).action,
        len(s.tracks[0].accepted[:2]),
        tuple(latch.code for latch in s.ledger.latches),
        cycles(rest_s),
        tuple(held),
        node.disk_error is not None,
        tuple(latch.code for latch in on_disk.latches),
        any(record.ended_wall_s is None for record in on_disk.sessions),
        cycles(max(0.0, (on_disk.rest_until_wall_s or 0.0) - wall_s(node.now_s))),
    )


def explore(judged: list[Facts]) -> Iterator[Edge]:
    first = Node(initial(SETTINGS, Ledger()))
    known, queue = {outline(first)}, deque([first])
    while queue:
        node = queue.popleft()
        for letter in LETTERS:
            edge = walk(node, letter, judged)
            yield edge
            reached = outline(edge.after)
            if reached not in known:
                known.add(reached)
                queue.append(edge.after)


@pytest.fixture(scope="module")
def edges() -> Iterator[list[Edge]]:
    """All of them, each from a state that was reached by the shortest road."""
    judged: list[Facts] = []

    def judge_and_note(facts: Facts, now_s: float, since: Timers) -> tuple[tuple[Verdict, ...], Timers]:
        judged.append(facts)
        return judge(facts, now_s, since)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hardware.guard.judge", judge_and_note)
        yield list(explore(judged))


# --- what must be true on every edge --------------------------------------------------------------


def test_the_search_is_neither_empty_nor_stuck(edges: list[Edge]) -> None:
    """Every letter in every outline, each kind of end, and heat, many times."""
    outlines = Counter(outline(edge.after) for edge in edges)
    ends = {event.code for edge in edges for event in edge.out.events if event.kind == "session_ended"}
    refusals = {answer.code for edge in edges for answer in edge.out.answers if not answer.accepted}

    assert len(outlines) > 1000
    assert len(edges) > 25_000
    assert len(edges) % len(LETTERS) == 0
    assert sum(edge.out.heater for edge in edges) > 500
    assert sum(edge.accepts_a_reset and edge.before.latched for edge in edges) > 100
    assert ends >= {"session_timeout", "controller_lost", "guard_overrun", "stopped", "interrupted"}
    assert ends >= {"over_temperature", "sensor_open", "sensor_short", "storage_failed"}
    assert refusals >= {"fault", "rest", "heating", "not_ready", "too_warm", "cause_persists", "too_hot"}


def test_heat_comes_from_a_cycle_in_which_every_check_was_judged_and_none_objected(edges: list[Edge]) -> None:
    for edge in heated(edges):
        (facts,) = edge.judged
        at_once = [check for check in CHECKS if check.action >= Action.INHIBIT and check.for_s == 0.0]

        assert [check.code for check in at_once if check.when(facts)] == []
        assert worst(edge.after.state.verdicts).action < Action.INHIBIT
        assert edge.out.deadman


def test_heat_comes_with_a_temperature_that_allows_it(edges: list[Edge]) -> None:
    for edge in heated(edges):
        assert edge.letter.sense in (COOL_C, WARM_C, BETWEEN_C)
        assert not edge.after.too_warm


def test_heat_is_asked_for_by_a_controller_that_is_there(edges: list[Edge]) -> None:
    for edge in heated(edges):
        assert edge.letter.linked
        assert edge.after.now_s - edge.after.asked_s <= LIMITS.demand_lifetime_s


def test_heat_never_outlives_a_late_cycle(edges: list[Edge]) -> None:
    for edge in heated(edges):
        if edge.before.first_heat_s is not None and not edge.letter.plug:
            assert 0.0 < edge.letter.cycle_s <= LIMITS.overrun_s


def test_heat_has_been_charged_on_the_disk_and_its_time_is_not_up(edges: list[Edge]) -> None:
    for edge in heated(edges):
        session, first_heat_s = edge.out.status.session, edge.after.first_heat_s
        assert session is not None
        assert first_heat_s is not None

        # The disk of the state before: what this cycle saves comes after its heat.
        charged = [r.session_id for r in edge.before.disk.sessions if r.ended_wall_s is None]
        assert charged == [session.session_id]
        assert edge.after.now_s - first_heat_s < LIMITS.session_max_s
        assert edge.out.enable


def test_heat_begins_after_a_whole_rest(edges: list[Edge]) -> None:
    for edge in heated(edges):
        if edge.after.first_heat_s == edge.after.now_s:
            assert edge.after.now_s - edge.before.last_heat_s >= LIMITS.rest_s


def test_a_latched_guard_neither_heats_nor_lets_anything_else_heat(edges: list[Edge]) -> None:
    for edge in edges:
        if edge.after.latched:
            assert not edge.out.heater
            assert not edge.out.enable
            assert not edge.out.deadman
            assert edge.out.status.session is None


def test_nothing_unlatches_but_a_reset_that_was_accepted(edges: list[Edge]) -> None:
    for edge in edges:
        before = edge.before.disk.latches if edge.letter.plug else edge.before.state.ledger.latches
        if before and not edge.after.latched:
            assert "reset" in edge.letter.asks
            assert edge.accepts_a_reset
            assert edge.letter.sense == COOL_C


def test_a_latch_is_on_the_disk_as_long_as_the_disk_takes_it(edges: list[Edge]) -> None:
    for edge in edges:
        if edge.after.disk_error is None:
            assert edge.after.disk.latches == edge.after.state.ledger.latches


def test_a_stop_always_ends_in_off(edges: list[Edge]) -> None:
    for edge in edges:
        if "stop" in edge.letter.asks:
            assert not edge.out.heater
            assert "start" in edge.letter.asks or edge.out.status.session is None


def test_a_restart_is_off(edges: list[Edge]) -> None:
    for edge in edges:
        if edge.letter.plug:
            assert not edge.out.heater
            assert edge.out.status.session is None


def heated(edges: list[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge.out.heater]
