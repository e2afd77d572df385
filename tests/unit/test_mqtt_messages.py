"""What the pack publishes is what CONTRACT.md promises."""

import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from controller.mqtt.messages import (
    EventMessage,
    FaultState,
    InfoMessage,
    ResultMessage,
    SensorState,
    SessionState,
    StateMessage,
    TodayState,
)

SESSION = SessionState(
    id="s1",
    origin="post_session",
    area=None,
    started=1.0,
    target_c=40.0,
    duration_s=480.0,
    elapsed_s=1.0,
    remaining_s=479.0,
)


def state(**changes: Any) -> StateMessage:
    values: dict[str, Any] = {
        "ts": 1.5,
        "phase": "warming",
        "session": SESSION,
        "temperature_c": 38.2,
        "sensors": (SensorState(temperature_c=38.2),),
        "duty": 0.5,
        "heater": True,
        "dose_cem43": 0.01,
        "today": TodayState(sessions=1, heated_s=60, dose_cem43=0.01),
        "ready_at": None,
        "starts_in_s": None,
        "fault": None,
        "guard": "ok",
    }
    return StateMessage(**values | changes)


def test_the_state_has_every_field_of_the_contract() -> None:
    data = json.loads(state().payload())
    promised = "v ts phase session temperature_c sensors duty heater dose_cem43 today ready_at starts_in_s"
    assert {*promised.split(), "fault", "guard"} <= data.keys()
    assert data["v"] == 1
    assert data["session"] == {
        "id": "s1",
        "origin": "post_session",
        "area": None,
        "started": 1.0,
        "target_c": 40.0,
        "duration_s": 480.0,
        "elapsed_s": 1.0,
        "remaining_s": 479.0,
    }
    assert data["sensors"] == [{"temperature_c": 38.2, "fault": None}]
    assert data["today"] == {"sessions": 1, "heated_s": 60.0, "dose_cem43": 0.01}
    assert data["ready_at"] is None


def test_a_fault_in_the_state() -> None:
    fault = FaultState(code="sensor_open", message="Sensor 1 is open", since=1.0, clearable=False)
    data = json.loads(state(phase="fault", session=None, fault=fault).payload())
    assert data["session"] is None
    assert data["fault"] == {
        "code": "sensor_open",
        "message": "Sensor 1 is open",
        "since": 1.0,
        "clearable": False,
    }


@pytest.mark.parametrize("temperature_c", [math.nan, math.inf])
def test_no_payload_holds_what_json_has_not(temperature_c: float) -> None:
    payload = state(temperature_c=temperature_c).payload().decode()
    assert json.loads(payload, parse_constant=pytest.fail)["temperature_c"] is None


def test_a_phase_that_no_phone_knows_cannot_be_published() -> None:
    with pytest.raises(ValidationError):
        state(phase="boiling")


def test_messages_do_not_change() -> None:
    with pytest.raises(ValidationError):
        state().duty = 1.0


def test_a_phone_passes_over_what_a_newer_pack_adds() -> None:
    newer = json.dumps({**json.loads(state().payload()), "humidity": 0.4})
    assert StateMessage.model_validate_json(newer) == state()


def test_result_event_and_info() -> None:
    result = ResultMessage(ts=1.0, id=None, action="start", accepted=False, code="rest", message="Rest")
    assert json.loads(result.payload()) == {
        "v": 1,
        "ts": 1.0,
        "id": None,
        "action": "start",
        "accepted": False,
        "code": "rest",
        "message": "Rest",
        "session_id": None,
        "repeat": False,
        "sessions": None,
    }
    event = EventMessage(ts=1.0, seq=7, kind="fault", code="sensor_open", message="Open", data={"n": 1})
    assert json.loads(event.payload())["data"] == {"n": 1}
    info = InfoMessage(
        id="pad1", name="Neck", versions={"heatpack": "0"}, limits={"target_max_c": 42}, defaults={}
    )
    assert json.loads(info.payload())["schema_version"] == 1
