"""The guard's memory: budget, rest, latches, and events that the log has not confirmed yet.

Pure values. A session is charged in full when it opens and refunded when it ends, so a power cut
at any moment can only count too much heat, never too little (docs/decisions/0006).
"""

from dataclasses import dataclass, replace

from config.limits import DAY_S, SESSION_MIN_S, Limits
from hardware.link import DayStatus, Event

#: Events kept for the controller. More than any absence produces; the oldest go first.
MAX_EVENTS = 100
#: Events of a running session are only on disk with the next save, so after a crash their numbers
#: could be given twice. A restart skips this many instead.
SEQ_GAP = 1000
#: A session ends up to a cycle late, and six of ten minutes must still fit into a day's hour.
LATE_S = 1.0
#: Time synchronisation steps a healthy clock by less than this.
CLOCK_STEP_S = 2.0


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One heat phase. While ``ended_wall_s`` is None the charge is the most it can become."""

    session_id: str
    started_wall_s: float
    ended_wall_s: float | None
    heated_s: float
    dose_cem43: float


@dataclass(frozen=True, slots=True)
class Latch:
    """A fault that a person must reset; not before ``until_wall_s`` if that is set."""

    code: str
    message: str
    since_wall_s: float
    until_wall_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that must survive a restart or power loss."""

    saved_wall_s: float = 0.0
    rest_until_wall_s: float | None = None
    sessions: tuple[SessionRecord, ...] = ()
    latches: tuple[Latch, ...] = ()
    events: tuple[Event, ...] = ()
    next_event_seq: int = 1

    def open_session(self, session_id: str, now_s: float, duration_s: float, dose_cem43: float) -> "Ledger":
        """Charge a session with the most that it can use."""
        record = SessionRecord(session_id, now_s, None, duration_s, dose_cem43)
        recent = tuple(s for s in self.sessions if _in_day(s, now_s))
        return replace(self, sessions=(*recent, record))

    def close_session(self, now_s: float, heated_s: float, dose_cem43: float, rest_s: float) -> "Ledger":
        """Replace the charge of the open session by what it used, and start the rest.

        A session that never energised the heater (``heated_s`` 0) is struck: no heat, no rest.
        """
        done = tuple(s for s in self.sessions if s.ended_wall_s is not None)
        for record in self.sessions:
            if record.ended_wall_s is None and heated_s > 0.0:
                used = replace(record, ended_wall_s=now_s, heated_s=heated_s, dose_cem43=dose_cem43)
                return replace(self, sessions=(*done, used), rest_until_wall_s=now_s + rest_s)
        return replace(self, sessions=done)

    def add_dose(self, dose_cem43: float) -> "Ledger":
        """Add dose that came after the heater went off to the last session."""
        if not self.sessions:
            return self
        last = self.sessions[-1]
        last = replace(last, dose_cem43=last.dose_cem43 + dose_cem43)
        return replace(self, sessions=(*self.sessions[:-1], last))

    def latch(self, latch: Latch) -> "Ledger":
        """Add a latch; one that is set already keeps its first time and message."""
        if any(known.code == latch.code for known in self.latches):
            return self
        return replace(self, latches=(*self.latches, latch))

    def log(self, event: Event) -> "Ledger":
        """Append an event, numbered with the next sequence number."""
        numbered = replace(event, seq=self.next_event_seq)
        events = (*self.events, numbered)[-MAX_EVENTS:]
        return replace(self, events=events, next_event_seq=self.next_event_seq + 1)

    def acknowledge(self, event_seq: int) -> "Ledger":
        """Forget the events that the controller has on its disk."""
        return replace(self, events=tuple(e for e in self.events if e.seq > event_seq))

    def day(self, now_s: float) -> DayStatus:
        """Sum up the rolling 24 hours that end at ``now_s``."""
        recent = [s for s in self.sessions if _in_day(s, now_s)]
        return DayStatus(len(recent), sum(s.heated_s for s in recent), sum(s.dose_cem43 for s in recent))

    def day_so_far(self, now_s: float, heated_s: float, dose_cem43: float) -> DayStatus:
        """Return the same with the open session as it stands, not as it is charged.

        Without heat yet (``heated_s`` 0) it does not count.
        """
        day = self.day(now_s)
        for record in self.sessions:
            if record.ended_wall_s is None:
                more_s, more_cem43 = heated_s - record.heated_s, dose_cem43 - record.dose_cem43
                if heated_s > 0.0:
                    return DayStatus(day.sessions, day.heated_s + more_s, day.dose_cem43 + more_cem43)
                return DayStatus(
                    day.sessions - 1, day.heated_s - record.heated_s, day.dose_cem43 - record.dose_cem43
                )
        return day

    def past_dose_cem43(self, now_s: float) -> float:
        """Return the dose of the rolling 24 hours without the session that is open."""
        done = (s for s in self.sessions if s.ended_wall_s is not None and _in_day(s, now_s))
        return sum(s.dose_cem43 for s in done)

    def ready_at(self, now_s: float, limits: Limits, wanted_s: float = SESSION_MIN_S) -> float | None:
        """When a session of ``wanted_s`` could start (Unix seconds), or None if that is now.

        The shortest session always fits at last; a longer one only within ``day_heated_s``.
        """
        ready_s = max(now_s, self.rest_until_wall_s or 0.0)
        for record in sorted(self.sessions, key=_leaves_day):
            day = self.day(ready_s)
            if (
                day.sessions < limits.day_sessions
                and day.heated_s + wanted_s <= limits.day_heated_s + LATE_S
                and day.dose_cem43 < limits.day_dose_cem43
            ):
                break
            ready_s = max(ready_s, _leaves_day(record))
        return ready_s if ready_s > now_s else None


def wake(ledger: Ledger, now_s: float, rest_s: float) -> Ledger:
    """Bring a loaded ledger up to the present; both findings become events.

    A session that was open when the guard died is closed with its full charge and rests from now.
    A clock behind the ledger's last entry (a Pi has no RTC) proves nothing about how long ago that
    was, so the rest period starts again.
    """
    ledger = replace(ledger, next_event_seq=ledger.next_event_seq + SEQ_GAP)
    for record in ledger.sessions:
        if record.ended_wall_s is None:
            ledger = ledger.close_session(now_s, record.heated_s, record.dose_cem43, rest_s)
            ledger = ledger.log(
                Event(
                    0,
                    now_s,
                    0.0,
                    "session_ended",
                    "interrupted",
                    "The guard stopped while this session ran; the whole session is counted",
                    session_id=record.session_id,
                )
            )
    return after_clock_jump(ledger, now_s, rest_s)


def after_clock_jump(ledger: Ledger, now_s: float, rest_s: float) -> Ledger:
    """Restart the rest if the wall clock is earlier than the ledger's last entry; else unchanged.

    What would now lie in the future counts from now, or it would count for as long as the clock was ahead.
    """
    if now_s >= ledger.saved_wall_s - CLOCK_STEP_S:
        return ledger
    message = f"The clock went back by {ledger.saved_wall_s - now_s:.0f} s; the rest starts again now"
    jumped = ledger.log(Event(0, now_s, 0.0, "warning", "clock_jumped_back", message))
    rest_until_s = now_s + rest_s if ledger.sessions else None
    return replace(
        jumped,
        rest_until_wall_s=rest_until_s,
        saved_wall_s=now_s,
        sessions=tuple(_no_later(record, now_s) for record in ledger.sessions),
        latches=tuple(_no_longer(latch, now_s + DAY_S) for latch in ledger.latches),
    )


def after_clock_skip(ledger: Ledger, now_s: float, booted_wall_s: float, skipped_s: float) -> Ledger:
    """Move what was recorded since the boot (``booted_wall_s``) along with a clock that was set forward.

    The monotonic clock knows how long ago that was. Without this, the first time synchronisation after
    a boot could make hours of the rolling day, or of a lockout, pass in a moment. What is older was
    recorded by another boot's clock and stays. A rest that was not over before is not over by this.
    """

    def move(wall_s: float) -> float:
        return wall_s + skipped_s if wall_s >= booted_wall_s else wall_s

    message = f"The clock went forward by {skipped_s:.0f} s; what was heated keeps its age"
    told = ledger.log(Event(0, now_s, 0.0, "warning", "clock_jumped_forward", message))
    rest_until_s = ledger.rest_until_wall_s
    if rest_until_s is not None and rest_until_s > now_s - skipped_s:
        rest_until_s += skipped_s
    return replace(
        told,
        rest_until_wall_s=rest_until_s,
        sessions=tuple(
            replace(
                record,
                started_wall_s=move(record.started_wall_s),
                ended_wall_s=None if record.ended_wall_s is None else move(record.ended_wall_s),
            )
            for record in ledger.sessions
        ),
        latches=tuple(
            replace(latch, since_wall_s=move(latch.since_wall_s), until_wall_s=latch.until_wall_s + skipped_s)
            if latch.until_wall_s is not None and latch.since_wall_s >= booted_wall_s
            else latch
            for latch in ledger.latches
        ),
    )


def unreadable(now_s: float, limits: Limits, reason: str) -> Ledger:
    """Return the ledger that stands in for a corrupt one: one full session just ended, and a latch.

    What was used is unknown, so nothing may heat until a person resets, and rest counts from now.
    """
    message = f"The record of past heat cannot be read ({reason}); nobody knows what was used"
    lost = SessionRecord("unknown", now_s, now_s, limits.session_max_s, limits.session_dose_cem43)
    ledger = Ledger(
        saved_wall_s=now_s, rest_until_wall_s=now_s + limits.rest_s, sessions=(lost,), next_event_seq=SEQ_GAP
    )
    ledger = ledger.latch(Latch("ledger_corrupt", message, now_s))
    # A fresh sequence could repeat numbers that the log already has; the wall clock cannot.
    ledger = replace(ledger, next_event_seq=max(SEQ_GAP, int(now_s)))
    return ledger.log(Event(0, now_s, 0.0, "fault", "ledger_corrupt", message))


def _no_later(record: SessionRecord, now_s: float) -> SessionRecord:
    ended_s = None if record.ended_wall_s is None else min(record.ended_wall_s, now_s)
    return replace(record, started_wall_s=min(record.started_wall_s, now_s), ended_wall_s=ended_s)


def _no_longer(latch: Latch, until_s: float) -> Latch:
    if latch.until_wall_s is None:
        return latch
    return replace(latch, until_wall_s=min(latch.until_wall_s, until_s))


def _leaves_day(record: SessionRecord) -> float:
    end_s = record.ended_wall_s if record.ended_wall_s is not None else record.started_wall_s
    return end_s + DAY_S


def _in_day(record: SessionRecord, now_s: float) -> bool:
    return _leaves_day(record) > now_s
