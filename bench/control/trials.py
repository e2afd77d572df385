"""This project's own trial on a device of the bench: on its practice wearer, or on nobody."""

import random
from functools import lru_cache

from bench.control.pad import TICK_S, Pad
from bench.control.pairs import Device
from controller.control.hottest import Hottest, half_step_c
from controller.control.pad_model import PadModel
from controller.tuning.trial import Sample, Trial

#: Half of those who wear the pad have worn it for a while.
_WORN_BEFORE_MOST_S = 600.0


def worn(run: int) -> bool:
    """Return whether somebody wears the pad in the trial: on every other device."""
    return run % 2 == 0


def worn_before_s(run: int) -> float:
    """Return for how long, s."""
    return max(0.0, random.Random(f"trial/{run}").uniform(-_WORN_BEFORE_MOST_S, _WORN_BEFORE_MOST_S))


@lru_cache(maxsize=4)
def tuned_model(device: Device) -> PadModel | None:
    """Return what a trial on the device finds; None where it is broken off or concludes nothing."""
    from controller.tuning.identify import BadData, identify

    flux_w_m2 = device.parameters.power_w / device.parameters.area_m2
    pad = device.trial("tune")
    pad.plant.worn = worn(device.run)
    if pad.plant.worn:
        pad.plant.advance(worn_before_s(device.run), 0.0)
    hottest = Hottest((half_step_c(device.thermistor),) * device.sensors)
    trial = run_trial(pad, hottest, flux_w_m2)
    if trial.verdict is not None:
        return None
    try:
        return identify(trial.samples, flux_w_m2).model
    except BadData:
        return None


def run_trial(pad: Pad, hottest: Hottest, flux_w_m2: float) -> Trial:
    """Let a trial heat a pad of that rated heat flux, W/m², to its end."""
    trial, duty = Trial(flux_w_m2), 0.0
    while True:
        read_c = hottest.step(pad.readings(), TICK_S)
        wanted = trial.step(Sample(TICK_S, read_c, duty))
        if wanted is None:
            break
        duty = wanted
        pad.advance(duty)
    return trial
