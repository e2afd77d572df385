"""A session's figures, each with its limit and what it means to a reader."""

from collections.abc import Iterable

from config.limits import TARGET_MIN_C, Limits
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
        yield (
            "Peak temperature",
            words.celsius(end.peak_c),
            f"cutoff at {words.celsius(limits.cutoff_c)}",
            room,
        )
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
        f"Counts like {alike} at 43 °C: {words.percent(share)} of the limit.",
    )
    if end.energy_j:
        yield (
            "Energy",
            f"{end.energy_j / 1000:.2f} kJ",
            "",
            f"Given to the pad: {end.energy_j / 3600:.2f} Wh.",
        )
