"""The loop that holds a pad at its target, made of the running code: plant, law, and the way between them.

What the law asks for in one cycle is switched in the next, and stays on the pin for a cycle. So the way
from a reading to the middle of its heat is a cycle and a half, and all of it is in these matrices.
"""

from dataclasses import dataclass

import numpy as np

from bench.margins.held import CYCLE_S, held_pad, law_matrices, pad_matrices
from bench.margins.linear import Array, ComplexArray, Linear
from controller.control.pad_model import PadModel
from hardware.simulated.plant import PlantParameters


class SaturatedError(ArithmeticError):
    """The pad's power does not hold the target: there is no loop, only full power."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A pad and its law around the hold.

    Attributes:
        pad: from the duty on the pin, 0-1, to the reading, °C.
        law: from the reading to the wanted duty. It sees its last one as what went in.
        duty: that holds the pad, 0-1.
    """

    pad: Linear
    law: Linear
    duty: float

    def response(self, frequencies_rad_s: Array) -> ComplexArray:
        """Return the loop transfer function, with the sign for which −1 is the critical point."""
        z = np.exp(1j * frequencies_rad_s * CYCLE_S)
        found: ComplexArray = -self.pad.response(z) * self.law.response(z) / z
        return found

    def growth(self, gain: float = 1.0) -> float:
        """Return by how much the slowest motion grows in a cycle if the pad had ``gain`` times its power.

        Below 1 the loop is stable.
        """
        pad, law = self.pad, self.law
        pads, laws = len(pad.b), len(law.b)
        a = np.zeros((pads + laws + 1, pads + laws + 1))
        a[:pads, :pads] = pad.a
        a[:pads, -1] = gain * pad.b
        a[pads:-1, :pads] = np.outer(law.b, pad.c)
        a[pads:-1, pads:-1] = law.a
        a[-1, :pads], a[-1, pads:-1] = law.d * pad.c, law.c
        return float(np.max(np.abs(np.linalg.eigvals(a))))


def hold_loop(parameters: PlantParameters, model: PadModel, *, tuned: bool) -> Loop:
    """Return the loop of a pad that is held at 40 °C.

    Raises:
        SaturatedError: its power does not do.
    """
    state, duty = held_pad(parameters)
    if not 0.0 < duty < 1.0:
        raise SaturatedError(f"it would take {duty:.2f} of the pad's power")
    return Loop(pad_matrices(parameters, state, duty), law_matrices(model, tuned=tuned, duty=duty), duty)
