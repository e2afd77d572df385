"""What is mutated, which tests must notice, and which mutants nobody can notice."""

from dataclasses import dataclass

#: Everything that lives through whole sessions of the pure guard.
_GUARD = ("guard_gate", "guard_heat", "guard_sensors", "guard_latches", "guard_session", "guard_controller")
_STORIES = (*_GUARD, "admission", "guard_rest", "guard_log", "guard_response", "guard_exhaustive")

#: All tests of these share one long search, so they stay together, after all others.
LAST = ("guard_exhaustive",)

#: Module of hardware/ (a dot is a folder) to the files in tests/unit that judge it.
TARGETS: dict[str, tuple[str, ...]] = {
    "checks": ("checks", *_GUARD),
    "guard": _STORIES,
    "sensing": ("sensing", "guard_sensors", "guard_heat", "guard_latches"),
    "admission": ("admission", "guard_session", "guard_rest", "guard_latches"),
    "verdict": ("verdict", "checks", "guard_heat", "guard_latches"),
    "modulation": ("modulation", "guard_session"),
    "dose": ("dose", "guard_heat"),
    "heat_phase": ("heat_phase", "guard_session", "guard_gate", "guard_controller"),
    "requests": (
        "admission",
        "guard_session",
        "guard_latches",
        "guard_controller",
        "guard_gate",
        "guard_rest",
        "guard_log",
    ),
    "reading": ("reading", "guard_heat", "guard_session"),
    "arming": ("self_test", "guard_session", "guard_gate"),
    "self_test": ("self_test",),
    "supply": ("supply",),
    "allowance": ("allowance",),
    "response.seconds": ("response_seconds", "response_response"),
    "response.question": ("response_question", "response_response"),
    "response.recovery": ("response_recovery", "response_response"),
    "response.full_heat": ("response_full_heat", "response_response"),
    "response.hold": ("response_hold", "response_response"),
    "response.runaway": ("response_runaway", "response_response"),
    "response.cooling": ("response_cooling", "response_response"),
    "response.response": ("response_response", "guard_response"),
}


@dataclass(frozen=True, slots=True)
class Exemption:
    """A mutant that behaves like the original, whatever the test."""

    module: str
    before: str
    after: str
    reason: str


EXEMPTIONS = (
    Exemption(
        "allowance",
        "flux_w_m2 <= SUSTAINED_W_M2",
        "flux_w_m2 < SUSTAINED_W_M2",
        "At the sustained flux itself the share is 1 either way.",
    ),
    Exemption(
        "checks",
        "for_s: float = 0.0",
        "for_s: float = -1.0",
        "No condition holds for less than 0 s: such a row speaks at once either way.",
    ),
    Exemption(
        "checks",
        "now_s - first_s >= check.for_s - 1e-06",
        "now_s - first_s > check.for_s - 1e-06",
        "The edge of a tolerance: times that differ by exactly a microsecond.",
    ),
    Exemption(
        "dose",
        "temperature_c >= REFERENCE_C",
        "temperature_c > REFERENCE_C",
        "At the reference itself the exponent is 0, and both ratios give 1.",
    ),
    Exemption(
        "modulation",
        "owed >= 1.0 - 1e-09",
        "owed > 1.0 - 1e-09",
        "The edge of a tolerance: a billionth of a cycle of heat.",
    ),
    Exemption(
        "reading",
        "s.response.step(second, None, reached=False)",
        "s.response.step(second, None, reached=True)",
        "Without a target nothing asks whether it was reached.",
    ),
    Exemption(
        "sensing",
        "len(valid) > 1",
        "len(valid) >= 1",
        "One sample differs from itself by 0, which is also what is returned for one.",
    ),
    Exemption(
        "sensing",
        "len(valid) > 1",
        "len(valid) > 0",
        "One sample differs from itself by 0, which is also what is returned for one.",
    ),
)
