"""Where sequences come from: plans with turns of any kind between, and changes to what was kept."""

import json
import random
from dataclasses import replace

from campaign.fuzz.frames import GARBAGE, frame
from campaign.fuzz.sequences import Act, Sequence, Turn
from hardware.fault_names import ON_THE_PAD

#: More cycles than this say nothing new about one guard, and keep others from their turn.
CYCLES_AT_MOST = 1500
TURNS_AT_MOST = 200
#: Hundreds of hours say nothing new either, and the pad takes longer to follow them.
_WAIT_S, _WAITS_AT_MOST = 60.0, 8
_BUILDS = 64

# --- deeds ----------------------------------------------------------------------------------------


def _say(rng: random.Random) -> Act:
    return Act("say", frame(rng))


def _mangle(rng: random.Random) -> Act:
    return Act("mangle", frame(rng), rng.randrange(1 << 30))


def _raw(rng: random.Random) -> Act:
    packet = rng.choice(GARBAGE) if rng.random() < 0.7 else rng.randbytes(rng.randint(1, 200))
    return Act("raw", packet.hex())


def _flood(rng: random.Random) -> Act:
    return Act("flood", frame(rng), rng.choice((70, 70, 70, 200, 200, 200, 200, 1000, 1000, 10_000)))


def _connection(rng: random.Random) -> Act:
    kinds = ("hang_up", "connect", "bounce", "second", "shut", "deaf", "deaf", "cut_short")
    return Act(rng.choice(kinds), number=rng.randrange(2))


def _world(rng: random.Random) -> Act:
    return rng.choice(
        (
            Act("button", number=1.0),
            Act("button", number=0.0),
            Act("button", number=0.0),
            Act("wall", number=rng.choice((-2e8, -5000.0, -1.0, 1.0, 5.0, 3600.0, 90_000.0))),
            Act("wire", "level", rng.choice((0.0, 1.0, 0.5))),
            Act("wire", "held_c", rng.choice((33.0, 42.9, 43.1, 45.0, 47.0))),
            Act("wire", "offset_c", rng.choice((-8.0, -3.0, 3.0))),
            Act("mend"),
            Act("mend"),
            Act("silent_adc", number=rng.choice((1.0, 3.0, 15.0))),
            Act("glitches", number=rng.choice((0.0, 0.02))),
            Act("warmth", number=rng.choice((0.0, 3.0, 8.0, 40.0))),
            Act("worn", number=rng.choice((0.0, 1.0))),
            Act("switch", rng.choice(("heater_broken", "mosfet_shorted", "series_shorted"))),
            Act("fault", rng.choice(sorted(ON_THE_PAD))),
            Act("jam", number=1.0),
            Act("jam", number=0.0),
            Act("restart", number=rng.choice((0.5, 60.0, 1801.0))),
        )
    )


_DEEDS = (_say, _say, _say, _say, _mangle, _mangle, _raw, _connection, _world)


def turn(rng: random.Random) -> Turn:
    """Return any turn."""
    acts = [rng.choice(_DEEDS)(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    if rng.random() < 0.02:
        return Turn((_flood(rng),))
    if rng.random() < 0.6:
        acts.append(_demand(rng))
    dt_s = rng.choice((0.1, 0.1, 0.1, 0.1, 0.5, 0.99, 1.0, 1.01, 0.0, 5.0))
    return Turn(tuple(acts), dt_s, rng.choice((1, 1, 1, 2, 5, 12)))


# --- plans: what a controller does that wants something --------------------------------------------


def _demand(rng: random.Random) -> Act:
    """Answer the last status: with full heat, or with as much as keeps the guard content."""
    return Act("ask", rng.choice(("full", "held", "held")), rng.choice((1.0, 1.0, 1.0, 0.5, 0.1, 0.0)))


def _begin(rng: random.Random) -> list[Turn]:
    target_c, duration_s = rng.choice((36.0, 40.0, 42.0)), rng.choice((300.0, 480.0, 600.0, None))
    start = {"t": "start", "session_id": "@new", "target_c": target_c, "duration_s": duration_s}
    say = Act("say", json.dumps(start))
    return [Turn(times=3), Turn((say,)), Turn((_demand(rng),), times=12)]


def _hold(rng: random.Random) -> list[Turn]:
    return [Turn((_demand(rng),), 0.9, rng.choice((5, 30, 100, 340, 680)))]


def _end(rng: random.Random) -> list[Turn]:
    how = rng.choice((Act("say", '{"t":"stop","reason":"phone"}'), Act("hang_up"), Act("button", number=1.0)))
    return [Turn((how,)), Turn((Act("connect"), Act("button", number=0.0)), times=2)]


def _wait(rng: random.Random) -> list[Turn]:
    # A wall clock that is set forward must not stand for a rest.
    seconds = rng.choice((60.0, 1700.0, 1790.0, 1801.0, 1801.0, 1801.0, 43_000.0, 86_390.0, 86_401.0))
    step = (Act("wall", number=rng.choice((1801.0, 90_000.0))),) if rng.random() < 0.15 else ()
    return [Turn(step, seconds if not step else 0.1), Turn(times=2)]


def _heat_once(rng: random.Random) -> list[Turn]:
    few = [Turn((_demand(rng),), 0.9, rng.choice((2, 5, 20)))]
    return [*_begin(rng), *few, *_end(rng), *_wait(rng)]


def _heat_all_day(rng: random.Random) -> list[Turn]:
    wait = [Turn(dt_s=1801.0), Turn(times=2)]
    heat = [Turn((Act("ask", "held", 1.0),), 0.9, rng.choice((3, 60, 150)))]
    return [turn for _ in range(8) for turn in (*_begin(rng), *heat, *_end(rng), *wait)]


def _lock_out(rng: random.Random) -> list[Turn]:
    held = Act("wire", "held_c", rng.choice((42.9, 45.0, 45.5)))
    hot = [Turn((held, _demand(rng)), 0.9, 150), Turn((Act("mend"),))]
    return [*_begin(rng), *hot, *_wait(rng), *_reset(rng)]


def _latch(rng: random.Random) -> list[Turn]:
    return [Turn((_world(rng), _demand(rng)), times=15), Turn((Act("mend"),), times=3), *_reset(rng)]


def _reset(rng: random.Random) -> list[Turn]:
    if rng.random() < 0.5:
        say = Act("say", '{"t":"reset","request_id":"r"}')
        return [Turn((say, _demand(rng)), times=rng.choice((1, 3, 30)))]
    down, up = Act("button", number=1.0), Act("button", number=0.0)
    return [Turn((down,), times=rng.choice((2, 29, 33))), Turn((up,))]


_PLANS = (
    _begin,
    _begin,
    _hold,
    _end,
    _wait,
    _heat_once,
    _heat_once,
    _heat_all_day,
    _lock_out,
    _latch,
    _reset,
)


def invent(rng: random.Random) -> Sequence:
    """Return a new sequence: plans, with turns of any kind between them."""
    turns: list[Turn] = list(_begin(rng)) if rng.random() < 0.8 else []
    for _ in range(rng.randint(1, 8)):
        if rng.random() < 0.5:
            turns += rng.choice(_PLANS)(rng)
        else:
            turns += [turn(rng) for _ in range(rng.randint(1, 12))]
    return _bounded(Sequence(rng.randrange(_BUILDS), tuple(turns)))


def vary(rng: random.Random, kept: Sequence, other: Sequence) -> Sequence:
    """Return a sequence that was kept, changed in one to four places, perhaps with a piece of another."""
    turns, build = list(kept.turns), kept.build
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(turns) + 1)
        match rng.randrange(9):
            case 0:
                turns[at:at] = [turn(rng) for _ in range(rng.randint(1, 4))]
            case 1:
                del turns[at : at + rng.randint(1, 6)]
            case 2:
                turns[at:at] = rng.choice(_PLANS)(rng)
            case 3 if other.turns:
                start = rng.randrange(len(other.turns))
                turns[at:] = other.turns[start:]
            case 4 if at < len(turns) and all(act.kind != "flood" for act in turns[at].acts):
                turns[at] = replace(turns[at], times=rng.choice((1, 2, 10, 40, 300)))
            case 5 if at < len(turns):
                turns[at] = replace(turns[at], dt_s=rng.choice((0.0, 0.1, 0.9, 1.01, 1801.0)))
            case 6 if at < len(turns):
                turns[at] = replace(turns[at], acts=(*turns[at].acts, rng.choice(_DEEDS)(rng)))
            case 7 if at < len(turns) and turns[at].acts:
                act = rng.choice(turns[at].acts)
                worse = (
                    replace(act, kind="mangle", number=rng.randrange(1 << 30)) if act.kind == "say" else act
                )
                turns[at] = replace(turns[at], acts=(worse, *turns[at].acts))
            case _:
                build = rng.randrange(_BUILDS)
    return _bounded(Sequence(build, tuple(turns)))


def _bounded(sequence: Sequence) -> Sequence:
    turns: list[Turn] = []
    left = CYCLES_AT_MOST
    for one in sequence.turns[:TURNS_AT_MOST]:
        times = min(one.times, left, _WAITS_AT_MOST if one.dt_s >= _WAIT_S else left)
        if times <= 0:
            break
        left -= times
        turns.append(replace(one, times=times))
    return Sequence(sequence.build, tuple(turns))
