"""The converter, its reference, and what its channels see."""

import schemdraw
from schemdraw import elements as elm

from docs.drawings.paper import COOL, SOFT, dot, finished, pin, sheet, wire, words

_VREF, _TAP, _GROUND = 0.0, -3.2, -6.6


def draw() -> str:
    """Return the drawing."""
    d = sheet(unit=2.2)
    pin(d, "3.3 V", (0.0, _VREF), "top")
    d += elm.Resistor().at((0.3, _VREF)).to((2.2, _VREF)).label("R15\n10 Ω", loc="bottom")
    wire(d, (0.0, _VREF), (0.3, _VREF))
    dot(d, (2.2, _VREF))
    d += elm.Capacitor().at((2.2, -2.2)).to((2.2, -4.4)).label("C4  10 µF\nC5  100 nF", loc="bottom")
    wire(d, (2.2, _VREF), (2.2, -2.2))
    wire(d, (2.2, -4.4), (2.2, _GROUND))
    dot(d, (2.2, _GROUND))
    wire(d, (2.2, _VREF), (16.6, _VREF))
    words(d, "VREF and VDD", (16.6, _VREF + 0.5), "right")
    d += elm.Dot(open=True).at((16.6, _VREF))
    _divider(d, 5.7, "R9\n5.6 kΩ", elm.Thermistor(), "TH1\n10 kΩ", "R18", "CH0")
    _divider(d, 9.6, "R10\n5.6 kΩ", elm.Thermistor(), "TH2\n10 kΩ", "R19", "CH1")
    _divider(d, 13.5, "R11\n5.6 kΩ", elm.Resistor(), "R12\n5.6 kΩ", "R20", "CH6")
    wire(d, (2.2, _GROUND), (16.6, _GROUND))
    d += elm.Ground().at((16.6, _GROUND))

    low = -11.2
    d += elm.Dot(open=True).at((0.0, low))
    words(d, "after F1", (-0.2, low + 0.6))
    d += elm.Resistor().at((0.6, low)).to((2.8, low)).label("R13\n10 kΩ", loc="bottom")
    wire(d, (0.0, low), (0.6, low))
    wire(d, (2.8, low), (4.4, low))
    dot(d, (3.6, low))
    d += elm.Dot(open=True).at((4.4, low)).label("CH7", loc="right", color=COOL).color(COOL)
    d += elm.Resistor().at((3.6, low)).to((3.6, low - 2.4)).label("R14\n10 kΩ", loc="bottom")
    d += elm.Ground().at((3.6, low - 2.4))
    pin(d, "GPIO 23", (8.0, low), "top")
    d += elm.Resistor().at((8.0, low)).to((8.0, low - 1.9)).label("R16\n1 kΩ", loc="bottom")
    d += elm.Button().at((8.0, low - 1.9)).to((8.0, low - 3.6)).label("button", loc="bottom")
    d += elm.Ground().at((8.0, low - 3.6))
    pin(d, "GPIO 24", (12.4, low), "top")
    d += elm.Resistor().at((12.4, low)).to((12.4, low - 1.9)).label("R17\n330 Ω", loc="bottom")
    d += elm.LED().at((12.4, low - 1.9)).to((12.4, low - 3.6)).label("LED", loc="bottom")
    d += elm.Ground().at((12.4, low - 3.6))
    words(
        d,
        "R18 to R20: 1 kΩ. Each channel: 100 nF to ground at the chip (C6 to C9)",
        (0.0, _GROUND - 1.6),
        "left",
        SOFT,
    )
    return finished(
        d,
        "3.3 V through R15 to VREF, which feeds the converter and three dividers. Each has 5.6 kΩ on"
        " top: two with a thermistor to ground for channels 0 and 1, one with 5.6 kΩ to ground for"
        " channel 6; 1 kΩ leads into each. The supply is halved by two resistors of 10 kΩ for channel"
        " 7. The button goes from GPIO 23 to ground, the LED from GPIO 24.",
    )


def _divider(
    d: schemdraw.Drawing, x: float, upper: str, part: elm.Element, lower: str, into: str, channel: str
) -> None:
    dot(d, (x, _VREF))
    d += elm.Resistor().at((x, _VREF)).to((x, _TAP + 0.6)).label(upper, loc="top")
    wire(d, (x, _TAP + 0.6), (x, _TAP - 0.6))
    dot(d, (x, _TAP))
    d += part.at((x, _TAP - 0.6)).to((x, _TAP - 2.8)).label(lower, loc="top")
    wire(d, (x, _TAP - 2.8), (x, _GROUND))
    dot(d, (x, _GROUND))
    d += elm.Resistor().at((x, _TAP)).to((x + 1.7, _TAP)).label(into, loc="bottom")
    d += elm.Dot(open=True).at((x + 1.7, _TAP)).label(channel, loc="right", color=COOL).color(COOL)
