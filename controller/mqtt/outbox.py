"""What waits to be published: bounded, drop-oldest, and patient through an outage."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MAX_EVENTS = 1000
MAX_RESULTS = 64
#: An answer that comes later than this is about nothing a person still waits for.
RESULT_LIFETIME_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Letter:
    """One message to publish, QoS 1. Compared by identity. Types and lifetimes travel with MQTT 5 only."""

    topic: str
    payload: bytes
    retain: bool = False
    correlation: bytes | None = None
    content_type: str = "application/json"
    #: Whole seconds after which nobody needs it any more; None: it stays good.
    expiry_s: int | None = None


class Outbox:
    """Results go first, then the newest state and announcement, then events in order.

    A letter stays in here until it is confirmed, so a lost connection loses nothing that still matters;
    the receiver may see it twice. ``dropped`` counts what had to make room.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """Start empty; ``monotonic_s`` judges the age of results."""
        self._monotonic_s = monotonic_s
        self._results: deque[tuple[float, Letter]] = deque(maxlen=MAX_RESULTS)
        self._events: deque[Letter] = deque(maxlen=MAX_EVENTS)
        #: What the broker keeps, by topic: only the newest of each counts.
        self._kept: dict[str, Letter] = {}
        self._due: dict[str, None] = {}
        self.dropped = 0

    def put_newest(self, letter: Letter) -> None:
        """Replace the letter on this topic: the state, or who this is."""
        self._kept[letter.topic] = letter
        self._due[letter.topic] = None

    def put_event(self, letter: Letter) -> None:
        """Add an event."""
        self.dropped += len(self._events) == MAX_EVENTS
        self._events.append(letter)

    def put_result(self, letter: Letter) -> None:
        """Add the answer to a command."""
        self.dropped += len(self._results) == MAX_RESULTS
        self._results.append((self._monotonic_s(), letter))

    def repeat_newest(self) -> None:
        """Make the newest of each due again: a broker that restarted may have forgotten them."""
        self._due |= dict.fromkeys(self._kept)

    def next(self) -> Letter | None:
        """Return what is to be published now, or None. It stays until ``confirm``."""
        oldest_s = self._monotonic_s() - RESULT_LIFETIME_S
        while self._results and self._results[0][0] < oldest_s:
            self._results.popleft()
            self.dropped += 1
        if self._results:
            return self._results[0][1]
        if self._due:
            return self._kept[next(iter(self._due))]
        return self._events[0] if self._events else None

    def confirm(self, letter: Letter) -> None:
        """Forget what the broker has."""
        if letter is self._kept.get(letter.topic):
            self._due.pop(letter.topic, None)
        elif self._results and letter is self._results[0][1]:
            self._results.popleft()
        elif self._events and letter is self._events[0]:
            self._events.popleft()
