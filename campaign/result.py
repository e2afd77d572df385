"""What one simulated session came to."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["healthy", "fault"]
Struck = Literal["", "one", "all"]


@dataclass(frozen=True, slots=True)
class Result:
    """One run. Of a run with a fault, the peaks and times are those after the fault struck."""

    #: Number of the run among those of its kind, and the seed that makes it again.
    run: int
    seed: int
    kind: Kind
    #: Name of the fault, and on which thermistors it acted; empty where that means nothing.
    fault: str
    struck: Struck
    #: The build: thermistors, bits of the converter, a second switch in series with the MOSFET.
    sensors: int
    bits: int
    series_switch: bool
    #: False where no software can cover the fault on this build.
    covered: bool
    target_c: float
    duration_s: float
    #: Heating power per area of the pad, W/m².
    flux_w_m2: float
    #: Size of the fault: °C/s of a drift, °C of a frozen reading. None where it has none.
    value: float | None
    #: Seconds between the first heat and the fault.
    at_s: float | None
    face_peak_c: float
    #: Seconds that the pad face was above 46 °C.
    face_over_46_s: float
    basal_peak_c: float
    basal_cem43: float
    #: Seconds from the fault to the last heat; 0 when the heater was off before; None for no fault or no end.
    off_s: float | None
    #: The code that ended the session, and all that were logged, separated by spaces.
    code: str
    codes: str
    #: The code is right for the fault.
    right: bool
    #: The run ended with the heater off.
    off: bool
    #: Healthy runs only: ended by a protection.
    false_trip: bool
