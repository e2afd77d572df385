"""One session of the nominal pad: what is, what is read, and what the estimator makes of it."""

from collections.abc import Callable
from typing import Final

from controller.control.estimator import Estimator
from docs.plots.chart import Panel, drawing
from docs.plots.play import Moment, play, stepping, tuned
from hardware.simulated.plant import PlantParameters

_LASTS_S: Final = 240.0
_MINUTES: Final = (0, 60, 120, 180, 240)
_LEFT, _RIGHT = 52.0, 700.0


def draw() -> str:
    """Return the file."""
    parameters = PlantParameters()
    controller, inside = tuned(parameters), list[_Inside]()
    follow = stepping(controller)

    def step(readings_c: list[float | None], duty: float) -> float:
        wanted = follow(readings_c, duty)
        inside.append(_Inside(controller.law.estimator))
        return wanted

    moments = play(parameters, step, _LASTS_S)
    whole = Panel(_LEFT, _RIGHT, 28.0, 190.0, (0.0, _LASTS_S), (20.0, 46.0))
    near = Panel(_LEFT, _RIGHT, 236.0, 376.0, (0.0, _LASTS_S), (38.8, 40.4))
    heat = Panel(_LEFT, _RIGHT, 422.0, 522.0, (0.0, _LASTS_S), (-0.6, 1.0))
    flux_w_m2 = controller.plan.model.flux_w_m2
    parts = [
        whole.axes("Pad and heater, °C", _MINUTES, (20, 30, 40)),
        _line(whole, "heater", moments, lambda m: m.heater_c),
        _line(whole, "pad", moments, lambda m: m.pad_c),
        _found(whole, inside, lambda e: e.heater_c),
        _found(whole, inside, lambda e: e.pad_c),
        whole.word("heater", 62.0, 41.5, "heater", "end"),
        whole.word("pad", 120.0, 36.5, "pad, where the thermistor sits"),
        whole.word("found", 120.0, 33.5, "dashed: what the estimator says"),
        near.axes("The same near the target", _MINUTES, (39.0, 39.5, 40.0)),
        _line(near, "read thin", moments, lambda m: m.reading_c),
        _line(near, "pad", moments, lambda m: m.pad_c),
        _found(near, inside, lambda e: e.pad_c),
        near.word("read", 150.0, 39.55, "reading: the higher of two, 10 bits"),
        near.word("pad", 150.0, 39.35, "pad"),
        near.word("found", 150.0, 39.15, "estimate"),
        heat.axes("Duty, and what of it flows into the skin", _MINUTES, (-0.5, 0.0, 0.5, 1.0), "seconds"),
        _line(heat, "pad", moments, lambda m: m.duty),
        _found(heat, inside, lambda e: e.flow_w_m2 / flux_w_m2),
        heat.word("pad", 92.0, 0.75, "duty"),
        heat.word("found", 60.0, -0.25, "estimated flow into the skin ÷ full power"),
    ]
    return drawing(
        720.0,
        566.0,
        "A session of the nominal pad: full power for about a minute and a half, no power for a moment, then"
        " the duty that holds it; the pad comes to 40 °C without going beyond it by more than a tenth.",
        parts,
    )


class _Inside:
    """What the estimator holds after a cycle."""

    def __init__(self, estimator: Estimator) -> None:
        assert estimator.heater_c is not None
        share = estimator.model.sensor_heater_share
        self.heater_c = estimator.heater_c
        self.pad_c = share * estimator.heater_c + (1.0 - share) * estimator.face_c
        self.flow_w_m2 = estimator.flow_w_m2


def _line(panel: Panel, kind: str, moments: list[Moment], of: Callable[[Moment], float]) -> str:
    return panel.curve(kind, [(moment.time_s, of(moment)) for moment in moments])


def _found(panel: Panel, inside: list[_Inside], of: Callable[[_Inside], float]) -> str:
    return panel.curve("found dashed", [(n / 10.0, of(each)) for n, each in enumerate(inside)])
