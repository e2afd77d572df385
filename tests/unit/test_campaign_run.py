"""The fault campaign's engine: exact repeats, exact twins, every fault, and a small campaign."""

import random
from dataclasses import fields, replace

import pytest

from campaign import bounds
from campaign.draws import draw
from campaign.faults import FAULTS
from campaign.result import Result
from campaign.rig import Rig
from campaign.run import CASES, pair
from campaign.watch import Watch
from config.limits import FLUX_MAX_W_M2, FLUX_ONE_THERMISTOR_W_M2
from hardware.checks import CHECKS
from hardware.verdict import Action

SEED = 20
#: One of each case, and some more.
PAIRS = 45


def heated(run: int = 3) -> Rig:
    """Return a rig a minute into its session."""
    rig = Rig.of(draw(random.Random(run)), seed=run)
    rig.start()
    for _ in range(300):
        rig.cycle()
    assert rig.first_heat_s is not None
    return rig


def trace(rig: Rig, cycles: int = 200) -> list[object]:
    """Let time pass; return what could be seen of it."""
    seen: list[object] = []
    for _ in range(cycles):
        rig.cycle()
        plant, out = rig.pad.plant, rig.out
        seen.append(
            (plant.face_c, plant.skin_c, tuple(plant.sensor_c), rig.heater, rig.enable, out and out.status)
        )
    return seen


# --- repeats and twins ------------------------------------------------------------------------------


def test_the_same_run_of_the_same_seed_is_the_same() -> None:
    first, again = pair(9, SEED), pair(9, SEED)

    assert first == again
    assert pair(9, SEED + 1) != first


def test_another_run_is_another_pad() -> None:
    drawn = {draw(random.Random(n)) for n in range(50)}

    assert len(drawn) == 50


def test_every_pad_is_within_its_class() -> None:
    for n in range(300):
        one = draw(random.Random(n))
        flux_w_m2 = one.settings().pad.heat_flux_w_m2
        assert flux_w_m2 <= (FLUX_ONE_THERMISTOR_W_M2 if one.sensors == 1 else FLUX_MAX_W_M2)
        assert one.flux_w_m2 <= FLUX_MAX_W_M2 or one.sensors == 1


def test_a_twin_goes_on_exactly_as_its_original_does() -> None:
    rig = heated()
    twin = rig.clone()

    assert trace(twin) == trace(rig)


def test_what_happens_to_a_twin_does_not_happen_to_its_original() -> None:
    undisturbed = trace(heated())
    rig = heated()
    twin = rig.clone()
    for fault in FAULTS:
        if fault.name not in ("guard_killed", "guard_stopped", "power_cut", "ledger_corrupt"):
            fault.act(twin, (0,), 5.0, 0.0)
    twin.pad.plant.external_w = 50.0
    trace(twin)

    assert trace(rig) == undisturbed


def test_a_twin_shares_nothing_that_changes() -> None:
    rig = heated()
    twin = rig.clone()
    shared = {
        field.name
        for field in fields(rig)
        if getattr(rig, field.name) is getattr(twin, field.name)
        and not _never_changes(getattr(rig, field.name))
    }

    # The guard's step leaves the state that it was given as it was.
    assert shared == {"state"}
    assert twin.pad.plant is not rig.pad.plant
    assert twin.pad.wiring is not rig.pad.wiring
    assert twin.rng.getstate() == rig.rng.getstate()


def _never_changes(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return not isinstance(value, random.Random)


# --- the table of faults ----------------------------------------------------------------------------


def test_every_code_that_latches_is_right_for_some_fault() -> None:
    """All but the lockout's dose are provoked by a fault of their own name or kind."""
    latching = {check.code for check in CHECKS if check.action is Action.LATCH}
    right = set().union(*(fault.right for fault in FAULTS))

    assert latching <= right
    assert {"controller_lost", "guard_overrun", "ledger_corrupt", "interrupted"} <= right


def test_every_fault_has_a_name_of_its_own_and_a_code() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    assert all(fault.right for fault in FAULTS)


def test_what_software_does_not_cover_names_the_hardware_that_does() -> None:
    for fault in FAULTS:
        uncovered = fault.never_covered or fault.needs_switch or fault.both_uncovered
        assert bool(fault.hardware) is uncovered, fault.name


@pytest.mark.parametrize(
    ("name", "struck", "series_switch", "covered"),
    [
        ("sensor_frozen", "all", False, True),
        ("mosfet_shorted", "", True, True),
        ("mosfet_shorted", "", False, False),
        ("detached", "one", False, True),
        ("detached", "all", True, False),
        ("other_heat", "", True, False),
    ],
)
def test_what_is_covered(name: str, struck: str, series_switch: bool, covered: bool) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)

    assert fault.covered("all" if struck == "all" else "", series_switch) is covered


def test_runs_take_every_fault_in_turn_on_one_sensor_and_on_all() -> None:
    assert {fault.name for fault, _ in CASES} == {fault.name for fault in FAULTS}
    assert len(CASES) == len(FAULTS) + sum(fault.sensors for fault in FAULTS) <= PAIRS


# --- what is watched --------------------------------------------------------------------------------


def test_the_watch_sees_a_pad_that_gets_too_hot() -> None:
    rig = heated()
    watch = Watch.over(rig)
    rig.pad.plant.external_w = 40.0
    for _ in range(600):
        rig.cycle()
        watch.look(rig, 0.2)

    assert watch.face_peak_c > 50.0
    assert watch.basal_peak_c > 45.0
    assert watch.basal_cem43 > 9.0
    assert 2.0 < watch.face_over_s < 120.0
    assert watch.onwards().face_peak_c == 0.0


def test_the_bounds_find_a_burn_and_a_false_trip() -> None:
    healthy, fault = pair(0, SEED)
    burnt = replace(fault, face_over_46_s=2.2, basal_peak_c=45.1, basal_cem43=9.1, off=False, right=False)
    tripped = replace(healthy, false_trip=True)

    passed = {finding.bound.key: finding.passed for finding in bounds.judge([tripped, burnt])}

    assert [key for key, count in passed.items() if count] == [
        "false_trips",
        "face_over_46c_2s",
        "basal_over_45c",
        "cem43_over_9",
        "wrong_code",
        "not_off",
    ]


# --- a small campaign -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> list[Result]:
    return [result for run in range(PAIRS) for result in pair(run, SEED)]


def test_a_small_campaign_has_every_case(small: list[Result]) -> None:
    assert {result.fault for result in small} == {"", *(fault.name for fault in FAULTS)}
    assert {result.bits for result in small} == {10, 12}
    assert {result.sensors for result in small} == {1, 2}
    assert {result.series_switch for result in small} == {True, False}


def test_nobody_gets_burned_and_nobody_is_disturbed(small: list[Result]) -> None:
    """The whole campaign is run by hand: this is a sample of it that never changes."""
    for finding in bounds.judge(small):
        assert finding.runs > 0
        assert finding.passed == 0, finding.worst and bounds.corner(finding.worst)


def test_healthy_runs_end_as_they_should_and_never_get_hot(small: list[Result]) -> None:
    healthy = [result for result in small if result.kind == "healthy"]

    assert len(healthy) == PAIRS
    assert all(result.face_peak_c < 44.0 for result in healthy)
    assert all(result.off and result.right for result in healthy)
    assert {result.code for result in healthy} >= {"completed"}
    assert all(result.at_s is None and result.off_s is None for result in healthy)


def test_a_fault_is_told_from_when_it_struck(small: list[Result]) -> None:
    struck = [result for result in small if result.kind == "fault" and result.covered]

    assert all(result.off_s is not None and 0.0 <= result.off_s <= 700.0 for result in struck)
    quick = [result for result in struck if result.fault in ("sensor_open", "sensor_short", "adc_silent")]
    assert all(result.off_s is not None and result.off_s < 1.0 for result in quick)
