"""The frames: what goes in comes out, and nothing else is a frame."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.link import (
    MAX_FRAME_BYTES,
    Ack,
    Answer,
    DayStatus,
    Demand,
    Event,
    FaultStatus,
    FrameError,
    Hello,
    Report,
    Request,
    Reset,
    SensorStatus,
    SessionStatus,
    Start,
    Status,
    Stop,
    decode_report,
    decode_request,
    encode,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
printable = st.text(min_size=1, max_size=40).filter(str.isprintable)
origins = st.sampled_from(["phone", "post_session", "button", "cli"])
counts = st.integers(0, 2**63)

requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(Hello, counts, st.just("") | printable),
    st.builds(Start, printable, st.floats(-1e6, 1e6), st.none() | finite, origins),
    st.builds(Demand, printable, st.floats(0.0, 1.0), st.integers(-(2**63), 2**63), st.floats(0.0, 60.0)),
    st.builds(Stop, printable),
    st.builds(Reset, printable),
    st.builds(Ack, counts),
)
maybe = st.none() | finite
sessions = st.builds(SessionStatus, printable, origins, finite, maybe, finite, finite, finite)
statuses = st.builds(
    Status,
    tick=counts,
    mono_s=finite,
    wall_s=finite,
    temperature_c=maybe,
    sensors=st.lists(st.builds(SensorStatus, maybe, st.none() | printable), max_size=6).map(tuple),
    duty=st.floats(0.0, 1.0),
    heater=st.booleans(),
    session=st.none() | sessions,
    dose_cem43=finite,
    energy_j=finite,
    day=st.builds(DayStatus, counts, finite, finite),
    ready_at_wall_s=maybe,
    notice=st.none() | printable,
    fault=st.none() | st.builds(FaultStatus, printable, printable, finite, st.booleans()),
    button_presses=counts,
    rejected_frames=counts,
)
reports: st.SearchStrategy[Report] = st.one_of(
    statuses,
    st.builds(Answer, st.text(), st.booleans(), st.text(), st.text()),
    st.builds(Event, counts, finite, finite, printable, printable, st.text(), st.none() | printable, maybe),
)


@given(requests)
def test_every_request_comes_back(request: Request) -> None:
    assert decode_request(encode(request)) == request


@given(reports)
def test_every_report_comes_back(report: Report) -> None:
    assert decode_report(encode(report)) == report


@given(requests, reports)
def test_the_two_directions_do_not_mix(request: Request, report: Report) -> None:
    with pytest.raises(FrameError):
        decode_report(encode(request))
    with pytest.raises(FrameError):
        decode_request(encode(report))


# --- not frames -------------------------------------------------------------------------------------------


def refused(packet: bytes) -> None:
    for decode in (decode_request, decode_report):
        with pytest.raises(FrameError):
            decode(packet)


@given(st.binary(max_size=400).filter(lambda packet: b'{"t":' not in packet))
def test_garbage_is_only_ever_a_frame_error(packet: bytes) -> None:
    """What begins like a frame may be one: whole frames are among the bytes that are tried."""
    refused(packet)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_other_json_is_only_ever_a_frame_error(value: Any) -> None:
    refused(json.dumps(value).encode())


@given(requests, st.data())
def test_a_request_with_one_wrong_value_is_taken_whole_or_refused(
    request: Request, data: st.DataObject
) -> None:
    """What is taken has the declared types and ranges, whatever was put there."""
    plain = json.loads(encode(request))
    key = data.draw(st.sampled_from(sorted(plain)))
    plain[key] = data.draw(json_values)
    packet = json.dumps(plain).encode()
    try:
        taken = decode_request(packet)
    except FrameError:
        return
    assert decode_request(encode(taken)) == taken


@given(requests, st.data())
def test_a_request_with_a_key_too_many_or_too_few_is_refused(request: Request, data: st.DataObject) -> None:
    plain = json.loads(encode(request))
    with pytest.raises(FrameError, match="unknown key"):
        decode_request(json.dumps({**plain, "surprise": 1}).encode())
    del plain["t"]
    with pytest.raises(FrameError, match="unknown frame type"):
        decode_request(json.dumps(plain).encode())


def demand(**changes: Any) -> bytes:
    plain = {"t": "demand", "session_id": "s1", "duty": 0.5, "tick": 7, "lifetime_s": 1.0}
    return json.dumps({**plain, **changes}).encode()


def test_the_demand_that_the_wrong_ones_below_are_made_from_is_right() -> None:
    assert decode_request(demand()) == Demand("s1", 0.5, 7)
    assert decode_request(demand(duty=1)) == Demand("s1", 1.0, 7)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"duty": 1.0001}, "duty: 1.0001 is outside 0-1"),
        ({"duty": -0.1}, "duty"),
        ({"duty": float("nan")}, "duty: expected a finite number"),
        ({"duty": float("inf")}, "duty: expected a finite number"),
        ({"duty": 10**400}, "duty: expected a finite number"),
        ({"duty": True}, "duty: expected a number"),
        ({"duty": "1"}, "duty: expected a number"),
        ({"duty": None}, "duty: expected a number"),
        ({"duty": [1.0]}, "duty: expected a number"),
        ({"tick": 7.0}, "tick: expected int"),
        ({"tick": True}, "tick: expected int"),
        ({"lifetime_s": 60.1}, "lifetime_s"),
        ({"lifetime_s": -1.0}, "lifetime_s"),
        ({"session_id": 5}, "session_id: expected str"),
    ],
)
def test_each_wrong_value_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(FrameError) as error:
        decode_request(demand(**changes))

    assert says in str(error.value)


@pytest.mark.parametrize("text", ["", "x" * 65, "a\nb", "a\0b", "\ud800", "\u202e"])
@pytest.mark.parametrize(
    ("frame", "key"),
    [
        ({"t": "start", "target_c": 40.0}, "session_id"),
        ({"t": "reset"}, "request_id"),
        ({"t": "stop"}, "reason"),
    ],
)
def test_no_text_that_is_stored_or_shown_can_play_tricks(frame: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(FrameError, match=f"{key}: expected 1-.* printable characters"):
        decode_request(json.dumps({**frame, key: text}).encode())


@pytest.mark.parametrize("name", ["Start", "", None, 0, True, ["start"], {"t": "start"}, "start\0"])
def test_no_other_name_is_a_frame(name: Any) -> None:
    with pytest.raises(FrameError, match="unknown frame type"):
        decode_request(json.dumps({"t": name, "session_id": "s1", "target_c": 40.0}).encode())


@pytest.mark.parametrize("origin", ["stranger", None, 1, ["phone"], {}])
def test_no_other_origin_starts(origin: Any) -> None:
    packet = {"t": "start", "session_id": "s1", "target_c": 40.0, "origin": origin}
    with pytest.raises(FrameError, match="origin"):
        decode_request(json.dumps(packet).encode())


@pytest.mark.parametrize("depth", [*range(900, 1010, 10), 2000, 8000])
@pytest.mark.parametrize(
    "around", ['{"t":%s}', '{"t":"stop","reason":%s}', '{"t":"start","origin":%s}', "%s"]
)
def test_no_depth_of_brackets_does_more_than_a_frame_error(depth: int, around: str) -> None:
    for left, right in (("[", "]"), ('{"a":', "}")):
        core = left * depth + ("1" if left != "[" else "") + right * depth
        packet = (around % core).encode()
        if len(packet) <= MAX_FRAME_BYTES:
            refused(packet)


def test_a_number_of_ten_thousand_digits_is_a_frame_error() -> None:
    refused(b'{"t":"ack","event_seq":' + b"9" * 10_000 + b"}")


def test_a_packet_may_be_16_kib_and_not_a_byte_more() -> None:
    packet = encode(Stop("phone"))
    fits = packet[:-1] + b" " * (MAX_FRAME_BYTES - len(packet)) + b"}"
    assert decode_request(fits) == Stop("phone")

    refused(fits + b" ")


def test_a_guard_never_sends_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Event(1, float("nan"), 0.0, "fault", "x", "y"))
