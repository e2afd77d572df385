"""What waits for the broker: in which order, how much, and for how long."""

import pytest

from controller.mqtt.client import jittered_backoff_s
from controller.mqtt.outbox import MAX_EVENTS, MAX_RESULTS, RESULT_LIFETIME_S, Letter, Outbox
from controller.mqtt.topics import may_reply_to, topics_of


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def drained(outbox: Outbox) -> list[bytes]:
    payloads = []
    while (letter := outbox.next()) is not None:
        payloads.append(letter.payload)
        outbox.confirm(letter)
    return payloads


def test_results_then_the_newest_state_then_events() -> None:
    outbox = Outbox()
    outbox.put_event(Letter("e", b"e1"))
    outbox.put_newest(Letter("s", b"s1"))
    outbox.put_event(Letter("e", b"e2"))
    outbox.put_newest(Letter("s", b"s2"))
    outbox.put_result(Letter("r", b"r1"))
    assert drained(outbox) == [b"r1", b"s2", b"e1", b"e2"]
    assert drained(outbox) == []


def test_what_is_not_confirmed_is_sent_again() -> None:
    outbox = Outbox()
    outbox.put_event(Letter("e", b"e1"))
    first = outbox.next()
    assert first is outbox.next()


def test_a_state_that_changes_while_it_is_sent_is_sent_again() -> None:
    outbox = Outbox()
    old = Letter("s", b"old")
    outbox.put_newest(old)
    assert outbox.next() is old
    outbox.put_newest(Letter("s", b"new"))
    outbox.confirm(old)
    assert drained(outbox) == [b"new"]


def test_after_a_reconnect_the_state_is_due_again() -> None:
    outbox = Outbox()
    outbox.repeat_newest()
    assert outbox.next() is None
    outbox.put_newest(Letter("s", b"s1"))
    drained(outbox)
    outbox.repeat_newest()
    assert drained(outbox) == [b"s1"]


def test_an_endless_outage_drops_the_oldest_and_counts() -> None:
    outbox = Outbox()
    sending = Letter("e", b"first")
    outbox.put_event(sending)
    for number in range(MAX_EVENTS + 5):
        outbox.put_event(Letter("e", b"%d" % number))
    outbox.confirm(sending)  # it was on its way while it was dropped
    assert drained(outbox)[:2] == [b"5", b"6"]
    for _ in range(MAX_RESULTS + 1):
        outbox.put_result(Letter("r", b""))
    assert len(drained(outbox)) == MAX_RESULTS
    assert outbox.dropped == 6 + 1


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    clock = Clock()
    outbox = Outbox(clock)
    outbox.put_result(Letter("r", b"late"))
    clock.now_s = RESULT_LIFETIME_S + 1
    outbox.put_result(Letter("r", b"fresh"))
    assert drained(outbox) == [b"fresh"]
    assert outbox.dropped == 1


def test_the_backoff_grows_to_three_seconds_and_never_in_step() -> None:
    for attempt in range(1, 5000, 7):
        assert 0.5 <= jittered_backoff_s(attempt) <= 3
    assert jittered_backoff_s(1) <= 1
    assert jittered_backoff_s(20) >= 1.5
    assert len({jittered_backoff_s(9) for _ in range(10)}) > 1


def test_topics() -> None:
    topics = topics_of("home/heatpack", "pad1")
    assert topics.command == "home/heatpack/pad1/command"
    assert topics.availability == "home/heatpack/pad1/availability"


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        ("phone/7/answers", True),
        ("heatpacks/answers", True),
        ("", False),
        ("phone/+", False),
        ("phone/#", False),
        ("phone/\0", False),
        ("$SYS/x", False),
        ("x" * 70000, False),
        ("heatpack", False),
        ("heatpack/pad1/command", False),
        ("heatpack/pad2/command", False),
        ("heatpack/pad1/state", False),
        ("trigger-point/3/session", False),
        ("homeassistant/device/pad1/config", False),
        ("homeassistant/status", False),
    ],
)
def test_replies_go_only_where_they_cannot_command(topic: str, allowed: bool) -> None:
    assert may_reply_to(topic, ("heatpack", "homeassistant"), "trigger-point/+/session") is allowed
