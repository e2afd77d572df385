"""The guard's pure step: one judged cycle from ADC codes to the pin.

``step(state, inputs)`` reads, judges, gates and modulates, in that order and forward only. Time is
an input, nothing is read or written here, and everything that can heat passes ``_gate``.
"""

from hardware.arming import confirm_start
from hardware.checks import Facts, judge
from hardware.cycle import Cycle, Inputs, Outputs, State
from hardware.ledger import CLOCK_STEP_S, Latch, Ledger, after_clock_jump, after_clock_skip
from hardware.link import Event, Hello
from hardware.reading import read
from hardware.reporting import status
from hardware.requests import hear, press
from hardware.sensing import spread
from hardware.supply import MOST_OF_RATED
from hardware.verdict import Action, Verdict, worst

CYCLE_S = 0.1
#: Ticks that a demand may answer: those of the last two seconds.
_TICKS_KEPT = 20
#: Events that the log has not confirmed are sent again every ten seconds.
_REPEAT_TICKS = 100
#: A ledger that could not be written is tried again every two seconds.
_RETRY_TICKS = 20
#: With a fault the LED flashes for one cycle in so many. A latch has no end: should the heater hang on
#: this pin, because two wires are exchanged or touch, 5 % of a pad's power warms nobody, and half burns.
_FLASH_TICKS = 20
#: What a session's log is told once for each code, not in every cycle: action to kind of event.
_TOLD = {Action.WARN: "warning", Action.INHIBIT: "inhibit"}
#: A demand this close to what is allowed counts as full power.
_FULL_WITHIN = 0.02
#: Dose after the heater went off is booked to the last session in portions of this many CEM43.
_TAIL_CEM43 = 0.05


def step(state: State, inputs: Inputs) -> tuple[State, Outputs]:
    """Run one cycle."""
    cycle = Cycle(state.copy(), inputs.now)  # the caller's state stays as it was
    seen = state.ledger.next_event_seq
    cycle_s = CYCLE_S if state.last is None else inputs.now.mono_s - state.last.mono_s
    read(cycle, inputs, cycle_s)
    _notice_clock(cycle)
    confirm_start(cycle, inputs)
    hear(cycle, inputs)
    press(cycle, inputs)
    _judge(cycle, inputs, cycle_s)
    heater, duty = _gate(cycle, inputs)
    return _conclude(cycle, inputs, heater, duty, seen)


def _notice_clock(cycle: Cycle) -> None:
    """A wall clock behind the ledger restarts the rest; one that skips time does not shorten a day.

    In a session this is not written at once: its charge is on the disk already, and a slow disk must
    not take the heat away because a clock was set.
    """
    s, now = cycle.s, cycle.now
    ledger = after_clock_jump(s.ledger, now.wall_s, s.settings.limits.rest_s)
    if s.last is not None:
        skipped_s = (now.wall_s - s.last.wall_s) - (now.mono_s - s.last.mono_s)
        if skipped_s > CLOCK_STEP_S:
            # The monotonic clock counts from the boot, so this is when it was by the clock before.
            booted_wall_s = s.last.wall_s - s.last.mono_s
            ledger = after_clock_skip(ledger, now.wall_s, booted_wall_s, skipped_s)
    cycle.save = cycle.save or (ledger is not s.ledger and s.phase is None)
    s.ledger = ledger


def _facts(cycle: Cycle, inputs: Inputs, cycle_s: float) -> Facts:
    s, now_s = cycle.s, cycle.now.mono_s
    phase = s.phase if s.phase is not None and s.phase.armed else None
    return Facts(
        limits=s.settings.limits,
        temperature_c=s.temperature_c,
        sensor_faults=tuple(track.fault for track in s.tracks),
        trouble_s=tuple(track.trouble_s for track in s.tracks),
        spread_c=spread(s.tracks),
        cycle_s=cycle_s,
        inhibited=s.inhibited,
        dose_cem43=s.dose_cem43,
        day_dose_cem43=s.ledger.past_dose_cem43(cycle.now.wall_s) + s.dose_cem43,
        in_session=phase is not None,
        energised=phase is not None and phase.energised_s is not None,
        holding=phase is not None and phase.reached,
        elapsed_s=0.0 if phase is None else phase.elapsed_s(now_s),
        armed_s=0.0 if phase is None else now_s - phase.opened_s,
        duration_s=None if phase is None else phase.duration_s,
        demand_age_s=0.0 if phase is None else now_s - phase.spoke_s,
        linked=inputs.linked,
        response=s.response,
        series_switch=s.settings.pins.enable is not None,
        supply_v=s.supply.now_v,
        supply_most_v=MOST_OF_RATED * s.settings.pad.supply_v,
    )


def _judge(cycle: Cycle, inputs: Inputs, cycle_s: float) -> None:
    """All checks; latch what latches, end what ends."""
    verdicts, timers = judge(_facts(cycle, inputs, cycle_s), cycle.now.mono_s, cycle.s.timers)
    cycle.s.verdicts, cycle.s.timers = verdicts, timers
    for verdict in verdicts:
        if verdict.action is Action.LATCH:
            _latch(cycle, verdict)
        elif verdict.action in _TOLD and cycle.s.phase is not None and verdict.code not in cycle.s.told:
            cycle.s.told = (*cycle.s.told, verdict.code)
            cycle.log(_TOLD[verdict.action], verdict.code, verdict.message)
    verdict = worst(verdicts)
    if verdict.action >= Action.END_SESSION:
        cycle.end_session(verdict.code, verdict.message)


def _latch(cycle: Cycle, verdict: Verdict) -> None:
    s = cycle.s
    if any(latch.code == verdict.code for latch in s.ledger.latches):
        return
    wall_s = cycle.now.wall_s
    until_s = wall_s + s.settings.limits.dose_lockout_s if verdict.code == "dose_exceeded" else None
    s.ledger = s.ledger.latch(Latch(verdict.code, verdict.message, wall_s, until_s))
    cycle.log("fault", verdict.code, verdict.message)
    cycle.save = True


def _gate(cycle: Cycle, inputs: Inputs) -> tuple[bool, float]:
    """Return whether the heater is on in this cycle, and the duty it stands for.

    The one place where heat begins. Every condition is stated again here, whatever the checks
    have done, so that a mistake in a row cannot heat by itself.
    """
    s, now_s = cycle.s, cycle.now.mono_s
    phase, temperature_c = s.phase, s.temperature_c
    duty, wanted = 0.0, 0.0
    flux_w_m2 = s.settings.pad.heat_flux_w_m2
    allowed = min(s.allowance.share(flux_w_m2), s.response.hold.share(flux_w_m2))
    if (
        phase is not None
        and phase.armed
        and phase.demand is not None
        and phase.demand.live(now_s)
        and inputs.linked
        and not s.ledger.latches
        and worst(s.verdicts).action < Action.INHIBIT
        and temperature_c is not None
        and temperature_c < s.settings.limits.inhibit_c
        and phase.elapsed_s(now_s) < s.settings.limits.session_max_s
        and not s.response.question.open
    ):
        wanted = phase.demand.duty
        duty = min(wanted, allowed)
    s.modulator, s.heater = s.modulator.step(duty)
    s.duty, s.full, s.allowed = duty, wanted >= allowed - _FULL_WITHIN, allowed
    if s.heater and phase is not None and phase.energised_s is None:
        phase.energised_s, phase.energised_wall_s = now_s, cycle.now.wall_s
        s.response = s.response.begin()
        cycle.log("heat_on", "ok", "The heater was switched on for the first time in this session")
    return s.heater, duty


def _conclude(cycle: Cycle, inputs: Inputs, heater: bool, duty: float, seen: int) -> tuple[State, Outputs]:
    """Book the tail of the dose, build the status, and pass the state on."""
    if cycle.s.tail_dose_cem43 >= _TAIL_CEM43:
        cycle.s.ledger = cycle.s.ledger.add_dose(cycle.s.tail_dose_cem43)
        cycle.s.tail_dose_cem43 = 0.0
        cycle.save = True
    s, now = cycle.s, cycle.now
    verdict, latched = worst(s.verdicts), bool(s.ledger.latches)
    repeat = s.tick % _REPEAT_TICKS == 0 or any(isinstance(request, Hello) for request in inputs.requests)
    retry = inputs.ledger_error is not None and s.tick % _RETRY_TICKS == 0
    woken = s.tick == 0  # written at once, so that no second power cut hides what waking up found
    outputs = Outputs(
        heater=heater,
        enable=s.phase is not None and s.phase.armed and not latched and verdict.action < Action.INHIBIT,
        deadman=not latched,
        led=s.tick % _FLASH_TICKS == 0 if latched else s.phase is not None,
        save=cycle.save or retry or woken,
        status=status(cycle, heater, duty),
        answers=cycle.answers,
        events=_untold(s.ledger, 0 if repeat else seen),
        exercise=None if s.phase is None else s.phase.exercise,
    )
    s.sent = (*s.sent, (s.tick, now.mono_s))[-_TICKS_KEPT:]
    s.last, s.tick = now, s.tick + 1
    return s, outputs


def _untold(ledger: Ledger, from_seq: int) -> tuple[Event, ...]:
    if ledger.next_event_seq == from_seq:
        return ()
    return tuple(event for event in ledger.events if event.seq >= from_seq)
