"""The pad from the skin's side, and cut through: where the thermistors and the cut-out sit."""

from docs.drawings.sketch import Sketch


def draw() -> str:
    """Return the drawing."""
    s = Sketch()
    s.text((20, 28), "seen from the skin", colour="soft")
    left, top, right, bottom = 20.0, 42.0, 270.0, 336.0
    s.box((left, top), (right, bottom), fill="wash", radius=14)
    turns = []
    for n in range(8):
        y = top + 30 + 33 * n
        row = [(left + 26, y), (right - 26, y)]
        turns += row if n % 2 == 0 else row[::-1]
    s.line(*turns, colour="hot", width=2.2)
    s.line((left + 26, turns[-1][1]), (left + 26, bottom + 10), colour="hot", width=2.2)
    s.line(
        (left + 40, top + 30),
        (left + 26, top + 30),
        (left + 12, top + 30),
        (left + 12, bottom + 10),
        colour="hot",
        width=2.2,
    )
    middle, edge = (145.0, turns[6][1]), (214.0, turns[2][1])
    for at, name in ((middle, "TH1"), (edge, "TH2")):
        s.dot(at, "cool", 9)
        s.text((at[0], at[1] - 15), name, anchor="middle")
    s.box((122, 234), (168, 252), fill="paper", stroke="ink", dashed=True)
    s.text((145, 226), "S1, on the back", anchor="middle")

    s.text((300, 62), "TH1: in the middle,", colour="cool")
    s.text((300, 81), ("on a turn of the heater.", "This is the hottest place."))
    s.text((300, 136), "TH2: a quarter in from", colour="cool")
    s.text(
        (300, 155),
        ("an edge, on a turn as", "well, where the pad bends", "most. Fixed in another way", "than TH1."),
    )
    s.text((300, 246), ("S1: on the heater's back,", "on a turn, with nothing", "between but its tape."))

    y = 396.0
    s.text((20, y - 14), "cut through", colour="soft")
    layers = (
        ("back cover, cotton", "wash", 24, 0),
        ("felt, 3 mm or more", "wash", 40, -6),
        ("heater", "hot", 12, -8),
        ("tape, 25 µm polyimide", "paper", 12, 0),
        ("face: cotton, 1 mm", "wash", 26, 6),
    )
    for name, fill, thick, shift in layers:
        s.box((20, y), (270, y + thick), fill=fill, radius=0)
        middle_y = y + thick / 2
        s.line((270, middle_y), (282, middle_y), (292, middle_y + shift), colour="soft", width=1.0)
        s.text((300, middle_y + shift + 5), name)
        y += thick
    heater = 396.0 + 64
    s.box((128, heater - 14), (166, heater), fill="paper", stroke="ink", radius=2)
    s.text((120, heater - 3), "S1", anchor="end")
    for x, name in ((96.0, "TH2"), (196.0, "TH1")):
        s.dot((x, heater + 24), "cool", 6)
        s.text((x + 10, heater + 41), name, size=13)
    s.text((145, y + 22), "skin", colour="soft", anchor="middle")
    return s.finished(
        500,
        y + 36,
        "The pad from the skin's side: the heater's turns, thermistor 1 in the middle on a turn,"
        " thermistor 2 a quarter in from an edge on a turn, the cut-out on the back. Cut through,"
        " from outside to skin: cover, felt, cut-out on the heater, heater, tape, thermistors under"
        " the face, face, skin.",
    )
