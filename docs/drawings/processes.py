"""The two processes, and what goes between them."""

from docs.drawings.sketch import Sketch


def draw() -> str:
    """Return the drawing."""
    s = Sketch()
    s.box((150, 34), (548, 366), fill="paper", dashed=True, radius=10)
    s.text((162, 58), "Raspberry Pi", colour="soft")
    s.box((12, 96), (112, 156), radius=12)
    s.text((62, 131), "phone", anchor="middle")
    s.box((196, 78), (502, 174), stroke="cool")
    s.text((349, 110), "controller", anchor="middle")
    s.text(
        (349, 132),
        ("session, PID, records;", "decides what it wants"),
        anchor="middle",
        colour="soft",
        size=13,
    )
    s.box((196, 262), (502, 346), stroke="hot")
    s.text((349, 292), "guard", anchor="middle")
    s.text((349, 314), ("checks, ledger;", "decides what happens"), anchor="middle", colour="soft", size=13)
    s.line((112, 116), (196, 116), arrow=True)
    s.line((196, 138), (112, 138), arrow=True)
    s.text((131, 90), "MQTT", anchor="middle", colour="soft", size=13)
    s.line((270, 174), (270, 262), arrow=True)
    s.text((260, 214), ("Demand,", "Start, Stop"), anchor="end", size=13)
    s.line((420, 262), (420, 174), arrow=True)
    s.text((430, 214), ("Status,", "Event, Answer"), size=13)
    s.text((345, 222), "one socket", anchor="middle", colour="soft", size=13)
    s.box((246, 414), (452, 462), radius=12)
    s.text((349, 443), "pad", anchor="middle")
    s.line((300, 346), (300, 414), colour="hot", arrow=True, width=2.4)
    s.text((290, 394), "heater pin", anchor="end", colour="hot", size=13)
    s.line((398, 414), (398, 346), arrow=True)
    s.text((408, 394), "temperatures", size=13)
    return s.finished(
        560,
        476,
        "The phone speaks MQTT with the controller. The controller sends Demand, Start and Stop over"
        " one socket to the guard, which answers with Status, Event and Answer. The guard alone has"
        " the heater pin and reads the pad.",
    )
