"""The lab reads the kernel's record of the lines as it is meant."""

import pytest

from lab import trace
from lab.strikes import Strike, judge

BASE = 996
HEAD = """\
# tracer: nop
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
"""


def record(*events: str) -> str:
    """Write events as ftrace does: time, process, event."""
    lines = []
    for event in events:
        at_s, pid, words = event.split(" ", 2)
        lines.append(f"         python3-{pid:<7} [000] .....    {at_s}: {words}\n")
    return HEAD + "".join(lines)


def line(number: int, high: bool) -> str:
    return f"gpio_value: {BASE + number} set {high:d}"


HEATER_HIGH, HEATER_LOW = line(trace.HEATER, True), line(trace.HEATER, False)
ENABLE_HIGH, ENABLE_LOW = line(trace.ENABLE, True), line(trace.ENABLE, False)
FREED = f"line_freed: (gpio_sim_free+0x0/0x70 [gpio_sim]) line={trace.HEATER}"
BOTH = frozenset({trace.HEATER, trace.ENABLE})

#: A guard is killed. What follows it drives the line low after half a second, and restarts.
KILLED = (
    f"9.900000 164 {line(trace.DEADMAN, True)}",
    "10.000000 170 tracing_mark_write: blow kill 164",
    "10.001000 164 sched_process_exit: comm=python3 pid=164 prio=120",
    f"10.001500 164 {FREED}",
    f"10.500000 193 {HEATER_LOW}",
    f"10.600000 193 {ENABLE_LOW}",
    "10.700000 193 sched_process_exit: comm=heatpack pid=193 prio=120",
    "14.000000 202 gpio_value: 1019 get 1",
)


def killed(persist: bool, *more: str) -> trace.Story:
    return trace.read(record(*KILLED, *more), base=BASE, persist=persist, high=BOTH)


def test_a_kept_line_is_low_when_somebody_drives_it_low() -> None:
    assert killed(persist=True).off_s(10.0) == 10.5


def test_a_released_line_is_low_when_its_owner_is_gone() -> None:
    assert killed(persist=False).off_s(10.0) == 10.0015


def test_the_blow_and_the_death_have_their_times() -> None:
    story = killed(persist=True)
    assert (story.blow_s, story.exits[164]) == (10.0, 10.001)


def test_the_dead_mans_last_edge_is_that_of_the_struck_guard() -> None:
    later = f"14.100000 202 {line(trace.DEADMAN, False)}"
    assert killed(True, later).last_toggle_s(164) == 9.9


def test_a_line_that_falls_because_its_owner_is_gone_is_no_edge_by_his_hand() -> None:
    freed = f"10.001600 164 line_freed: (gpio_sim_free+0x0/0x70 [gpio_sim]) line={trace.DEADMAN}"
    text = record(KILLED[0], KILLED[1], KILLED[2], freed, *KILLED[4:])
    assert trace.read(text, base=BASE, persist=False, high=BOTH).last_toggle_s(164) == 9.9


def test_a_line_that_is_held_by_switching_is_off_only_when_it_stays_low() -> None:
    held = record(
        "10.000000 1 tracing_mark_write: blow kill 164",
        f"10.200000 1 {HEATER_LOW}",
        f"10.700000 1 {HEATER_HIGH}",
        f"11.300000 1 {HEATER_LOW}",
        "13.000000 1 gpio_value: 1019 get 1",
    )
    story = trace.read(held, base=BASE, persist=True, high=BOTH)
    assert story.off_s(10.0) == 11.3
    assert story.heats_since(11.3) == 0


def test_a_line_that_never_goes_low_is_never_off() -> None:
    story = trace.read(record("12.000000 1 gpio_value: 1019 get 1"), base=BASE, persist=True, high=BOTH)
    assert story.off_s(10.0) is None


def test_a_line_that_went_low_at_the_very_end_is_not_yet_off() -> None:
    text = record(f"12.000000 1 {HEATER_LOW}", "12.500000 1 gpio_value: 1019 get 1")
    assert trace.read(text, base=BASE, persist=True, high=BOTH).off_s(10.0) is None


def test_heat_that_comes_back_is_counted() -> None:
    story = killed(True, f"15.000000 202 {HEATER_HIGH}", f"15.100000 202 {ENABLE_HIGH}")
    assert story.heats_since(10.5) == 1


def test_heat_that_comes_back_with_the_series_switch_still_closed_is_counted() -> None:
    text = record(f"10.500000 193 {HEATER_LOW}", f"15.000000 202 {HEATER_HIGH}")
    assert trace.read(text, base=BASE, persist=True, high=BOTH).heats_since(10.5) == 1


@pytest.mark.parametrize("switch", [HEATER_HIGH, ENABLE_HIGH])
def test_one_switch_alone_does_not_heat(switch: str) -> None:
    assert killed(True, f"15.000000 202 {switch}").heats_since(10.5) == 0


def test_a_strike_is_judged() -> None:
    struck = Strike("heatpack-guard", "kill", persist=True, state="warming", seed=1)
    outcome = judge(struck, record(*KILLED), BASE, 164, {"result": "signal", "restarts": "1"})
    assert outcome.low_s == pytest.approx(0.5)
    assert outcome.low_after_death_s == pytest.approx(0.499)
    assert outcome.toggle_s == pytest.approx(-0.1)
    assert (outcome.heats, outcome.result, outcome.restarts) == (0, "signal", 1)
