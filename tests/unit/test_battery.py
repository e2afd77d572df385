"""A battery through the eyes of the controller: what it learns, announces and refuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.battery import Battery, BatteryLevels
from controller.supply import power_share
from controller.trend import Trend
from hardware.link import SessionStatus, Status
from hardware.settings import AdcSettings
from hardware.supply import UNKNOWN, Supply
from tests.unit.test_orders import IDLE

USB = BatteryLevels(rated_v=5.0, low_v=4.4, empty_v=4.0)
TWO_CELLS = BatteryLevels(rated_v=7.4, low_v=6.5, empty_v=5.9)
ADC = AdcSettings("MCP3208", 0, 0, supply_channel=7, supply_divider=3.0)
EIGHT_MINUTES = 480.0


class Story:
    """A battery whose voltage the test tells, through the guard's own filter, at ten statuses a second."""

    def __init__(self, levels: BatteryLevels, volts: float, *, sag_v: float = 0.0) -> None:
        self.battery = Battery(levels)
        self.volts, self.sag_v = volts, sag_v
        self.said: list[str] = []
        self.now_s = 0.0
        self._supply: Supply = UNKNOWN
        self._owed = 0.0
        self._heater = False
        self._sessions = 0

    def rests(self, seconds: float) -> "Story":
        return self._run(seconds, 0.0, None, 0.0)

    def heats(
        self, seconds: float, *, duty: float = 1.0, falls_v_per_s: float = 0.0, of_s: float = EIGHT_MINUTES
    ) -> "Story":
        """A session that runs for so long of its time; the battery loses so much a second."""
        self._sessions += 1
        return self._run(seconds, duty, of_s, falls_v_per_s)

    def _run(self, seconds: float, duty: float, of_s: float | None, falls_v_per_s: float) -> "Story":
        began_s = self.now_s
        while self.now_s < began_s + seconds - 1e-6:
            self.now_s += 0.1
            self.volts -= 0.1 * falls_v_per_s
            shown = max(0.0, self.volts - (self.sag_v if self._heater else 0.0))
            code = round(shown / 9.9 * 4096)
            self._supply = self._supply.step(ADC, code, self._heater, 0.1)
            self._owed += duty
            self._heater, self._owed = self._owed >= 1.0, self._owed - (self._owed >= 1.0)
            session = None
            if of_s is not None:
                done_s = self.now_s - began_s
                session = SessionStatus(
                    f"s{self._sessions}", "phone", 40.0, of_s, 0.0, done_s, of_s - done_s, False
                )
            self.hear(replace(IDLE, supply_v=self._supply.volts, session=session, heater=self._heater))
        return self

    def hear(self, status: Status) -> None:
        warning = self.battery.hear(replace(status, mono_s=self.now_s))
        if warning is not None:
            self.said.append(warning)


# --- a healthy supply -------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", [1.0, 0.33, 0.05])
def test_a_steady_supply_is_never_low_and_refuses_nothing(duty: float) -> None:
    story = Story(USB, 5.1, sag_v=0.3)
    for _ in range(3):
        story.rests(60).heats(480, duty=duty)

    assert story.said == []
    assert not story.battery.low
    assert story.battery.refusal(600.0) is None


def test_before_anything_is_known_nothing_is_refused() -> None:
    battery = Battery(USB)

    assert battery.hear(IDLE) is None
    assert battery.refusal(600.0) is None


def test_the_sag_under_load_is_learned_and_counts_at_rest() -> None:
    story = Story(TWO_CELLS, 7.6, sag_v=0.4).rests(30)
    assert story.battery.volts == pytest.approx(7.6, abs=0.01)

    story.heats(60, duty=0.4)
    assert story.battery.sag_v == pytest.approx(0.4, abs=0.02)
    assert story.battery.volts == pytest.approx(7.2, abs=0.02)

    story.rests(60)
    assert story.battery.volts == pytest.approx(7.2, abs=0.02)


# --- a low battery ----------------------------------------------------------------------------------------


def test_a_low_battery_is_announced_once_after_five_seconds_with_its_voltage() -> None:
    story = Story(USB, 5.0).rests(20)
    story.volts = 4.3
    story.rests(4)
    assert story.said == []

    story.rests(20)
    assert story.said == ["The battery has 4.30 V, less than 4.40 V. Charge it soon"]
    assert story.battery.low


def test_a_dip_is_not_a_low_battery() -> None:
    story = Story(USB, 5.0).rests(20)
    story.volts = 4.2
    story.rests(3)
    story.volts = 5.0
    story.rests(60)

    assert story.said == []


def test_a_voltage_that_wavers_about_the_limit_is_announced_once() -> None:
    story = Story(USB, 4.36).rests(20)
    for _ in range(10):
        story.volts = 4.44
        story.rests(20)
        story.volts = 4.36
        story.rests(20)

    assert len(story.said) == 1


def test_load_and_rest_in_turn_do_not_announce_it_again_and_again() -> None:
    story = Story(USB, 4.6, sag_v=0.3).rests(30)
    for _ in range(4):
        story.heats(60).rests(120)

    assert len(story.said) == 1
    assert story.battery.low


def test_a_charged_battery_is_low_no_more() -> None:
    story = Story(USB, 4.2).rests(30)
    assert story.battery.low
    story.volts = 5.0
    story.rests(20)

    assert not story.battery.low
    assert story.battery.refusal(EIGHT_MINUTES) is None


def test_a_battery_that_will_not_last_is_announced_before_it_is_empty() -> None:
    """From 7.0 V at 2 mV/s: above the low mark for four minutes, empty after nine."""
    story = Story(TWO_CELLS, 7.0).rests(30).heats(120, falls_v_per_s=0.0022, of_s=600.0)
    (warning,) = story.said

    assert story.volts > TWO_CELLS.low_v + 0.2
    assert warning.startswith("The battery has 6.8")
    assert warning.endswith("at the end of this session, less than 5.90 V. It may switch off before")


def test_a_fall_that_it_can_afford_is_not_announced() -> None:
    story = Story(TWO_CELLS, 7.6).rests(30).heats(480, falls_v_per_s=0.001)

    assert story.said == []
    assert story.battery.fall_v_per_s == pytest.approx(0.001, rel=0.05)


def test_the_first_seconds_of_a_load_are_no_fall() -> None:
    story = Story(TWO_CELLS, 7.0, sag_v=0.4).rests(30).heats(59)

    assert story.battery.fall_v_per_s == 0.0
    assert story.said == []


# --- a start ----------------------------------------------------------------------------------------------


def test_a_start_on_a_low_battery_is_refused_with_what_it_has_and_needs() -> None:
    story = Story(USB, 4.3).rests(20)

    refusal = story.battery.refusal(EIGHT_MINUTES)

    assert refusal == "The battery has 4.30 V; 8 minutes of heat need 4.40 V. Charge it first"


def test_a_start_that_the_last_session_says_it_cannot_finish_is_refused() -> None:
    story = Story(TWO_CELLS, 7.5, sag_v=0.2).rests(30).heats(480, falls_v_per_s=0.0015).rests(900)
    # 6.78 V at rest, 6.58 V under load: not low, but 8 minutes take 0.72 V more.
    assert story.battery.volts == pytest.approx(6.58, abs=0.02)
    assert not story.battery.low

    refusal = story.battery.refusal(EIGHT_MINUTES)

    assert refusal is not None
    assert refusal.startswith("The battery has 6.78 V; 8 minutes of heat need 6.8")
    assert story.battery.refusal(300.0) is None


def test_what_an_old_charge_did_does_not_count_for_a_new_one() -> None:
    story = Story(TWO_CELLS, 6.6).rests(30).heats(120, falls_v_per_s=0.01).rests(60)
    assert story.battery.refusal(EIGHT_MINUTES) is not None
    story.volts = 8.2
    story.rests(60)

    assert story.battery.refusal(600.0) is None


def test_a_supply_that_is_off_is_called_so() -> None:
    story = Story(USB, 0.1).rests(20)

    assert story.said == ["The pad's supply has 0.10 V: it is off or unplugged. The pad cannot heat"]
    assert (
        story.battery.refusal(300.0)
        == "The pad's supply has 0.10 V: it is off or unplugged. 4.40 V are needed"
    )


def test_a_power_bank_that_switches_off_under_load_has_not_sagged() -> None:
    story = Story(USB, 5.1).rests(30)
    story.sag_v = 5.1
    story.heats(30)
    story.sag_v = 0.0
    story.rests(60)

    assert story.battery.sag_v == 0.0
    assert story.battery.refusal(300.0) is None


def test_a_channel_that_does_not_answer_refuses_nothing() -> None:
    story = Story(USB, 4.2).rests(30)
    story.hear(replace(IDLE, supply_v=None))

    assert story.battery.refusal(300.0) is None


@given(st.lists(st.tuples(st.none() | st.floats(0.0, 66.0), st.booleans(), st.floats(-10.0, 1000.0))))
def test_whatever_the_statuses_say_the_battery_has_an_answer(
    statuses: list[tuple[float | None, bool, float]],
) -> None:
    battery, now_s = Battery(USB), 0.0
    session = SessionStatus("s1", "phone", 40.0, 480.0, 0.0, 1.0, 479.0, False)
    for volts, heater, passed_s in statuses:
        now_s += passed_s
        battery.hear(replace(IDLE, supply_v=volts, heater=heater, session=session, mono_s=now_s))
        refusal = battery.refusal(480.0)
        assert refusal is None or refusal.endswith((".", "first", "needed"))
        assert battery.sag_v >= 0.0
        assert battery.fall_v_per_s >= 0.0


# --- a line through points --------------------------------------------------------------------------------


@given(st.floats(-1.0, 1.0), st.floats(0.0, 1e5), st.floats(0.0, 24.0), st.integers(2, 200))
def test_a_line_is_found_from_wherever_its_points_begin(
    slope: float, from_s: float, value: float, points: int
) -> None:
    trend = Trend()
    for n in range(points):
        trend = trend.add(from_s + n, value + slope * n)

    assert trend.slope_per_s == pytest.approx(slope, abs=1e-6)
    assert trend.span_s == pytest.approx(points - 1)


def test_one_point_has_no_slope() -> None:
    assert Trend().slope_per_s == 0.0
    assert Trend().add(5.0, 7.0).slope_per_s == 0.0


# --- power ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("volts", "share"),
    [
        (5.0, 1.0),
        (4.5, 0.81),
        (3.5, 0.49),
        (6.25, 1.5625),
        (None, 1.0),
        (2.49, 1.0),
        (6.51, 1.0),
        (0.0, 1.0),
        (-5.0, 1.0),
        (float("nan"), 1.0),
        (float("inf"), 1.0),
    ],
)
def test_power_goes_with_the_square_of_a_voltage_that_can_be_true(volts: float | None, share: float) -> None:
    assert power_share(volts, 5.0) == pytest.approx(share)
