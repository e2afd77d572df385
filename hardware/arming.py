"""From a session that the ledger has charged to one that may heat: on disk, tested, armed. Pure."""

from dataclasses import replace

from hardware import stage
from hardware.checks import DISAGREE_WARMING_C
from hardware.cycle import Cycle, Inputs, State, thermistors
from hardware.heat_phase import HeatPhase
from hardware.link import Stop
from hardware.self_test import Look, SelfTest
from hardware.sensing import spread
from hardware.verdict import Action, worst

#: Starts and stops in turn exercise the switches again and again, and should one of them be shorted, each
#: time puts 0.2 s of the pad's power into it. So rarely that is no more than 40 W/m² on the strongest pad.
EXERCISE_EVERY_S = 5.0


def confirm_start(cycle: Cycle, inputs: Inputs) -> None:
    """Take the session that is not armed a cycle further, or end it with the reason. No heat yet."""
    phase = cycle.s.phase
    if phase is None or phase.armed or any(isinstance(request, Stop) for request in inputs.requests):
        return  # a stop is heard next, and the loop has opened the switches for it already
    if inputs.ledger_error is not None:
        return cycle.end_session("storage_failed", f"The ledger cannot be written: {inputs.ledger_error}")
    if not inputs.linked:
        return cycle.end_session("controller_lost", "The controller has gone: its link is closed")
    if phase.test is None:
        if _changed(cycle.s):
            return _fail(cycle, "The settings are not those that the guard was started with. Restart it")
        if cycle.s.settings.pins.enable is not None:
            if cycle.now.mono_s < cycle.s.exercise_from_s:
                return None
            cycle.s.exercise_from_s = cycle.now.mono_s + EXERCISE_EVERY_S
        phase = replace(phase, test=SelfTest.begin(cycle.s.settings))
    elif (late := _overrun(cycle)) is not None:
        return cycle.end_session("guard_overrun", late)
    return _test(cycle, inputs, phase)


def _test(cycle: Cycle, inputs: Inputs, phase: HeatPhase) -> None:
    assert phase.test is not None
    look = Look(inputs.levels, inputs.supply, inputs.reference, _objection(cycle))
    test = phase.test.step(cycle.s.settings, look)
    if test.failure is not None:
        return _fail(cycle, test.failure)
    cycle.s = replace(cycle.s, phase=replace(phase, test=test))
    if test.passed:
        _arm(cycle, phase)
    return None


def _arm(cycle: Cycle, phase: HeatPhase) -> None:
    cycle.s = replace(cycle.s, phase=replace(phase, armed=True, test=None, opened_s=cycle.now.mono_s))
    minutes = "until stopped" if phase.duration_s is None else f"for {phase.duration_s / 60:g} minutes"
    cycle.answer(phase.session_id, None, f"Heating to {phase.target_c:g} °C {minutes}")


def _fail(cycle: Cycle, why: str) -> None:
    cycle.end_session("self_test_failed", f"The self-test failed. {why}")


def _changed(s: State) -> bool:
    """Whether something in memory is not what it was when the guard started."""
    return stage.digest(s.settings) != s.settings_digest or s.thermistors != thermistors(s.settings)


def _overrun(cycle: Cycle) -> str | None:
    """The sentence about a cycle that came late. The first one is excused: the disk was waited for."""
    s = cycle.s
    passed_s = 0.0 if s.last is None else cycle.now.mono_s - s.last.mono_s
    if 0.0 < passed_s <= s.settings.limits.overrun_s:
        return None
    return f"A guard cycle took {passed_s:.1f} s; more than {s.settings.limits.overrun_s:g} s is not safe"


def _objection(cycle: Cycle) -> str | None:
    """Why the sensors cannot be believed now, or None."""
    s = cycle.s
    for number, track in enumerate(s.tracks, 1):
        if track.temperature_c is None:
            return f"Sensor {number} gives no valid temperature"
    if spread(s.tracks) > DISAGREE_WARMING_C:
        return f"The sensors differ by {spread(s.tracks):.1f} °C"
    verdict = worst(s.verdicts)  # of the cycle before
    return verdict.message if verdict.action >= Action.INHIBIT else None
