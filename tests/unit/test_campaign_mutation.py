"""The mutation tester: which mistakes it makes, where it makes none, and how it counts."""

import pytest

from campaign.mutation import report
from campaign.mutation.forks import Outcome
from campaign.mutation.mutants import Mutant, mutants
from campaign.mutation.report import Score, Tried, score
from campaign.mutation.targets import EXEMPTIONS, TARGETS, Exemption


def of(source: str) -> list[str]:
    """Return the expressions that stand in the place of a source's only mistake."""
    return [mutant.after for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("x < y", ["x <= y", "x > y"]),
        ("x is None", ["x is not None"]),
        ("a and b and c", ["a or b or c", "b and c", "a and c", "a and b"]),
        ("a or b", ["a and b", "b", "a"]),
        ("not a", ["a"]),
        ("x = 2.0", ["x = 2.2", "x = 1.8"]),
        ("x = 0.0", ["x = 1.0", "x = -1.0"]),
        ("x = 7", ["x = 8", "x = 6"]),
        ("x = 1e-05", ["x = 0.0", "x = 1.0"]),
        ("x = True", ["x = False"]),
        ("x - y", ["x + y"]),
        ("y = max(a, b)", ["min(a, b)"]),
        ("a if b else c", ["a", "c"]),
        ("Action.INHIBIT", ["Action.WARN", "Action.END_SESSION"]),
        ("Action.LATCH", ["Action.END_SESSION"]),
        ("f(Action.NONE)", ["f(Action.WARN)", "pass"]),
        ("x = lambda f: f.a == f.b", ["x = lambda f: True", "x = lambda f: False", "f.a != f.b"]),
        ("def f() -> bool:\n    return g()", ["return True", "return False"]),
        ("def f() -> str | None:\n    return g()", ["return None"]),
    ],
)
def test_the_mistakes(source: str, wrong: list[str]) -> None:
    found = of(source)

    assert sorted(found) == sorted(wrong)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of 1 line, or 2."""',
        "x = f'{a + 1:.2f} and {b or 0}'",
        "__all__ = ['a', 'b'][:1]",
        "def f(x: Literal[1] | None) -> Literal[2]:\n    pass",
        "@dataclass(frozen=True)\nclass A:\n    pass",
        "import a, b",
        "x = lambda f: f'{f.a > 1}' if f.b > 2 else 'nothing'",
    ],
)
def test_where_no_mistake_can_matter_there_is_none(source: str) -> None:
    assert of(source) == []


def test_a_mutant_is_the_whole_module_with_one_mistake_in_it() -> None:
    source = "a = 1\n\nif a < limit and ready:\n    heat()\n"

    found = list(mutants(source))

    assert Mutant(3, "a < limit", "a <= limit", "a = 1\nif a <= limit and ready:\n    heat()") in found
    assert Mutant(4, "heat()", "pass", "a = 1\nif a < limit and ready:\n    pass") in found
    assert len({mutant.source for mutant in found}) == len(found)
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    for mutant in found:
        compile(mutant.source, "mutant", "exec")


def test_what_does_not_parse_has_no_mutants() -> None:
    with pytest.raises(SyntaxError):
        of("if if")


# --- the count ------------------------------------------------------------------------------------

MUTANT = Mutant(9, "a < b", "a <= b", "")
WAVED = Exemption("checks", "a < b", "a <= b", "They are never equal")


def test_a_mutant_that_hangs_is_noticed_one_that_passes_is_not_and_an_exempt_one_does_not_count() -> None:
    tried = [Tried("hardware.checks", MUTANT, outcome) for outcome in Outcome]
    tried += [Tried("hardware.checks", MUTANT, Outcome.KILLED), Tried("hardware.checks", MUTANT, None, WAVED)]

    assert score(tried) == Score(killed=2, timed_out=1, survived=1, exempt=1)
    assert score(tried).percent == 75.0
    assert score([]).percent == 100.0


def test_the_report_names_what_nobody_noticed_and_why_something_is_exempt() -> None:
    text = report.text(
        [Tried("hardware.checks", MUTANT, Outcome.SURVIVED), Tried("hardware.dose", MUTANT, None, WAVED)]
    )

    assert "hardware/checks.py:9: a < b -> a <= b" in text
    assert "They are never equal" in text


def test_a_long_expression_is_shown_where_it_differs() -> None:
    long = " and ".join(f"condition_number_{n}" for n in range(20))
    line = report.place(
        Tried("hardware.guard", Mutant(1, long, long.replace("_7", "_8"), ""), Outcome.SURVIVED)
    )

    assert "condition_number_7 and" in line
    assert "condition_number_8 and" in line
    assert len(line) < 250


def test_every_exemption_has_a_target_and_a_reason() -> None:
    for exemption in EXEMPTIONS:
        assert exemption.module in TARGETS
        assert exemption.reason
