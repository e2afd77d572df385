"""The session that the controller asked for: what it answers to each status."""

from dataclasses import replace

import pytest

from controller.active import ActiveSession
from controller.control.pad_controller import PadController
from hardware.link import DayStatus, SensorStatus, SessionStatus, Status
from tests.support.control import PLAN

RUNNING = SessionStatus("s1", "phone", 40.0, 480.0, 1_800_000_000.0, 0.0, 480.0, False)
STATUS = Status(
    tick=7,
    mono_s=100.0,
    wall_s=1_800_000_000.0,
    temperature_c=30.0,
    sensors=(SensorStatus(30.0),),
    duty=0.0,
    heater=False,
    session=RUNNING,
    dose_cem43=0.0,
    energy_j=0.0,
    day=DayStatus(1, 0.0, 0.0),
    ready_at_wall_s=None,
    notice=None,
    fault=None,
)


def after(status: Status, seconds: float, **changes: object) -> Status:
    """The status some seconds later."""
    later = replace(status, tick=status.tick + 1, mono_s=status.mono_s + seconds)
    return replace(later, **changes)  # type: ignore[arg-type]


@pytest.fixture
def wish() -> ActiveSession:
    return ActiveSession.begin("s1", "phone", "neck", 40.0, 480.0, PLAN)


def test_nothing_is_asked_for_before_the_start_is_on_disk(wish: ActiveSession) -> None:
    for n in range(5):
        demand = wish.tick(after(STATUS, 0.1 * n))
        assert demand is not None
        assert (demand.duty, demand.session_id) == (0.0, "s1")


def test_a_recorded_session_asks_for_heat_as_the_answer_to_a_tick(wish: ActiveSession) -> None:
    wish.recorded = True
    wish.tick(STATUS)
    demand = wish.tick(after(STATUS, 0.1))
    assert demand is not None
    assert demand.tick == STATUS.tick + 1
    assert demand.duty == 1.0  # ten degrees are missing


def test_the_first_status_only_sets_the_time(wish: ActiveSession) -> None:
    wish.recorded = True
    demand = wish.tick(STATUS)
    assert demand is not None
    assert demand.duty == 0.0


def test_waiting_for_the_disk_is_not_time_in_which_the_control_learns(wish: ActiveSession) -> None:
    status = STATUS
    for _ in range(50):
        status = after(status, 0.1)
        wish.tick(status)
    assert isinstance(wish.law, PadController)
    assert wish.law.law.estimator.heater_c is None
    assert wish.law.law.pid.integral == 0.0


@pytest.mark.parametrize("session", [None, replace(RUNNING, session_id="another")])
def test_a_session_that_the_guard_does_not_run_gets_no_demand(
    wish: ActiveSession, session: SessionStatus | None
) -> None:
    wish.recorded = True
    assert wish.tick(replace(STATUS, session=session)) is None


def test_without_a_temperature_nothing_is_asked_for(wish: ActiveSession) -> None:
    wish.recorded = True
    wish.tick(STATUS)
    assert wish.tick(after(STATUS, 0.1)).duty > 0.0  # type: ignore[union-attr]
    demand = wish.tick(after(STATUS, 0.2, temperature_c=None, sensors=(SensorStatus(None, "sensor_open"),)))
    assert demand is not None
    assert demand.duty == 0.0


def test_a_clock_that_stands_still_changes_nothing(wish: ActiveSession) -> None:
    wish.recorded = True
    wish.tick(STATUS)
    first = wish.tick(after(STATUS, 0.1))
    second = wish.tick(after(STATUS, 0.1))
    assert first == second
