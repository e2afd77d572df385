"""A random pad on a random wearer, and the session they have.

Every spread is a range of equally likely values. They are engineering estimates of what people
build and wear; what one device is and what changes with every wear is drawn anew for each run.
"""

import random
from dataclasses import dataclass

from config.limits import (
    FLUX_MAX_W_M2,
    FLUX_ONE_THERMISTOR_W_M2,
    SESSION_MAX_S,
    SESSION_MIN_S,
    TARGET_MAX_C,
    TARGET_MIN_C,
    Limits,
)
from config.steinhart_hart import fit
from config.thermistor_parts import PARTS
from hardware.settings import AdcSettings, GuardSettings, PadSettings, PinSettings, ThermistorSettings
from hardware.simulated.plant import PlantParameters

_RATED_V = 5.0
_LEAST_SUPPLY_V = 4.5
#: One pad in five is weak enough for a single thermistor, far more than the spreads would give.
_SINGLE_SENSOR_SHARE = 0.2
_WORN_BEFORE_SHARE = 0.5
_WORN_BEFORE_MOST_S = 900.0
#: One wearer in five lifts the pad for a while.
_LIFT_SHARE = 0.2
#: A pad that is off the skin for longer may be taken for one that is unplugged.
_LIFT_MOST_S = 20.0
#: One wearer in ten has enough before the time.
_STOP_SHARE = 0.1
#: A glitch gives any code at all, about once in a session and sensor.
GLITCH_PROBABILITY = 2e-4


@dataclass(frozen=True, slots=True)
class Lift:
    """The pad is off the skin from ``from_s`` to ``to_s``, seconds after the start was asked for."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Draw:
    """One build, one wearer, one session.

    Attributes:
        parameters: pad and wearer.
        sensors: thermistors, 1 or 2.
        bits: of the converter, 10 or 12.
        series_switch: whether the build has a second switch.
        part: the thermistor's name.
        target_c: of the session, °C.
        duration_s: of the session, s.
        sag_v: by how much the supply falls over ten minutes, V.
        worn_s: how long the pad was worn before the start, s.
        lift: when it is lifted, if it is.
        stop_s: when its wearer stops the session, seconds after its first heat; None for not at all. In a
            twin with a fault nobody does.
    """

    parameters: PlantParameters
    sensors: int
    bits: int
    series_switch: bool
    part: str
    target_c: float
    duration_s: float
    sag_v: float
    worn_s: float
    lift: Lift | None
    stop_s: float | None = None

    @property
    def flux_w_m2(self) -> float:
        """True heat flux at full power and full supply, W/m²."""
        p = self.parameters
        return p.power_w * (p.supply_v / p.rated_v) ** 2 / p.area_m2

    def settings(self) -> GuardSettings:
        """Return what this build's configuration tells the guard: rated values, not true ones."""
        p, curve = self.parameters, fit(PARTS[self.part])
        return GuardSettings(
            device_id="campaign",
            limits=Limits(),
            pins=PinSettings("simulated", heater=17, enable=27 if self.series_switch else None),
            adc=AdcSettings("MCP3008" if self.bits == 10 else "MCP3208", 0, 0),
            thermistors=tuple(
                ThermistorSettings(channel, 5600.0, curve.a, curve.b, curve.c)
                for channel in range(self.sensors)
            ),
            pad=PadSettings(p.power_w, p.rated_v, p.area_m2, thermal_cutout=self.sensors > 1),
            state_dir="/nowhere",
            runtime_dir="/nowhere",
        )


def draw(rng: random.Random) -> Draw:
    """Draw one run. Same generator state, same run."""
    sensors = 1 if rng.random() < _SINGLE_SENSOR_SHARE else 2
    parameters = _pad_and_wearer(rng)
    while not _fits(parameters, sensors):
        parameters = _pad_and_wearer(rng)
    duration_s = round(rng.uniform(SESSION_MIN_S, SESSION_MAX_S), 1)
    lift = None
    if rng.random() < _LIFT_SHARE:
        from_s = rng.uniform(0.0, duration_s)
        lift = Lift(from_s, from_s + rng.uniform(2.0, _LIFT_MOST_S))
    return Draw(
        parameters=parameters,
        sensors=sensors,
        bits=rng.choice((10, 12)),
        series_switch=rng.random() < 0.5,
        part=rng.choice(sorted(PARTS)),
        target_c=round(rng.uniform(TARGET_MIN_C, TARGET_MAX_C), 2),
        duration_s=duration_s,
        sag_v=rng.uniform(0.0, min(0.3, parameters.supply_v - _LEAST_SUPPLY_V)),
        worn_s=rng.uniform(0.0, _WORN_BEFORE_MOST_S) if rng.random() < _WORN_BEFORE_SHARE else 0.0,
        lift=lift,
        stop_s=rng.uniform(0.0, duration_s) if rng.random() < _STOP_SHARE else None,
    )


def _fits(p: PlantParameters, sensors: int) -> bool:
    true_w_m2 = p.power_w * (p.supply_v / p.rated_v) ** 2 / p.area_m2
    if sensors == 1:  # the configuration knows the rated power only
        return p.power_w / p.area_m2 <= FLUX_ONE_THERMISTOR_W_M2
    return max(true_w_m2, p.power_w / p.area_m2) <= FLUX_MAX_W_M2


def _pad_and_wearer(rng: random.Random) -> PlantParameters:
    u = rng.uniform
    area_m2 = u(0.007, 0.020)
    return PlantParameters(
        power_w=u(5.0, 12.0),
        rated_v=_RATED_V,
        supply_v=u(_LEAST_SUPPLY_V, 5.2),
        area_m2=area_m2,
        heater_j_k=area_m2 * u(1000.0, 2600.0),
        face_j_k=area_m2 * u(500.0, 1200.0),
        heater_face_m2k_w=u(0.005, 0.015),
        face_skin_m2k_w=u(0.004, 0.035),
        skin_deep_m2k_w=u(0.012, 0.03),
        deep_core_m2k_w=u(0.04, 0.09),
        back_w_m2k=u(1.5, 8.0),
        perfusion_w_m2k=u(5.0, 15.0),
        perfusion_max=u(1.5, 8.0),
        skin_j_m2k=7500.0 * u(0.75, 1.25),
        deep_j_m2k=22000.0 * u(0.75, 1.25),
        ambient_c=u(15.0, 30.0),
        sensor_tau_s=u(3.0, 15.0),
        sensor_heater_share=u(0.0, 0.3),
        start_skin_c=33.0 + u(-1.5, 1.5),
        start_deep_c=35.3 + u(-1.5, 1.5),
    )
