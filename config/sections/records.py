"""[records]: how long the log and the sessions are kept."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import model_validator

from config.fields import Section, whole
from config.problems import Problem, refuse


class Records(Section):
    """Days and megabytes. What is younger than a day and the newest twenty sessions are kept in any case.

    An 8-minute session takes about 7 kB (``./dev bench records``), so that the defaults hold six a day for
    five years on a 16 GB card, with room for longer stories.
    """

    keep_days: Annotated[int, whole(2, 36_500)] = 1825
    keep_samples_days: Annotated[int, whole(1, 36_500)] = 365
    max_mb: Annotated[int, whole(5, 100_000)] = 200

    @model_validator(mode="after")
    def _samples_are_of_sessions(self) -> Self:
        refuse("records", self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        if self.keep_samples_days > self.keep_days:
            yield Problem(
                ("keep_samples_days",),
                f"{self.keep_samples_days} is more than keep_days = {self.keep_days}: samples go with their"
                f" sessions; use {self.keep_days} or less, or a larger keep_days",
            )
