"""What the records of a wiring check mean, in sentences. Pure."""

from dataclasses import dataclass
from statistics import fmean

from hardware.self_test import SAG_MIN_LSB, expected_sag
from hardware.settings import GuardSettings
from hardware.wiring.bounds import START_BELOW_C, Sample

#: Less than this in the time of a look is noise and draught.
STEADY_C = 0.2
#: From here on a sensor has answered to the heat. Four steps of a 10-bit converter.
ANSWER_C = 0.4
#: From here on a pad gets warm that should not: more than a draught or the sun does in half a minute.
WARMS_C = 0.6
#: Sensors on one cold pad differ by their tolerances and a step of the converter.
AGREE_C = 2.0
#: What a warm finger does to a thermistor within seconds.
FINGER_C = 1.0
#: Samples whose mean stands for a moment: half a second.
_MEAN_OF = 5

Samples = list[Sample]


@dataclass(frozen=True, slots=True)
class Word:
    """One line for the person: fine, or what to do. ``heats``: the pad may be hot with everything low."""

    ok: bool
    sentence: str
    heats: bool = False


def means_c(samples: Samples, *, at_end: bool) -> list[float | None]:
    """Return what each sensor read at the begin or the end of a record, °C; None without a valid reading."""
    # The very first sample of a sensor is never believed, see hardware.sensing.
    part = samples[-_MEAN_OF:] if at_end else samples[1 : 1 + _MEAN_OF]
    columns = zip(*(sample.temperatures_c for sample in part), strict=True)
    means = []
    for column in columns:
        valid = [reading for reading in column if reading is not None]
        means.append(fmean(valid) if valid else None)
    return means


def pad_c(samples: Samples) -> float | None:
    """Return the pad's temperature at the end of a record: the hottest sensor; None without one."""
    return max((mean for mean in means_c(samples, at_end=True) if mean is not None), default=None)


def rises_c(samples: Samples, before: Samples) -> list[float]:
    """Return by how much each sensor is above what it was at the end of ``before``; 0 without a reading."""
    now, then = means_c(samples, at_end=True), means_c(before, at_end=True)
    return [
        0.0 if a is None or b is None else a - b for a, b in zip(now or [0.0] * len(then), then, strict=True)
    ]


def at_rest(settings: GuardSettings, samples: Samples) -> list[Word]:
    """Judge the sensors of a pad that lies free with everything low."""
    begin, end = means_c(samples, at_end=False), means_c(samples, at_end=True)
    words = []
    for n, (thermistor, reading) in enumerate(zip(settings.thermistors, end, strict=True), 1):
        where = f"sensor {n} (channel {thermistor.channel})"
        if reading is None:
            words.append(Word(False, f"{where} gives no valid temperature: look at its wires and its part"))
        elif reading >= START_BELOW_C:
            words.append(
                Word(
                    False,
                    f"{where} reads {reading:.1f} °C, as on a person: let it lie free, "
                    f"below {START_BELOW_C:g} °C",
                )
            )
    if words:
        return words
    read = [reading for reading in end if reading is not None]
    said = ", ".join(f"{reading:.1f} °C" for reading in read)
    drifts = [b - a for a, b in zip(begin, end, strict=True) if a is not None and b is not None]
    if max(read) - min(read) > AGREE_C:
        return [Word(False, f"the sensors read {said}: more than {AGREE_C:g} °C apart on one cold pad")]
    if max(map(abs, drifts), default=0.0) > STEADY_C:
        drift_c = max(drifts, key=abs)
        return [
            Word(
                False,
                f"the pad is not steady ({drift_c:+.1f} °C just now): nobody may wear it, "
                "and its supply is off",
            )
        ]
    return [Word(True, f"sensors: {said}, steady")]


def powered(risen_c: float) -> Word:
    """Judge the moments after the supply came on, with everything low; ``risen_c`` as in ``alone``."""
    if risen_c >= WARMS_C:
        return Word(
            False,
            f"the pad rose by {risen_c:.1f} °C with everything low. UNPLUG THE BATTERY: no switch blocks",
            heats=True,
        )
    return Word(True, "with the supply on and everything low: no heat")


def sags(settings: GuardSettings, before: Samples, samples: Samples) -> bool | None:
    """Return whether the supply shows the pad's current; None where it is not measured."""
    off = [sample.supply for sample in before if sample.supply is not None]
    on = [sample.supply for sample in samples[1:] if sample.supply is not None]
    if not off or not on:
        return None
    rest = fmean(off)
    sag_lsb = rest - fmean(on)
    return sag_lsb >= max(SAG_MIN_LSB, rest * expected_sag(settings) / 2)


def alone(what: str, other: str, risen_c: float, sagged: bool | None) -> Word:
    """Judge a closing that may not heat.

    Args:
        what: what was done.
        other: the switch that must have blocked.
        risen_c: the most that a sensor rose until well after it, °C.
        sagged: see ``sags``.
    """
    conducts = f"the {other} does not block. UNPLUG THE BATTERY: it is shorted, bypassed or wired wrong"
    if sagged:
        return Word(False, f"the supply sags with {what}: {conducts}", heats=True)
    if risen_c >= WARMS_C:
        return Word(False, f"the pad rose by {risen_c:.1f} °C with {what}: {conducts}", heats=True)
    return Word(True, f"with {what}: {'no current, ' if sagged is False else ''}no heat")


def answers(settings: GuardSettings, after_s: list[float | None], risen_c: list[float]) -> list[Word]:
    """Judge the pulse of heat.

    Args:
        settings: the build.
        after_s: for each sensor, after how long it had answered; None if it never did.
        risen_c: the most that each rose.
    """
    if all(seconds is None for seconds in after_s):
        return [
            Word(
                False,
                "nothing got warm: is the pad plugged in, its supply on, the thermal cut-out closed, "
                "the fuse whole, the MOSFET's gate on heater_pin?",
            )
        ]
    words = []
    for n, (thermistor, seconds, rise_c) in enumerate(
        zip(settings.thermistors, after_s, risen_c, strict=True), 1
    ):
        where = f"sensor {n} (channel {thermistor.channel})"
        if seconds is None:
            words.append(
                Word(False, f"{where} did not answer ({rise_c:+.1f} °C): does it lie on the pad's face?")
            )
        else:
            words.append(Word(True, f"{where} answered after {seconds:.0f} s, {rise_c:+.1f} °C"))
    return words


def finger(settings: GuardSettings, wanted: int, risen_c: list[float]) -> Word:
    """Judge the warm finger on sensor ``wanted`` (from 0)."""
    warmest = max(range(len(risen_c)), key=risen_c.__getitem__)
    asked = f"channel {settings.thermistors[wanted].channel}"
    if risen_c[warmest] < FINGER_C:
        return Word(False, f"no sensor felt the finger on {asked}: is it the one that is wired there?")
    if warmest != wanted:
        found = settings.thermistors[warmest].channel
        return Word(False, f"channel {found} felt the finger that was on {asked}: the two are swapped")
    return Word(True, f"{asked} felt the finger")
