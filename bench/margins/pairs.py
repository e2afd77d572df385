"""The random pads and wearers of ``./dev bench control``, and what their hold loops forgive."""

import random
from dataclasses import dataclass, replace
from typing import Final

from bench.margins.held import CYCLE_S, tuned_model, untuned_model
from bench.margins.loop import Loop, SaturatedError, hold_loop
from bench.margins.margins import Margins, margins
from campaign.draws import draw
from controller.control.pad_model import PadModel
from hardware.simulated.plant import PlantParameters

#: By how much each number of a model is wrong at most that was measured badly, as a share.
MEASURED_WITHIN: Final = 0.2
_MEASURED: Final = (
    "heater_j_m2k",
    "face_j_m2k",
    "heater_face_m2k_w",
    "sensor_tau_s",
    "sensor_heater_share",
)


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops of one pad on one wearer.

    Attributes:
        tuned: with the pad's own model.
        mistuned: tuned, with each number of the model wrong.
        untuned: with a typical pad's model.
    """

    tuned: Loop
    mistuned: Loop
    untuned: Loop


@dataclass(frozen=True, slots=True)
class Judged:
    """The margins of one pad's ``Loops``; None for one that is not stable."""

    tuned: Margins | None
    mistuned: Margins | None
    untuned: Margins | None


def parameters_of(run: int, seed: int) -> PlantParameters:
    """Draw a pad and its wearer. Same numbers, same pair, also in ``bench.control``."""
    return draw(random.Random(f"control/{seed}/{run}")).parameters


def loops(parameters: PlantParameters) -> Loops:
    """Return the loops of a pair.

    Raises:
        SaturatedError: the pad's power does not hold it.
    """
    model = tuned_model(parameters)
    return Loops(
        hold_loop(parameters, model, tuned=True),
        hold_loop(parameters, _badly_measured(model), tuned=True),
        hold_loop(parameters, untuned_model(parameters), tuned=False),
    )


def judge(parameters: PlantParameters) -> Judged | None:
    """Return what the loops of a pair forgive; None where full power does not hold the pad."""
    try:
        found = loops(parameters)
    except SaturatedError:
        return None
    return Judged(_margins(found.tuned), _margins(found.mistuned), _margins(found.untuned))


def _badly_measured(model: PadModel) -> PadModel:
    rng = random.Random(repr(model))
    return replace(
        model,
        **{
            name: getattr(model, name) * rng.uniform(1.0 - MEASURED_WITHIN, 1.0 + MEASURED_WITHIN)
            for name in _MEASURED
        },
    )


def _margins(loop: Loop) -> Margins | None:
    return margins(loop.response, CYCLE_S) if loop.growth() < 1.0 else None
