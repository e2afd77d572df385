"""What a controller may ask, and the button: each request judged, never obeyed. Pure."""

from dataclasses import replace

from hardware import admission
from hardware.button import LONG_PRESS_S, Press
from hardware.cycle import Cycle, Inputs
from hardware.heat_phase import Demand, HeatPhase
from hardware.link import Ack, Hello, Reset, Start, Stop
from hardware.link import Demand as DemandFrame
from hardware.verdict import worst


def hear(cycle: Cycle, inputs: Inputs) -> None:
    """Take the controller's requests in the order in which they came."""
    for request in inputs.requests:
        match request:
            case Start():
                if inputs.linked:  # who asked is gone otherwise, and could not stop it
                    _hear_start(cycle, request)
            case DemandFrame():
                _hear_demand(cycle, request)
            case Stop():
                cycle.end_session("stopped", f"Stopped ({request.reason})")
            case Reset():
                _hear_reset(cycle, request.request_id)
            case Ack():
                cycle.s = replace(cycle.s, ledger=cycle.s.ledger.acknowledge(request.event_seq))
            case Hello():
                pass  # the answer is the unacknowledged events, sent with this cycle's status


def _hear_start(cycle: Cycle, start: Start) -> None:
    s, now = cycle.s, cycle.now
    if s.phase is not None:
        busy = admission.Refusal("heating", "A session is running; it is not lengthened or changed")
        return cycle.answer(start.session_id, busy, "")
    if any(record.session_id == start.session_id for record in s.ledger.sessions):
        again = admission.Refusal("duplicate", "This session has been heated already")
        return cycle.answer(start.session_id, again, "")
    limits = s.settings.limits
    refusal = admission.refuse_start(
        start, s.ledger, now.wall_s, limits, worst(s.verdicts), s.temperature_c, cycle.rest_left_s()
    )
    if refusal is not None:
        return cycle.answer(start.session_id, refusal, "")
    longest_s = limits.session_max_s if start.duration_s is None else start.duration_s
    cycle.s = replace(
        s,
        ledger=s.ledger.open_session(start.session_id, now.wall_s, longest_s, limits.session_dose_cem43),
        phase=HeatPhase(
            start.session_id, start.origin, start.target_c, start.duration_s, now.mono_s, now.wall_s
        ),
        dose_cem43=0.0,
        told=(),
    )
    cycle.log("session_started", "ok", f"Heat to {start.target_c:g} °C asked for")
    cycle.save = True


def _hear_demand(cycle: Cycle, frame: DemandFrame) -> None:
    s = cycle.s
    answered_s = next((at_s for tick, at_s in reversed(s.sent) if tick == frame.tick), None)
    if s.phase is None or frame.session_id != s.phase.session_id or answered_s is None:
        s.rejected += 1
        return
    lifetime_s = min(frame.lifetime_s, s.settings.limits.demand_lifetime_s)
    demand = Demand(frame.duty, answered_s, lifetime_s)
    s.phase.demand = demand


def _hear_reset(cycle: Cycle, request_id: str) -> None:
    if cycle.s.settings.pins.reset_needs_button and cycle.s.ledger.latches:
        held = admission.Refusal("needs_button", f"Hold the pack's button for {LONG_PRESS_S:g} s to reset it")
        return cycle.answer(request_id, held, "")
    return _reset(cycle, request_id)


def _reset(cycle: Cycle, request_id: str) -> None:
    s = cycle.s
    if not s.ledger.latches:
        return cycle.answer(request_id, None, "There is no fault to reset")
    refusal = admission.refuse_reset(s.ledger, cycle.now.wall_s, s.verdicts, s.temperature_c)
    if refusal is None:
        codes = [latch.code for latch in s.ledger.latches]
        # A dose that was locked for a day has been served; any other fault leaves it as it is.
        dose_cem43 = 0.0 if "dose_exceeded" in codes else s.dose_cem43
        tracks = tuple(track.forgive() for track in s.tracks)
        ledger = replace(s.ledger, latches=())
        cycle.s = replace(s, ledger=ledger, verdicts=(), tracks=tracks, dose_cem43=dose_cem43)
        cycle.log("fault_cleared", "ok", f"A person reset: {', '.join(codes)}")
        cycle.save = True
    return cycle.answer(request_id, refusal, "The fault is cleared")


def press(cycle: Cycle, inputs: Inputs) -> None:
    """The button: down stops, short asks the controller to start, long resets."""
    button, press = cycle.s.button.step(cycle.now.mono_s, inputs.button)
    if press is Press.DOWN and cycle.s.phase is not None:
        button = button.consume()
        cycle.end_session("stopped", "Stopped (button)")
    elif press is Press.SHORT:
        cycle.s = replace(cycle.s, presses=cycle.s.presses + 1)
    elif press is Press.LONG:
        _reset(cycle, "button")
    cycle.s.button = button
