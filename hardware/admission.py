"""May this session start? May this fault be reset? Pure judgements with a sentence for a person."""

import time
from dataclasses import dataclass

from config.limits import RESET_BELOW_C, SESSION_MIN_S, TARGET_MIN_C, Limits
from hardware.ledger import LATE_S, Ledger
from hardware.link import Start
from hardware.verdict import Action, Verdict


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. ``code`` is stable for programs."""

    code: str
    message: str


def refuse_start(
    start: Start,
    ledger: Ledger,
    now_s: float,
    limits: Limits,
    verdict: Verdict,
    temperature_c: float | None,
    rest_left_s: float,
) -> Refusal | None:
    """Judge a start against latches, limits, rest and the rolling day. None means: go ahead.

    Nothing is clamped: a value outside its range is refused, never bent. ``rest_left_s`` is the
    rest by whichever clock says it is longer.
    """
    if ledger.latches:
        return Refusal("fault", f"Locked: {ledger.latches[0].message}. Reset first")
    if not TARGET_MIN_C <= start.target_c <= limits.target_max_c:
        return Refusal(
            "out_of_range",
            f"Target {start.target_c:g} °C is outside {TARGET_MIN_C:g}-{limits.target_max_c:g} °C",
        )
    if start.duration_s is not None and not SESSION_MIN_S <= start.duration_s <= limits.session_max_s:
        return Refusal(
            "out_of_range",
            f"{start.duration_s:g} s is outside {SESSION_MIN_S:g}-{limits.session_max_s:g} s",
        )
    if rest_left_s > 0.0:
        return Refusal("rest", f"Rest until {_until(now_s + rest_left_s, now_s)}")
    refusal = _refuse_budget(start, ledger, now_s, limits)
    if refusal is not None:
        return refusal
    if verdict.action >= Action.INHIBIT:
        return Refusal(verdict.code, verdict.message)
    if temperature_c is None:
        return Refusal("not_ready", "The guard has not seen a valid temperature yet")
    return None


def _refuse_budget(start: Start, ledger: Ledger, now_s: float, limits: Limits) -> Refusal | None:
    day = ledger.day(now_s)
    wanted_s = limits.session_max_s if start.duration_s is None else start.duration_s
    if day.sessions >= limits.day_sessions:
        why = f"{day.sessions} sessions in 24 hours are the limit"
    elif day.heated_s + wanted_s > limits.day_heated_s + LATE_S:
        why = (
            f"{day.heated_s / 60:.0f} of {limits.day_heated_s / 60:.0f} minutes of heat in 24 hours "
            f"are used; {wanted_s / 60:.0f} more are too many"
        )
    elif day.dose_cem43 >= limits.day_dose_cem43:
        why = f"The heat dose of 24 hours is used ({day.dose_cem43:.1f} of {limits.day_dose_cem43:g} CEM43)"
    else:
        return None
    if wanted_s > limits.day_heated_s + LATE_S:
        return Refusal("over_budget", why)  # on no day
    ready_s = ledger.ready_at(now_s, limits, wanted_s)
    return Refusal("over_budget", why if ready_s is None else f"{why}. Next at {_until(ready_s, now_s)}")


def refuse_reset(
    ledger: Ledger, now_s: float, verdicts: tuple[Verdict, ...], temperature_c: float | None
) -> Refusal | None:
    """Judge a person's reset. Refused while the cause persists or the pad is 38 °C or hotter."""
    for latch in ledger.latches:
        if latch.until_wall_s is not None and now_s < latch.until_wall_s:
            return Refusal("locked_out", f"{latch.message}. Locked until {_until(latch.until_wall_s, now_s)}")
    timed = {latch.code for latch in ledger.latches if latch.until_wall_s is not None}
    for verdict in verdicts:
        # A cause that is locked for a time has served it; its accumulator is cleared by the reset.
        if verdict.action >= Action.INHIBIT and verdict.code not in timed:
            return Refusal("cause_persists", f"The cause is still there: {verdict.message}")
    if temperature_c is None:
        return Refusal("cause_persists", "There is no valid temperature")
    if temperature_c >= RESET_BELOW_C:
        return Refusal(
            "too_hot", f"The pad is at {temperature_c:.1f} °C; reset when it is below {RESET_BELOW_C:g} °C"
        )
    return None


def _until(then_s: float, now_s: float) -> str:
    minutes = max(1, round((then_s - now_s) / 60))
    left = f"{minutes} minute{'s' if minutes != 1 else ''} left"
    if then_s - now_s > 12 * 3600:
        return f"{time.strftime('%H:%M on %d %B', time.localtime(then_s))}, {minutes // 60} hours left"
    return f"{time.strftime('%H:%M', time.localtime(then_s))}, {left}"
