"""One status of the guard as the MQTT state. Pure."""

from collections.abc import Mapping

from controller.active import ActiveSession
from controller.mqtt.messages import (
    FaultState,
    PreparedState,
    SensorState,
    SessionState,
    StateMessage,
    TodayState,
)
from controller.session import Phase, View
from hardware.clock import Instant
from hardware.link import SessionStatus, Status


def view_of(status: Status, counting: bool) -> View:
    """Return what a status means for the phase."""
    return View(
        heating=status.session is not None,
        reached=status.session is not None and status.session.reached,
        resting=status.ready_at_wall_s is not None,
        fault=status.fault is not None,
        counting=counting,
        temperature_c=status.temperature_c,
    )


def state_message(
    now: Instant,
    phase: Phase,
    status: Status | None,
    active: ActiveSession | None,
    starts_in_s: float | None,
    refusals: Mapping[str, int],
    prepared: PreparedState | None = None,
    present_s: float | None = None,
    battery_low: bool = False,
) -> StateMessage:
    """Build the state; ``status`` None means that the guard is lost.

    ``present_s`` is how long a press of the button still counts, None if it does not.
    """
    present_until = None if present_s is None else round(now.wall_s + present_s, 1)
    if status is None:
        return StateMessage(
            ts=now.wall_s,
            phase=phase.value,
            session=None,
            temperature_c=None,
            sensors=(),
            duty=0.0,
            heater=False,
            dose_cem43=0.0,
            today=TodayState(sessions=0, heated_s=0.0, dose_cem43=0.0),
            ready_at=None,
            starts_in_s=starts_in_s,
            fault=None,
            guard="lost",
            refused=sum(refusals.values()),
            refusals=dict(refusals),
            prepared=prepared,
            present_until=present_until,
        )
    return StateMessage(
        ts=status.wall_s,
        phase=phase.value,
        session=_session(status.session, active),
        temperature_c=_rounded(status.temperature_c),
        target_c=None if status.session is None else status.session.target_c,
        sensors=tuple(
            SensorState(temperature_c=_rounded(s.temperature_c), fault=s.fault) for s in status.sensors
        ),
        duty=round(status.duty, 4),
        heater=status.heater,
        dose_cem43=round(status.dose_cem43, 4),
        today=TodayState(
            sessions=status.day.sessions,
            heated_s=round(status.day.heated_s, 1),
            dose_cem43=round(status.day.dose_cem43, 4),
        ),
        ready_at=status.ready_at_wall_s,
        starts_in_s=starts_in_s,
        fault=None
        if status.fault is None
        else FaultState(
            code=status.fault.code,
            message=status.fault.message,
            since=status.fault.since_wall_s,
            clearable=status.fault.clearable,
        ),
        guard="ok",
        notice=status.notice or ("battery_low" if battery_low else None),
        supply_v=_rounded(status.supply_v),
        refused=sum(refusals.values()),
        refusals=dict(refusals),
        prepared=prepared,
        present_until=present_until,
    )


def _session(running: SessionStatus | None, active: ActiveSession | None) -> SessionState | None:
    if running is None:
        return None
    ours = active is not None and active.id == running.session_id
    return SessionState(
        id=running.session_id,
        origin=running.origin,
        area=active.area if active is not None and ours else None,
        started=running.started_wall_s,
        target_c=running.target_c,
        duration_s=running.duration_s,
        elapsed_s=round(running.elapsed_s, 1),
        remaining_s=round(running.remaining_s, 1),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
