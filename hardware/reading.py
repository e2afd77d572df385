"""The first part of a cycle: from codes to temperatures, dose, and the pad's answer to its heat. Pure."""

from config.limits import INHIBIT_HYSTERESIS_C, RESET_BELOW_C
from hardware.cycle import Cycle, Inputs
from hardware.dose import cem43
from hardware.heat_phase import HeatPhase
from hardware.sensing import hottest

#: The pad counts as at its target from this far below it.
REACHED_C = 0.3
#: What the skin is assumed to have while no sensor gives a valid sample in a session.
_UNKNOWN_DOSE_C = 43.0


def read(cycle: Cycle, inputs: Inputs, cycle_s: float) -> None:
    """Codes to samples; dose, peak, energy and the pad's answer up to now."""
    s = cycle.s
    tracks = tuple(
        track.step(inputs.now.mono_s, None if code is None else thermistor.read(code))
        for track, thermistor, code in zip(s.tracks, s.thermistors, inputs.codes, strict=True)
    )
    temperature_c = hottest(tracks)
    passed_s = max(cycle_s, 0.0)
    # Unknown is never cool.
    believed_c = _UNKNOWN_DOSE_C if temperature_c is None and s.phase else temperature_c
    gained = 0.0
    # Between sessions a pad at body temperature is not heat, however long it is worn.
    if believed_c is not None and (s.phase or believed_c >= RESET_BELOW_C):
        gained = cem43(believed_c + s.settings.limits.dose_offset_c, passed_s)
    inhibited = s.inhibited
    if temperature_c is not None:
        inhibited = temperature_c >= s.settings.limits.inhibit_c - (
            INHIBIT_HYSTERESIS_C if inhibited else 0.0
        )
    s.tracks, s.temperature_c, s.inhibited = tracks, temperature_c, inhibited
    s.dose_cem43 += gained
    s.rejected += inputs.rejected
    s.allowance = s.allowance.use(s.settings.pad.heat_flux_w_m2 if s.heater else 0.0, passed_s)
    if s.phase is None:
        s.tail_dose_cem43 += gained
    else:
        _note(cycle, s.phase, temperature_c, passed_s)
    _listen(cycle, temperature_c, passed_s)
    adc = s.settings.adc
    if adc.supply_channel is not None:
        s.supply = s.supply.step(adc, inputs.supply, s.heater, passed_s)


def _note(cycle: Cycle, phase: HeatPhase, temperature_c: float | None, passed_s: float) -> None:
    """Peak and energy so far, and whether the target was reached."""
    s = cycle.s
    if s.heater:
        phase.energy_j += s.settings.pad.power_w * passed_s
    if temperature_c is None:
        return
    phase.peak_c = temperature_c if phase.peak_c is None else max(phase.peak_c, temperature_c)
    if not phase.reached and temperature_c >= phase.target_c - REACHED_C:
        s.allowance = s.allowance.warm()
        cycle.log("target_reached", "ok", f"The pad is at its target of {phase.target_c:g} °C")
        phase.reached = True


def _listen(cycle: Cycle, temperature_c: float | None, passed_s: float) -> None:
    """Gather one second of samples and heat, and see whether the pad answers as a pad does."""
    s = cycle.s
    heat_w_m2 = s.duty * s.settings.pad.heat_flux_w_m2
    s.gathering = s.gathering.add(passed_s, temperature_c, heat_w_m2, s.full, s.allowed)
    if not s.gathering.over:
        return
    second, phase = s.gathering.second(), s.phase
    s.gathering = s.gathering.next()
    if second is None:
        s.response = s.response.lost()
    elif phase is None or phase.energised_s is None:
        s.response = s.response.step(second, None, reached=False)
    else:
        s.response = s.response.step(second, phase.target_c, phase.reached)
