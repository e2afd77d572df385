"""Sessions as they would be recorded, computed from a first-order pad."""

import math
from dataclasses import replace
from pathlib import Path

from config.limits import Limits
from controller.records.entry import Entry, Logged, Sample, SessionEnd, SessionRecord, SessionRow
from controller.records.log import Recorder

START_WALL_S = 1_795_269_731.0  # 2026-11-21, early afternoon in Europe
Recorded = tuple[SessionRecord, tuple[Logged, ...], tuple[Sample, ...]]


def samples_of(
    session_id: str, *, until_s: float, target_c: float = 40.0, broken_at_s: float | None = None
) -> tuple[Sample, ...]:
    """A pad with a gain of 26 °C and a time constant of 130 s that is heated towards its target."""
    temperature_c, dose_cem43, taken = 31.6, 0.0, []
    limits = Limits()
    for second in range(int(until_s) + 1):
        error_c = target_c - temperature_c
        duty = min(1.0, max(0.0, 0.7 * error_c + (temperature_c - 24.0) / 26.0))
        broken = broken_at_s is not None and second >= broken_at_s
        if broken:
            duty = 0.0
        temperature_c += (24.0 + 26.0 * duty - temperature_c) / 130.0
        wobble_c = 0.03 * math.sin(second * 0.9) + 0.05 * math.sin(second * 0.047)
        ratio = 0.5 if temperature_c >= 43.0 else 0.25
        dose_cem43 += ratio ** (43.0 - temperature_c - limits.dose_offset_c) / 60.0
        taken.append(
            Sample(
                session_id,
                float(second),
                None if broken else temperature_c + wobble_c,
                target_c,
                duty,
                duty > 0.5,
                dose_cem43,
            )
        )
    return tuple(taken)


def completed(session_id: str = "s-20261121-7f3a", *, area: str = "neck") -> Recorded:
    """Eight minutes as planned."""
    samples = samples_of(session_id, until_s=480)
    reached = next(sample for sample in samples if (sample.temperature_c or 0) >= 39.5)
    end = _end(samples, "completed", "The planned time is over.", reached.elapsed_s)
    after = f"40.0 °C after {reached.elapsed_s:.0f} s"
    return _recorded(
        session_id, area, 480.0, end, samples, ((reached.elapsed_s, "target_reached", "", after),)
    )


def stopped(session_id: str = "s-20261121-91c0") -> Recorded:
    """Somebody pressed stop after a bit more than three minutes."""
    samples = samples_of(session_id, until_s=192)
    reached = next(sample for sample in samples if (sample.temperature_c or 0) >= 39.5)
    end = _end(samples, "stopped", "Stopped by a person.", reached.elapsed_s)
    return _recorded(
        session_id,
        "lower back",
        480.0,
        end,
        samples,
        ((reached.elapsed_s, "target_reached", "", f"40.0 °C after {reached.elapsed_s:.0f} s"),),
    )


def broken(session_id: str = "s-20261121-e55d") -> Recorded:
    """A wire of the sensor comes off after a minute."""
    samples = samples_of(session_id, until_s=61, broken_at_s=56)
    message = "Sensor 1 is open or unplugged: its reading is outside what 5-70 °C can give."
    end = replace(_end(samples, "sensor_open", message, None), faults=("sensor_open",))
    return _recorded(
        session_id, "left shoulder", 480.0, end, samples, ((61.0, "fault", "sensor_open", message),)
    )


def _end(
    samples: tuple[Sample, ...], reason: str, message: str, time_to_target_s: float | None
) -> SessionEnd:
    peak_c = max(sample.temperature_c for sample in samples if sample.temperature_c is not None)
    last = samples[-1]
    return SessionEnd(
        ended_wall_s=START_WALL_S + 2.0 + last.elapsed_s,
        reason=reason,
        message=message,
        started_wall_s=START_WALL_S + 2.0,
        heated_s=last.elapsed_s,
        time_to_target_s=time_to_target_s,
        peak_c=peak_c,
        overshoot_c=max(0.0, peak_c - last.target_c),
        dose_cem43=last.dose_cem43,
        energy_j=sum(8.0 * sample.duty for sample in samples),
    )


def _recorded(
    session_id: str,
    area: str,
    duration_s: float,
    end: SessionEnd,
    samples: tuple[Sample, ...],
    between: tuple[tuple[float, str, str, str], ...],
) -> Recorded:
    row = SessionRow(
        id=session_id,
        origin="phone",
        area=area,
        target_c=40.0,
        duration_s=duration_s,
        requested_wall_s=START_WALL_S,
        settings={"heat": {"target_c": 40.0}},
        version="0.1.0",
    )
    story = (
        (-2.0, "command", "accepted", "Start at 40.0 °C for 8 min: accepted."),
        (-1.9, "session_started", "", "40.0 °C for 8 min"),
        (0.0, "heat_on", "", "First heat."),
        *between,
        (end.heated_s, "session_ended", end.reason, end.message),
    )
    events = tuple(
        Logged(seq, Entry(START_WALL_S + 2 + at_s, 500 + at_s, kind, code, message, session_id))
        for seq, (at_s, kind, code, message) in enumerate(story, 1)
    )
    return SessionRecord(row, end), events, samples


async def write(path: Path, *sessions: Recorded) -> None:
    """Record sessions as the controller would."""
    recorder = Recorder(path, min_free_bytes=0)
    await recorder.open()
    for record, events, samples in sessions:
        first, *between, last = (logged.entry for logged in events)
        await recorder.open_session(record.row, first)
        for entry in between:
            recorder.note(entry)
        for sample in samples:
            recorder.sample(sample)
        if record.end:
            await recorder.close_session(record.row.id, record.end, last)
    await recorder.close()


def later(recorded: Recorded, by_s: float, area: str | None = None) -> Recorded:
    """The same session at another time, at another area if one is named."""
    record, events, samples = recorded
    row = replace(record.row, requested_wall_s=record.row.requested_wall_s + by_s)
    end = record.end
    if end is not None:
        started_s = None if end.started_wall_s is None else end.started_wall_s + by_s
        end = replace(end, ended_wall_s=end.ended_wall_s + by_s, started_wall_s=started_s)
    moved = tuple(
        replace(logged, entry=replace(logged.entry, wall_s=logged.entry.wall_s + by_s)) for logged in events
    )
    return SessionRecord(row if area is None else replace(row, area=area), end), moved, samples
