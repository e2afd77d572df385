"""The MQTT state against CONTRACT's shape."""

import json
from dataclasses import replace
from typing import Any

import pytest

from controller.active import ActiveSession
from controller.session import Phase, View
from controller.telemetry import state_message, view_of
from hardware.clock import Instant
from hardware.link import DayStatus, FaultStatus, SensorStatus, SessionStatus, Status
from tests.support.control import PLAN

NOW = Instant(500.0, 1_800_000_100.0)
RUNNING = SessionStatus("s1", "phone", 40.0, 480.0, 1_800_000_000.0, 100.04, 379.96, True)
STATUS = Status(
    tick=7,
    mono_s=499.9,
    wall_s=1_800_000_099.9,
    temperature_c=39.98765,
    sensors=(SensorStatus(39.98765), SensorStatus(None, "sensor_open")),
    duty=0.333333,
    heater=True,
    session=RUNNING,
    dose_cem43=0.123456,
    energy_j=500.0,
    day=DayStatus(2, 580.04, 0.223456),
    ready_at_wall_s=None,
    notice=None,
    fault=None,
)
#: The fields of CONTRACT.md, no more and no less of them being promised.
CONTRACT = {
    "v",
    "ts",
    "phase",
    "session",
    "temperature_c",
    "sensors",
    "duty",
    "heater",
    "dose_cem43",
    "today",
    "ready_at",
    "starts_in_s",
    "fault",
    "guard",
}


def sent(
    status: Status | None,
    phase: Phase = Phase.HOLDING,
    active: ActiveSession | None = None,
    starts_in_s: float | None = None,
    battery_low: bool = False,
) -> dict[str, Any]:
    """What a phone reads."""
    state: dict[str, Any] = json.loads(
        state_message(
            NOW, phase, status, active, starts_in_s, {"rest": 2, "malformed": 1}, battery_low=battery_low
        ).payload()
    )
    return state


def test_a_session_in_the_shape_of_the_contract() -> None:
    mine = ActiveSession.begin("s1", "phone", "neck", 40.0, 480.0, PLAN)
    state = sent(STATUS, active=mine)
    assert set(state) >= CONTRACT
    assert state["session"] == {
        "id": "s1",
        "origin": "phone",
        "area": "neck",
        "started": 1_800_000_000.0,
        "target_c": 40.0,
        "duration_s": 480.0,
        "elapsed_s": 100.0,
        "remaining_s": 380.0,
    }
    assert (state["v"], state["ts"], state["phase"]) == (1, 1_800_000_099.9, "holding")
    assert (state["temperature_c"], state["duty"], state["heater"]) == (39.99, 0.3333, True)
    assert state["sensors"] == [
        {"temperature_c": 39.99, "fault": None},
        {"temperature_c": None, "fault": "sensor_open"},
    ]
    assert state["today"] == {"sessions": 2, "heated_s": 580.0, "dose_cem43": 0.2235}
    assert (state["ready_at"], state["starts_in_s"], state["fault"]) == (None, None, None)
    assert (state["guard"], state["refused"], state["refusals"]) == ("ok", 3, {"rest": 2, "malformed": 1})


def test_a_session_that_this_controller_did_not_ask_for_has_no_area() -> None:
    other = ActiveSession.begin("s2", "phone", "neck", 40.0, 480.0, PLAN)
    assert sent(STATUS, active=other)["session"]["area"] is None
    assert sent(STATUS)["session"]["area"] is None


def test_rest_countdown_and_fault() -> None:
    fault = FaultStatus("sensor_open", "Sensor 1 is disconnected", 1_800_000_050.0, True)
    status = replace(STATUS, session=None, fault=fault, ready_at_wall_s=1_800_001_800.0, notice="too_warm")
    state = sent(status, Phase.FAULT, starts_in_s=12.5)
    assert state["session"] is None
    assert state["fault"] == {
        "code": "sensor_open",
        "message": "Sensor 1 is disconnected",
        "since": 1_800_000_050.0,
        "clearable": True,
    }
    assert (state["ready_at"], state["starts_in_s"], state["notice"]) == (1_800_001_800.0, 12.5, "too_warm")


def test_the_supply_and_a_low_battery() -> None:
    assert (sent(STATUS)["supply_v"], sent(STATUS)["notice"]) == (None, None)
    wired = replace(STATUS, supply_v=4.3456)
    assert sent(wired, battery_low=True)["supply_v"] == 4.35
    assert sent(wired, battery_low=True)["notice"] == "battery_low"
    hot = replace(wired, notice="too_warm")  # what keeps the heater off is more urgent
    assert sent(hot, battery_low=True)["notice"] == "too_warm"
    assert sent(None)["supply_v"] is None


def test_without_a_guard_nothing_is_claimed() -> None:
    state = sent(None, Phase.COOLING)
    assert set(state) >= CONTRACT
    assert state["guard"] == "lost"
    assert (state["ts"], state["temperature_c"], state["sensors"]) == (NOW.wall_s, None, [])
    assert (state["heater"], state["duty"], state["session"], state["fault"]) == (False, 0.0, None, None)


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_a_word_in_the_contract(phase: Phase) -> None:
    assert sent(STATUS, phase)["phase"] == phase.value


def test_a_status_as_the_session_table_sees_it() -> None:
    assert view_of(STATUS, counting=False) == View(True, True, False, False, False, 39.98765)
    resting = replace(STATUS, session=None, ready_at_wall_s=1.0)
    assert view_of(resting, counting=True) == View(False, False, True, False, True, 39.98765)
    fault = replace(resting, fault=FaultStatus("x", "y", 0.0, False))
    assert view_of(fault, counting=False).fault
