"""What a hostile controller does to a guard, as data: it can be kept, changed, stored and played again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """One deed.

    Attributes:
        kind: a method of ``campaign.fuzz.enemy.Enemy`` or ``world.World`` without its ``do_``.
        text: what it needs in words: a frame as JSON with blanks, bytes as hex, the name of a fault.
        number: what it needs as a number; its meaning is the kind's.
    """

    kind: str
    text: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Deeds, then ``dt_s`` seconds, then one cycle of the guard; all of it ``times`` times."""

    acts: tuple[Act, ...] = ()
    dt_s: float = 0.1
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """One guard's life: ``build`` draws board, pad and wearer, and the noise of its converter."""

    build: int
    turns: tuple[Turn, ...]

    @property
    def cycles(self) -> int:
        """How many cycles it takes, without those of restarts."""
        return sum(turn.times for turn in self.turns)


def store(sequence: Sequence, file: Path, broken: str) -> None:
    """Write a sequence, and what it broke, so that ``load`` reads it back."""
    plain = {
        "broken": broken,
        "build": sequence.build,
        "turns": [
            {"acts": [[a.kind, a.text, a.number] for a in t.acts], "dt_s": t.dt_s, "times": t.times}
            for t in sequence.turns
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(plain, indent=1) + "\n")


def load(file: Path) -> Sequence:
    """Read a stored sequence."""
    plain: Any = json.loads(file.read_text())
    turns = tuple(
        Turn(tuple(Act(*act) for act in turn["acts"]), turn["dt_s"], turn["times"]) for turn in plain["turns"]
    )
    return Sequence(plain["build"], turns)
