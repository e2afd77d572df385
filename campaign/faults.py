"""Every single fault: how it strikes, which codes are right for it, and what covers it if software cannot.

A fault acts on the pad, its wires, the processes or the disk, never on the code under test. Once it has
struck it goes on; ``act`` is called before every cycle from then on.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from campaign.rig import Rig
from campaign.watch import Watch
from hardware.ledger import unreadable
from hardware.link import PROTOCOL, Ack, Demand, Hello, Request, Reset, Start, Status

Struck = Literal["", "one", "all"]

#: ``act(rig, sensors, value, since_s)``; since_s is 0 in the cycle in which the fault strikes.
Act = Callable[[Rig, tuple[int, ...], float, float], None]
Size = Callable[[random.Random], float]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row.

    Attributes:
        name: of the row.
        act: see above.
        right: codes of which one must have been logged.
        sensors: it acts on thermistors, on one of them or on all.
        size: draws its size, with the unit in ``unit``.
        harmless: the session may also end as if nothing had happened, if this says of it that the fault
            made no difference to the skin.
        needs_switch: software covers it on builds with a series switch only.
        hardware: what covers it where software does not; such rows are counted apart.
    """

    name: str
    act: Act
    right: frozenset[str]
    sensors: bool = False
    size: Size | None = None
    harmless: Callable[[Watch], bool] | None = None
    needs_switch: bool = False
    never_covered: bool = False
    both_uncovered: bool = False
    hardware: str = ""

    def covered(self, struck: Struck, series_switch: bool) -> bool:
        """Whether software can cover it on this build."""
        if self.never_covered or (self.needs_switch and not series_switch):
            return False
        return not (self.both_uncovered and struck == "all")


def _uniform(low: float, high: float) -> Size:
    return lambda rng: rng.uniform(low, high)


def _logarithmic(low: float, high: float) -> Size:
    return lambda rng: float(low * (high / low) ** rng.random())


def _either_sign(size: Size) -> Size:
    return lambda rng: size(rng) * rng.choice((-1.0, 1.0))


# --- sensors --------------------------------------------------------------------------------------


def _level(level: float) -> Act:
    def act(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
        for n in sensors:
            rig.pad.wiring.sensors[n].level = level

    return act


def _offset(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    for n in sensors:
        rig.pad.wiring.sensors[n].offset_c = value


def _freeze(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    for n in sensors:
        if rig.pad.wiring.sensors[n].held_c is None:
            rig.pad.wiring.sensors[n].held_c = rig.pad.plant.sensor_c[n]


def _hold_at(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    for n in sensors:
        rig.pad.wiring.sensors[n].held_c = value


def _drift(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    for n in sensors:
        rig.pad.wiring.sensors[n].offset_c = value * since_s


def _detach(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.pad.plant.detached.update(sensors)


def _silence(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.dead_codes = True


# --- heater ---------------------------------------------------------------------------------------


def _break_heater(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.pad.wiring.heater_broken = True


def _short_mosfet(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.pad.wiring.mosfet_shorted = True


def _other_heat(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.pad.plant.external_w = value * rig.draw.parameters.area_m2


# --- processes ------------------------------------------------------------------------------------


def _kill_controller(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.linked = since_s > value
    rig.active.recorded = False  # the one that comes back asks for nothing


def _stop_controller(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.controller = _nothing


def _turn_hostile(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.controller = _anything


def _nothing(rig: Rig, status: Status) -> tuple[Request, ...]:
    return ()


def _anything(rig: Rig, status: Status) -> tuple[Request, ...]:
    """Full power always, and whatever else the protocol has."""
    rng, session = rig.rng, status.session
    name = "run" if session is None else session.session_id
    requests: list[Request] = []
    for _ in range(rng.randrange(4)):
        requests.append(
            rng.choice(
                (
                    Demand(name, rng.random(), status.tick - rng.randrange(30), 60.0),
                    Start(f"x{rng.randrange(3)}", 42.0, 600.0),
                    Start("run", 42.0),
                    Reset("r"),
                    Ack(10**9),
                    Hello(PROTOCOL),
                )
            )
        )
    return (*requests, Demand(name, 1.0, status.tick, 60.0))


def _kill_guard(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    if since_s == 0.0:
        rig.pass_time(_PIN_LEFT_S)  # the kernel keeps the pin as it was until it is driven low
        rig.power_off()
        rig.pass_time(value)
        rig.boot()


def _stop_guard(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    if since_s > 0.0:
        return
    rig.pass_time(min(value, _WATCHDOG_S))
    if value > _WATCHDOG_S:
        rig.power_off()
        rig.pass_time(_RESTART_S)
        rig.boot()


def _cut_power(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    if since_s == 0.0:
        rig.power_off()
        rig.pass_time(value)
        rig.boot()


def _corrupt_ledger(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    if since_s == 0.0:
        rig.power_off()
        rig.pass_time(value)
        rig.boot(unreadable(rig.now.wall_s, rig.settings.limits, "the checksum is wrong"))


def _fill_disk(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    rig.disk_full = True


def _turn_clock(rig: Rig, sensors: tuple[int, ...], value: float, since_s: float) -> None:
    if since_s == 0.0:
        rig.now = replace(rig.now, wall_s=rig.now.wall_s + value)


#: ``heatpack off`` after a kill takes less than this, and the kernel keeps the pin meanwhile.
_PIN_LEFT_S = 0.5
#: ``WatchdogSec`` of the shipped unit.
_WATCHDOG_S = 3.0
_RESTART_S = 2.0

#: No check has to notice a sensor that is wrong by less than two may differ.
_TOLERATED_C = 2.0


def _read_well(watch: Watch) -> bool:
    return watch.error_c <= _TOLERATED_C


def _never(watch: Watch) -> bool:
    return False


def _stayed_near(watch: Watch) -> bool:
    return watch.beyond_c <= _TOLERATED_C


def _stayed_warm(watch: Watch) -> bool:
    return watch.sank_c <= _TOLERATED_C


_DOUBTED = frozenset(("sensor_frozen", "sensor_disagree", "sensor_jump", "heating_failed", "thermal_runaway"))
_TOO_HIGH = frozenset(("over_temperature", "heater_stuck_on"))

FAULTS: tuple[Fault, ...] = (
    Fault("sensor_open", _level(1.0), frozenset(("sensor_open",)), sensors=True),
    Fault("sensor_short", _level(0.0), frozenset(("sensor_short",)), sensors=True),
    Fault("adc_silent", _silence, frozenset(("adc_failed",))),
    Fault(
        "sensor_jump",
        _offset,
        # One that jumps between sessions is believed after a while, and then warm.
        frozenset(("sensor_jump", "sensor_open", "sensor_short", "over_temperature", "heater_stuck_on")),
        harmless=_never,
        sensors=True,
        size=_either_sign(_uniform(3.0, 30.0)),
    ),
    Fault("sensor_frozen", _freeze, _DOUBTED | {"heater_stuck_on"}, sensors=True, harmless=_read_well),
    Fault(
        "sensor_stuck_at",
        _hold_at,
        _DOUBTED | _TOO_HIGH | {"sensor_open", "sensor_short"},
        sensors=True,
        size=_uniform(0.0, 75.0),
        harmless=_read_well,
    ),
    Fault(
        "drift_down",
        lambda rig, n, v, t: _drift(rig, n, -v, t),
        _DOUBTED | {"sensor_open"},
        sensors=True,
        size=_logarithmic(0.02, 0.5),
        harmless=_read_well,
    ),
    Fault(
        "drift_up",
        _drift,
        _DOUBTED | _TOO_HIGH,
        sensors=True,
        size=_logarithmic(0.02, 0.5),
        harmless=_read_well,
    ),
    Fault(
        "detached",
        _detach,
        _DOUBTED,
        sensors=True,
        harmless=_read_well,
        both_uncovered=True,
        hardware="two thermistors that are fixed in different ways; the 50 °C bimetal switch",
    ),
    Fault(
        "heater_open",
        _break_heater,
        frozenset(("heating_failed", "sensor_frozen", "thermal_runaway")),
        harmless=_stayed_warm,
    ),
    Fault(
        "mosfet_shorted",
        _short_mosfet,
        frozenset(("thermal_runaway", "heater_stuck_on", "over_temperature")),
        harmless=_stayed_near,
        needs_switch=True,
        hardware="a series switch with a dead-man; the 50 °C bimetal switch; the fuse",
    ),
    Fault(
        "other_heat",
        _other_heat,
        frozenset(("over_temperature", "heater_stuck_on", "thermal_runaway", "dose_exceeded")),
        size=_uniform(200.0, 3000.0),
        never_covered=True,
        hardware="the person: never with another heat source",
    ),
    Fault("controller_killed", _kill_controller, frozenset(("controller_lost",)), size=_uniform(0.2, 20.0)),
    Fault("controller_stopped", _stop_controller, frozenset(("controller_lost",))),
    Fault(
        "controller_hostile",
        _turn_hostile,
        frozenset(("thermal_runaway", "over_temperature", "sensor_frozen", "dose_exceeded", "completed")),
    ),
    Fault("guard_killed", _kill_guard, frozenset(("interrupted",)), size=_uniform(0.5, 10.0)),
    Fault(
        "guard_stopped",
        _stop_guard,
        frozenset(("guard_overrun", "interrupted")),
        size=_logarithmic(1.1, 30.0),
    ),
    Fault("power_cut", _cut_power, frozenset(("interrupted",)), size=_logarithmic(1.0, 600.0)),
    Fault("ledger_corrupt", _corrupt_ledger, frozenset(("ledger_corrupt",)), size=_logarithmic(1.0, 600.0)),
    Fault("disk_full", _fill_disk, frozenset(("completed", "dose_exceeded"))),
    Fault(
        "clock_set",
        _turn_clock,
        # One that goes back less than the ledger is old proves nothing, and changes nothing.
        frozenset(("clock_jumped_back", "clock_jumped_forward", "completed", "dose_exceeded")),
        size=_either_sign(_logarithmic(10.0, 3e8)),
    ),
)
