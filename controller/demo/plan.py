"""What the demo is asked to show, judged before anything is started."""

import math
from dataclasses import dataclass

from config.limits import SESSION_MAX_S, SESSION_MIN_S
from hardware import fault_names


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to show: ``at_s`` device seconds after the first heat."""

    name: str
    at_s: float

    @property
    def on_the_pad(self) -> bool:
        """Whether the simulator breaks it; else the demo acts on a process."""
        return self.name in fault_names.ON_THE_PAD

    @property
    def says(self) -> str:
        """What happens, in words."""
        return {**fault_names.ON_THE_PAD, **fault_names.ON_THE_PROCESSES}[self.name]


@dataclass(frozen=True, slots=True)
class Plan:
    """A session of ``duration_s`` device seconds at ``speed`` device seconds per second."""

    speed: float
    duration_s: float
    fault: Fault | None = None

    @classmethod
    def of(cls, speed: float, minutes: float, fault: str | None) -> "Plan":
        """Judge the command line's values.

        Raises:
            ValueError: with a sentence that says what is allowed.
        """
        least, most = SESSION_MIN_S / 60.0, SESSION_MAX_S / 60.0
        if not least <= minutes <= most:
            raise ValueError(f"--minutes: {minutes:g} is outside {least:g}-{most:g}")
        duration_s = minutes * 60.0
        return cls(speed, duration_s, None if fault is None else _fault(fault, duration_s))


def _fault(text: str, duration_s: float) -> Fault:
    try:
        name, at_s = fault_names.split(text)
    except ValueError as error:
        raise ValueError(f"--{error}") from None
    if name not in fault_names.ON_THE_PAD and name not in fault_names.ON_THE_PROCESSES:
        raise ValueError(f"--fault: {name!r} is not one of these:\n{_list_of_faults()}")
    if not (math.isfinite(at_s) and 0.0 <= at_s < duration_s):
        raise ValueError(f"--fault: {at_s:g} s is outside the heat phase of 0-{duration_s:g} s")
    return Fault(name, at_s)


def _list_of_faults() -> str:
    known = {**fault_names.ON_THE_PAD, **fault_names.ON_THE_PROCESSES}
    width = max(map(len, known))
    return "\n".join(f"  {name:<{width}}  {says}" for name, says in known.items())
