"""A session's figures and its limits, each with what it means to a reader."""

from collections.abc import Iterable

from config.limits import INHIBIT_HYSTERESIS_C, RESET_BELOW_C, TARGET_MIN_C, Limits
from controller.records import words
from controller.records.entry import SessionRecord


def rows(session: SessionRecord, limits: Limits) -> Iterable[tuple[str, str, str, str]]:
    """Give name, value, limit and meaning of each figure of a session; a limit may be empty."""
    row, end = session.row, session.end
    planned = "until stopped" if row.duration_s is None else words.duration(row.duration_s)
    target_limit = f"{TARGET_MIN_C:.1f} to {limits.target_max_c:.1f} °C"
    yield (
        "Asked for",
        f"{words.celsius(row.target_c)}, {planned}",
        target_limit,
        "Target and length of the heat.",
    )
    if end is None:
        return
    reached = "not reached" if end.time_to_target_s is None else words.duration(end.time_to_target_s)
    yield "Time to target", reached, "", "From the first heat on."
    if end.peak_c is not None:
        room_c = limits.cutoff_c - end.peak_c
        room = f"{words.celsius(abs(room_c))} {'below' if room_c > 0 else 'above'} the cutoff."
        yield "Peak temperature", words.celsius(end.peak_c), f"off at {words.celsius(limits.cutoff_c)}", room
    if end.overshoot_c is not None:
        yield "Overshoot", words.celsius(end.overshoot_c), "", "How far the peak was above the target."
    yield (
        "Heated time",
        words.duration(end.heated_s),
        f"at most {words.duration(limits.session_max_s)}",
        "From the first heat to the end, with pauses.",
    )
    share = end.dose_cem43 / limits.session_dose_cem43
    alike_s = end.dose_cem43 * 60.0
    alike = words.duration(alike_s) if alike_s >= 1.0 else "under 1 s"
    yield (
        "Thermal dose",
        f"{words.dose(end.dose_cem43)} CEM43",
        f"ends at {limits.session_dose_cem43:g} CEM43",
        f"Counts like {alike} at 43 °C: {percent(share)} of the limit.",
    )
    if end.energy_j:
        yield (
            "Energy",
            f"{end.energy_j / 1000:.2f} kJ",
            "",
            f"Given to the pad: {end.energy_j / 3600:.2f} Wh.",
        )


def limits_in_words(limits: Limits) -> Iterable[str]:
    """Give a sentence for each limit that the guard enforces."""
    inhibit, resume = words.celsius(limits.inhibit_c), words.celsius(limits.inhibit_c - INHIBIT_HYSTERESIS_C)
    cutoff, instant = words.celsius(limits.cutoff_c), words.celsius(limits.cutoff_instant_c)
    longest, rest = words.duration(limits.session_max_s), words.duration(limits.rest_s)
    yield f"From {inhibit} the heater pauses until the pad is below {resume}."
    yield (
        f"At {cutoff} for {words.duration(limits.cutoff_hold_s)}, or at {instant} at once, heat ends and"
        f" stays locked until a person resets it, with the pad below {words.celsius(RESET_BELOW_C)}."
    )
    yield f"Heat ends at the latest {longest} after it began; nothing extends that."
    yield (
        f"Heat ends at a thermal dose of {limits.session_dose_cem43:g} CEM43, reckoned on the reading plus"
        f" {words.celsius(limits.dose_offset_c)}. CEM43 counts the minutes at 43 °C that would do the same"
        " to tissue."
    )
    yield f"After a session the pad rests for {rest}."
    yield (
        f"In any 24 hours: at most {limits.day_sessions} sessions, {words.duration(limits.day_heated_s)}"
        f" of heat and {limits.day_dose_cem43:g} CEM43."
    )


def percent(share: float) -> str:
    """Return a share of 1 as "3 %"."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{share * 100:.0f} %"
