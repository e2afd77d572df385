"""The status frame: one judged cycle, in full, for the controller. Pure."""

from hardware import admission
from hardware.cycle import Cycle
from hardware.link import DayStatus, FaultStatus, SensorStatus, Status
from hardware.verdict import Action, worst


def status(cycle: Cycle, heater: bool, duty: float) -> Status:
    """Describe the cycle that is about to end; `heater` and `duty` are what it decided."""
    s, now, verdict = cycle.s, cycle.now, worst(cycle.s.verdicts)
    limits = s.settings.limits
    latch = s.ledger.latches[0] if s.ledger.latches else None
    temperature_c = s.temperature_c
    clearable = (
        latch is not None
        and not s.settings.pins.reset_needs_button
        and (admission.refuse_reset(s.ledger, now.wall_s, s.verdicts, temperature_c) is None)
    )
    ready_s = max(s.ledger.ready_at(now.wall_s, limits) or 0.0, now.wall_s + cycle.rest_left_s())
    return Status(
        tick=s.tick,
        mono_s=now.mono_s,
        wall_s=now.wall_s,
        temperature_c=temperature_c,
        sensors=tuple(SensorStatus(track.temperature_c, track.fault) for track in s.tracks),
        duty=duty,
        heater=heater,
        session=None if s.phase is None else s.phase.status(now.mono_s, limits.session_max_s),
        dose_cem43=s.dose_cem43,
        energy_j=0.0 if s.phase is None else s.phase.energy_j,
        day=_day(cycle),
        ready_at_wall_s=ready_s if ready_s > now.wall_s else None,
        notice=verdict.code if verdict.action is Action.INHIBIT else None,
        fault=None
        if latch is None
        else FaultStatus(latch.code, latch.message, latch.since_wall_s, clearable),
        button_presses=s.presses,
        rejected_frames=s.rejected,
        supply_v=s.supply.volts,
    )


def _day(cycle: Cycle) -> DayStatus:
    """The rolling day with what the running session has really used, not what it is charged."""
    s, now = cycle.s, cycle.now
    if s.phase is None:
        return s.ledger.day(now.wall_s)
    return s.ledger.day_so_far(now.wall_s, s.phase.elapsed_s(now.mono_s), s.dose_cem43)
