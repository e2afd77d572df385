"""An entry of the safety log as a line that a person reads: when, who said it, what, and why."""

import textwrap

from controller.records import words
from controller.records.entry import Entry, Logged
from controller.records.ink import Ink

_ALARMS = frozenset({"fault", "log_set_aside"})
_CAUTIONS = frozenset({"warning", "inhibit", "log_restored", "log_fault"})
_OUTCOMES = {"done": "good", "early": "caution", "safety": "alarm"}


def line(logged: Logged, ink: Ink, columns: int | None = None) -> str:
    """Return an entry as one line; with ``columns``, as several that are no wider.

    What belongs to a session is bracketed at its left, from its first entry to its last.
    """
    entry = logged.entry
    when = words.moment(entry.wall_s)
    head = f"{when}  {entry.source:<10} {_bracket(entry)} {words.spaced(entry.kind):<17}"
    details = words.printable(entry.message or (words.reason(entry.code) if entry.code else ""))
    if entry.kind == "session_requested" and entry.session_id:
        details += f" · session {words.printable(entry.session_id)[:8]}"
    whole = f"{head}  {details}".rstrip()
    lines = [whole]
    if columns is not None and len(whole) > columns >= 60:
        hanging = f"{' ' * 31} {_bracket(entry, more=True)} "
        lines = textwrap.wrap(whole, columns, subsequent_indent=hanging)
    style = _style(entry)
    first, *rest = lines
    painted = ink.paint("quiet", first[: len(when)]) + ink.paint(style, first[len(when) :])
    return "\n".join([painted, *(ink.paint(style, more) for more in rest)])


def _bracket(entry: Entry, *, more: bool = False) -> str:
    if entry.session_id is None or (entry.kind == "session_ended" and more):
        return " "
    if more:
        return "│"
    return {"session_requested": "┌", "session_ended": "└"}.get(entry.kind, "│")


def _style(entry: Entry) -> str:
    if entry.kind in _ALARMS:
        return "alarm"
    if entry.kind == "session_ended":
        return _OUTCOMES[words.outcome(entry.code)]
    if entry.kind in _CAUTIONS or entry.data.get("accepted") is False:
        return "caution"
    return "strong" if entry.kind == "session_requested" else "plain"
