"""What the pad is really doing: its temperatures without lag and noise, and the heat that the skin takes.

A disturbance observer on the pad's own two heat capacities::

    Ch·H' = φ·u − (H−S)/R − hb·(H−Ta)        heater
    Cs·S' = (H−S)/R − q                      face
    τ·Z'  = f·H + (1−f)·S − Z                thermistor
    q'    = G·(S' − q/Ck)                    heat flow into the skin, and whatever else is not known

driven by the duty u that really went in, and corrected by what the thermistor reads beside Z. The skin is
not modelled beyond the last line: a wearer is not known, and a heat flow that follows the face at first and
then fades into the tissue is all that can be said of everybody.

The correction's gains are those of a steady Kalman filter (Åström & Wittenmark, Computer-Controlled
Systems, 3rd ed., ch. 11) for a typical pad, a reading with 0.1 °C of noise at 10 Hz and a heat flow that
wanders by 20 W/m² in a second. They hold for any pad: they follow from noise and drift, not from the device.
"""

from dataclasses import dataclass, field
from typing import Final

from controller.control.pad_model import PadModel

#: Per second, and for q in W/m²K per second. ``tests/unit/test_estimator.py`` derives them.
HEATER_GAIN: Final = 0.3706
FACE_GAIN: Final = 2.411
SENSOR_GAIN: Final = 0.6040
FLOW_GAIN: Final = -502.5
#: Conductance from the face into the skin as it begins, W/m²K, and what the skin holds, J/m²K.
SKIN_W_M2K: Final = 40.0
SKIN_J_M2K: Final = 7500.0
#: Skin under a pad that has just been put on, °C.
SKIN_C: Final = 33.0
#: What one sample may say at most, °C: a glitch is far more, noise far less.
SAID_MOST_C: Final = 0.4
#: Longest step that the equations are advanced by at once, s, and the gap after which all is found anew.
STEP_S: Final = 0.25
FORGETS_S: Final = 5.0


@dataclass(slots=True)
class Estimator:
    """The pad as it is now.

    Attributes:
        model: the device.
        heater_c: H, °C; None before the first sample.
        face_c: S, °C.
        sensor_c: Z, °C.
        flow_w_m2: q, W/m².
    """

    model: PadModel
    heater_c: float | None = None
    face_c: float = 0.0
    sensor_c: float = 0.0
    flow_w_m2: float = 0.0
    _through_w_m2k: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Divide once."""
        self._through_w_m2k = 1.0 / self.model.heater_face_m2k_w

    def step(self, temperature_c: float | None, dt_s: float, heat_w_m2: float) -> None:
        """Let some time pass with some heat, and take the sample at its end.

        Args:
            temperature_c: the reading, °C; None without one.
            dt_s: seconds since the last sample, > 0.
            heat_w_m2: the mean heat flux that went in, W/m², ≥ 0.
        """
        if self.heater_c is None or dt_s > FORGETS_S:
            self._begin(temperature_c)
            return
        while dt_s > STEP_S:
            self._advance(None, STEP_S, heat_w_m2)
            dt_s -= STEP_S
        self._advance(temperature_c, dt_s, heat_w_m2)

    def _begin(self, temperature_c: float | None) -> None:
        self.heater_c = temperature_c
        if temperature_c is not None:
            self.face_c = self.sensor_c = temperature_c
            self.flow_w_m2 = (temperature_c - SKIN_C) * SKIN_W_M2K

    def _advance(self, temperature_c: float | None, dt_s: float, heat_w_m2: float) -> None:
        m, h, s, z, q = self.model, self.heater_c, self.face_c, self.sensor_c, self.flow_w_m2
        assert h is not None
        through = (h - s) * self._through_w_m2k
        dh = (heat_w_m2 - through - m.back_w_m2k * (h - m.ambient_c)) / m.heater_j_m2k
        ds = (through - q) / m.face_j_m2k
        dz = (s + m.sensor_heater_share * (h - s) - z) / m.sensor_tau_s
        dq = SKIN_W_M2K * (ds - q / SKIN_J_M2K)
        if temperature_c is not None:
            said = temperature_c - z
            if said > SAID_MOST_C:
                said = SAID_MOST_C
            elif said < -SAID_MOST_C:
                said = -SAID_MOST_C
            dh += HEATER_GAIN * said
            ds += FACE_GAIN * said
            dz += SENSOR_GAIN * said
            dq += FLOW_GAIN * said
        self.heater_c = h + dt_s * dh
        self.face_c = s + dt_s * ds
        self.sensor_c = z + dt_s * dz
        self.flow_w_m2 = q + dt_s * dq
