"""Stories on a modelled pad: it answers to its heat as a pad does, or something is wrong.

Guard and controller are those of the daemons. One thermistor is allowed on a pad of 300 W/m²; the stronger
one of 667 W/m² has two. Each story begins with a pad that is put on cold.
"""

import pytest

from campaign.draws import Lift
from campaign.rig import Controller, Rig
from hardware.link import Demand, Request, Status
from tests.support.pad_bench import PadBench

#: An answer of the pad holds for two minutes, and a question is open for half a minute.
LONGEST_TO_A_QUESTION_S, QUESTION_S = 125.0, 100.0


def freeze(bench: PadBench) -> None:
    """Let every sensor go on saying what it says now; or a little less, so that it is heated on."""
    pad = bench.rig.pad
    for wire, felt_c in zip(pad.wiring.sensors, pad.plant.sensor_c, strict=True):
        wire.held_c = min(felt_c, bench.rig.draw.target_c - 0.1)


def thaw(bench: PadBench) -> None:
    """Mend the sensors."""
    for wire in bench.rig.pad.wiring.sensors:
        wire.held_c, wire.offset_c = None, 0.0


# --- healthy pads -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sensors", [1, 2])
@pytest.mark.parametrize("bits", [10, 12])
def test_a_steady_pad_is_held_for_as_long_as_a_session_lasts(sensors: int, bits: int) -> None:
    """On a 10-bit converter a pad that is held moves by less than one step for minutes."""
    bench = PadBench(sensors=sensors, bits=bits).hold(0.0)
    asked = 0
    while bench.rig.on:
        before = bench.questioned
        bench.run(0.2)
        asked += bench.questioned and not before
        assert abs((bench.reading_c or 0.0) - bench.rig.draw.target_c) < 1.2

    assert bench.rig.codes_logged == ("completed",)
    assert 1 <= asked <= 4  # it is asked, answers, and the person feels nothing of it
    assert bench.codes == []


def test_a_question_withholds_the_heat_and_leaves_the_series_switch_closed() -> None:
    bench = PadBench(sensors=2, series_switch=True).hold(0.0)
    bench.until(lambda: bench.questioned, LONGEST_TO_A_QUESTION_S)
    reading_c = bench.reading_c or 0.0
    bench.run(0.2)
    assert not bench.rig.heater
    assert bench.rig.enable
    assert bench.rig.out is not None
    assert bench.rig.out.status.duty == 0.0

    answered_s = bench.until(lambda: not bench.questioned, QUESTION_S)

    assert answered_s < 15.0
    assert abs((bench.reading_c or 0.0) - reading_c) < 0.5
    bench.until(lambda: bench.rig.heater, 30.0)


@pytest.mark.parametrize("sensors", [1, 2])
@pytest.mark.parametrize("from_s", [60.0, 350.0])
def test_a_pad_that_is_lifted_for_a_moment_goes_on(sensors: int, from_s: float) -> None:
    bench = PadBench(sensors=sensors, lift=Lift(from_s, from_s + 15.0)).heat()
    bench.until_off(700.0)

    assert bench.rig.ended_by == "completed"
    assert bench.codes == []


def test_a_weak_pad_is_warned_of_and_heats_on() -> None:
    bench = PadBench(flux_w_m2=200.0, target_c=42.0).heat()
    bench.until_off(700.0)

    assert bench.rig.codes_logged == ("heating_failed", "completed")
    assert bench.codes == []


def test_a_worn_pad_that_is_idle_is_left_alone() -> None:
    bench = PadBench(start_skin_c=35.0, ambient_c=30.0).run(900.0)

    assert bench.rig.codes_logged == ()


# --- sensors that lie ---------------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("sensors", [1, 2])
def test_sensors_that_freeze_while_the_pad_warms_up_are_found_within_two_minutes(
    sensors: int, after_s: float
) -> None:
    bench = PadBench(sensors=sensors).heat().run(after_s)
    freeze(bench)
    asked_s = bench.until(lambda: bench.questioned, 22.0)
    assert not bench.rig.heater

    assert asked_s + bench.until_off(QUESTION_S) < 120.0
    assert bench.rig.ended_by == bench.fault == "sensor_frozen"
    assert bench.told == (
        "Heat was withheld twice for 40 s and the reading hardly moved: sensor stuck, or heater unplugged"
    )


@pytest.mark.parametrize("after_s", [0.0, 60.0, 150.0])
@pytest.mark.parametrize("sensors", [1, 2])
def test_sensors_that_freeze_while_the_pad_is_held_are_found_before_it_is_hot(
    sensors: int, after_s: float
) -> None:
    """The last answer still counts for a while, and meanwhile a hold has a limit to its heat."""
    bench = PadBench(sensors=sensors).hold(after_s)
    freeze(bench)

    bench.until_off(LONGEST_TO_A_QUESTION_S + QUESTION_S)

    assert bench.fault == "sensor_frozen"
    assert bench.face_peak_c < bench.rig.draw.target_c + 2.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_half_as_much_noise_again_does_not_answer_for_a_frozen_sensor(seed: int) -> None:
    bench = PadBench(sensors=2, bits=10, seed=seed)
    bench.rig.pad.adc.noise_lsb = 0.75
    bench.heat().run(30.0)
    freeze(bench)

    bench.until_off(LONGEST_TO_A_QUESTION_S + QUESTION_S)
    assert bench.fault == "sensor_frozen"


def test_a_ground_that_the_heaters_current_shifts_does_not_answer_for_a_frozen_sensor() -> None:
    bench = PadBench(sensors=2).heat().run(30.0)
    freeze(bench)
    while bench.rig.on and bench.rig.now.mono_s - bench.rig.began_s < 300.0:
        for wire in bench.rig.pad.wiring.sensors:
            wire.offset_c = 0.3 if bench.rig.heater else 0.0
        bench.run(0.2)

    assert bench.fault == "sensor_frozen"


def test_one_of_two_sensors_that_freezes_does_not_hide_the_other() -> None:
    """Hotter than its target nothing gets here: the higher reading counts."""
    bench = PadBench(sensors=2).heat().run(40.0)
    bench.rig.pad.wiring.sensors[0].held_c = bench.rig.pad.plant.sensor_c[0]
    bench.until_off(700.0)

    assert bench.fault == "sensor_disagree"
    assert bench.face_peak_c < bench.rig.draw.target_c + 0.5


@pytest.mark.parametrize(("sensors", "c_per_s"), [(1, 0.1), (2, 0.1), (1, 0.02), (2, 0.02)])
def test_sensors_that_all_drift_down_get_no_more_heat_than_a_hold_may_have(
    sensors: int, c_per_s: float
) -> None:
    bench = PadBench(sensors=sensors).hold()
    least_w_m2 = bench.rig.state.response.hold.least_w_m2 or 0.0
    began_s = bench.rig.now.mono_s
    while bench.rig.on:
        for wire in bench.rig.pad.wiring.sensors:
            wire.offset_c = -c_per_s * (bench.rig.now.mono_s - began_s)
        bench.run(0.2)
        assert bench.rig.state.duty * bench.rig.settings.pad.heat_flux_w_m2 <= least_w_m2 + 101.0

    assert bench.fault in ("sensor_frozen", "heating_failed")
    assert bench.rig.now.mono_s - began_s < 400.0
    assert bench.face_peak_c < 42.0


# --- heat that does not arrive --------------------------------------------------------------------------


@pytest.mark.parametrize("sensors", [1, 2])
def test_a_heater_whose_wire_breaks_while_it_holds_the_pad_is_found_within_two_minutes(sensors: int) -> None:
    bench = PadBench(sensors=sensors).hold()
    bench.rig.pad.wiring.heater_broken = True

    assert bench.until_off(600.0) < 120.0
    assert bench.fault == "heating_failed"
    assert "heater unplugged" in bench.told


@pytest.mark.parametrize("after_s", [0.0, 30.0])
@pytest.mark.parametrize("sensors", [1, 2])
def test_a_heater_whose_wire_breaks_while_it_warms_the_pad_is_found(sensors: int, after_s: float) -> None:
    """The skin alone warms a cold pad for minutes, so this takes longer; no heat is no danger."""
    bench = PadBench(sensors=sensors).heat().run(after_s)
    bench.rig.pad.wiring.heater_broken = True
    bench.until_off(600.0)

    assert bench.fault in ("sensor_frozen", "heating_failed")
    assert bench.face_peak_c < 35.0


def test_a_pad_that_is_warm_already_and_unplugged_is_told_to_be_cold_where_it_matters() -> None:
    bench = PadBench().run(1200.0)  # as warm as the skin makes it
    bench.rig.pad.wiring.heater_broken = True
    bench.heat()
    bench.until_off(120.0)

    assert bench.fault == "heating_failed"
    assert bench.told == "Heat goes in and the pad does not get warm: heater unplugged, or sensor off the pad"


# --- heat that does not end -----------------------------------------------------------------------------


def test_a_shorted_mosfet_is_switched_off_by_the_series_switch_and_named() -> None:
    bench = PadBench(sensors=2, series_switch=True).hold()
    bench.rig.pad.wiring.mosfet_shorted = True
    bench.until_off(120.0)

    assert bench.codes == ["thermal_runaway"]
    assert not bench.rig.enable
    bench.run(0.2)
    assert not bench.rig.pad.energised

    bench.run(60.0)
    assert bench.codes == ["thermal_runaway", "heater_stuck_on"]
    assert "the MOSFET is shorted" in bench.latches[1].message
    assert bench.face_peak_c < 43.0


def test_a_shorted_mosfet_without_a_series_switch_is_told_to_the_person() -> None:
    bench = PadBench(sensors=2, series_switch=False).hold()
    bench.rig.pad.wiring.mosfet_shorted = True
    bench.until_off(120.0)
    bench.until(lambda: "heater_stuck_on" in bench.codes, 60.0)

    assert bench.codes == ["thermal_runaway", "over_temperature", "heater_stuck_on"]
    assert bench.latches[-1].message.endswith("Unplug the battery")
    assert bench.rig.pad.energised  # all that is left is the person, and the bimetal switch


@pytest.mark.parametrize("heat_w_m2", [300.0, 800.0])
def test_an_idle_pad_that_warms_up_by_itself_is_stuck_on(heat_w_m2: float) -> None:
    bench = PadBench().run(200.0)
    bench.rig.pad.plant.external_w = heat_w_m2 * bench.rig.draw.parameters.area_m2
    bench.until(lambda: bench.fault is not None, 200.0)

    assert bench.fault == "heater_stuck_on"
    assert bench.reading_c is not None
    assert 38.0 <= bench.reading_c < 40.5


# --- a controller that lies -----------------------------------------------------------------------------


def full_duty(rig: Rig, status: Status) -> tuple[Request, ...]:
    return () if status.session is None else (Demand(status.session.session_id, 1.0, status.tick),)


def at_random(rig: Rig, status: Status) -> tuple[Request, ...]:
    return (
        () if status.session is None else (Demand(status.session.session_id, rig.rng.random(), status.tick),)
    )


@pytest.mark.parametrize("controller", [full_duty, at_random])
@pytest.mark.parametrize("target_c", [36.0, 42.0])
def test_a_controller_that_asks_for_everything_for_ever_is_stopped(
    controller: Controller, target_c: float
) -> None:
    bench = PadBench(sensors=2, flux_w_m2=1000.0, target_c=target_c).heat()
    bench.rig.controller = controller
    bench.until_off(700.0)

    assert bench.rig.ended_by in ("thermal_runaway", "dose_exceeded", "over_temperature", "completed")
    assert bench.face_peak_c < 44.0
    bench.run(30.0)
    assert not bench.rig.pad.energised
    assert bench.ask_for_heat("again") in ((False, "fault"), (False, "rest"))


# --- afterwards -------------------------------------------------------------------------------------------


def test_a_reset_is_possible_when_the_cause_is_gone_and_the_pad_is_cool() -> None:
    bench = PadBench(sensors=2, series_switch=True).hold()
    bench.rig.pad.wiring.mosfet_shorted = True
    bench.until_off(120.0)
    bench.until(lambda: len(bench.codes) == 2, 60.0)
    assert bench.reset() == (False, "cause_persists")

    bench.run(60.0)
    bench.until(lambda: (bench.reading_c or 99.0) < 37.9, 600.0)
    assert bench.reset() == (True, "ok")
    bench.run(0.2)
    assert bench.fault is None


def test_a_pad_that_is_still_warm_is_not_reset() -> None:
    bench = PadBench(sensors=2, target_c=41.0, perfusion_max=2.0, ambient_c=30.0).hold()
    freeze(bench)
    bench.until_off(LONGEST_TO_A_QUESTION_S + QUESTION_S)
    thaw(bench)
    bench.run(5.0)

    assert bench.reading_c is not None
    assert bench.reading_c > 38.0
    assert bench.reset() == (False, "too_hot")
    assert bench.fault == "sensor_frozen"


def test_the_session_after_a_frozen_sensor_begins_with_a_clean_slate() -> None:
    bench = PadBench().hold()
    freeze(bench)
    bench.until_off(LONGEST_TO_A_QUESTION_S + QUESTION_S)
    thaw(bench)
    bench.run(120.0)
    assert bench.reset() == (True, "ok")

    assert bench.start_again("run2") == (True, "ok")
    bench.until(lambda: bench.rig.heater, 5.0)
    response = bench.rig.state.response
    assert not response.question.unanswered
    assert (response.hold.least_w_m2, response.question.answered_ago_s) == (None, None)
    bench.until_off(700.0)

    assert bench.rig.ended_by == "completed"
    assert bench.fault is None
