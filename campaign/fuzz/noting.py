"""The guard's state in the abstract: what guides the fuzzer. Nothing is judged by it."""

from campaign.fuzz.enemy import Enemy
from campaign.fuzz.rig import Rig

Feature = tuple[object, ...]


class Notes:
    """``features``: which states and which moves between them were reached."""

    def __init__(self) -> None:
        """Nothing was reached yet."""
        self.features: set[Feature] = set()
        self._before: object = None

    def take(self, rig: Rig, enemy: Enemy) -> None:
        """Note the state after a cycle, and which frames led to it."""
        state = rig.loop.state
        phase = state.phase
        where: object = None
        if phase is not None:
            where = (
                phase.armed,
                phase.test and phase.test.stage,
                phase.energised_s is not None,
                phase.reached,
            )
        verdicts = tuple(sorted({verdict.code for verdict in state.verdicts}))
        latches = tuple(sorted(latch.code for latch in state.ledger.latches))
        faults = tuple(track.fault for track in state.tracks)
        self.features |= {
            ("state", where, verdicts, latches[:2]),
            ("move", self._before, where, frozenset(enemy.said)),
            ("sensors", faults, where is not None, state.response.question.open),
            ("link", rig.server.linked, enemy.deaf, rig.loop._ledger_error is None, where),
            ("day", len(state.ledger.sessions), where is not None),
            ("allowance", round(state.allowance.left_j_m2 / 10_000.0), where),
        }
        self._before = where
