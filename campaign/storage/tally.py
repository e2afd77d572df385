"""What came of so many accidents of the disk."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts accidents; whatever should not be after one is kept in words."""

    cuts: int = 0
    lost: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Everything that should not be."""
        return [*self.lost, *self.unfinished, *self.unverified, *self.set_aside]

    def __add__(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(
            self.cuts + other.cuts,
            self.lost + other.lost,
            self.unfinished + other.unfinished,
            self.unverified + other.unverified,
            self.set_aside + other.set_aside,
        )
