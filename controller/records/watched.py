"""What the guard watched in a session, the limit that applied, and what it found. Pure.

The words follow the guard's table of checks, which this process does not load; a test holds them together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.limits import INHIBIT_HYSTERESIS_C, Limits
from controller.records import words
from controller.records.entry import Logged, SessionRecord


@dataclass(frozen=True, slots=True)
class Watch:
    """One check. ``finding`` is empty when it found nothing; ``alarming``: it ended the session or locked."""

    code: str
    name: str
    limit: str
    finding: str
    alarming: bool = False


_Limit = Callable[[Limits], str]


def _const(text: str) -> _Limit:
    return lambda _: text


_c, _d = words.celsius, words.duration
#: In the order of the page: code, name, and the limit in words.
_CHECKS: tuple[tuple[str, str, _Limit], ...] = (
    (
        "over_temperature",
        "Too hot",
        lambda li: (
            f"{_c(li.cutoff_c)} for {_d(li.cutoff_hold_s)}, or {_c(li.cutoff_instant_c)} at once: locked"
        ),
    ),
    (
        "too_warm",
        "Pause",
        lambda li: f"from {_c(li.inhibit_c)}, until below {_c(li.inhibit_c - INHIBIT_HYSTERESIS_C)}",
    ),
    (
        "dose_exceeded",
        "Thermal dose",
        lambda li: (
            f"{li.session_dose_cem43:g} CEM43, on the reading plus {_c(li.dose_offset_c)};"
            f" locked above {li.dose_lockout_cem43:g}"
        ),
    ),
    ("over_voltage", "Supply", _const("25 % above what the pad is made for, for 5 s")),
    ("session_timeout", "Longest heat", lambda li: f"{_d(li.session_max_s)}, and nothing extends it"),
    ("controller_lost", "Silent controller", lambda li: f"no demand for {_d(li.demand_lifetime_s)}"),
    ("guard_overrun", "Late guard", lambda li: f"a cycle later than {_d(li.overrun_s)}"),
    ("sensor_open", "Broken wire", _const("a reading colder than 5 °C")),
    ("sensor_short", "Short circuit", _const("a reading hotter than 70 °C")),
    ("sensor_jump", "Jumping reading", _const("faster than a pad can warm or cool")),
    ("adc_failed", "Dead converter", _const("no answer for a sensor")),
    ("sensor_disagree", "Sensors apart", _const("2 °C for 5 s, 4 °C while warming")),
    ("sensor_frozen", "Stuck reading", _const("does not answer to the heat")),
    ("heating_failed", "Heat without warmth", _const("heat goes in, the pad stays cold")),
    ("thermal_runaway", "Runaway", _const("warmer than the target, unasked")),
    ("heater_stuck_on", "Heater stuck on", _const("no heat asked for, and no cooling")),
)
#: Codes that are told under another one's name.
_ALIASES = {"dose_warning": "dose_exceeded"}
_SPOKEN = frozenset({"fault", "warning", "inhibit", "session_ended"})


def codes() -> frozenset[str]:
    """Return the codes of all checks that the page has words for."""
    return frozenset(code for code, _, _ in _CHECKS) | frozenset(_ALIASES)


def watches(session: SessionRecord, events: Sequence[Logged], limits: Limits) -> tuple[Watch, ...]:
    """Return what was judged before the heat and ten times a second while it lasted."""
    return tuple(_watches(session, events, limits))


def _watches(session: SessionRecord, events: Sequence[Logged], limits: Limits) -> Iterator[Watch]:
    hardware = session.row.settings.get("hardware")
    built: Mapping[str, Any] = hardware if isinstance(hardware, dict) else {}
    before = "passed"  # or the guard had refused, and there were no session
    day = (
        f"{_d(limits.rest_s)} of rest; in 24 hours {limits.day_sessions} sessions, {_d(limits.day_heated_s)},"
        f" {limits.day_dose_cem43:g} CEM43"
    )
    yield Watch("budget", "Rest and budget", day, before)
    yield Watch("self_test", "Self-test", f"before the heat: {', '.join(_tested(built))}", before)
    for code, name, limit in _CHECKS:
        if code == "sensor_disagree" and built.get("sensors") == 1:
            continue
        if code == "over_voltage" and not built.get("supply"):
            continue
        spoken = [logged for logged in events if _code(logged) == code]
        yield Watch(code, name, limit(limits), _when(session, spoken), _alarming(spoken))
    asked = [e.entry.data.get("at_s") for e in events if e.entry.kind == "questions"]
    moments = [at_s for list_s in asked if isinstance(list_s, list) for at_s in list_s]
    if moments:
        yield Watch(
            "questions",
            "Questions",
            "heat withheld, to see the reading answer",
            f"asked at {', '.join(words.clock(at_s) for at_s in moments)}",
        )


def _code(logged: Logged) -> str | None:
    """Return the check whose word this is."""
    entry = logged.entry
    return _ALIASES.get(entry.code, entry.code) if entry.kind in _SPOKEN else None


def _tested(built: Mapping[str, Any]) -> Iterable[str]:
    yield "ledger"
    yield "settings"
    yield "each switch alone" if built.get("series_switch") else "pins"
    if built.get("reference"):
        yield "reference"
    if built.get("supply"):
        yield "supply"
    yield "sensors"


def _when(session: SessionRecord, spoken: Sequence[Logged]) -> str:
    started_s = None if session.end is None else session.end.started_wall_s
    if not spoken:
        return ""
    if started_s is None:
        return "spoke"
    moments = dict.fromkeys(words.clock(max(0.0, e.entry.wall_s - started_s)) for e in spoken)
    return f"spoke at {', '.join(moments)}"


def _alarming(spoken: Sequence[Logged]) -> bool:
    return any(logged.entry.kind in ("fault", "session_ended") for logged in spoken)
