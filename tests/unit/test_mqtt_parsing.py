"""What a payload means, and what is said about one that means nothing."""

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controller.mqtt.inbound import BadMessage, Command, ResetCommand, StartCommand, StopCommand, Trigger
from controller.mqtt.parsing import parse_command, parse_trigger


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        (b"start", StartCommand()),
        (b" STOP\r\n", StopCommand()),
        (b"Reset", ResetCommand()),
        (b'"start"', StartCommand()),
        (b'{"action":"start"}', StartCommand()),
        (b'{"action":" Start "}', StartCommand()),
        (
            '{"action":"start","target_c":40,"duration_s":480.5,"area":"Schläfe","id":"7","origin":"cli"}',
            StartCommand(target_c=40, duration_s=480.5, area="Schläfe", id="7", origin="cli"),
        ),
        (b'{"action":"start","target_c":null,"area":null,"id":null}', StartCommand()),
        (b'{"action":"reset","id":"r1","issued_at":1800000000}', ResetCommand(id="r1", issued_at=1.8e9)),
        (b'{"action":"stop","id":"s1","origin":"cli"}', StopCommand(id="s1", origin="cli")),
    ],
)
def test_the_allowed_forms(payload: bytes | str, command: Command) -> None:
    assert parse_command(payload.encode() if isinstance(payload, str) else payload) == command


@pytest.mark.parametrize(
    "moment", ["2027-01-15T08:00:00Z", "2027-01-15T09:00:00+01:00", "2027-01-15T08:00:00.000+00:00"]
)
def test_issued_at_may_be_iso_8601(moment: str) -> None:
    command = parse_command(json.dumps({"action": "start", "issued_at": moment}).encode())
    assert command.issued_at == 1_800_000_000


@pytest.mark.parametrize(
    ("payload", "code", "sentence"),
    [
        (b"", "malformed", "Not JSON. Send start, stop or reset, or JSON such as"),
        (b"heat!", "malformed", "Not JSON. "),
        (b"\xff\xfe", "malformed", "Not UTF-8 text. "),
        (b"x" * 5000, "oversized", "5000 bytes are too many: at most 4096"),
        (b"[" * 4000, "malformed", "N"),  # too deep, or not JSON: it depends on the Python
        (b"[1]", "malformed", "Neither a word nor a JSON object. "),
        (b"NaN", "malformed", "NaN is not a number. "),
        (b"{}", "malformed", "action is missing. "),
        (b'"warm"', "unknown_action", 'Unknown action "warm". Send start, stop or reset'),
        (b'{"action":"heat"}', "unknown_action", 'Unknown action "heat". '),
        (b'{"action":true}', "unknown_action", "Unknown action true. "),
        (b'{"action":[]}', "unknown_action", "Unknown action a list. "),
        (b'{"action":"start","action":"start"}', "malformed", "A key is there twice. "),
        (b'{"action":"start","target":40}', "malformed", 'Unknown key "target"; allowed are action, area, '),
        (
            b'{"action":"start","target_c":true}',
            "malformed",
            "target_c must be a number in \N{DEGREE SIGN}C, not true",
        ),
        (
            b'{"action":"start","target_c":"40"}',
            "malformed",
            'target_c must be a number in \N{DEGREE SIGN}C, not "40"',
        ),
        (b'{"action":"start","target_c":1e999}', "malformed", "target_c must be a number in "),
        (b'{"action":"start","target_c":NaN}', "malformed", "NaN is not a number. "),
        (b'{"action":"start","duration_s":-Infinity}', "malformed", "-Infinity is not a number. "),
        (b'{"action":"start","duration_s":{}}', "malformed", "duration_s must be a number of seconds, not"),
        (b'{"action":"start","duration_s":' + b"9" * 400 + b"}", "malformed", "duration_s must be a number"),
        (b'{"action":"start","duration_s":' + b"9" * 4050 + b"}", "malformed", ""),
        (b'{"action":"start","area":""}', "malformed", "area must be 1 to 40 printable characters, not"),
        (b'{"action":"start","area":"\\u0007"}', "malformed", "area must be 1 to 40 printable characters"),
        (b'{"action":"start","area":"\\ud800"}', "malformed", "area must be 1 to 40 printable characters"),
        (b'{"action":"start","id":7}', "malformed", "id must be 1 to 64 printable characters, not 7"),
        (b'{"action":"start","issued_at":"soon"}', "malformed", "issued_at must be Unix seconds, or an ISO"),
        (
            b'{"action":"start","issued_at":"2027-01-15T08:00:00"}',
            "malformed",
            "issued_at must be Unix secon",
        ),
        (b'{"action":"start","origin":"button"}', "malformed", 'origin must be "phone" or "cli", not "butt'),
        (b'{"action":"reset","target_c":40}', "malformed", 'Unknown key "target_c"; allowed are action, id,'),
    ],
)
def test_everything_else_is_answered_with_what_is_wrong(payload: bytes, code: str, sentence: str) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_command(payload)
    assert caught.value.code == code
    assert caught.value.sentence.startswith(sentence)
    assert len(caught.value.sentence) < 250


def test_a_bad_command_keeps_the_id_so_that_its_sender_finds_the_answer() -> None:
    with pytest.raises(BadMessage) as caught:
        parse_command(b'{"action":"start","id":"a1","target_c":"hot"}')
    assert (caught.value.action, caught.value.id) == ("start", "a1")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"action":"stop","target_c":NaN}',
        b'{"action":"stop","id":[[]],"issued_at":"never","x":{"y":1}}',
        b'{"action":"start","action":"stop"}',
        b'{"action":"stop","action":"start"}',
        b'{"action":"stop"',
        b'{ "Action" : "STOP" ,,, }',
        b'{"action":"stop","pad":"' + b"x" * 5000 + b'"}',
        b'{"pad":"' + b"x" * 5000 + b'","action":"stop"}',
        b"stop" + b" " * 5000,
        b"stop\0",
        b"\xef\xbb\xbfstop",
        b'["stop"]',
        b"stop!",
        b"{stop}",
    ],
)
def test_a_stop_counts_however_odd_it_is(payload: bytes) -> None:
    assert isinstance(parse_command(payload), StopCommand)


def test_a_word_that_only_contains_stop_is_none() -> None:
    for payload in (b"nonstop", b'{"action":"start","area":"stop"}', b'{"action":"stopwatch"}'):
        with contextlib.suppress(BadMessage):
            assert not isinstance(parse_command(payload), StopCommand)


@pytest.mark.parametrize(
    ("payload", "trigger"),
    [
        (b"released", Trigger(event="released")),
        (b"Stretched\n", Trigger(event="stretched")),
        (b'{"event":"released","session_id":"t7"}', Trigger(event="released", session_id="t7")),
        (b'{"event":"released","session_id":7,"force_n":12}', Trigger(event="released", session_id="7")),
        (b'{"event":"released","issued_at":1.5}', Trigger(event="released", issued_at=1.5)),
        (
            b'{"event":"stretched","issued_at":"1970-01-01T00:00:02Z"}',
            Trigger(event="stretched", issued_at=2),
        ),
        (
            b'{"event":"cancelled","session_id":"7","issued_at":"?"}',
            Trigger(event="cancelled", session_id="7"),
        ),
        (b'{"event":"cancelled","session_id":true}', Trigger(event="cancelled")),
        (b'{"event":"cancelled"', Trigger(event="cancelled")),
        (b"cancelled\0", Trigger(event="cancelled")),
    ],
)
def test_triggers(payload: bytes, trigger: Trigger) -> None:
    assert parse_trigger(payload) == trigger


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"pressed", "Not JSON. Send released, stretched or cancelled, or JSON such as"),
        (b'{"event":"pressed"}', 'Unknown event "pressed". '),
        (b'{"event":"released","session_id":true}', "session_id must be 1 to 64 printable characters, not t"),
        (b'{"event":"released","session_id":""}', "session_id must be 1 to 64 printable characters, not"),
        (b'{"event":"released","issued_at":"noon"}', "issued_at must be Unix seconds, or an ISO 8601 time"),
        (b'{"session_id":"7"}', "event is missing. "),
    ],
)
def test_bad_triggers(payload: bytes, sentence: str) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_trigger(payload)
    assert caught.value.sentence.startswith(sentence)


# --- nothing that arrives may surprise ------------------------------------------------------------


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
_keys = st.sampled_from(
    ["action", "event", "target_c", "duration_s", "area", "id", "issued_at", "origin", "session_id"]
)
_words = st.sampled_from(["start", "reset", "stop", "released", "stretched", "cancelled", "now"])
_objects = st.dictionaries(_keys | st.text(max_size=5), _values | _words).map(
    lambda data: json.dumps(data).encode()
)
_starts = st.dictionaries(_keys, _values).map(lambda data: json.dumps({**data, "action": "start"}).encode())
_payloads = (
    st.binary(max_size=200)
    | _objects
    | _starts
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
)


@given(_payloads)
@example(b'{"action":"start","area":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'{"a":' * 800 + b"1" + b"}" * 800)
@example(b'{"action":"start","issued_at":"+999999-01-01T00:00:00Z"}')
@example(b'{"action":"start","issued_at":"0001-01-01T00:00:00+23:59"}')
@example(b'{"action":"start","\\ud800":1}')
def test_parsing_ends_in_a_command_or_a_sentence(payload: bytes) -> None:
    for parse in (parse_command, parse_trigger):
        with contextlib.suppress(BadMessage):
            parse(payload)


@given(st.dictionaries(_keys.filter(lambda key: key != "action"), _values))
def test_an_object_whose_action_is_stop_is_a_stop(data: dict[str, object]) -> None:
    payload = json.dumps({**data, "action": "stop"}).encode()
    assert isinstance(parse_command(payload), StopCommand)


@given(_starts)
def test_a_start_that_parses_holds_only_finite_numbers_and_printable_text(payload: bytes) -> None:
    with contextlib.suppress(BadMessage):
        command = parse_command(payload)
        json.dumps(command.model_dump(), allow_nan=False).encode()
        assert all(text.isprintable() for text in command.model_dump().values() if isinstance(text, str))
