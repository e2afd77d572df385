"""Which wire goes where: the Pi's header, the board, supply and pad."""

from typing import Final

from docs.drawings.sketch import Sketch

#: Number on the header, its name, and where it goes on the board.
HEADER: Final = (
    (1, "3.3 V", "R15, VREF and VDD"),
    (6, "ground", "star point"),
    (11, "GPIO 17", "R3, heater"),
    (13, "GPIO 27", "R7, series switch"),
    (15, "GPIO 22", "R5, dead-man"),
    (16, "GPIO 23", "R16, button"),
    (18, "GPIO 24", "R17, LED"),
    (19, "MOSI", "DIN, pin 11"),
    (21, "MISO", "DOUT, pin 12"),
    (23, "SCLK", "CLK, pin 13"),
    (24, "CE0", "CS, pin 10"),
)
_CABLE: Final = (
    ("heater +", "hot"),
    ("heater −", "hot"),
    ("TH1", "ink"),
    ("TH1", "ink"),
    ("TH2", "ink"),
    ("TH2", "ink"),
)
_STEP: Final = 27.0


def draw() -> str:
    """Return the drawing."""
    s = Sketch()
    top = 46.0
    s.text((14, 28), "Raspberry Pi", colour="soft")
    s.text((188, 28), "board", colour="soft")
    bottom = top + _STEP * len(HEADER) + 14
    s.box((14, top - 6), (128, bottom))
    s.box((188, top - 6), (370, bottom + 150))
    for n, (number, name, where) in enumerate(HEADER):
        y = top + _STEP * n + 18
        s.text((46, y), str(number), colour="soft", anchor="end")
        s.text((54, y), name)
        s.line((128, y - 5), (188, y - 5), colour="soft" if name == "ground" else "cool")
        s.text((198, y), where)

    supply = bottom + 40
    s.box((14, supply - 16), (128, supply + 58), fill="paper")
    s.text((26, supply + 6), "supply +  5 V")
    s.text((26, supply + 40), "supply −")
    s.line((128, supply), (188, supply), colour="hot", width=3.4)
    s.line((128, supply + 34), (188, supply + 34), colour="soft", width=3.4)
    s.text((198, supply + 5), "F1, then D3 and Q2")
    s.text((198, supply + 39), "star point")
    s.dot((283, supply + 34), "soft", 5)
    s.text((198, supply + 66), ("one place where all", "grounds meet"), colour="soft", size=13)

    s.text((432, 28), "pad", colour="soft")
    s.box((432, top - 6), (546, top + 214), fill="paper", dashed=True)
    for n, (name, colour) in enumerate(_CABLE):
        y = top + 26 + 32 * n
        s.line((370, y), (432, y), colour=colour, width=3.4 if colour == "hot" else 1.7)
        s.text((442, y + 5), name, colour=colour if colour == "hot" else "ink")
    s.text(
        (546, top + 240),
        ("six wires, six contacts:", "thermistors share no", "wire with the heater"),
        colour="soft",
        anchor="end",
        size=13,
    )
    height = bottom + 166
    return s.finished(
        560,
        height,
        "Header pins of the Pi to the board: "
        + "; ".join(f"{number} {name} to {where}" for number, name, where in HEADER)
        + ". The supply comes to the board; six wires go to the pad: two for the heater and each thermistor.",
    )
