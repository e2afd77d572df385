"""What takes part: a law, how often it is asked, how it samples, and how its duty becomes on and off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bench.control.pad import Pad
from bench.control.pairs import Device

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)


class Law(Protocol[R_contra]):
    def step(self, target_c: float, reading: R_contra, dt_s: float, applied: float, /) -> float:
        """Take one reading and return the wanted duty, 0-1.

        Args:
            target_c: the target, °C.
            reading: what ``Contestant.read`` gives: the hottest thermistor, °C, or each of them.
            dt_s: seconds since the last step.
            applied: the duty (0-1) that really went in since then.
        """


#: Prepares a law for a device, with an autotune if there is one, and returns what makes one for each session.
Build = Callable[[Device], Callable[[], Law[R]]]


def hottest(samples: int = 1) -> Callable[[Pad], float]:
    """Read the hottest thermistor; so many conversions are averaged, as the peer does."""
    return lambda pad: pad.read(samples)


@dataclass(frozen=True, slots=True)
class Contestant(Generic[R]):
    """One law of the contest.

    Attributes:
        key: for programs: ``marlin_pid``.
        title: for people: "Marlin PID".
        note: what a reader should know about it, one sentence.
        build: see ``Build``.
        period_s: time between two steps.
        read: what it reads of a pad.
        window_s: the peer's own time-proportioning window; 0 for this project's sigma-delta at 0.1 s.
    """

    key: str
    title: str
    note: str
    build: Build[R]
    period_s: float
    read: Callable[[Pad], R]
    window_s: float = 0.0
