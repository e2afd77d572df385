"""A scenario that ends in heat, or without a refusal, is not taken for a good one."""

from typing import Any, cast

import pytest

from lab import scenarios
from lab.machine import Machine

BLOW = "  agent-9  [000] .....  10.000000: tracing_mark_write: blow kill 164"
LOW = "  heatpack-193  [000] .....  10.500000: gpio_value: 17 set 0"
JUDGED = "  python3-202  [000] .....  12.000000: gpio_value: 22 set 1"
HIGH = "  python3-202  [000] .....  12.500000: gpio_value: 17 set 1"
SERIES = "  python3-202  [000] .....  12.600000: gpio_value: 27 set 1"
END = "  agent-9  [000] .....  20.000000: tracing_mark_write: end"

RESTING = "Rest until 14:09, 30 minutes left\n"
HEATING = "Heating to 40 °C for 8 minutes\n"


class FakeMachine:
    """Answers as a machine would, with a record and with what ``heatpack start`` or ``systemctl`` says."""

    def __init__(self, *record: str, says: str, status: int = 0) -> None:
        self._record = "\n".join(record)
        self._says, self._status = says, status
        self.past: list[str] = []

    def load(self, name: str) -> None:
        self.past.append(name)

    def reset(self) -> None:
        self.past.append("reset")

    def wait_for_agent(self) -> None:
        self.past.append("booted")

    def shell(self, script: str) -> str:
        return self._says

    def ask(self, do: str, **_: Any) -> dict[str, Any]:
        return {"base": 0, "trace": self._record, "status": self._status, "said": self._says}


def play(name: str, *record: str, says: str, status: int = 0) -> scenarios.Finding:
    machine = FakeMachine(*record, says=says, status=status)
    return scenarios.play(cast(Machine, machine), name)


def test_a_full_disk_and_a_kill_end_with_the_line_low() -> None:
    finding = play("disk_full", BLOW, LOW, END, says=RESTING)
    assert finding == scenarios.Finding("disk_full", 0.5, 0, RESTING.strip(), True)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ((BLOW, END), RESTING),  # the line stayed high
        ((BLOW, LOW, HIGH, END), RESTING),  # it came back; the series switch was never opened
        ((BLOW, LOW, END), HEATING),  # heat on a disk that keeps no record
    ],
)
def test_a_full_disk_that_heats_is_not_as_it_should(record: tuple[str, ...], says: str) -> None:
    assert not play("disk_full", *record, says=says).as_wanted


def test_after_a_power_cut_there_is_no_heat_and_a_rest() -> None:
    assert play("power_cut", JUDGED, END, says=RESTING).as_wanted


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ((END,), RESTING),  # no guard came back: nothing was seen
        ((JUDGED, HIGH, SERIES, END), RESTING),
        ((JUDGED, END), HEATING),
    ],
)
def test_a_power_cut_that_heats_is_not_as_it_should(record: tuple[str, ...], says: str) -> None:
    assert not play("power_cut", *record, says=says).as_wanted


@pytest.mark.parametrize(
    ("says", "as_wanted"),
    [("failed\n10\nStart request repeated too quickly\n", True), ("active\n3\n", False)],
)
def test_a_crash_loop_ends_at_the_start_limit(says: str, as_wanted: bool) -> None:
    assert play("crash_loop", BLOW, LOW, END, says=says).as_wanted is as_wanted


def test_an_installation_that_works_in_a_session_is_not_as_it_should() -> None:
    assert not play("install", says="done", status=0).as_wanted
