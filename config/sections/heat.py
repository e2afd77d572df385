"""[heat], [limits], [control] and [post_session]: what a session is, and how it is kept."""

import dataclasses
from typing import Annotated, Self

from pydantic import model_validator

from config import limits, rules
from config.fields import Section, flag, limit, number, text
from config.limits import ABSOLUTE, Limits
from config.problems import refuse

Target = Annotated[float, number(limits.TARGET_MIN_C, limits.TARGET_MAX_C, "°C")]
SessionLength = Annotated[float, number(limits.SESSION_MIN_S, limits.SESSION_MAX_S, "s")]


class Heat(Section):
    """What a start without values of its own means."""

    target_c: Target = limits.TARGET_DEFAULT_C
    duration_s: SessionLength = limits.SESSION_DEFAULT_S
    ramp_c_per_min: Annotated[float, number(0.5, 60, "°C/min")] | None = None


class LimitsSettings(Section):
    """Limits, each at least as tight as the absolute one."""

    target_max_c: Annotated[float, limit(ABSOLUTE.target_max_c, limits.TARGET_MIN_C, "°C")] = (
        ABSOLUTE.target_max_c
    )
    session_max_s: Annotated[float, limit(ABSOLUTE.session_max_s, limits.SESSION_MIN_S, "s")] = (
        ABSOLUTE.session_max_s
    )
    inhibit_c: Annotated[float, limit(ABSOLUTE.inhibit_c, 35.5, "°C")] = ABSOLUTE.inhibit_c
    cutoff_c: Annotated[float, limit(ABSOLUTE.cutoff_c, 36, "°C")] = ABSOLUTE.cutoff_c
    cutoff_instant_c: Annotated[float, limit(ABSOLUTE.cutoff_instant_c, 36.5, "°C")] = (
        ABSOLUTE.cutoff_instant_c
    )
    session_dose_cem43: Annotated[float, limit(ABSOLUTE.session_dose_cem43, 0.01, "CEM43")] = (
        ABSOLUTE.session_dose_cem43
    )
    rest_s: Annotated[float, limit(limits.REST_MIN_S, limits.REST_MAX_S, "s")] = limits.REST_DEFAULT_S
    day_sessions: Annotated[int, limit(ABSOLUTE.day_sessions, 1)] = ABSOLUTE.day_sessions
    day_heated_s: Annotated[float, limit(ABSOLUTE.day_heated_s, limits.SESSION_MIN_S, "s")] = (
        ABSOLUTE.day_heated_s
    )
    day_dose_cem43: Annotated[float, limit(ABSOLUTE.day_dose_cem43, 0.01, "CEM43")] = ABSOLUTE.day_dose_cem43
    demand_lifetime_s: Annotated[float, limit(ABSOLUTE.demand_lifetime_s, 0.3, "s")] = (
        ABSOLUTE.demand_lifetime_s
    )

    @model_validator(mode="after")
    def _are_in_order(self) -> Self:
        refuse("limits", rules.limits_in_order(self))
        return self

    def resolved(self) -> Limits:
        """Return all limits that the guard enforces, those included that no configuration can move."""
        share = ABSOLUTE.session_dose_warn_cem43 / ABSOLUTE.session_dose_cem43
        return dataclasses.replace(
            ABSOLUTE, session_dose_warn_cem43=share * self.session_dose_cem43, **self.model_dump()
        )


class Control(Section):
    """How the pad is driven: its model per square metre of heated area, and the PID's gains.

    The model's five keys come together, as ``heatpack tune`` writes them; without them the pad is taken for
    a typical one. Gains that are not given follow from the model. See ``controller.control``.
    """

    heater_j_m2k: Annotated[float, number(500, 5000, "J/m²K")] | None = None
    face_j_m2k: Annotated[float, number(250, 2500, "J/m²K")] | None = None
    heater_face_m2k_w: Annotated[float, number(0.002, 0.04, "m²K/W")] | None = None
    sensor_tau_s: Annotated[float, number(1, 40, "s")] | None = None
    sensor_heater_share: Annotated[float, number(0, 0.6)] | None = None
    kp: Annotated[float, number(0.001, 10)] | None = None
    ti_s: Annotated[float, number(1, 10_000, "s")] | None = None
    td_s: Annotated[float, number(0, 600, "s")] = 0.0
    derivative_filter_s: Annotated[float, number(0.1, 600, "s")] = 3.0
    setpoint_weight: Annotated[float, number(0, 1)] = 1.0

    @model_validator(mode="after")
    def _has_all_of_the_model_or_none(self) -> Self:
        refuse("control", rules.model_is_whole(self))
        return self

    @property
    def tuned(self) -> bool:
        """Whether the pad's model was measured."""
        return self.heater_j_m2k is not None


def _is_filter(topic: str) -> bool:
    levels = topic.split("/")
    wildcards_alone = all(level in ("+", "#") or not set("+#") & set(level) for level in levels)
    return topic.isprintable() and 0 < len(topic) <= 256 and wildcards_alone and "#" not in levels[:-1]


class PostSession(Section):
    """Heat that follows the release of a trigger point by itself, after a stretch and a cancel window."""

    enabled: Annotated[bool, flag()] = False
    topic: Annotated[
        str,
        text('an MQTT topic filter ("+" and "#" as whole levels, "#" as the last one)', _is_filter),
    ] = "trigger-point/+/session"
    stretch_s: Annotated[float, number(0, 600, "s")] = 60.0
    cancel_window_s: Annotated[float, number(5, 120, "s")] = 10.0
    target_c: Target | None = None
    duration_s: SessionLength | None = None
