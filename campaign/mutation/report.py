"""What the suite noticed: a score for each module, and everything that it did not notice. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.mutation.forks import Outcome
from campaign.mutation.mutants import Mutant
from campaign.mutation.targets import Exemption

#: As much of an unchanged expression is shown on both sides of a mistake.
_AROUND = 40


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutant and what became of it; ``exemption`` if nobody can notice it."""

    module: str
    mutant: Mutant
    outcome: Outcome | None = None
    exemption: Exemption | None = None
    noticed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of a module were noticed; exempt ones count neither way."""

    killed: int = 0
    timed_out: int = 0
    survived: int = 0
    exempt: int = 0

    @property
    def percent(self) -> float:
        """Share of the mutants that were noticed, 0-100; 100 if there were none."""
        noticed = self.killed + self.timed_out
        return 100.0 * noticed / (noticed + self.survived) if noticed + self.survived else 100.0


def score(tried: Sequence[Tried]) -> Score:
    """Count."""
    outcomes = [one.outcome for one in tried if one.exemption is None]
    return Score(
        outcomes.count(Outcome.KILLED),
        outcomes.count(Outcome.TIMED_OUT),
        outcomes.count(Outcome.SURVIVED),
        len(tried) - len(outcomes),
    )


def text(tried: Sequence[Tried]) -> str:
    """Return the whole report for a terminal."""
    modules = list(dict.fromkeys(one.module for one in tried))
    rows = [(name, score([one for one in tried if one.module == name])) for name in modules]
    lines = [f"{'module':28}{'killed':>8}{'timed out':>11}{'survived':>10}{'exempt':>8}{'score':>9}"]
    for name, row in [*rows, ("total", score(tried))]:
        lines.append(
            f"{name:28}{row.killed:8}{row.timed_out:11}{row.survived:10}{row.exempt:8}{row.percent:8.1f}%"
        )
    survivors = [one for one in tried if one.outcome is Outcome.SURVIVED]
    if survivors:
        lines += ["", "Nobody noticed:", *(place(one) for one in survivors)]
    exempt = [one for one in tried if one.exemption is not None]
    if exempt:
        lines += ["", "Nobody can notice:"]
        lines += [f"{place(one)}\n    {one.exemption.reason}" for one in exempt if one.exemption]
    return "\n".join(lines)


def place(one: Tried) -> str:
    """Return ``file:line: before -> after``."""
    before, after = _apart(one.mutant.before, one.mutant.after)
    return f"{one.module.replace('.', '/')}.py:{one.mutant.line}: {before} -> {after}"


def plain(tried: Sequence[Tried]) -> dict[str, object]:
    """Return the figures for a program."""
    scores = {
        name: round(score([one for one in tried if one.module == name]).percent, 2)
        for name in dict.fromkeys(one.module for one in tried)
    }
    return {
        "score": round(score(tried).percent, 2),
        "mutants": len(tried),
        "modules": scores,
        "survived": [place(one) for one in tried if one.outcome is Outcome.SURVIVED],
        "noticed_by": {place(one): one.noticed_by for one in tried if one.noticed_by is not None},
        "exempt": {place(one): one.exemption.reason for one in tried if one.exemption is not None},
    }


def _apart(before: str, after: str) -> tuple[str, str]:
    """Shorten two long texts to where they differ."""
    before, after = " ".join(before.split()), " ".join(after.split())
    least = min(len(before), len(after))
    same = next((n for n in range(least) if before[n] != after[n]), least)
    tail = next((n for n in range(least - same) if before[-1 - n] != after[-1 - n]), least - same)
    start, end = max(0, same - _AROUND), max(0, tail - _AROUND)
    return tuple(  # type: ignore[return-value]
        ("…" if start else "") + one[start : len(one) - end] + ("…" if end else "") for one in (before, after)
    )
