"""All packs as a table, whatever a broker delivers."""

import json
import time
from typing import Any

import pytest

from controller.mqtt.messages import InfoMessage
from controller.terminal.fleet_table import MOST_PACKS, Fleet

NOW_S = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
IDLE: dict[str, Any] = {
    "v": 1,
    "ts": NOW_S,
    "phase": "idle",
    "session": None,
    "temperature_c": 24.04,
    "sensors": [],
    "duty": 0.0,
    "heater": False,
    "dose_cem43": 0.0,
    "today": {"sessions": 0, "heated_s": 0.0, "dose_cem43": 0.0},
    "ready_at": None,
    "starts_in_s": None,
    "fault": None,
    "guard": "ok",
}
HOLDING = IDLE | {
    "phase": "holding",
    "heater": True,
    "temperature_c": 39.9,
    "session": {
        "id": "s1",
        "origin": "phone",
        "area": None,
        "started": NOW_S - 100,
        "target_c": 40.0,
        "duration_s": 480.0,
        "elapsed_s": 100.0,
        "remaining_s": 380.0,
    },
    "today": {"sessions": 2, "heated_s": 960.0, "dose_cem43": 0.1},
}
FAULT = {"code": "sensor_open", "message": "Sensor 1 is open", "since": NOW_S, "clearable": False}


def fleet(*told: tuple[str, str, Any]) -> Fleet:
    """A fleet that has heard (id, kind, payload)."""
    known = Fleet("home/heat")
    for id, kind, payload in told:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        known.hear(f"home/heat/{id}/{kind}", data)
    return known


def info(name: str) -> bytes:
    return InfoMessage(id="x", name=name, versions={}, limits={}, defaults={}).payload()


def test_a_table_of_packs() -> None:
    known = fleet(
        ("right", "state", IDLE | {"phase": "fault", "fault": FAULT, "ts": NOW_S - 9000}),
        ("right", "availability", b"offline"),
        ("left", "info", info("Left shoulder")),
        ("left", "availability", b"online"),
        ("left", "state", HOLDING),
        ("new", "availability", b"online"),
    )
    assert known.table(NOW_S + 1) == [
        "device  name           phase    pad      target  left  24 h       trouble      seen",
        "left    Left shoulder  holding  39.9 °C  40 °C   6:20  2 × 8 min               online, 1 s ago",
        "new                                                                            online",
        "right                  fault    24.0 °C                none       sensor_open  offline, 3 h ago",
    ]
    assert known.summary() == "3 packs · 2 online · 1 heating · 1 with a fault"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_in_s": 42.4}, "in 42 s"),
        ({"ready_at": NOW_S + 1800}, "rest to 12:30"),
        ({"temperature_c": None}, "no reading"),
        ({"guard": "lost"}, "guard lost"),
        ({"notice": "battery_low"}, "battery_low"),
        ({"target_c": 41}, "41 °C"),
        ({"ts": NOW_S - 300}, "5 min ago"),
        ({"ts": NOW_S - 3 * 86400}, "3 days ago"),
        ({"ts": NOW_S + 50}, "0 s ago"),
    ],
)
def test_what_a_state_can_say(changes: dict[str, Any], words: str) -> None:
    (line,) = fleet(("pad", "state", IDLE | changes)).table(NOW_S)[1:]
    assert words in line


@pytest.mark.parametrize(
    ("id", "kind", "payload"),
    [
        ("pad", "state", b"{not json"),
        ("pad", "state", b"\xff\xfe"),
        ("pad", "state", b"[" * 5000),
        ("pad", "state", {"v": 1}),
        ("pad", "state", IDLE | {"phase": "dancing"}),
        ("pad", "state", json.dumps(HOLDING).replace("380.0", "Infinity").encode()),
        ("pad", "state", IDLE | {"starts_in_s": "soon"}),
        ("pad", "state", IDLE | {"today": {"sessions": 10**400, "heated_s": 1.0, "dose_cem43": 0.0}}),
        ("pad", "info", b"name"),
        ("pad", "availability", b"perhaps"),
        ("pad", "result", {}),
        ("pad/sub", "state", IDLE),
        ("p\x1b[2Jad", "availability", b"online"),
        ("", "availability", b"online"),
        ("a" * 33, "availability", b"online"),
    ],
)
def test_what_is_no_pack_s_message_changes_nothing(id: str, kind: str, payload: Any) -> None:
    assert fleet((id, kind, payload)).packs == {}
    kept = fleet(("pad", "state", HOLDING), (id, kind, payload))
    assert kept.table(NOW_S) == fleet(("pad", "state", HOLDING)).table(NOW_S)


def test_words_cannot_steer_the_terminal() -> None:
    evil = FAULT | {"code": "\x1b[2J\x07" + "x" * 500}
    huge = HOLDING | {"temperature_c": 1e300, "fault": evil}
    known = fleet(("pad", "info", info("\x1b]0;owned\x07\n頭痛" * 50)), ("pad", "state", huge))
    for line in [*known.table(NOW_S), *known.table(NOW_S, columns=80)]:
        assert line.isprintable()
    assert all(len(line) <= 80 for line in known.table(NOW_S, columns=80))


def test_more_packs_than_the_terminal_has_rows() -> None:
    known = fleet(*((f"pad{n}", "availability", b"online") for n in range(10)))
    assert len(known.table(NOW_S, rows=11)) == 11
    lines = known.table(NOW_S, rows=6)
    assert len(lines) == 6
    assert lines[-1] == "and 6 more"


def test_a_stranger_cannot_fill_the_memory() -> None:
    known = fleet(*((f"pad{n}", "availability", b"online") for n in range(MOST_PACKS + 50)))
    assert len(known.packs) == MOST_PACKS
    assert known.hear("home/heat/pad0/availability", b"offline") is not None
