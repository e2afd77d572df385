"""The hold loop's Nyquist curves, and how much it lets through of what disturbs, over many pairs."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench.margins.held import CYCLE_S
from bench.margins.loop import SaturatedError
from bench.margins.pairs import loops, parameters_of
from bench.report import percentile
from docs.plots.chart import Panel, drawing
from hardware.simulated.plant import PlantParameters

_PAIRS: Final = 60
_SEED: Final = 1
_FREQUENCIES: Final = np.geomspace(2e-3, math.pi / CYCLE_S, 160)
_KINDS: Final = {"tuned": "pad", "untuned": "found"}


def draw() -> str:
    """Return the file."""
    nyquist = Panel(44.0, 330.0, 28.0, 314.0, (-2.0, 1.0), (-2.0, 1.0))
    sensitivity = Panel(396.0, 700.0, 28.0, 314.0, (2e-3, 30.0), (0.0, 4.0), math.log)
    parts = [
        nyquist.axes("Loop transfer function, nominal pad", (-2, -1, 0, 1), (-2, -1, 0, 1), "real part"),
        nyquist.curve("read dashed", _circle(0.0, 1.0)),
        nyquist.curve("read dashed", _circle(-1.0, 0.5)),
        f'<circle class="mark" cx="{nyquist.x(-1.0):.1f}" cy="{nyquist.y(0.0):.1f}" r="3.5"/>',
        nyquist.word("read", -1.0, 0.56, "sensitivity 2", "middle"),
        nyquist.word("read", 0.94, 0.86, "gain 1", "end"),
        sensitivity.axes(
            f"Sensitivity, {_PAIRS} pairs: median, 5–95 %, all",
            (0.01, 0.1, 1.0, 10.0),
            (0, 1, 2, 3, 4),
            "rad/s",
        ),
    ]
    nominal = loops(PlantParameters())
    spread = _sensitivities()
    for law, loop in (("tuned", nominal.tuned), ("untuned", nominal.untuned)):
        values = loop.response(_FREQUENCIES)
        inside = [(value.real, value.imag) for value in values if value.imag > nyquist.ys[0]]
        parts.append(nyquist.curve(_KINDS[law], inside))
        found = spread[law]
        parts.append(_band(sensitivity, _KINDS[law], found, 0.0, 1.0))
        parts.append(_band(sensitivity, _KINDS[law], found, 0.05, 0.95))
    for n, (law, kind) in enumerate(_KINDS.items()):
        found = spread[law]
        parts.append(sensitivity.curve(kind, _percentile(found, 0.5)))
        parts.append(nyquist.word(kind, -1.9, -1.65 - 0.2 * n, law))
        parts.append(sensitivity.word(kind, 3e-3, 3.7 - 0.25 * n, law))
    return drawing(
        720.0,
        356.0,
        "Left: the Nyquist curves of the nominal pad, tuned and untuned, stay outside of the circle of"
        " sensitivity 2 around the critical point. Right: the sensitivity over frequency; tuned pairs stay"
        " near 2 at most, a few untuned ones reach 3.5.",
        parts,
    )


def _sensitivities() -> dict[str, list[list[float]]]:
    """Return for each law and each frequency the sensitivities of all pairs."""
    found: dict[str, list[list[float]]] = {law: [] for law in _KINDS}
    for run in range(_PAIRS):
        try:
            both = loops(parameters_of(run, _SEED))
        except SaturatedError:
            continue
        for law, loop in (("tuned", both.tuned), ("untuned", both.untuned)):
            found[law].append([float(s) for s in 1.0 / np.abs(1.0 + loop.response(_FREQUENCIES))])
    return {law: [list(at) for at in zip(*each, strict=True)] for law, each in found.items()}


def _percentile(found: Sequence[Sequence[float]], share: float) -> list[tuple[float, float]]:
    return [(float(w), percentile(at, share)) for w, at in zip(_FREQUENCIES, found, strict=True)]


def _band(panel: Panel, kind: str, found: Sequence[Sequence[float]], low: float, high: float) -> str:
    return panel.band(kind, _percentile(found, low), _percentile(found, high))


def _circle(at: float, radius: float) -> list[tuple[float, float]]:
    angles = [math.tau * n / 90 for n in range(91)]
    return [(at + radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]
