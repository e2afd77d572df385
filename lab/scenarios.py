"""What else can go wrong with a Raspberry Pi in the middle of a session. Each starts with the line high."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab import trace
from lab.machine import Machine

_HEATPACK = "/opt/heatpack/bin/heatpack"
_GUARD = "heatpack-guard"
_BOTH = frozenset({trace.HEATER, trace.ENABLE})

#: Kills every guard that starts, as soon as it is there, until systemd gives up.
_CRASH_LOOP = f"""
for turn in $(seq 100); do
    [ "$(systemctl show -P ActiveState {_GUARD})" != failed ] || exit 0
    pid=$(systemctl show -P MainPID {_GUARD})
    [ "$pid" = 0 ] || kill -9 "$pid"
    sleep 0.5
done
exit 1
"""
_FILL_DISK = """
fallocate -l "$(df --output=avail -B1 / | tail -n 1)" /full
cat /dev/zero >/full2 2>/dev/null
"""
#: The time counts from the last mark.
_KILL = f"""
pid=$(systemctl show -P MainPID {_GUARD})
echo "blow kill $pid" >/sys/kernel/tracing/trace_marker
kill -9 "$pid"
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scenario came to.

    Attributes:
        name: the scenario's.
        low_s: from what happened to the heater line being low for good, in the machine's seconds; None
            where the machine lost its power, or its record, with it.
        heats: how often heat began again by itself.
        said: what somebody hears who asks then.
        as_wanted: whether that is what should happen.
    """

    name: str
    low_s: float | None
    heats: int
    said: str
    as_wanted: bool


def crash_loop(machine: Machine) -> Finding:
    """A guard that crashes at once whenever it starts: systemd gives up, and there is no heat."""
    story = _watch(machine, _CRASH_LOOP, 5.0)
    said = machine.shell(
        f"systemctl show -P ActiveState {_GUARD}; systemctl show -P NRestarts {_GUARD}; "
        f"journalctl -q -o cat -u {_GUARD} | grep -o 'Start request repeated too quickly' || true"
    )
    state, restarts, *reason = said.splitlines()
    low_s, heats = _off(story)
    words = f"{state} after {restarts} restarts: {' '.join(reason)}"
    given_up = state == "failed" and bool(reason)
    return Finding("crash_loop", low_s, heats, words, low_s is not None and not heats and given_up)


def stopped(machine: Machine) -> Finding:
    """``systemctl stop`` in the middle of a session."""
    story = _watch(machine, f"systemctl stop {_GUARD}", 2.0)
    low_s, heats = _off(story)
    result = machine.shell(f"systemctl show -P Result {_GUARD}").strip()
    return Finding("stopped", low_s, heats, result, low_s is not None and not heats and result == "success")


def disk_full(machine: Machine) -> Finding:
    """The disk fills up in a session, and the guard is killed."""
    story = _watch(machine, _FILL_DISK + _KILL, 8.0)
    low_s, heats = _off(story)
    said = _start(machine)
    return Finding("disk_full", low_s, heats, said, low_s is not None and not heats and "Heating" not in said)


def power_cut(machine: Machine) -> Finding:
    """The power goes away and comes back."""
    machine.reset()
    return _after_boot(machine, "power_cut")


def reboot(machine: Machine) -> Finding:
    """``systemctl reboot``."""
    machine.shell("systemctl --no-block reboot")
    return _after_boot(machine, "reboot")


def install(machine: Machine) -> Finding:
    """``systemd/install`` again, which put the product here: not in a session, and then to no effect."""
    refused = _install(machine)
    machine.load("idle")
    before = _main_pids(machine)
    repeated = _install(machine)
    undisturbed = _main_pids(machine) == before
    as_wanted = refused["status"] != 0 and "in a session" in refused["said"]
    as_wanted &= repeated["status"] == 0 and undisturbed
    return Finding("install", None, 0, " ".join(refused["said"].split()), as_wanted)


def _install(machine: Machine) -> dict[str, Any]:
    options = "--wheels /opt/src/wheels --config /opt/src/heatpack.toml --no-broker --start"
    return machine.ask("shell", script=f"/opt/src/systemd/install {options}")


def _main_pids(machine: Machine) -> str:
    return machine.shell(f"systemctl show -P MainPID -P ActiveState {_GUARD} heatpack")


#: In which the line keeps its level, where there is a choice: that is the worse one.
SCENARIOS: dict[str, Callable[[Machine], Finding]] = {
    function.__name__: function for function in (stopped, crash_loop, disk_full, power_cut, reboot, install)
}


def play(machine: Machine, name: str) -> Finding:
    """Play one scenario from a session that warms up.

    Raises:
        MachineError: the machine did not do as it was told.
    """
    machine.load("warming")
    return SCENARIOS[name](machine)


def _watch(machine: Machine, script: str, watch_s: float) -> trace.Story:
    answer = machine.ask("watch", script=script, persist=True, watch_s=watch_s)
    return trace.read(answer["trace"], base=answer["base"], persist=True, high=_BOTH)


def _off(story: trace.Story) -> tuple[float | None, int]:
    assert story.blow_s is not None
    off_s = story.off_s(story.blow_s)
    if off_s is None:
        return None, story.heats_since(story.blow_s)
    return off_s - story.blow_s, story.heats_since(off_s)


def _after_boot(machine: Machine, name: str) -> Finding:
    """Wait until both daemons have long been back: no heat, and none to be had before the rest is over."""
    machine.wait_for_agent()
    machine.shell("sleep 10")
    answer = machine.ask("trace")
    story = trace.read(answer["trace"], base=answer["base"], persist=False)
    judged = any(edge.line == trace.DEADMAN for edge in story.edges)
    said = _start(machine)
    heats = story.heats_since(0.0)
    return Finding(name, None, heats, said, judged and not heats and "Heating" not in said)


def _start(machine: Machine) -> str:
    """Ask for heat, as a person would who thinks that it has only stopped."""
    said = machine.shell(f"{_HEATPACK} start 2>&1 || true").split("\n")
    return said[0].strip()
