"""The way of the heater's current: fuse, series switch, cut-out, heater, MOSFET."""

from schemdraw import elements as elm

from docs.drawings.paper import HOT, INK, dot, finished, frame, mosfet, pin, sheet, wire, words


def draw() -> str:
    """Return the drawing."""
    d = sheet()
    top, ground, right, left = 0.0, -16.2, 11.8, 3.6
    d += elm.Dot(open=True).at((0.0, top))
    words(d, "supply +\n5 V", (-0.3, top + 1.0))
    d += elm.Fuse().at((0.8, top)).to((3.0, top)).label("F1  2.5 A", loc="bottom")
    wire(d, (0.0, top), (0.8, top))
    wire(d, (3.0, top), (right, top), (right, -1.0))
    d += elm.Dot(open=True).at((0.0, ground))
    words(d, "supply −", (-0.3, ground + 0.6))
    wire(d, (0.0, ground), (right, ground), (right, -13.77))

    dot(d, (left, top))
    d += elm.Schottky().at((left, -8.4)).to((left, -5.4)).label("D3\n1N5822", loc="top")
    wire(d, (left, top), (left, -5.4))
    wire(d, (left, -8.4), (left, ground))
    dot(d, (left, ground))
    store = 5.4
    dot(d, (store, top))
    d += elm.Capacitor(polar=True).at((store, -5.9)).to((store, -7.9)).label("C10\n100 µF", loc="bottom")
    wire(d, (store, top), (store, -5.9))
    wire(d, (store, -7.9), (store, ground))
    dot(d, (store, ground))
    dot(d, (6.8, top))
    d += elm.Line().at((6.8, top)).to((6.8, 0.8))
    d += elm.Dot(open=True).at((6.8, 0.8)).label("to the supply channel", loc="right")

    gate = mosfet(d, elm.PMos(), "Q2", "IRLML6402", (right, -1.4))
    wire(d, (right, -1.0), (right, -1.4))
    dot(d, (right, -0.9))
    wire(d, (right, -0.9), (right - 2.2, -0.9))
    d += elm.Resistor().at((right - 2.2, -0.9)).to((right - 2.2, -3.3)).label("R4\n100 kΩ", loc="top")
    wire(d, gate, (right - 1.2, gate[1]), (right - 1.2, -3.3), (right - 3.6, -3.3))
    dot(d, (right - 2.2, -3.3))
    d += elm.Dot(open=True).at((right - 3.6, -3.3))
    words(d, "from the\ndead-man", (right - 4.2, -4.2))

    wire(d, (right, -3.07), (right, -5.2))
    d += elm.Switch(action="open", nc=True).at((right, -5.2)).to((right, -7.2))
    words(d, "S1  50 °C\nopens", (right + 0.6, -6.2), colour=INK)
    d += elm.Resistor().at((right, -7.2)).to((right, -9.8)).color(HOT)
    words(d, "heater\n3.1 Ω", (right + 0.6, -8.5), colour=HOT)
    wire(d, (right, -9.8), (right, -12.1))
    frame(d, "in the pad", (right - 1.5, -10.2), (right + 3.6, -4.9))

    x, y = mosfet(d, elm.NMos(), "Q1", "IRLML6344", (right, -12.1))
    pin(d, "GPIO 17\nheater_pin", (right - 4.8, y), "top")
    d += elm.Resistor().at((right - 4.0, y)).to((right - 1.8, y)).label("R3  220 Ω", loc="bottom")
    wire(d, (right - 4.8, y), (right - 4.0, y))
    wire(d, (right - 1.8, y), (x, y))
    dot(d, (right - 1.4, y))
    d += elm.Resistor().at((right - 1.4, y)).to((right - 1.4, ground))
    words(d, "R2\n10 kΩ", (right - 1.85, (y + ground) / 2.0 - 0.3), "right", INK)
    dot(d, (right - 1.4, ground))
    return finished(
        d,
        "From the supply's plus through fuse F1, the P-channel transistor Q2, the bimetal switch S1"
        " and the heater, both in the pad, and the N-channel transistor Q1 back to minus. A Schottky"
        " diode D3 lies backwards across the supply after the fuse. Q1's gate has 10 kΩ to ground.",
    )
