"""Two pads, and what a PID on the reading does to each: the integral has the whole hold to find."""

from dataclasses import replace
from typing import Final

from controller.control.pid import Gains
from controller.records.svg import label
from docs.plots.chart import Panel, drawing
from docs.plots.play import Step, pid_on_the_reading, play, stepping, tuned, untuned
from hardware.simulated.plant import PlantParameters

_LASTS_S: Final = 300.0
LIGHT: Final = replace(PlantParameters(), power_w=11.5, heater_j_k=13.0, face_j_k=7.0, sensor_tau_s=4.0)
WEAK: Final = replace(PlantParameters(), power_w=5.5, heater_j_k=29.0, face_j_k=13.0, ambient_c=17.0)
#: Proportional gain as a heat flux, W/m²K, like the law's; derivative time and its filter, s.
_GAIN_W_M2K, _TD_S, _FILTER_S = 400.0, 10.0, 3.0
#: Colours, and what they stand for.
_WORDS: Final = {
    "heater": "PID on the reading, Ti 40 s",
    "flow": "PID on the reading, Ti 100 s",
    "found": "this project, untuned",
    "pad": "this project, tuned",
}


def pid(parameters: PlantParameters, ti_s: float) -> Gains:
    """Return the PID's gains; the only thing that it knows of a pad is its heat flux."""
    flux_w_m2 = parameters.power_w / parameters.area_m2
    return Gains(_GAIN_W_M2K / flux_w_m2, ti_s, _TD_S, _FILTER_S)


def draw() -> str:
    """Return the file."""
    parts = []
    for left, title, parameters in (
        (44.0, "A strong, light pad", LIGHT),
        (396.0, "A weak, heavy pad in a cool room", WEAK),
    ):
        panel = Panel(left, left + 308.0, 28.0, 250.0, (0.0, _LASTS_S), (38.0, 41.0))
        parts.append(panel.axes(title + ", °C", (0, 60, 120, 180, 240, 300), (38, 39, 40, 41), "seconds"))
        for kind, step in _laws(parameters).items():
            parts.append(_curve(panel, kind, parameters, step))
    for n, (kind, words) in enumerate(_WORDS.items()):
        parts.append(label(kind, 344.0, 166.0 + 18.0 * n, words, "end"))
    return drawing(
        720.0,
        292.0,
        "True temperatures of two pads. A PID on the reading with the shorter integral time overshoots on the"
        " light pad by nearly a degree; with the longer one it creeps to the target on the weak pad.",
        parts,
    )


def _laws(parameters: PlantParameters) -> dict[str, Step]:
    return {
        "heater": pid_on_the_reading(pid(parameters, 40.0)),
        "flow": pid_on_the_reading(pid(parameters, 100.0)),
        "found": stepping(untuned(parameters)),
        "pad": stepping(tuned(parameters)),
    }


def _curve(panel: Panel, kind: str, parameters: PlantParameters, step: Step) -> str:
    return panel.curve(kind, [(m.time_s, m.pad_c) for m in play(parameters, step, _LASTS_S)])
