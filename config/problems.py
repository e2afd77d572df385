"""What is wrong with a configuration: where, and a sentence for a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Where = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. ``where`` is the path of keys and list positions, from 0."""

    where: Where
    sentence: str

    @property
    def key(self) -> str:
        """The place as written in messages: ``hardware.thermistor[1].part``."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.where)
        return "".join(parts).removeprefix(".")

    def within(self, *outer: int | str) -> "Problem":
        """Return the same problem, seen from a section further out."""
        return Problem((*outer, *self.where), self.sentence)


def refuse(title: str, problems: Iterable[Problem]) -> None:
    """Raise all problems at once as one ``pydantic.ValidationError``; do nothing if there are none."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("problem", "{sentence}", {"sentence": problem.sentence}),
            loc=problem.where,
            input=None,
        )
        for problem in problems
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)
