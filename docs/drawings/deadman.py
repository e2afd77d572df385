"""What closes the series switch: a charge pump from the toggling pin, in series with the enable pin."""

from schemdraw import elements as elm

from docs.drawings.paper import dot, finished, mosfet, pin, sheet, wire, words


def draw() -> str:
    """Return the drawing."""
    d = sheet()
    rail, ground, right = 0.0, -4.6, 13.0
    pin(d, "GPIO 22\ndeadman_pin", (0.0, rail), "top")
    wire(d, (0.0, rail), (1.2, rail))
    d += elm.Resistor().at((1.2, rail)).to((3.2, rail)).label("R5\n1 kΩ", loc="bottom")
    d += elm.Capacitor().at((3.2, rail)).to((4.8, rail)).label("C1\n2.2 µF", loc="bottom")
    dot(d, (4.8, rail))
    d += elm.Schottky().at((4.8, ground)).to((4.8, rail)).label("D2", loc="bottom")
    d += elm.Schottky().at((4.8, rail)).to((7.2, rail)).label("D1", loc="top")
    dot(d, (7.2, rail))
    d += elm.Capacitor().at((7.2, rail)).to((7.2, ground)).label("C2\n2.2 µF", loc="bottom")
    dot(d, (9.6, rail))
    d += elm.Resistor().at((9.6, rail)).to((9.6, ground)).label("R1\n470 kΩ", loc="bottom")

    gate = mosfet(d, elm.NMos(), "Q3", "IRLML6344", (right, rail + 1.17))
    wire(d, (7.2, rail), gate)
    wire(d, (right, rail - 0.5), (right, ground), (3.6, ground))
    for x in (4.8, 7.2, 9.6):
        dot(d, (x, ground))
    d += elm.Ground().at((3.6, ground))

    x, y = mosfet(d, elm.NMos(), "Q4", "IRLML6344", (right, 5.0))
    wire(d, (right, 5.0 - 1.67), (right, rail + 1.17))
    pin(d, "GPIO 27\nenable_pin", (5.6, y), "top")
    wire(d, (5.6, y), (7.6, y))
    d += elm.Resistor().at((7.6, y)).to((9.8, y)).label("R7  220 Ω", loc="top")
    wire(d, (9.8, y), (x, y))
    dot(d, (10.6, y))
    d += elm.Resistor().at((10.6, y)).to((10.6, y - 2.2)).label("R6\n10 kΩ", loc="top")
    d += elm.Ground().at((10.6, y - 2.2))
    wire(d, (right, 5.0), (right, 6.0))
    d += elm.Dot(open=True).at((right, 6.0)).label("to Q2's gate", loc="top")
    words(d, "D1 and D2:\nBAS70-04", (0.6, rail - 2.6))
    return finished(
        d,
        "GPIO 22 through R5 and C1 to D1, which charges C2, and to D2, which brings C1 back. R1"
        " drains C2. Q3 conducts while C2 is charged, Q4 while GPIO 27 is high; both in series pull"
        " the gate of Q2 to ground.",
    )
