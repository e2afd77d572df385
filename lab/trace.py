"""From the kernel's own record of its GPIO lines to what happened to the heater.

The record is ftrace's text: edges of lines (``gpio_value``), lines given up by their owner
(``line_freed``, see ``guest/pins.sh``), ends of processes, and the moment of the blow. Times are
CLOCK_MONOTONIC of the machine, in seconds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEATER, ENABLE, DEADMAN = 17, 27, 22
#: Whose hand it is when a line falls because its owner is gone.
NOBODY = 0
#: A heater line that has been low for as long is off: a demand lives for 1 s, and a held pad is switched
#: on more often.
QUIET_S = 1.5

_EVENT = re.compile(
    r"^\s*(?P<task>.+)-(?P<pid>\d+)\s+\[\d+\]\s+\S+\s+(?P<at>\d+\.\d+): (?P<name>\w+): ?(?P<words>.*)$"
)
_SET = re.compile(r"(\d+) set ([01])")
_FREED = re.compile(r"line=(\d+)")
_EXIT = re.compile(r"pid=(\d+)")
_BLOW = re.compile(r"blow \w+ (\d+)")


@dataclass(frozen=True, slots=True)
class Edge:
    """A line changed its level, by the hand of process ``pid``."""

    at_s: float
    line: int
    high: bool
    pid: int


@dataclass(frozen=True, slots=True)
class Story:
    """What the record says.

    Attributes:
        high: the lines that were high when the record began.
        edges: every change of level since, in order.
        blow_s: when the daemon was struck; None if it was not.
        exits: when each process ended.
        ends_s: the last moment that was recorded.
    """

    high: frozenset[int]
    edges: tuple[Edge, ...]
    blow_s: float | None
    exits: dict[int, float]
    ends_s: float

    def off_s(self, since_s: float) -> float | None:
        """Return when the heater line went low for good, after ``since_s`` with the line high.

        None if it never stayed low for ``QUIET_S``.
        """
        highs = list(self._highs(since_s))
        for (_, low_s), following in zip(highs, [*highs[1:], None], strict=True):
            until_s = self.ends_s if following is None else following[0]
            if low_s is not None and until_s - low_s >= QUIET_S:
                return low_s
        return None

    def heats_since(self, at_s: float) -> int:
        """Return how often both switches of the heater became closed after ``at_s``."""
        closed = {line: line in self.high for line in (HEATER, ENABLE)}
        times = 0
        for edge in self.edges:
            if edge.line in closed:
                before = all(closed.values())
                closed[edge.line] = edge.high
                times += edge.at_s > at_s and all(closed.values()) and not before
        return times

    def last_toggle_s(self, pid: int) -> float | None:
        """Return when a process last gave the dead-man circuit an edge."""
        return max(
            (edge.at_s for edge in self.edges if edge.line == DEADMAN and edge.pid == pid), default=None
        )

    def _highs(self, since_s: float) -> Iterator[tuple[float, float | None]]:
        """The times in which the heater line was high: from, and to or None."""
        high_s: float | None = since_s
        for edge in self.edges:
            if edge.line != HEATER or edge.at_s < since_s:
                continue
            if edge.high and high_s is None:
                high_s = edge.at_s
            elif not edge.high and high_s is not None:
                yield high_s, edge.at_s
                high_s = None
        if high_s is not None:
            yield high_s, None


def read(text: str, *, base: int, persist: bool, high: frozenset[int] = frozenset()) -> Story:
    """Read a record.

    Args:
        text: ``/sys/kernel/tracing/trace``.
        base: the kernel's number of the first line.
        persist: whether lines keep their level when their owner is gone; else they fall to their pull.
        high: the lines that were high when the record began.
    """
    levels = dict.fromkeys(high, True)
    edges: list[Edge] = []
    exits: dict[int, float] = {}
    blow_s: float | None = None
    at_s = 0.0
    for line in text.splitlines():
        event = _EVENT.match(line)
        if event is None:
            continue
        at_s, pid, words = float(event["at"]), int(event["pid"]), event["words"]
        change: tuple[int, bool] | None = None
        match event["name"]:
            case "gpio_value" if found := _SET.match(words):
                change = int(found[1]) - base, found[2] == "1"
            case "line_freed" if not persist and (found := _FREED.search(words)):
                change, pid = (int(found[1]), False), NOBODY
            case "sched_process_exit" if found := _EXIT.search(words):
                exits[int(found[1])] = at_s
            case "tracing_mark_write" if _BLOW.match(words):
                blow_s = at_s
        if change is not None and levels.get(change[0], False) != change[1]:
            levels[change[0]] = change[1]
            edges.append(Edge(at_s, *change, pid))
    return Story(high, tuple(edges), blow_s, exits, at_s)
