"""The pack's state in words, for a terminal."""

import time
from collections.abc import Iterator

from controller.mqtt.messages import EventMessage, FaultState, SensorState, SessionState, StateMessage


def describe(state: StateMessage) -> str:
    """Return the whole state, one aligned line for each thing there is to know."""
    return "\n".join(f"  {name:<12}{words}" for name, words in _rows(state))


def one_line(state: StateMessage) -> str:
    """Return what changes while heating, within 80 columns."""
    parts = [_clock(state.ts, "%H:%M:%S"), state.phase, _celsius(state.temperature_c)]
    if state.session is not None:
        parts += [
            f"target {state.session.target_c:g} °C",
            f"duty {state.duty:.0%}",
            f"{_minutes(state.session.remaining_s)} left",
        ]
    if state.starts_in_s is not None:
        parts.append(f"heat starts in {state.starts_in_s:.0f} s")
    if state.ready_at is not None:
        parts.append(f"ready at {_clock(state.ready_at)}")
    if state.fault is not None:
        parts.append(f"fault {state.fault.code}")
    if state.guard == "lost":
        parts.append("guard lost")
    return " · ".join(parts)


def event_line(event: EventMessage) -> str:
    """Return one entry of the safety log."""
    return f"{_clock(event.ts, '%H:%M:%S')} · {event.kind} · {event.code} · {event.message}"


def _rows(state: StateMessage) -> Iterator[tuple[str, str]]:
    yield "phase", state.phase
    yield "temperature", _temperature(state)
    yield "heater", f"{'on' if state.heater else 'off'}, duty {state.duty:.0%}"
    if state.session is not None:
        yield "session", _session(state.session)
        yield "dose", f"{state.dose_cem43:.3g} CEM43"
    if state.starts_in_s is not None:
        yield "countdown", f"heat starts in {state.starts_in_s:.0f} s"
    if state.ready_at is not None:
        yield "rest", f"until {_clock(state.ready_at)}"
    today = state.today
    sessions = f"{today.sessions} session{'s' * (today.sessions != 1)}"
    heated = f"{today.heated_s / 60:.0f} min heated"
    yield "last 24 h", f"{sessions}, {heated}, {today.dose_cem43:.3g} CEM43"
    if state.supply_v is not None:
        yield "supply", f"{state.supply_v:.2f} V"
    if state.notice is not None:
        yield "notice", state.notice
    if state.fault is not None:
        yield "fault", _fault(state.fault)
    if state.guard == "lost":
        yield "guard", "lost: is heatpack guard up?"


def _temperature(state: StateMessage) -> str:
    sensors = ", ".join(_sensor(sensor) for sensor in state.sensors)
    return f"{_celsius(state.temperature_c)} ({sensors})" if len(state.sensors) > 1 else sensors or "unknown"


def _sensor(sensor: SensorState) -> str:
    return sensor.fault if sensor.fault is not None else _celsius(sensor.temperature_c)


def _session(session: SessionState) -> str:
    origin = session.origin.replace("_", "-")
    area = f", for {session.area}" if session.area else ""
    length = "until stopped" if session.duration_s is None else f"of {_minutes(session.duration_s)}"
    time_left = f"{_minutes(session.elapsed_s)} {length}, {_minutes(session.remaining_s)} left"
    return f"{time_left}, target {session.target_c:g} °C, started by {origin}{area}"


def _fault(fault: FaultState) -> str:
    how = "heatpack reset clears it" if fault.clearable else "cannot be reset yet"
    return f"{fault.code} since {_clock(fault.since)}: {fault.message} ({how})"


def _celsius(value: float | None) -> str:
    return "no reading" if value is None else f"{value:.1f} °C"


def _minutes(seconds: float) -> str:
    whole = round(max(0.0, seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def _clock(unix_s: float, form: str = "%H:%M") -> str:
    return time.strftime(form, time.localtime(unix_s))
