"""Playing a sequence: deeds, time, a cycle, and again; then whoever comes next must be served."""

import contextlib
import logging
import traceback
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from campaign.fuzz.broken import BrokenError
from campaign.fuzz.enemy import Enemy
from campaign.fuzz.lines import Lines
from campaign.fuzz.noting import Feature, Notes
from campaign.fuzz.rig import Rig
from campaign.fuzz.sequences import Act, Sequence, Turn
from campaign.fuzz.world import World


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sequence broke: an invariant (``crash`` False), or an exception that left the guard."""

    crash: bool
    what: str
    sequence: Sequence
    trace: str = ""

    @property
    def kind(self) -> str:
        """What findings of the same cause have in common."""
        return self.what.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a sequence.

    Attributes:
        finding: what it broke, None if nothing.
        features: what of the guard's abstract state was reached.
        times_ms: CPU time of each cycle.
        packets: how many were sent.
    """

    finding: Finding | None
    features: frozenset[Feature] = frozenset()
    times_ms: "array[float]" = field(default_factory=lambda: array("d"))
    packets: int = 0


class Player:
    """A rig, its enemy and the world around both."""

    def __init__(self, number: int, folder: str) -> None:
        """Power up build ``number`` in ``folder``, and connect."""
        self.rig = Rig(number, folder)
        self.enemy = Enemy(self.rig)
        self.notes = Notes()
        self._world = World(self.rig, self.enemy)
        self.enemy.connect()

    def play(self, sequence: Sequence) -> None:
        """Play all turns; then whoever comes next must be served.

        Raises:
            BrokenError: something that must be true is not.
            Exception: anything that left the guard.
        """
        for turn in sequence.turns:
            for _ in range(turn.times):
                self._turn(turn)
        self._serve_the_next()

    def close(self) -> None:
        """Close sockets and pins."""
        self.enemy.hang_up()
        self.rig.close()

    def _turn(self, turn: Turn) -> None:
        for act in turn.acts:
            self._do(act)
        self.rig.cycle(turn.dt_s)
        self.notes.take(self.rig, self.enemy)
        self.enemy.listen()

    def _do(self, act: Act) -> None:
        name = f"do_{act.kind}"
        getattr(self.enemy if hasattr(self.enemy, name) else self._world, name)(act)

    def _serve_the_next(self) -> None:
        self.enemy.hang_up()
        self.rig.hear()
        self.enemy.connect()
        tick = self.rig.loop.state.tick
        self.rig.cycle(0.1)
        self.rig.cycle(0.1)
        self.enemy.listen()
        if self.enemy.tick_read < tick:
            raise BrokenError("stall: the next controller is not served")


def play(sequence: Sequence, folder: str, lines: Lines | None = None) -> Played:
    """Play one sequence on a new guard in ``folder``, which is emptied; ``lines`` watches."""
    for leftover in Path(folder).iterdir():
        leftover.rmdir() if leftover.is_dir() else leftover.unlink()
    player: Player | None = None
    finding: Finding | None = None
    try:
        with _quiet():
            player = Player(sequence.build, folder)
            with contextlib.nullcontext() if lines is None else lines.watching():
                player.play(sequence)
    except BrokenError as error:
        finding = Finding(False, str(error), sequence)
    except Exception as error:  # whatever it is, it left the guard, or the fuzzer itself is wrong
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} in {where.name}: {error}"
        finding = Finding(True, what, sequence, traceback.format_exc())
    if player is None:
        return Played(finding)
    player.close()
    features = frozenset(player.notes.features | player.enemy.told)
    return Played(finding, features, player.rig.times_ms, player.enemy.packets)


class _Formatting(logging.Handler):
    """Formats each record as the guard's own handler does, and shows none."""

    def emit(self, record: logging.LogRecord) -> None:
        self.format(record)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the guard's log off the terminal."""
    log = logging.getLogger("heatpack.guard")
    handler, propagate = _Formatting(), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagate
