"""All packs of a broker as a table of characters. Pure.

Whatever a broker delivers may come from anybody: topics that are no pack's and payloads that are no message
are passed over, and no character reaches the terminal that could steer it.
"""

import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from config.sections.service import DEVICE_ID
from controller.mqtt.messages import InfoMessage, StateMessage

#: More packs than that are nobody's shoulders, and could fill the memory.
MOST_PACKS = 200
#: Columns that may be cut where there is no room: the device's id and its name.
_CUT_AT = {0: 16, 1: 18}
_MOST_OF_A_CELL = 64
_GAP = "  "
_HEAD = ("device", "name", "phase", "pad", "target", "left", "24 h", "trouble", "seen")


@dataclass(slots=True)
class Pack:
    """What one pack has told so far."""

    id: str
    name: str = ""
    available: str | None = None
    state: StateMessage | None = None

    @property
    def online(self) -> bool:
        """Whether the pack says so itself, and its will has not said otherwise since."""
        return self.available == "online"


@dataclass(slots=True)
class Fleet:
    """All packs below a base topic."""

    base_topic: str
    packs: dict[str, Pack] = field(default_factory=dict)

    def topics(self) -> list[str]:
        """Return the filters to subscribe to."""
        return [f"{self.base_topic}/+/{name}" for name in ("availability", "info", "state")]

    def hear(self, topic: str, payload: bytes) -> Pack | None:
        """Take a message; return the pack that it changed, None if it changed nothing."""
        id, _, kind = topic.removeprefix(f"{self.base_topic}/").partition("/")
        known = self.packs.get(id)
        if re.fullmatch(DEVICE_ID, id) is None or (known is None and len(self.packs) >= MOST_PACKS):
            return None
        pack = known or Pack(id)
        try:
            match kind:
                case "availability" if payload in (b"online", b"offline"):
                    pack.available = payload.decode()
                case "info":
                    pack.name = InfoMessage.model_validate_json(payload).name
                case "state":
                    state = StateMessage.model_validate_json(payload)
                    _cells(Pack(id, state=state), state.ts)  # numbers that no pad has may have no words
                    pack.state = state
                case _:
                    return None
        except (ValueError, OverflowError):
            return None
        self.packs[id] = pack
        return pack

    def summary(self) -> str:
        """Return all of it in a few words."""
        packs = self.packs.values()
        heating = sum(pack.online and pack.state is not None and pack.state.heater for pack in packs)
        faults = sum(pack.state is not None and pack.state.fault is not None for pack in packs)
        online = sum(pack.online for pack in packs)
        count = len(self.packs)
        parts = [f"{count} pack{'s' * (count != 1)}", f"{online} online", f"{heating} heating"]
        return " · ".join([*parts, *([f"{faults} with a fault"] if faults else [])])

    def table(self, now_s: float, columns: int | None = None, rows: int | None = None) -> list[str]:
        """Return a line for each pack, below a head.

        Args:
            now_s: Unix seconds.
            columns: characters of a line at most; None for as many as it takes.
            rows: lines at most, the head included; None for as many as it takes.
        """
        packs = [self.packs[id] for id in sorted(self.packs)]
        shown = packs if rows is None or len(packs) < rows else packs[: max(0, rows - 2)]
        lines = _aligned([_HEAD, *(_cells(pack, now_s) for pack in shown)], columns)
        return lines if len(shown) == len(packs) else [*lines, f"and {len(packs) - len(shown)} more"]


def _cells(pack: Pack, now_s: float) -> tuple[str, ...]:
    state = pack.state
    if state is None:
        return (pack.id, pack.name, "", "", "", "", "", "", "online" if pack.online else "offline")
    today = state.today
    target_c = state.session.target_c if state.session is not None else state.target_c
    return (
        pack.id,
        pack.name,
        state.phase,
        "no reading" if state.temperature_c is None else f"{state.temperature_c:.1f} °C",
        "" if target_c is None else f"{target_c:g} °C",
        _left(state),
        f"{today.sessions} × {today.heated_s / 60 / today.sessions:.0f} min" if today.sessions else "none",
        _trouble(state),
        f"{'online' if pack.online else 'offline'}, {_age(now_s - state.ts)}",
    )


def _left(state: StateMessage) -> str:
    if state.session is not None:
        return _minutes(state.session.remaining_s)
    if state.starts_in_s is not None:
        return f"in {state.starts_in_s:.0f} s"
    if state.ready_at is not None:
        return f"rest to {_clock(state.ready_at)}"
    return ""


def _trouble(state: StateMessage) -> str:
    if state.fault is not None:
        return state.fault.code
    return "guard lost" if state.guard == "lost" else state.notice or ""


def _age(seconds: float) -> str:
    for limit, unit, name in ((120.0, 1.0, "s"), (7200.0, 60.0, "min"), (172800.0, 3600.0, "h")):
        if seconds < limit:
            return f"{max(0.0, seconds) / unit:.0f} {name} ago"
    return f"{seconds / 86400:.0f} days ago"


def _minutes(seconds: float) -> str:
    whole = round(max(0.0, seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def _clock(unix_s: float) -> str:
    try:
        return time.strftime("%H:%M", time.localtime(unix_s))
    except (OverflowError, ValueError, OSError):
        return "?"  # not a time of this planet


def _aligned(table: list[tuple[str, ...]], columns: int | None) -> list[str]:
    cells = [[_cut(_plain(cell), _MOST_OF_A_CELL) for cell in row] for row in table]
    if columns is not None:
        cells = [[_cut(cell, _CUT_AT.get(n, columns)) for n, cell in enumerate(row)] for row in cells]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = (_GAP.join(_padded(row, widths)).rstrip() for row in cells)
    return [line if columns is None else _cut(line, columns) for line in lines]


def _padded(row: list[str], widths: list[int]) -> Iterable[str]:
    return (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))


def _plain(text: str) -> str:
    """Return the text without what a terminal would act on."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _cut(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    while text and _width(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"


def _width(text: str) -> int:
    """Columns of a text on a terminal: wide characters take two, marks on others none."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
