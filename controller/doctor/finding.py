"""One line of the doctor: all is well, or what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``sentence`` says what was found, and after a problem what helps."""

    topic: str
    ok: bool
    sentence: str


def good(topic: str, sentence: str) -> Finding:
    """Return a finding that needs nobody."""
    return Finding(topic, True, sentence)


def bad(topic: str, sentence: str) -> Finding:
    """Return a finding with its remedy."""
    return Finding(topic, False, sentence)
