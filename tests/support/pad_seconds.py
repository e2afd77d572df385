"""Seconds of a pad as the response checks see them, told in a few words."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from hardware.response.seconds import KEPT, Second, Seconds

Answer = TypeVar("Answer")


def second(
    temperature_c: float = 40.0, heat_w_m2: float = 0.0, *, full: bool = False, allowed: float = 1.0
) -> Second:
    return Second(temperature_c, heat_w_m2, full, allowed)


def seconds(*temperatures_c: float, heat_w_m2: float = 0.0) -> Seconds:
    """Return one second for each temperature, all with the same heat."""
    return tuple(second(temperature_c, heat_w_m2) for temperature_c in temperatures_c)


def rising(rate_c_per_s: float, count: int, from_c: float = 33.0) -> list[float]:
    """Return the temperatures of ``count`` seconds of a steady rise (or fall)."""
    return [from_c + n * rate_c_per_s for n in range(count)]


def follow(
    answer: Answer, told: Iterable[Second], step: Callable[[Answer, Seconds], Answer], before: Seconds = ()
) -> list[Answer]:
    """Tell one second after the other, as a guard does; return the answer after each."""
    known, answers = before, []
    for one in told:
        known = (*known, one)[-KEPT:]
        answer = step(answer, known)
        answers.append(answer)
    return answers
