"""Each daemon struck down in each way, at random moments with the heater line high."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab import trace
from lab.machine import Machine, MachineError

GUARD, CONTROLLER = "heatpack-guard", "heatpack"
BLOWS = ("kill", "stop", "hang", "oom")
#: Saved states: on the way to the target at full power, and holding it with the line switched on and off.
STATES = ("warming", "holding")
#: How long to watch, in the machine's seconds: until the unit is back and has had time to heat again.
#: Watchdog, if it takes one (3 and 10 s), RestartSec (2 and 5 s), start, and a rest.
_WATCH_S = {
    (GUARD, "kill"): 7.0,
    (GUARD, "oom"): 7.0,
    (GUARD, "stop"): 10.0,
    (GUARD, "hang"): 10.0,
    (CONTROLLER, "kill"): 9.0,
    (CONTROLLER, "oom"): 9.0,
    (CONTROLLER, "stop"): 19.0,
    (CONTROLLER, "hang"): 19.0,
}
_SPREAD_S = 4.0  # the blow falls in the first seconds of a saved state, any of them


@dataclass(frozen=True, slots=True)
class Strike:
    """One blow to be struck."""

    unit: str
    blow: str
    persist: bool
    state: str
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. Times are the machine's, in seconds after the blow unless they say more.

    Attributes:
        unit: which daemon.
        blow: how.
        persist: whether lines kept their level when their owner was gone.
        state: where the session was.
        low_s: until the heater line was low for good; None if it never was.
        low_after_death_s: the same, after the end of the process; None if the line was low before.
        toggle_s: the dead-man's last edge by the struck guard; negative if before the blow. None for the
            controller: its guard lives.
        heats: how often heat began again.
        result: how systemd says that the unit ended.
        restarts: how often systemd started it again.
    """

    unit: str
    blow: str
    persist: bool
    state: str
    low_s: float | None
    low_after_death_s: float | None
    toggle_s: float | None
    heats: int
    result: str
    restarts: int


def plan(kills: int, modes: tuple[bool, ...], seed: int) -> Iterator[Strike]:
    """Give at least ``kills`` strikes for each mode, as many of each kind, in rounds of all of them."""
    kinds = [(unit, blow) for unit in (GUARD, CONTROLLER) for blow in BLOWS]
    for turn in range(-(-kills // len(kinds))):
        for persist in modes:
            for unit, blow in kinds:
                one = random.Random(f"{seed} {turn} {persist} {unit} {blow}")
                yield Strike(unit, blow, persist, STATES[turn % len(STATES)], one.randrange(1 << 30))


def strike(machine: Machine, one: Strike) -> Outcome:
    """Go back to the saved state, strike, and see.

    Raises:
        MachineError: the machine did not do as it was told. What the daemons do is never an error.
    """
    machine.load(one.state)
    answer = machine.ask(
        "strike",
        unit=one.unit,
        blow=one.blow,
        persist=one.persist,
        after_s=random.Random(one.seed).uniform(0.0, _SPREAD_S),
        watch_s=_WATCH_S[one.unit, one.blow],
        seed=one.seed,
    )
    return judge(one, answer["trace"], answer["base"], answer["pid"], _unit(machine, one.unit))


def judge(one: Strike, record: str, base: int, pid: int, unit: dict[str, str]) -> Outcome:
    """Say what a record means."""
    both = frozenset({trace.HEATER, trace.ENABLE})
    story = trace.read(record, base=base, persist=one.persist, high=both)
    blow_s = story.blow_s
    if blow_s is None:
        raise MachineError("the record does not have the blow in it")
    off_s = story.off_s(blow_s)
    death_s = story.exits.get(pid)
    toggle_s = story.last_toggle_s(pid) if one.unit == GUARD else None
    return Outcome(
        unit=one.unit,
        blow=one.blow,
        persist=one.persist,
        state=one.state,
        low_s=None if off_s is None else off_s - blow_s,
        low_after_death_s=None if off_s is None or death_s is None or off_s < death_s else off_s - death_s,
        toggle_s=None if toggle_s is None else toggle_s - blow_s,
        heats=story.heats_since(blow_s if off_s is None else off_s),
        result=unit["result"],
        restarts=int(unit["restarts"]),
    )


def _unit(machine: Machine, unit: str) -> dict[str, str]:
    """Ask systemd for the unit's restarts, and its journal for how it last failed."""
    said = machine.shell(
        f"systemctl show -p NRestarts {unit}; "
        f"journalctl -q -o json --output-fields=UNIT_RESULT -u {unit} | grep UNIT_RESULT | tail -n 1"
    )
    restarts = re.search(r"NRestarts=(\d+)", said)
    failure: dict[str, str] = next(
        (json.loads(line) for line in said.splitlines() if line.startswith("{")), {}
    )
    return {"restarts": restarts[1] if restarts else "0", "result": failure.get("UNIT_RESULT", "none")}
