"""A step of running code as matrices: x' = A·x + B·u, y = C·x + D·u, once per cycle.

The matrices are found by central differences. So they are those of the code, whatever it has become.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complexfloating[Any, Any]]
#: Takes a state and one input, and returns the next state and one output.
Step = Callable[[Array, float], tuple[Array, float]]

#: Of a temperature in °C; the code is linear within far more, and rounding disturbs far less.
NUDGE: Final = 1e-3
_CLOSE_ENOUGH: Final = 1e-9
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Linear:
    """One input, one output. ``b`` is a column and ``c`` a row, both as vectors."""

    a: Array
    b: Array
    c: Array
    d: float

    def response(self, z: ComplexArray) -> ComplexArray:
        """Return the transfer function's value at each ``z``."""
        size = len(self.b)
        resolvent = np.linalg.solve(
            z[:, None, None] * np.eye(size) - self.a, np.broadcast_to(self.b[:, None], (len(z), size, 1))
        )
        found: ComplexArray = resolvent[:, :, 0] @ self.c + self.d
        return found


def linearise(step: Step, state: Array, u: float, u_nudge: float = NUDGE) -> Linear:
    """Return the step around a state and an input."""
    size = len(state)
    a, c = np.zeros((size, size)), np.zeros(size)
    for n in range(size):
        nudge = np.zeros(size)
        nudge[n] = NUDGE
        (more, more_y), (less, less_y) = step(state + nudge, u), step(state - nudge, u)
        a[:, n] = (more - less) / (2.0 * NUDGE)
        c[n] = (more_y - less_y) / (2.0 * NUDGE)
    (more, more_y), (less, less_y) = step(state, u + u_nudge), step(state, u - u_nudge)
    return Linear(a, (more - less) / (2.0 * u_nudge), c, (more_y - less_y) / (2.0 * u_nudge))


def rest(step: Callable[[Array], Array], guess: Sequence[float]) -> Array:
    """Return where a step leaves a state as it is, by Newton's method.

    Raises:
        ArithmeticError: it is not found from this guess.
    """
    state = np.array(guess, dtype=float)
    for _ in range(_TRIES):
        off = step(state) - state
        if float(np.max(np.abs(off))) < _CLOSE_ENOUGH:
            return state
        a = linearise(lambda x, _: (step(x), 0.0), state, 0.0).a
        state = state - np.linalg.solve(a - np.eye(len(state)), off)
    raise ArithmeticError("no rest was found")
