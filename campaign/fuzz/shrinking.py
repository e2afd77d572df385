"""Making a finding small, so that a person can read it."""

import time

from campaign.fuzz.playing import Finding, play
from campaign.fuzz.sequences import Sequence

_SHRINK_S = 20.0


def shrink(finding: Finding, folder: str) -> Finding:
    """Return the same kind of finding with as few turns as some seconds of trying allow."""
    end_s = time.monotonic() + _SHRINK_S
    best = finding
    chunk = max(1, len(best.sequence.turns) // 2)
    while time.monotonic() < end_s:
        before, at = best, 0
        while at < len(best.sequence.turns) and time.monotonic() < end_s:
            turns = best.sequence.turns
            shorter = Sequence(best.sequence.build, (*turns[:at], *turns[at + chunk :]))
            again = play(shorter, folder).finding
            if again is not None and again.kind == finding.kind:
                best = again
            else:
                at += chunk
        if chunk == 1 and before is best:
            break
        chunk = max(1, chunk // 2)
    return best
