"""A session at a glance: the pad's warmth over a quarter of an hour."""

import itertools
from typing import Final

from docs.drawings.sketch import Sketch
from docs.plots.play import CYCLE_S, Moment, play, stepping, tuned
from hardware.simulated.plant import PlantParameters

_HEAT_S: Final = 480.0
_ALL_S: Final = 840.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 428.0, 40.0, 240.0
_LOW_C, _HIGH_C = 22.0, 45.0


def draw() -> str:
    """Return the drawing."""
    s = Sketch()
    for c in (25.0, 30.0, 35.0, 40.0):
        s.line((_LEFT, _y(c)), (_RIGHT, _y(c)), colour="wash", width=1.2)
        s.text((_LEFT - 8, _y(c) + 5), f"{c:g}", colour="soft", anchor="end")
    s.text((_LEFT - 8, 24), "°C", colour="soft", anchor="end")
    for minutes in range(0, 15, 2):
        s.text((_x(60.0 * minutes), _BOTTOM + 20), f"{minutes}", colour="soft", anchor="middle")
    s.text((_RIGHT, _BOTTOM + 40), "minutes", colour="soft", anchor="end")
    s.line((_LEFT, _BOTTOM), (_RIGHT, _BOTTOM), colour="soft", width=1.2)
    s.line((_LEFT, _y(43.0)), (_RIGHT, _y(43.0)), colour="soft", width=1.2)
    s.text((_RIGHT, _y(43.0) - 7), "43 °C: off, whatever anybody asks for", colour="soft", anchor="end")
    s.line((_x(_HEAT_S), _y(41.6)), (_x(_HEAT_S), _BOTTOM), colour="soft", width=1.0)
    points = [(_x(moment.time_s), _y(moment.pad_c)) for moment in _session()[::40]]
    s.line(*[(round(x, 1), round(y, 1)) for x, y in points], colour="hot", width=2.6)
    s.text((_x(75.0), _y(31.0)), "warms up", colour="hot")
    s.text((_x(285.0), _y(37.6)), "is held", colour="hot", anchor="middle")
    s.text((_x(_HEAT_S) - 8, _BOTTOM - 12), "off after 8 minutes", anchor="end")
    s.text((_x(600.0), _y(37.4)), "cools down", colour="hot")
    s.text((_x(_HEAT_S) + 10, _BOTTOM - 12), "then 30 of rest")
    return s.finished(
        440,
        292,
        "The pad's temperature over a quarter of an hour: it warms up in about a minute and a half,"
        " is held at 40 °C until eight minutes are over, and cools down. Above that a line at 43 °C,"
        " which the heater never passes.",
    )


def _session() -> list[Moment]:
    """Return the nominal pad on its wearer: eight minutes of heat, then none."""
    parameters, cycles = PlantParameters(), itertools.count()
    law = stepping(tuned(parameters))

    def step(readings_c: list[float | None], duty: float) -> float:
        return law(readings_c, duty) if next(cycles) * CYCLE_S < _HEAT_S else 0.0

    return play(parameters, step, _ALL_S)


def _x(seconds: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * seconds / _ALL_S


def _y(celsius: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * (celsius - _LOW_C) / (_HIGH_C - _LOW_C)
