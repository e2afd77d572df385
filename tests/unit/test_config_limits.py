"""No configuration, however it is written, loosens a limit."""

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.limits import ABSOLUTE, Limits
from config.settings import LimitsSettings, Settings
from tests.support.configuration import accepted, configuration

LOOSER_IS_LOWER = {"rest_s"}
FIXED = {
    "cutoff_hold_s",
    "dose_lockout_cem43",
    "dose_lockout_s",
    "dose_offset_c",
    "overrun_s",
}


def assert_no_looser(limits: Limits) -> None:
    for field in dataclasses.fields(Limits):
        absolute, value = getattr(ABSOLUTE, field.name), getattr(limits, field.name)
        if field.name in FIXED:
            assert value == absolute, field.name
        elif field.name in LOOSER_IS_LOWER:
            assert value >= absolute, field.name
        else:
            assert value <= absolute, field.name
    assert limits.target_max_c < limits.inhibit_c < limits.cutoff_c < limits.cutoff_instant_c
    assert limits.session_dose_warn_cem43 < limits.session_dose_cem43


def near(name: str) -> st.SearchStrategy[Any]:
    """Values around the limit, on both sides of it, and some that are no limit at all."""
    absolute = getattr(ABSOLUTE, name)
    return st.one_of(
        st.floats(absolute * 0.8, absolute * 1.2),
        st.integers(int(absolute * 0.8), int(absolute * 1.2) + 1),
        st.just(absolute),
        st.floats(),
        st.sampled_from([True, None, "44", [44], -0.0]),
    )


GUESSES = st.fixed_dictionaries({}, optional={name: near(name) for name in LimitsSettings.model_fields})


@given(GUESSES)
def test_whatever_is_accepted_is_at_least_as_tight_as_the_absolute_limits(guess: dict[str, Any]) -> None:
    try:
        settings = Settings.model_validate(configuration({"limits": guess}))
    except ValidationError:
        return
    assert_no_looser(settings.limits.resolved())
    assert settings.heat.target_c <= settings.limits.target_max_c
    assert settings.heat.duration_s <= settings.limits.session_max_s


@given(
    target_max_c=st.floats(40, 42),
    steps_c=st.tuples(st.floats(0.51, 1), st.floats(0.01, 1), st.floats(0.01, 2)),
    rest_s=st.floats(900, 14400),
    day_sessions=st.integers(1, 6),
)
def test_what_is_tighter_and_in_order_is_accepted_and_enforced(
    target_max_c: float, steps_c: tuple[float, float, float], rest_s: float, day_sessions: int
) -> None:
    inhibit_c = target_max_c + steps_c[0]
    cutoff_c = inhibit_c + steps_c[1]
    tighter = {
        "target_max_c": target_max_c,
        "inhibit_c": inhibit_c,
        "cutoff_c": cutoff_c,
        "cutoff_instant_c": cutoff_c + steps_c[2],
        "rest_s": rest_s,
        "day_sessions": day_sessions,
    }
    limits = accepted({"limits": tighter}).limits.resolved()
    assert {name: getattr(limits, name) for name in tighter} == tighter
    assert_no_looser(limits)


def test_every_limit_is_either_fixed_or_a_key() -> None:
    derived = {"session_dose_warn_cem43"}
    everything = {field.name for field in dataclasses.fields(Limits)}
    assert LimitsSettings.model_fields.keys() == everything - FIXED - derived


@given(
    power_w=st.floats(0.5, 50),
    area_cm2=st.floats(10, 2000),
    sensors=st.integers(1, 3),
    thermal_cutout=st.booleans(),
)
def test_no_strong_pad_without_its_second_sensor_and_cutout(
    power_w: float, area_cm2: float, sensors: int, thermal_cutout: bool
) -> None:
    part = {"series_ohm": 5600, "part": "103AT-2"}
    changes = {
        "pad": {"power_w": power_w, "supply_v": 5, "area_cm2": area_cm2, "thermal_cutout": thermal_cutout},
        "hardware.thermistor": [{"channel": n, **part} for n in range(sensors)],
    }
    protected = sensors >= 2 and thermal_cutout
    flux_w_m2 = power_w / area_cm2 * 1e4
    allowed = flux_w_m2 < 299.999 or (protected and flux_w_m2 < 999.999)
    refused = flux_w_m2 > 1000.001 or (not protected and flux_w_m2 > 300.001)
    try:
        Settings.model_validate(configuration(changes))
    except ValidationError:
        assert not allowed
    else:
        assert not refused
