"""A pad as three numbers per square metre and two of its thermistor: what the estimator needs to know.

Everything here belongs to the device and stays as it was built. What changes with every wear, above
all the heat that the skin takes, is not in the model: the estimator finds it (``estimator``).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PadModel:
    """One pad, per square metre, so that pads of any size are alike.

    The defaults are a rather heavy pad with a rather slow thermistor, chosen by ``./dev bench control``:
    who takes a light pad for a heavy one is a little late, who takes a heavy one for light overshoots. A
    thermistor that is taken for much slower than it is makes the loop swing (docs/control.md).

    Attributes:
        flux_w_m2: heat flux at full power and rated supply, W/m², > 0.
        heater_j_m2k: heat capacity of the heater's side, J/m²K, > 0.
        face_j_m2k: of the face on the skin, J/m²K, > 0.
        heater_face_m2k_w: thermal resistance between the two, m²K/W, > 0.
        sensor_tau_s: lag of the thermistor, s, > 0.
        sensor_heater_share: share of the heater's own temperature in what it feels, 0-1.
        back_w_m2k: what the back loses to the room, W/m²K. A wrong value is made up for, like any other
            heat flow that is not known.
        ambient_c: the room, °C; the same holds.
    """

    flux_w_m2: float
    heater_j_m2k: float = 2200.0
    face_j_m2k: float = 1000.0
    heater_face_m2k_w: float = 0.008
    sensor_tau_s: float = 10.0
    sensor_heater_share: float = 0.15
    back_w_m2k: float = 5.0
    ambient_c: float = 23.0
