"""One heat session as the guard lives it: asked for, charged, armed, heated, over."""

import pytest

from config.limits import Limits
from hardware.link import Demand, Start, Stop
from tests.support.bench_guard import Bench


def test_a_whole_session_from_the_start_to_the_rest() -> None:
    bench = Bench()
    assert not bench.out.heater

    bench.heat(480.0)
    bench.warm_to(40.0, rate_c_per_s=0.5)
    bench.run_until_over(dt=0.5)

    assert bench.ends() == ["completed"]
    assert not bench.out.heater
    assert bench.codes("session_started") == bench.codes("heat_on") == bench.codes("target_reached") == ["ok"]
    over = bench.events[-1]
    assert over.session_id == "s1"
    assert over.elapsed_s == pytest.approx(480.0, abs=0.6)
    assert over.energy_j == pytest.approx(8.0 * 480.0, rel=0.01)
    assert over.peak_c == pytest.approx(40.0, abs=0.1)
    assert bench.start("s2").code == "rest"


# --- no heat before the ledger has it ---------------------------------------------------------------


def test_a_guard_that_starts_is_off_and_stays_off_until_somebody_asks() -> None:
    bench = Bench()
    for _ in range(50):
        out = bench.cycle()
        assert not out.heater
        assert not out.enable


def test_the_session_is_charged_on_disk_before_the_first_heat() -> None:
    bench = Bench()

    out = bench.cycle(Start("s1", 40.0, 480.0))
    assert out.save
    assert not out.heater
    assert not out.enable
    assert bench.answers == []

    bench.cycle()
    assert [(a.request_id, a.accepted, a.code) for a in bench.answers] == [("s1", True, "ok")]
    assert bench.cycle().heater


def test_with_a_full_disk_the_start_is_refused_and_nothing_heats() -> None:
    bench = Bench()
    bench.full = True

    answer = bench.start()

    assert (answer.accepted, answer.code) == (False, "storage_failed")
    assert "No space left on device" in answer.message
    for _ in range(30):
        assert not bench.cycle().heater
    assert bench.ends() == ["storage_failed"]
    assert bench.status.day.sessions == 0


def test_when_the_disk_has_room_again_a_start_is_accepted_without_a_rest() -> None:
    bench = Bench()
    bench.full = True
    bench.start()
    bench.full = False

    assert bench.start("s2").accepted


def test_a_demand_that_hurries_ahead_of_the_disk_does_not_heat() -> None:
    bench = Bench()

    out = bench.cycle(Start("s1", 40.0, 480.0), Demand("s1", 1.0, bench.state.tick - 1))

    assert not out.heater


def test_a_slow_disk_delays_a_start_and_does_not_kill_it() -> None:
    """An SD card may take two seconds to sync. The heater is off meanwhile, so nothing is lost."""
    bench = Bench()
    bench.cycle(Start("s1", 40.0, 480.0))

    bench.cycle(dt=2.0)

    assert bench.answers[-1].accepted
    assert bench.cycle().heater


# --- requests that change nothing -------------------------------------------------------------------


def test_a_start_while_heating_is_refused_and_lengthens_nothing() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.run(100.0, dt=0.5)

    answer = bench.start("s2", duration_s=600.0)

    assert (answer.request_id, answer.code) == ("s2", "heating")
    assert bench.out.heater
    bench.run_until_over(dt=0.5)
    assert bench.events[-1].elapsed_s == pytest.approx(300.0, abs=0.6)


def test_the_running_session_asked_for_again_is_not_lengthened_either() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.run(200.0, dt=0.5)

    assert bench.start("s1", duration_s=600.0).code == "heating"
    bench.run_until_over(dt=0.5)
    assert bench.events[-1].elapsed_s == pytest.approx(300.0, abs=0.6)


def test_a_session_that_was_heated_is_never_heated_again() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.run_until_over(dt=0.5)
    bench.wait(2000.0)

    assert bench.start("s1").code == "duplicate"
    assert bench.start("s2").accepted


@pytest.mark.parametrize(
    ("target_c", "duration_s", "says"),
    [
        (34.9, 480.0, "Target 34.9 °C is outside 35-42 °C"),
        (42.1, 480.0, "Target 42.1 °C is outside 35-42 °C"),
        (1e6, 480.0, "outside 35-42"),
        (40.0, 299.0, "299 s is outside 300-600 s"),
        (40.0, 601.0, "601 s is outside 300-600 s"),
        (40.0, -1e300, "outside 300-600 s"),
        (float("nan"), 480.0, "outside"),
        (40.0, float("nan"), "outside"),
    ],
)
def test_out_of_range_is_refused_never_bent(target_c: float, duration_s: float, says: str) -> None:
    bench = Bench()
    start = Start("s1", 40.0, duration_s)
    object.__setattr__(start, "target_c", target_c)  # past the frame's own check, as a bug could

    bench.cycle(start)

    assert bench.answers[-1].code == "out_of_range"
    assert says in bench.answers[-1].message
    assert bench.state.phase is None


@pytest.mark.parametrize(("target_c", "duration_s"), [(35.0, 300.0), (42.0, 600.0)])
def test_the_ends_of_the_ranges_are_allowed(target_c: float, duration_s: float) -> None:
    assert Bench().start("s1", target_c, duration_s).accepted


def test_tighter_limits_of_a_configuration_hold() -> None:
    bench = Bench(limits=Limits(target_max_c=39.0, session_max_s=400.0))

    assert "35-39" in bench.start("a", 39.5).message
    assert "300-400" in bench.start("b", 39.0, 480.0).message
    bench.heat(None, "c", 39.0)
    assert bench.run_until_over(dt=0.5) == pytest.approx(400.0, abs=1.5)


# --- ends -------------------------------------------------------------------------------------------


def test_an_open_ended_session_is_stopped_at_ten_minutes() -> None:
    bench = Bench()
    bench.heat(None)

    assert bench.run_until_over(dt=0.5) == pytest.approx(600.0, abs=1.0)

    assert bench.ends() == ["session_timeout"]
    assert not bench.out.heater
    assert bench.fault is None


def test_the_session_clock_counts_from_the_first_heat_and_pauses_count() -> None:
    bench = Bench()
    bench.duty = 0.0
    bench.start(duration_s=300.0)
    bench.run(100.0, dt=0.5)  # the controller sees no need yet
    assert bench.status.session is not None
    assert bench.status.session.elapsed_s == 0.0
    bench.duty = 1.0
    bench.run(100.0, dt=0.5)
    bench.duty = 0.0
    left_s = bench.run_until_over(dt=0.5)

    assert left_s == pytest.approx(200.0, abs=1.0)


def test_the_duration_holds_whatever_the_wall_clock_does() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.run(100.0, dt=0.5)
    bench.clock.step_wall(-7200.0)

    assert bench.run_until_over(dt=0.5) == pytest.approx(200.0, abs=1.0)


@pytest.mark.parametrize("cycles", [0, 1, 2, 10, 100])
def test_a_stop_is_taken_at_every_moment_and_within_its_cycle(cycles: int) -> None:
    """Before the start is armed, in its first heat, and later."""
    bench = Bench()
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.run(cycles / 10)

    out = bench.cycle(Stop("phone"))

    assert (out.heater, out.enable, out.status.session) == (False, False, None)
    assert bench.ends() == ["stopped"]
    assert bench.events[-1].message == "Stopped (phone)"


def test_a_stop_that_overtakes_the_disk_answers_the_start_it_undid() -> None:
    bench = Bench()

    bench.cycle(Start("s1", 40.0, 480.0), Stop("phone"))

    assert [(a.request_id, a.accepted, a.code) for a in bench.answers] == [("s1", False, "stopped")]
    assert bench.start("s2").accepted


def test_a_stop_with_nothing_running_is_nothing() -> None:
    bench = Bench()

    bench.cycle(Stop(), Stop())

    assert bench.events == []
    assert not bench.out.heater


def test_zero_demand_takes_the_heat_and_leaves_the_session() -> None:
    bench = Bench()
    bench.heat()

    bench.duty = 0.0
    out = bench.cycle()

    assert not out.heater
    assert (out.status.duty, out.status.session is not None) == (0.0, True)


def test_half_a_duty_is_half_the_cycles() -> None:
    bench = Bench()
    bench.heat()
    bench.duty = 0.5

    on = sum(bench.cycle().heater for _ in range(200))

    assert on == pytest.approx(100, abs=1)


def test_a_stopped_session_is_not_resumed_by_demands_that_were_on_their_way() -> None:
    bench = Bench()
    bench.heat()
    late = bench.demand()

    bench.cycle(Stop("phone"), late)
    out = bench.cycle(Demand("s1", 1.0, bench.state.tick - 1))

    assert not out.heater
    assert out.status.session is None


def test_a_session_that_never_heated_costs_nothing() -> None:
    bench = Bench()
    bench.duty = 0.0
    bench.start()
    bench.run(5.0)
    bench.cycle(Stop("phone"))

    assert bench.status.day.sessions == 0
    assert bench.status.ready_at_wall_s is None
    assert bench.start("s2").accepted


def test_a_session_that_heated_for_one_cycle_costs_a_rest() -> None:
    bench = Bench()
    bench.heat()
    bench.cycle(Stop("phone"))

    assert bench.status.day.sessions == 1
    assert bench.start("s2").code == "rest"


# --- what the phone sees ----------------------------------------------------------------------------


def test_today_shows_what_was_really_used_not_what_is_charged() -> None:
    bench = Bench()
    bench.heat(600.0)
    assert bench.on_disk is not None
    assert b'"heated_s":600.0' in bench.on_disk
    bench.run(60.0)

    assert bench.status.day.sessions == 1
    assert bench.status.day.heated_s == pytest.approx(60.0, abs=0.3)
    assert bench.status.day.dose_cem43 == pytest.approx(bench.status.dose_cem43)

    bench.cycle(Stop("phone"))
    assert bench.status.day.heated_s == pytest.approx(60.0, abs=0.4)


def test_elapsed_and_remaining_add_up_to_the_duration() -> None:
    bench = Bench()
    bench.heat(480.0)
    for _ in range(20):
        session = bench.run(5.0, dt=0.5).status.session
        assert session is not None
        assert session.elapsed_s + session.remaining_s == pytest.approx(480.0)


def test_the_status_says_when_the_next_session_can_start() -> None:
    bench = Bench()
    bench.heat(300.0)
    bench.run_until_over(dt=0.5)

    ready_s = bench.status.ready_at_wall_s
    assert ready_s == pytest.approx(bench.clock.now().wall_s + 1800.0, abs=1.0)
    bench.wait(1801.0)
    assert bench.status.ready_at_wall_s is None
    assert bench.start("s2").accepted


def test_a_session_that_waits_for_its_first_heat_does_not_wait_for_ever() -> None:
    bench = Bench()
    bench.duty = 0.0
    assert bench.start().accepted

    bench.run(599.0)
    assert bench.ends() == []
    bench.run(2.0)
    assert bench.ends() == ["session_timeout"]
    assert bench.status.ready_at_wall_s is None  # no heat, no rest


def test_a_quick_tap_on_the_button_stops() -> None:
    bench = Bench()
    bench.heat()
    bench.button = True
    assert not bench.cycle().heater
    bench.button = False
    bench.run(1.0)

    assert bench.ends() == ["stopped"]
    assert bench.status.button_presses == 0


def test_a_start_whose_sender_has_gone_is_dropped() -> None:
    """Nobody could stop it, and whoever connects next has not asked for it."""
    bench = Bench()
    bench.linked = False
    bench.cycle(Start("s1", 40.0, 480.0))
    bench.linked = True
    bench.run(1.0)

    assert bench.state.phase is None
    assert bench.state.ledger.sessions == ()
    assert bench.start("s1").accepted
