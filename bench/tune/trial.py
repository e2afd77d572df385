"""One trial on one pad, with the guard's own step between them, its checks and its limits."""

import math
import time
from dataclasses import dataclass, field, replace
from typing import Final

from bench.control.laws import UNTUNED
from bench.control.pairs import Device, device
from bench.control.session import heat
from bench.control.trials import worn, worn_before_s
from campaign.draws import Draw, Lift
from campaign.rig import RIG_CYCLE_S, SESSION, Rig, plan
from controller.control.hottest import Hottest
from controller.tuning.trial import Sample, Trial
from hardware.link import Demand, Request, Status, Stop

TARGET_C: Final = 40.0
#: What the guard is asked for, and how long a fault is waited for when it is over.
_LONGEST_S: Final = 300.0
_AFTER_S: Final = 60.0
#: A session as people have it.
_SESSION_S: Final = 480.0
SIZES: Final = ("heater_j_m2k", "face_j_m2k", "heater_face_m2k_w", "sensor_tau_s")
SHARE: Final = "sensor_heater_share"


@dataclass(frozen=True, slots=True)
class Tuned:
    """One trial.

    Attributes:
        run: the device's number.
        worn: whether somebody wore the pad.
        refused: why it did not work, "" when it did.
        heat_j_m2: rated heat that went in.
        session_j_m2: what a session of eight minutes on the same wearer takes.
        duration_s: of the trial.
        peak_c: highest true temperature of the pad.
        cpu_s: of the identification.
        errors: of each number of the model over the true one, of the share itself.
        told_worn: whether the identification took the pad for a worn one.
        expected_overshoot_c: what it expects.
    """

    run: int
    worn: bool
    refused: str
    heat_j_m2: float
    session_j_m2: float
    duration_s: float
    peak_c: float
    cpu_s: float = 0.0
    errors: dict[str, float] = field(default_factory=dict)
    told_worn: bool = False
    expected_overshoot_c: float = 0.0


@dataclass(slots=True)
class _Steered:
    """A controller that lets a trial ask for the heat, and stops the session when it is over."""

    trial: Trial
    hottest: Hottest
    power_w: float
    last_s: float | None = None
    counted_j: float = 0.0
    over: bool = False

    def __call__(self, rig: Rig, status: Status) -> tuple[Request, ...]:
        if status.session is None or self.over:
            return ()
        if self.last_s is None:
            self.last_s = status.mono_s
            return (Demand(SESSION, 0.0, status.tick),)
        passed_s, self.last_s = status.mono_s - self.last_s, status.mono_s
        heat_j, self.counted_j = status.energy_j - self.counted_j, status.energy_j
        duty = min(max(heat_j / (self.power_w * passed_s), 0.0), 1.0)
        read_c = self.hottest.step([sensor.temperature_c for sensor in status.sensors], passed_s)
        wanted = self.trial.step(Sample(passed_s, read_c, duty))
        self.over = wanted is None
        return (Stop("tuned"),) if wanted is None else (Demand(SESSION, wanted, status.tick),)


def tune(run: int, seed: int, bits: int) -> Tuned:
    """Tune one device: same numbers, same trial."""
    drawn = device(run, seed, bits)
    rig = _put_on(drawn)
    flux_w_m2 = rig.settings.pad.heat_flux_w_m2
    trial = Trial(flux_w_m2, TARGET_C)
    steered = _Steered(trial, Hottest(plan(rig.settings).half_steps_c), rig.settings.pad.power_w)
    rig.controller = steered
    peak_c = _heat(rig)
    tuned = Tuned(
        run=run,
        worn=worn(run),
        refused=_refused(rig, steered),
        heat_j_m2=sum(s.passed_s * s.duty for s in trial.samples) * flux_w_m2,
        session_j_m2=_session_j_m2(drawn, flux_w_m2),
        duration_s=sum(s.passed_s for s in trial.samples),
        peak_c=peak_c,
    )
    return tuned if tuned.refused else _identified(tuned, trial, drawn)


def _heat(rig: Rig) -> float:
    """Let the session and the minute after it pass; return the highest temperature, °C."""
    rig.start()
    peak_c, left_s = -math.inf, _AFTER_S
    while left_s > 0.0:
        rig.cycle()
        peak_c = max(peak_c, _true_c(rig))
        if not rig.on:
            left_s -= RIG_CYCLE_S
    return peak_c


def _refused(rig: Rig, steered: _Steered) -> str:
    latches = " and ".join(latch.code for latch in rig.state.ledger.latches)
    return latches or steered.trial.verdict or ("" if steered.over else rig.ended_by)


def _identified(tuned: Tuned, trial: Trial, drawn: Device) -> Tuned:
    from controller.tuning.identify import BadData, identify

    began_s = time.process_time()
    try:
        found = identify(trial.samples, trial.flux_w_m2)
    except BadData as error:
        return replace(tuned, refused=str(error))
    cpu_s = time.process_time() - began_s
    true = _true(drawn)
    errors = {name: getattr(found.model, name) / true[name] - 1.0 for name in SIZES}
    errors[SHARE] = found.model.sensor_heater_share - true[SHARE]
    return replace(
        tuned,
        cpu_s=cpu_s,
        errors=errors,
        told_worn=found.worn,
        expected_overshoot_c=found.expected_overshoot_c,
    )


def _session_j_m2(drawn: Device, flux_w_m2: float) -> float:
    pad = drawn.trial("session")
    session = heat(UNTUNED, UNTUNED.build(drawn)(), pad, TARGET_C, _SESSION_S)
    return session.energy_j / pad.plant.power_w(1.0) * flux_w_m2


def _put_on(drawn: Device) -> Rig:
    is_worn = worn(drawn.run)
    draw = Draw(
        parameters=drawn.practice,
        sensors=drawn.sensors,
        bits=drawn.bits,
        series_switch=drawn.run % 4 < 2,
        part=drawn.part,
        target_c=TARGET_C,
        duration_s=_LONGEST_S,
        sag_v=0.0,
        worn_s=worn_before_s(drawn.run) if is_worn else 0.0,
        lift=None if is_worn else Lift(-math.inf, math.inf),
    )
    return Rig.of(draw, drawn.run)


def _true_c(rig: Rig) -> float:
    plant = rig.pad.plant
    share = plant.parameters.sensor_heater_share
    return share * plant.heater_c + (1.0 - share) * plant.face_c


def _true(drawn: Device) -> dict[str, float]:
    """Return the pad as it looks to who takes its power for the rated one."""
    p = drawn.parameters
    share = (drawn.practice.supply_v / p.rated_v) ** 2
    return {
        "heater_j_m2k": p.heater_j_k / p.area_m2 / share,
        "face_j_m2k": p.face_j_k / p.area_m2 / share,
        "heater_face_m2k_w": p.heater_face_m2k_w * share,
        "sensor_tau_s": p.sensor_tau_s,
        SHARE: p.sensor_heater_share,
    }
