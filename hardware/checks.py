"""The checks, one row each: code, action, how long it must hold, condition, sentence.

A row only looks at ``Facts``. Arbitration (the worst verdict wins) and latching are the guard's.
The same code may stand in two rows: ``sensor_open`` takes the heat away in the very cycle and is
latched when it lasts, so that a one-second glitch does not end somebody's session.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.limits import ABSOLUTE, INHIBIT_HYSTERESIS_C, Limits
from hardware.response.full_heat import FALL_C
from hardware.response.question import ANSWER_WITHIN_S
from hardware.response.response import Response
from hardware.response.runaway import ASTRAY_C, RISE_C
from hardware.sensing import TROUBLE_S
from hardware.verdict import Action, Verdict

#: How long a sensor fault must last before it is latched. The heater is off from its first cycle.
SENSOR_LATCH_S = 1.0
DISAGREE_HOLDING_C = 2.0
DISAGREE_WARMING_C = 4.0
DISAGREE_S = 5.0
#: How long a supply may stay too high before its session ends. A glitch is over by then, a plug is not.
OVER_VOLTAGE_S = 5.0


NO_RESPONSE: Final = Response()


@dataclass(frozen=True, slots=True)
class Facts:
    """What one cycle knows. Temperatures in °C, times in seconds, dose in CEM43, voltages in V."""

    limits: Limits
    temperature_c: float | None
    sensor_faults: tuple[str | None, ...]
    trouble_s: tuple[float, ...]
    spread_c: float
    cycle_s: float
    inhibited: bool
    dose_cem43: float
    day_dose_cem43: float
    in_session: bool = False
    energised: bool = False
    holding: bool = False
    elapsed_s: float = 0.0
    armed_s: float = 0.0
    duration_s: float | None = None
    demand_age_s: float = 0.0
    linked: bool = True
    response: Response = NO_RESPONSE
    series_switch: bool = False
    supply_v: float | None = None
    supply_most_v: float = math.inf


@dataclass(frozen=True, slots=True)
class Check:
    """One row. It speaks when ``when`` has been true for ``for_s`` seconds without a break."""

    code: str
    action: Action
    when: Callable[[Facts], bool]
    says: Callable[[Facts], str]
    for_s: float = 0.0


def _has(code: str) -> Callable[[Facts], bool]:
    return lambda facts: code in facts.sensor_faults


def _troubled(code: str) -> Callable[[Facts], bool]:
    def when(facts: Facts) -> bool:
        if code not in facts.sensor_faults:
            return False
        pairs = zip(facts.sensor_faults, facts.trouble_s, strict=True)
        return any(fault == code and trouble_s >= TROUBLE_S for fault, trouble_s in pairs)

    return when


def _which(sentence: str, code: str) -> Callable[[Facts], str]:
    def says(facts: Facts) -> str:
        numbers = [str(n + 1) for n, fault in enumerate(facts.sensor_faults) if fault == code]
        return sentence.format(n=" and ".join(numbers))

    return says


def _at_least(facts: Facts, limit_c: float) -> bool:
    return facts.temperature_c is not None and facts.temperature_c >= limit_c


def _disagreeing(facts: Facts) -> bool:
    return facts.in_session and facts.spread_c > (DISAGREE_HOLDING_C if facts.holding else DISAGREE_WARMING_C)


def _over_voltage(facts: Facts) -> bool:
    return facts.in_session and facts.supply_v is not None and facts.supply_v > facts.supply_most_v


def _says_voltage(facts: Facts) -> str:
    return f"The supply has {facts.supply_v:.1f} V, and {facts.supply_most_v:.1f} V is the most for this pad"


def _when(first: Callable[[Facts], bool], second: Callable[[Facts], bool]) -> Callable[[Facts], bool]:
    return lambda facts: first(facts) and second(facts)


def _always(facts: Facts) -> bool:
    return True


def _in_session(facts: Facts) -> bool:
    return facts.in_session


def _sensor(code: str, sentence: str, latches: Callable[[Facts], bool] = _always) -> tuple[Check, ...]:
    says = _which(sentence, code)
    return (
        Check(code, Action.LATCH, _when(latches, _has(code)), says, SENSOR_LATCH_S),
        Check(code, Action.LATCH, _when(latches, _troubled(code)), says),
        Check(code, Action.INHIBIT, _has(code), says),
    )


CHECKS: tuple[Check, ...] = (
    *_sensor("sensor_open", "Broken wire at sensor {n} (reads colder than 5 °C)"),
    *_sensor("sensor_short", "Short circuit at sensor {n} (reads hotter than 70 °C)"),
    # Between sessions a cold pad is put on and a warm one is taken off.
    *_sensor("sensor_jump", "Jump at sensor {n}, faster than a pad can warm or cool (2 °C/s)", _in_session),
    *_sensor("adc_failed", "The converter does not answer for sensor {n}"),
    Check(
        "over_temperature",
        Action.LATCH,
        lambda f: _at_least(f, f.limits.cutoff_instant_c),
        lambda f: (
            f"The pad reached {f.temperature_c:.1f} °C; at {f.limits.cutoff_instant_c:g} °C it is cut off"
        ),
    ),
    Check(
        "over_temperature",
        Action.LATCH,
        lambda f: _at_least(f, f.limits.cutoff_c),
        lambda f: f"The pad stayed at {f.temperature_c:.1f} °C; above {f.limits.cutoff_c:g} °C it is cut off",
        for_s=ABSOLUTE.cutoff_hold_s,
    ),
    Check(
        "too_warm",
        Action.INHIBIT,
        lambda f: f.inhibited or _at_least(f, f.limits.inhibit_c),
        lambda f: (
            f"No heat at {f.limits.inhibit_c:g} °C and above, until the pad is below "
            f"{f.limits.inhibit_c - INHIBIT_HYSTERESIS_C:g} °C"
        ),
    ),
    Check("over_voltage", Action.INHIBIT, _over_voltage, _says_voltage),
    Check("over_voltage", Action.END_SESSION, _over_voltage, _says_voltage, for_s=OVER_VOLTAGE_S),
    Check(
        "sensor_disagree",
        Action.LATCH,
        _disagreeing,
        lambda f: f"The sensors differ by {f.spread_c:.1f} °C",
        for_s=DISAGREE_S,
    ),
    Check(
        "sensor_disagree",  # no session: nothing to latch, but no start and no reset either
        Action.INHIBIT,
        lambda f: not f.in_session and f.spread_c > DISAGREE_WARMING_C,
        lambda f: f"The sensors differ by {f.spread_c:.1f} °C",
    ),
    Check(
        "sensor_frozen",
        Action.LATCH,
        lambda f: f.response.question.unanswered and not f.response.question.cold,
        lambda f: (
            f"Heat was withheld twice for {ANSWER_WITHIN_S} s and the reading hardly moved: "
            "sensor stuck, or heater unplugged"
        ),
    ),
    Check(
        "sensor_frozen",
        Action.LATCH,
        lambda f: f.response.hold.climbing and not f.response.hold.cold,
        lambda f: "The pad takes more and more heat and the reading stays; it may be too low",
    ),
    Check(
        "heating_failed",
        Action.LATCH,
        lambda f: f.response.question.unanswered and f.response.question.cold,
        lambda f: "Heat goes in and the pad does not get warm: heater unplugged, or sensor off the pad",
    ),
    Check(
        "heating_failed",
        Action.LATCH,
        lambda f: f.response.hold.climbing and f.response.hold.cold,
        lambda f: "More and more heat goes in and the pad gets colder: heater unplugged, or pad off the skin",
    ),
    Check(
        "heating_failed",
        Action.LATCH,
        lambda f: f.response.full_heat.falling,
        lambda f: (
            f"At full heat the reading fell by more than {FALL_C:g} °C: "
            "heater unplugged, or sensor off the pad"
        ),
    ),
    Check(
        "heating_failed",
        Action.LATCH,
        lambda f: f.response.recovery.missed,
        lambda f: (
            "The pad has its heat back and stays colder than before: "
            "heater unplugged, sensor off the pad, or pad off the skin"
        ),
    ),
    Check(
        "thermal_runaway",
        Action.LATCH,
        lambda f: f.response.runaway.rising,
        lambda f: f"No heat is asked for, and the pad rises more than {RISE_C:g} °C above its target",
    ),
    Check(
        "thermal_runaway",
        Action.LATCH,
        lambda f: f.response.runaway.astray,
        lambda f: f"Heat is asked for more than {ASTRAY_C:g} °C above the session's target",
    ),
    Check(
        "heater_stuck_on",
        Action.LATCH,
        lambda f: f.response.cooling.stuck,
        lambda f: (
            "The heater is off and the pad does not cool: the heater is stuck on, or something else heats. "
            "Unplug the battery"
        ),
    ),
    Check(
        "heater_stuck_on",
        Action.LATCH,
        lambda f: f.response.runaway.stopped and f.series_switch,
        lambda f: (
            "The heat went on until the series switch was opened: another source of heat was taken away, or "
            "the MOSFET is shorted. Unplug the battery; if nothing else was warm, do not use this pad again"
        ),
    ),
    Check(
        "dose_exceeded",
        Action.LATCH,
        lambda f: f.dose_cem43 > f.limits.dose_lockout_cem43,
        lambda f: f"The skin had {f.dose_cem43:.1f} CEM43 of heat; no more for 24 hours",
    ),
    Check(
        "dose_exceeded",
        Action.END_SESSION,
        lambda f: f.in_session and f.dose_cem43 >= f.limits.session_dose_cem43,
        lambda f: f"The session's heat dose reached its limit of {f.limits.session_dose_cem43:g} CEM43",
    ),
    Check(
        "dose_exceeded",
        Action.END_SESSION,
        lambda f: f.in_session and f.day_dose_cem43 >= f.limits.day_dose_cem43,
        lambda f: f"The day's heat dose reached its limit of {f.limits.day_dose_cem43:g} CEM43",
    ),
    Check(
        "guard_overrun",
        Action.END_SESSION,
        # Until a session's first heat there is nothing to end: a slow disk may delay that.
        lambda f: f.energised and not 0.0 < f.cycle_s <= f.limits.overrun_s,
        lambda f: f"A guard cycle took {f.cycle_s:.1f} s; more than {f.limits.overrun_s:g} s is not safe",
    ),
    Check(
        "completed",
        Action.END_SESSION,
        lambda f: f.in_session and f.duration_s is not None and f.elapsed_s >= f.duration_s,
        lambda f: f"The heat phase of {f.duration_s or 0:.0f} s is over",
    ),
    Check(
        "session_timeout",
        Action.END_SESSION,
        # One that waits for its first heat that long is over as well: nothing may start hours later.
        lambda f: f.in_session and (f.elapsed_s if f.energised else f.armed_s) >= f.limits.session_max_s,
        lambda f: f"No session heats longer than {f.limits.session_max_s:.0f} s",
    ),
    Check(
        "controller_lost",
        Action.END_SESSION,
        lambda f: f.in_session and (not f.linked or f.demand_age_s > f.limits.demand_lifetime_s),
        lambda f: (
            f"The controller is silent: no demand for {f.demand_age_s:.1f} s"
            if f.linked
            else "The controller has gone: its link is closed"
        ),
    ),
    Check(
        "heating_failed",
        Action.WARN,
        lambda f: f.response.full_heat.weak,
        lambda f: "All the heat that is allowed hardly warms the pad: heater unplugged, or pad too weak",
    ),
    Check(
        "dose_warning",
        Action.WARN,
        lambda f: f.in_session and f.dose_cem43 >= f.limits.session_dose_warn_cem43,
        lambda f: f"Half of the session's heat dose is used ({f.dose_cem43:.1f} CEM43)",
    ),
)

#: Per row: monotonic second since which its condition holds, or None.
Timers = tuple[float | None, ...]
NO_TIMERS: Timers = (None,) * len(CHECKS)


def judge(facts: Facts, now_s: float, since: Timers) -> tuple[tuple[Verdict, ...], Timers]:
    """Run every row; return what they say and the timers for the next cycle."""
    found: list[Verdict] = []
    timers: list[float | None] = []
    for check, started_s in zip(CHECKS, since, strict=True):
        if not check.when(facts):
            timers.append(None)
            continue
        first_s = now_s if started_s is None else started_s
        timers.append(first_s)
        if now_s - first_s >= check.for_s - 1e-6:  # ten cycles of 0.1 s are a second
            found.append(Verdict(check.action, check.code, check.says(facts)))
    return tuple(found), tuple(timers)
