"""Judges systemd's part: the two units and the watchdogs. Facts to findings, pure."""

from collections.abc import Iterator

from config.settings import Settings
from controller.doctor.check_board import drives_pins
from controller.doctor.facts import Facts, Machine, Services, Unit
from controller.doctor.finding import Finding, bad, good

#: What a Raspberry Pi's watchdog can wait at most, s.
_WATCHDOG_MAX_S = 16


def check_services(settings: Settings, facts: Facts) -> Iterator[Finding]:
    """Judge the two units, and who restarts a machine that hangs."""
    services = facts.services
    if services is None:
        text = (
            "systemd does not run this machine; nothing restarts the daemons or drives a dead guard's pin low"
        )
        yield (
            bad("services", text)
            if drives_pins(settings)
            else good("services", "systemd does not run this machine")
        )
        return
    if services.guard is None and services.controller is None and not drives_pins(settings):
        yield good("services", "no unit runs this configuration, which a simulated pad does not need")
        return
    if drives_pins(settings):
        yield _machine_watchdog(facts.machine, services)
    for kind, unit in (("guard", services.guard), ("run", services.controller)):
        if unit is None:
            yield bad(
                "services",
                f"no unit does `heatpack {kind}` with this configuration: `sudo ./systemd/install`",
            )
        else:
            yield from _unit(unit, is_guard=kind == "guard")


def _unit(unit: Unit, *, is_guard: bool) -> Iterator[Finding]:
    problems = []
    if unit.active == "failed":
        problems.append(f"has failed: `journalctl -u {unit.name}` says why, `systemctl restart {unit.name}`")
    elif unit.active not in ("active", "activating", "reloading"):
        problems.append(f"is {unit.active}: `systemctl start {unit.name}`")
    if unit.enabled not in ("enabled", "enabled-runtime", "alias", "static"):
        problems.append(f"is not started at boot: `systemctl enable {unit.name}`")
    if not unit.watchdog:
        problems.append("has no WatchdogSec, so a hung process stays: restore the shipped unit")
    if is_guard and not unit.runs_off:
        problems.append(
            "has no ExecStopPost with `heatpack off`, so nothing drives the pins low after it: "
            "restore the shipped unit"
        )
    yield from (bad("services", f"{unit.name} {problem}") for problem in problems)
    if not problems:
        after = ", followed by `heatpack off`" if is_guard else ""
        yield good("services", f"{unit.name} is {unit.active}, starts at boot, is watched{after}")


def _machine_watchdog(machine: Machine, services: Services) -> Finding:
    if services.runtime_watchdog in ("", "0", "infinity"):
        return bad(
            "watchdog",
            "systemd feeds no hardware watchdog: RuntimeWatchdogSec=10 in "
            "/etc/systemd/system.conf.d/heatpack.conf, then `systemctl daemon-reexec`",
        )
    if machine.watchdog is None:
        return bad(
            "watchdog",
            f"RuntimeWatchdogSec is {services.runtime_watchdog}, but there is no /dev/watchdog: "
            "dtparam=watchdog=on in config.txt",
        )
    seconds = _seconds(services.runtime_watchdog)
    if seconds is not None and seconds > _WATCHDOG_MAX_S:
        return bad(
            "watchdog",
            f"RuntimeWatchdogSec is {services.runtime_watchdog}; a Raspberry Pi's watchdog waits "
            f"{_WATCHDOG_MAX_S} s at most: set it to 10",
        )
    return good("watchdog", f"restarts a machine that hangs for {services.runtime_watchdog}")


def _seconds(text: str) -> float | None:
    """Read a time as systemd prints it, such as ``1min 30s``; None for anything else."""
    units, total = {"min": 60.0, "ms": 1e-3, "s": 1.0, "h": 3600.0}, 0.0
    for word in text.split():
        number = word.rstrip("minsh")
        unit = word[len(number) :]
        if unit not in units or not number.replace(".", "", 1).isdecimal():
            return None
        total += float(number) * units[unit]
    return total
