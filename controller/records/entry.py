"""What the records hold, as plain values.

Times are Unix seconds of the device's wall clock; ``mono_s`` is its monotonic clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hardware.link import Event, Origin

Source = Literal["controller", "guard"]


class StorageError(Exception):
    """The records cannot be read or written. The message is a sentence for a person."""


class RefusedError(StorageError):
    """The log can be written, but this can never be: to try again is of no use."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the safety log.

    ``kind`` says what happened (``session_started``, ``target_reached``, ``command``…), ``code``
    is the reason or fault code for programs, ``message`` the same for a person. ``data`` is any
    JSON object. A guard's event carries its ``guard_seq``, and is stored once however often it is
    sent. ``boot_id`` is filled in for the controller's own entries.
    """

    wall_s: float
    mono_s: float
    kind: str
    code: str = ""
    message: str = ""
    session_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    source: Source = "controller"
    guard_seq: int | None = None
    boot_id: str = ""


def from_guard(event: Event, boot_id: str = "") -> Entry:
    """Return the guard's event as an entry; its readings become ``data``.

    ``boot_id`` stays empty where nobody knows it: an event may arrive after the boot it is from.
    """
    readings = {
        "temperature_c": event.temperature_c,
        "elapsed_s": event.elapsed_s,
        "dose_cem43": event.dose_cem43,
        "energy_j": event.energy_j,
        "peak_c": event.peak_c,
    }
    return Entry(
        wall_s=event.wall_s,
        mono_s=event.mono_s,
        kind=event.kind,
        code=event.code,
        message=event.message,
        session_id=event.session_id,
        data={name: value for name, value in readings.items() if value is not None},
        source="guard",
        guard_seq=event.seq,
        boot_id=boot_id,
    )


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry that is on disk, with its place in the log and its hash in the chain (32 bytes)."""

    seq: int
    entry: Entry
    hash: bytes = field(default=b"", compare=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """The session at one moment: seconds since the first energised tick, °C, duty 0–1, CEM43 min."""

    session_id: str
    elapsed_s: float
    temperature_c: float | None
    target_c: float
    duty: float
    heater: bool
    dose_cem43: float


@dataclass(frozen=True, slots=True)
class SessionRow:
    """What was asked for. ``settings`` is the JSON object of the settings that applied.

    ``duration_s`` None is open-ended. ``trigger_id`` is the post-session trigger that was used up.
    """

    id: str
    origin: Origin
    area: str
    target_c: float
    duration_s: float | None
    requested_wall_s: float
    trigger_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """What came of it. ``reason`` is a code such as ``completed``; ``message`` is for a person.

    ``started_wall_s`` is the first energised tick, None if there was none. ``heated_s`` counts from
    there; ``time_to_target_s`` is None if the target was never reached. ``faults`` are the codes of the
    faults that the guard latched in it, in their order; the log adds those that it knows.
    """

    ended_wall_s: float
    reason: str
    message: str = ""
    started_wall_s: float | None = None
    heated_s: float = 0.0
    time_to_target_s: float | None = None
    peak_c: float | None = None
    overshoot_c: float | None = None
    dose_cem43: float = 0.0
    energy_j: float = 0.0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as stored. ``end`` is None while it runs, or after a power cut."""

    row: SessionRow
    end: SessionEnd | None


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """How a command was answered, so that its repetition gets the same answer."""

    id: str
    action: str
    accepted: bool
    code: str
    message: str
    session_id: str | None
    wall_s: float


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that has no end, with the last facts that reached the disk.

    ``heat_on`` and ``ended`` are the guard's own events, if they were logged before.
    """

    row: SessionRow
    last_sample: Sample | None
    peak_c: float | None
    time_to_target_s: float | None
    heat_on: Logged | None
    ended: Logged | None

    def last_known_end(self, reason: str, message: str, ended_wall_s: float) -> SessionEnd:
        """Return an end made of what is known; what the guard has said counts more than samples."""
        last = self.last_sample
        said = self.ended.entry.data if self.ended else {}
        peak_c = said.get("peak_c", self.peak_c)
        return SessionEnd(
            ended_wall_s=ended_wall_s,
            reason=reason,
            message=message,
            started_wall_s=self.heat_on.entry.wall_s if self.heat_on else None,
            heated_s=said.get("elapsed_s", last.elapsed_s if last else 0.0),
            time_to_target_s=self.time_to_target_s,
            peak_c=peak_c,
            overshoot_c=None if peak_c is None else max(0.0, peak_c - self.row.target_c),
            dose_cem43=said.get("dose_cem43", last.dose_cem43 if last else 0.0),
            energy_j=said.get("energy_j", 0.0),
        )
