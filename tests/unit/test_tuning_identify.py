"""What is concluded from a trial, and when nothing is."""

import random
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.tuning.identify import BadData, identify
from controller.tuning.network import simulate
from controller.tuning.priors import DEVICE, IN_AIR, WORN
from controller.tuning.readings import STEP_S, gather
from controller.tuning.trial import Sample
from hardware.simulated.plant import Plant, PlantParameters
from tests.support.trials import NOMINAL, Happens, trial

FLUX_W_M2 = NOMINAL.power_w / NOMINAL.area_m2
NUMBERS = [prior.name for prior in DEVICE]
#: Unlike the typical pad in all that counts: light, its thermistor slow, on a wearer who takes much heat.
ODD = replace(
    NOMINAL,
    supply_v=4.7,
    heater_j_k=14.0,
    face_j_k=7.0,
    sensor_tau_s=13.0,
    sensor_heater_share=0.05,
    face_skin_m2k_w=0.006,
    ambient_c=18.0,
)


def lag_s(heater: float, face: float, between: float, tau_s: float) -> float:
    return tau_s + between * heater * face / (heater + face)


def true_lag_s(p: PlantParameters) -> float:
    return lag_s(p.heater_j_k / p.area_m2, p.face_j_k / p.area_m2, p.heater_face_m2k_w, p.sensor_tau_s)


# --- what is found ------------------------------------------------------------------------------------


@pytest.mark.parametrize("worn", [True, False])
@pytest.mark.parametrize("pad", [NOMINAL, ODD], ids=["typical", "odd"])
def test_readings_without_noise_give_the_pad_back(pad: PlantParameters, worn: bool) -> None:
    supply = (pad.supply_v / pad.rated_v) ** 2
    found = identify(trial(pad, worn=worn, bits=None).samples, FLUX_W_M2, supply)
    m, capacity = found.model, (pad.heater_j_k + pad.face_j_k) / pad.area_m2
    assert found.worn == worn
    assert found.rms_c < 0.01
    assert m.flux_w_m2 == FLUX_W_M2
    # A wearer in close touch takes heat as more capacity would, and nobody knows who wears it.
    assert m.heater_j_m2k + m.face_j_m2k == pytest.approx(capacity, rel=0.25 if worn else 0.1)
    got_s = lag_s(m.heater_j_m2k, m.face_j_m2k, m.heater_face_m2k_w, m.sensor_tau_s)
    assert got_s == pytest.approx(true_lag_s(pad), rel=0.12)


@pytest.mark.parametrize("worn", [True, False])
@pytest.mark.parametrize("bits", [10, 12])
def test_a_coarse_and_noisy_converter_is_enough(bits: int, worn: bool) -> None:
    found = identify(trial(ODD, worn=worn, bits=bits).samples, FLUX_W_M2)
    m = found.model
    assert found.worn == worn
    got_s = lag_s(m.heater_j_m2k, m.face_j_m2k, m.heater_face_m2k_w, m.sensor_tau_s)
    assert got_s == pytest.approx(true_lag_s(ODD), rel=0.2)
    # The supply is not known, but how fast the pad warms is.
    capacity = (ODD.heater_j_k + ODD.face_j_k) / ODD.area_m2
    power = FLUX_W_M2 * (ODD.supply_v / ODD.rated_v) ** 2
    assert m.flux_w_m2 / (m.heater_j_m2k + m.face_j_m2k) == pytest.approx(
        power / capacity, rel=0.25 if worn else 0.1
    )
    assert found.heat_j_m2 == pytest.approx(10_000.0, rel=0.03)
    assert 0.0 <= found.expected_overshoot_c < 0.5
    assert len(found.at_s) == len(found.read_c) == len(found.fitted_c)
    assert all(found.sigma[name] > 0.0 for name in NUMBERS)


def test_a_known_supply_tells_more_of_the_capacities() -> None:
    samples = trial(worn=False).samples
    unknown, known = identify(samples, FLUX_W_M2), identify(samples, FLUX_W_M2, 1.0)
    assert known.sigma["heater_j_m2k"] < unknown.sigma["heater_j_m2k"]


def test_a_glitch_changes_nothing() -> None:
    samples = trial().samples
    hit = list(samples)
    hit[300] = replace(hit[300], temperature_c=60.0)
    hit[600] = replace(hit[600], temperature_c=None)
    clean, glitched = (asdict(identify(some, FLUX_W_M2).model) for some in (samples, hit))
    for name in NUMBERS:
        assert glitched[name] == pytest.approx(clean[name], rel=0.02), name


def test_samples_that_come_irregularly_say_the_same() -> None:
    samples, rng = trial().samples, random.Random(1)
    merged: list[Sample] = []
    n = 0
    while n < len(samples):
        some = samples[n : n + rng.randint(1, 3)]
        passed_s = sum(s.passed_s for s in some)
        duty = sum(s.passed_s * s.duty for s in some) / passed_s
        merged.append(Sample(passed_s, some[-1].temperature_c, duty))
        n += len(some)
    regular, irregular = identify(samples, FLUX_W_M2), identify(merged, FLUX_W_M2)
    assert irregular.model.sensor_tau_s == pytest.approx(regular.model.sensor_tau_s, rel=0.15)
    assert irregular.heat_j_m2 == pytest.approx(regular.heat_j_m2, rel=0.01)


# --- when nothing is concluded ------------------------------------------------------------------------


def lifted(from_s: float, to_s: float) -> Happens:
    def happens(plant: Plant, now_s: float) -> None:
        plant.worn = not from_s <= now_s < to_s

    return happens


def hot_water_bottle(plant: Plant, now_s: float) -> None:
    plant.external_w = 3.0 if now_s > 40.0 else 0.0


@pytest.mark.parametrize(
    "happens",
    [lifted(30.0, 45.0), lifted(20.0, 500.0), lifted(0.0, 35.0), hot_water_bottle],
)
def test_a_pad_that_is_not_left_alone_is_refused(happens: Happens) -> None:
    with pytest.raises(BadData, match=r"keep still"):
        identify(trial(happens=happens).samples, FLUX_W_M2)


def wire_that_breaks_at(at_s: float) -> Happens:
    def happens(plant: Plant, now_s: float) -> None:
        plant.supply_v = 5.0 if now_s < at_s else 0.0

    return happens


@pytest.mark.parametrize("at_s", [0.0, 12.0, 30.0], ids=["never plugged in", "in a pulse", "between them"])
def test_a_pad_that_only_the_skin_warms_is_refused(at_s: float) -> None:
    made = trial(happens=wire_that_breaks_at(at_s))
    assert made.verdict is None  # a cold pad that was just put on warms up by itself
    with pytest.raises(BadData, match=r"^The pad did what it does without heat"):
        identify(made.samples, FLUX_W_M2)


def test_a_pad_that_stays_cold_is_refused() -> None:
    samples = [replace(sample, temperature_c=25.0) for sample in trial().samples]
    with pytest.raises(BadData, match=r"^The pad warmed by 0\.0 °C"):
        identify(samples, FLUX_W_M2)


def spoilt(share: float, temperature_c: float | None) -> Sequence[Sample]:
    samples, rng = trial().samples, random.Random(1)
    return [replace(s, temperature_c=temperature_c) if rng.random() < share else s for s in samples]


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (trial().samples[:200], r"^The trial lasted 20 s; it takes 30 s"),
        ([], r"^The trial lasted 0 s"),
        (spoilt(0.2, None), r"readings \d+ were valid, and it takes 90%"),
        (spoilt(0.15, 60.0), r"were missing or glitches, and 10% may be"),
        (spoilt(1.0, None), r"readings 0 were valid"),
    ],
    ids=["short", "none", "gaps", "glitches", "blind"],
)
def test_what_is_not_a_whole_trial_is_refused(samples: Sequence[Sample], says: str) -> None:
    with pytest.raises(BadData, match=says):
        identify(samples, FLUX_W_M2)


def test_readings_that_are_all_noise_are_refused() -> None:
    rng = random.Random(1)
    samples = [
        replace(s, temperature_c=(s.temperature_c or 0.0) + rng.gauss(0.0, 0.7)) for s in trial().samples
    ]
    with pytest.raises(BadData):
        identify(samples, FLUX_W_M2)


@pytest.mark.parametrize("factor", [0.3, 3.0])
def test_a_pad_of_quite_another_power_than_configured_is_refused(factor: float) -> None:
    samples = trial(worn=False).samples
    with pytest.raises(BadData, match=r"which no pad has\. .* power and area in the configuration"):
        identify(samples, factor * FLUX_W_M2)


# --- its parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("worn", [True, False])
def test_the_network_is_the_simulated_pad(worn: bool) -> None:
    p = NOMINAL
    numbers = {
        "heater_j_m2k": p.heater_j_k / p.area_m2,
        "face_j_m2k": p.face_j_k / p.area_m2,
        "heater_face_m2k_w": p.heater_face_m2k_w,
        "sensor_tau_s": p.sensor_tau_s,
        "sensor_heater_share": p.sensor_heater_share,
        "supply": 1.0,
        "back_w_m2k": p.back_w_m2k,
        "ambient_c": p.ambient_c,
        "heater_k": 0.0,
        "face_k": 0.0,
        "sensor_k": 0.0,
        "contact_w_m2k": 1.0 / p.face_skin_m2k_w if worn else 9.0,
        "skin_j_m2k": p.skin_j_m2k,
        "blood_w_m2k": 1.0 / p.skin_deep_m2k_w + p.perfusion_w_m2k,
        "core_c": (p.start_deep_c / p.skin_deep_m2k_w + 37.0 * p.perfusion_w_m2k)
        / (1.0 / p.skin_deep_m2k_w + p.perfusion_w_m2k),
        "skin_c": p.start_skin_c,
    }
    priors = WORN if worn else IN_AIR
    z = np.array([[_z(prior.name, numbers) for prior in priors]])
    duty = np.array([0.0] * 20 + [1.0] * 20 + [0.0] * 60)
    plant = Plant(p)
    plant.worn = worn
    seen = [plant.sensor_c[0]]
    for on in duty:
        plant.advance(STEP_S, float(on))
        seen.append(plant.sensor_c[0])
    modelled = simulate(priors, z, duty, STEP_S, FLUX_W_M2, p.ambient_c)[0]
    assert np.max(np.abs(modelled - seen)) < 0.06


def _z(name: str, numbers: dict[str, float]) -> float:
    prior = next(prior for prior in WORN if prior.name == name) if name != "contact_w_m2k" else None
    if prior is None:
        prior = next(p for p in (WORN if numbers[name] > 20.0 else IN_AIR) if p.name == name)
    value = numbers[name]
    return float(np.log(value / prior.centre) / prior.sd) if prior.log else (value - prior.centre) / prior.sd


@given(
    st.lists(st.tuples(st.floats(0.02, 1.5), st.floats(0.0, 1.0)), min_size=40, max_size=80),
    st.floats(20.0, 40.0),
)
def test_no_heat_gets_lost_however_the_samples_lie(times: list[tuple[float, float]], level_c: float) -> None:
    samples = [Sample(passed_s, level_c, duty) for passed_s, duty in times]
    readings = gather(samples)
    heated_s = sum(s.passed_s * s.duty for s in samples)
    assert float(np.sum(readings.duty)) * STEP_S == pytest.approx(heated_s, abs=STEP_S)
    assert readings.mean_c == pytest.approx([level_c] * len(readings.mean_c))
    assert np.all(np.diff(readings.at) > 0.0)
