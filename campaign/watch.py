"""What happens to the skin in a run, and by how much the pad was not what the guard took it for."""

from dataclasses import dataclass
from typing import Self

from campaign.rig import Rig
from hardware.dose import cem43

_HARMFUL_C = 46.0


@dataclass(slots=True)
class Watch:
    """Peaks and sums from one moment on. °C, s, CEM43.

    Attributes:
        target_c: of the session.
        witness_c: what an undisturbed thermistor would feel.
        began_c: the witness at the first moment.
        error_c: the most by which the guard's reading was wrong while a session was open.
        beyond_c: the most by which the witness was above the target while a session was open.
        sank_c: the most by which the witness fell below its first value while a session was open.
    """

    target_c: float
    witness_c: float
    began_c: float
    face_peak_c: float = 0.0
    face_over_s: float = 0.0
    basal_peak_c: float = 0.0
    basal_cem43: float = 0.0
    error_c: float = 0.0
    beyond_c: float = 0.0
    sank_c: float = 0.0

    @classmethod
    def over(cls, rig: Rig) -> Self:
        """Watch a rig whose sensors are still well."""
        felt_c = max(rig.pad.plant.sensor_c)
        return cls(rig.draw.target_c, felt_c, felt_c)

    def onwards(self) -> Self:
        """Return a watch that begins now."""
        return type(self)(self.target_c, self.witness_c, self.witness_c)

    def look(self, rig: Rig, passed_s: float) -> None:
        """Take the last ``passed_s`` seconds."""
        plant, p = rig.pad.plant, rig.draw.parameters
        face_c, basal_c = plant.face_c, plant.basal_c()
        felt_c = p.sensor_heater_share * plant.heater_c + (1.0 - p.sensor_heater_share) * face_c
        self.witness_c += (felt_c - self.witness_c) * min(passed_s / p.sensor_tau_s, 1.0)
        self.face_peak_c = max(self.face_peak_c, face_c)
        self.basal_peak_c = max(self.basal_peak_c, basal_c)
        self.basal_cem43 += cem43(basal_c, passed_s)
        if face_c > _HARMFUL_C:
            self.face_over_s += passed_s
        if rig.out is None or not rig.on:
            return
        read_c = rig.out.status.temperature_c
        if read_c is not None:
            self.error_c = max(self.error_c, abs(read_c - self.witness_c))
        self.beyond_c = max(self.beyond_c, self.witness_c - self.target_c)
        self.sank_c = max(self.sank_c, self.began_c - self.witness_c)
