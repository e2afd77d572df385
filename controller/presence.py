"""Whether somebody is with the pack: its button was pressed a short while ago. Time is an input.

With ``[mqtt] require_presence`` a start from afar (phone, terminal, trigger) needs that. Without, a
press is what it is: a wish for heat.
"""

from typing import Final

#: How long a press counts, device seconds.
PRESENT_S: Final = 120.0


class Presence:
    """Remembers the last press. A pack that does not ask for presence is always attended."""

    def __init__(self, required: bool) -> None:
        """``required``: ``[mqtt] require_presence``."""
        self.required = required
        self._until_s = float("-inf")

    def press(self, now_s: float) -> bool:
        """Take a short press; tell whether it means more than that somebody is there.

        Where presence is required the first press says only that. Otherwise one who wants the phone's
        target could not press without getting the button's, and one who is told to press for the heat
        after a session would cancel it. The next one, while the first still counts, means more.
        """
        means_more = self.attended(now_s)
        self._until_s = now_s + PRESENT_S
        return means_more

    def attended(self, now_s: float) -> bool:
        """Tell whether a start from afar may go on."""
        return not self.required or now_s < self._until_s

    def left_s(self, now_s: float) -> float | None:
        """Return how long the press still counts, or None if it does not or nobody asks."""
        return self._until_s - now_s if self.required and self.attended(now_s) else None

    def forget(self) -> None:
        """The guard was lost: what was pressed before it may be older than it looks."""
        self._until_s = float("-inf")
