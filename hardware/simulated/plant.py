"""The pad on the skin as numbers: heater, pad face, skin, deep tissue, blood flow, sensors.

A lumped thermal network with six states. Its values are engineering estimates, checked against a
layered one-dimensional Pennes bioheat model (agreement within about 1.5 °C). They say how a pad
behaves, not what a certain person feels.
"""

import math
from dataclasses import dataclass, replace

BLOOD_C = 37.0
#: Resistance from the skin's surface to its basal layer, m²K/W.
BASAL_M2K_W = 0.0025

_STILL_AIR_W_M2K = 9.0
#: A thermistor that hangs in air beside the pad has no metal to take its heat from.
_LOOSE_TAU_S = 20.0
_BLOOD_TAU_S = 90.0
_BLOOD_HALF_C = 39.5

#: Longest internal step, s. With the midpoint rule it keeps every temperature within 0.01 °C of a
#: ten times finer step, over the whole spread of parameters (see the tests). A 10 Hz cycle is one.
MAX_STEP_S = 0.11


@dataclass(frozen=True, slots=True)
class PlantParameters:
    """One pad on one wearer; the defaults are the nominal ones.

    Powers in W, temperatures in °C, areas in m², heat capacities in J/K (``heater``, ``face``) or
    J/m²K (tissue), resistances in m²K/W, conductances in W/m²K. ``power_w`` is given at
    ``rated_v``; the heater is a resistor, so at ``supply_v`` it takes power_w·(supply_v/rated_v)².
    """

    power_w: float = 8.0
    rated_v: float = 5.0
    supply_v: float = 5.0
    area_m2: float = 0.012
    heater_j_k: float = 22.0
    face_j_k: float = 10.0
    heater_face_m2k_w: float = 0.010
    face_skin_m2k_w: float = 0.015
    skin_deep_m2k_w: float = 0.020
    deep_core_m2k_w: float = 0.06
    #: 6 in a room, 1.5 under a blanket (where the air is warmer as well: set ``ambient_c``).
    back_w_m2k: float = 6.0
    perfusion_w_m2k: float = 11.0
    perfusion_max: float = 6.0
    skin_j_m2k: float = 7500.0
    deep_j_m2k: float = 22000.0
    ambient_c: float = 23.0
    sensor_tau_s: float = 8.0
    #: Share of the heater's own temperature in what a sensor feels, 0-1.
    sensor_heater_share: float = 0.15
    start_skin_c: float = 33.0
    start_deep_c: float = 35.3

    @classmethod
    def for_pad(cls, power_w: float, supply_v: float, area_m2: float) -> "PlantParameters":
        """Return the nominal wearer with another pad.

        Args:
            power_w: at ``supply_v``, > 0.
            supply_v: rated and actual supply, V, > 0.
            area_m2: heated area, > 0; the pad's heat capacities grow with it.
        """
        nominal = cls()
        scale = area_m2 / nominal.area_m2
        return replace(
            nominal,
            power_w=power_w,
            rated_v=supply_v,
            supply_v=supply_v,
            area_m2=area_m2,
            heater_j_k=nominal.heater_j_k * scale,
            face_j_k=nominal.face_j_k * scale,
        )


class Plant:
    """A pad that was at room temperature and has just been put on.

    The temperatures may be read at any time. What happens to the pad from outside is set directly:

    Attributes:
        supply_v: actual supply under load, V; sags with a battery.
        worn: False lifts the pad into the air.
        external_w: heat into the face from another source, W.
        detached: numbers of sensors that hang in the air.
    """

    def __init__(self, parameters: PlantParameters | None = None, *, sensors: int = 1) -> None:
        """Start with heater, face and sensors at ambient.

        Args:
            parameters: pad and wearer; the nominal ones by default.
            sensors: number of thermistors, at least 1.
        """
        p = self.parameters = parameters or PlantParameters()
        self.heater_c = p.ambient_c
        self.face_c = p.ambient_c
        self.skin_c = p.start_skin_c
        self.deep_c = p.start_deep_c
        #: Blood flow as a multiple of the one at rest.
        self.blood = 1.0
        self.sensor_c = [p.ambient_c] * sensors
        self.supply_v = p.supply_v
        self.worn = True
        self.external_w = 0.0
        self.detached: set[int] = set()

    def basal_c(self) -> float:
        """Return the temperature of the skin's basal layer, °C: where a burn begins."""
        share = BASAL_M2K_W / self.parameters.face_skin_m2k_w
        return self.skin_c + (self.face_c - self.skin_c) * share

    def power_w(self, duty: float) -> float:
        """Return the electrical power at a duty of 0-1, W."""
        p = self.parameters
        return duty * p.power_w * (self.supply_v / p.rated_v) ** 2

    def advance(self, dt_s: float, duty: float) -> None:
        """Let ``dt_s`` seconds (≥ 0) pass with the heater at ``duty`` (0-1, or off and on)."""
        if dt_s <= 0.0:
            return
        steps = math.ceil(dt_s / MAX_STEP_S)
        power_w = self.power_w(duty)
        for _ in range(steps):
            self._step(dt_s / steps, power_w)

    def _step(self, dt_s: float, power_w: float) -> None:
        # The midpoint rule, on local floats: this runs millions of times in a fault campaign.
        h, s, k, d, m = self.heater_c, self.face_c, self.skin_c, self.deep_c, self.blood
        half_s = 0.5 * dt_s
        dh, ds, dk, dd, dm = self._rates(h, s, k, d, m, power_w)
        h_mid, s_mid = h + half_s * dh, s + half_s * ds
        dh, ds, dk, dd, dm = self._rates(
            h_mid, s_mid, k + half_s * dk, d + half_s * dd, m + half_s * dm, power_w
        )
        self.heater_c = h + dt_s * dh
        self.face_c = s + dt_s * ds
        self.skin_c = k + dt_s * dk
        self.deep_c = d + dt_s * dd
        self.blood = m + dt_s * dm
        self._sense(dt_s, h_mid, s_mid)

    def _rates(
        self, h: float, s: float, k: float, d: float, m: float, power_w: float
    ) -> tuple[float, float, float, float, float]:
        p = self.parameters
        area_m2 = p.area_m2
        through = (h - s) / p.heater_face_m2k_w
        into_skin = (s - k) / p.face_skin_m2k_w if self.worn else 0.0
        leaving_face = into_skin if self.worn else _STILL_AIR_W_M2K * (s - p.ambient_c)
        into_deep = (k - d) / p.skin_deep_m2k_w
        return (
            (power_w - area_m2 * (through + p.back_w_m2k * (h - p.ambient_c))) / p.heater_j_k,
            (area_m2 * (through - leaving_face) + self.external_w) / p.face_j_k,
            (into_skin - into_deep - p.perfusion_w_m2k * m * (k - BLOOD_C)) / p.skin_j_m2k,
            (into_deep - (d - BLOOD_C) / p.deep_core_m2k_w) / p.deep_j_m2k,
            (1.0 + (p.perfusion_max - 1.0) / (1.0 + math.exp(_BLOOD_HALF_C - k)) - m) / _BLOOD_TAU_S,
        )

    def _sense(self, dt_s: float, heater_c: float, face_c: float) -> None:
        # First order with an input that is constant over the step: exact for any step.
        p = self.parameters
        felt_c = p.sensor_heater_share * heater_c + (1.0 - p.sensor_heater_share) * face_c
        gain = -math.expm1(-dt_s / p.sensor_tau_s)
        sensors = self.sensor_c
        for n, temperature_c in enumerate(sensors):
            if n in self.detached:
                loose = -math.expm1(-dt_s / _LOOSE_TAU_S)
                sensors[n] = temperature_c + loose * (p.ambient_c - temperature_c)
            else:
                sensors[n] = temperature_c + gain * (felt_c - temperature_c)
