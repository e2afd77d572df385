"""The first part of a cycle: what is read, and what is added up from it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.limits import Limits
from hardware.allowance import BURST_J_M2, SUSTAINED_W_M2, WARM_J_M2
from hardware.clock import Instant
from hardware.cycle import Cycle, Inputs, State, initial
from hardware.dose import cem43
from hardware.heat_phase import HeatPhase
from hardware.ledger import Ledger
from hardware.reading import REACHED_C, read
from hardware.response.hold import Hold
from hardware.response.question import Question
from hardware.response.response import Response
from tests.support.bench_guard import settings

FLUX_W_M2 = settings().pad.heat_flux_w_m2
OFFSET_C = Limits().dose_offset_c


class Reader:
    """A state that is read into, a tenth of a second at a time."""

    def __init__(self, temperature_c: float = 33.0, sensors: int = 1, target_c: float | None = None) -> None:
        """Settle on a temperature; then open a session that has heated, if there is a target."""
        self.state: State = initial(settings(sensors), Ledger())
        self.now = Instant(1000.0, 1.8e9)
        for _ in range(2):
            self.read(temperature_c)
        self.logged: tuple[str, ...] = ()
        if target_c is not None:
            now_s = self.now.mono_s
            self.state.phase = HeatPhase("s1", "phone", target_c, 480.0, now_s, 1.8e9, True, now_s, 1.8e9)
            self.state.allowance = replace(self.state.allowance, left_j_m2=20_000.0)
        self.fresh()

    def fresh(self) -> None:
        """Forget what settling added up to."""
        empty = initial(self.state.settings, Ledger())
        self.state.gathering, self.state.response = empty.gathering, empty.response
        self.state.dose_cem43 = self.state.tail_dose_cem43 = 0.0

    def read(self, *temperatures_c: float | None, passed_s: float = 0.1, rejected: int = 0) -> State:
        """Let time pass and read: one temperature for each sensor, or one for all; None is no answer."""
        self.now = Instant(self.now.mono_s + max(passed_s, 0.0), self.now.wall_s + max(passed_s, 0.0))
        thermistors = self.state.thermistors
        temperatures_c = temperatures_c * len(thermistors) if len(temperatures_c) == 1 else temperatures_c
        codes = tuple(
            None if t is None else round(thermistor.code_for(t))
            for t, thermistor in zip(temperatures_c, thermistors, strict=True)
        )
        cycle = Cycle(self.state.copy(), self.now)
        read(cycle, Inputs(self.now, codes, rejected=rejected), passed_s)
        self.state = cycle.s
        return self.state

    def second(self, *temperatures_c: float | None) -> State:
        for _ in range(10):
            self.read(*temperatures_c)
        return self.state

    @property
    def phase(self) -> HeatPhase:
        assert self.state.phase is not None
        return self.state.phase

    def events(self) -> list[str]:
        return [event.kind for event in self.state.ledger.events]


# --- samples ----------------------------------------------------------------------------------------


def test_codes_become_temperatures_and_faults() -> None:
    state = Reader(sensors=2).read(33.0, None)

    assert state.tracks[0].temperature_c == pytest.approx(33.0, abs=0.05)
    assert (state.tracks[1].temperature_c, state.tracks[1].fault) == (None, "adc_failed")


def test_a_code_too_few_is_a_mistake_of_the_program() -> None:
    reader = Reader(sensors=2)

    with pytest.raises(ValueError, match="zip"):
        read(Cycle(reader.state.copy(), reader.now), Inputs(reader.now, (1000,)), 0.1)


def test_packets_that_were_no_frames_are_counted() -> None:
    reader = Reader()
    reader.read(33.0, rejected=2)

    assert reader.read(33.0, rejected=3).rejected == 5


# --- dose -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature_c", [33.0, 37.0, 41.0, 43.5])
def test_in_a_session_every_second_has_its_dose(temperature_c: float) -> None:
    reader = Reader(temperature_c, target_c=42.0)
    state = reader.read(temperature_c)
    felt_c = state.tracks[0].temperature_c or 0.0

    assert felt_c == pytest.approx(temperature_c, abs=0.05)
    assert state.dose_cem43 == pytest.approx(cem43(felt_c + OFFSET_C, 0.1))
    assert state.tail_dose_cem43 == 0.0


@pytest.mark.parametrize(("temperature_c", "counts"), [(37.9, False), (38.1, True), (42.0, True)])
def test_between_sessions_body_heat_is_no_dose_but_a_warm_pad_is(temperature_c: float, counts: bool) -> None:
    state = Reader(temperature_c).read(temperature_c)

    assert (state.dose_cem43 > 0.0) is counts
    assert state.tail_dose_cem43 == state.dose_cem43


def test_unknown_is_never_cool_in_a_session_and_nothing_between_sessions() -> None:
    assert Reader(target_c=40.0).read(None).dose_cem43 == pytest.approx(cem43(43.0 + OFFSET_C, 0.1))
    assert Reader().read(None).dose_cem43 == 0.0


def test_time_that_runs_backwards_takes_nothing_away() -> None:
    reader = Reader(42.0, target_c=42.0)
    before = reader.second(42.0)
    after = reader.read(42.0, passed_s=-5.0)

    assert after.dose_cem43 == before.dose_cem43
    assert after.allowance == before.allowance


# --- inhibit ----------------------------------------------------------------------------------------


def test_the_inhibit_has_half_a_degree_of_hysteresis_and_remembers_it_through_a_gap() -> None:
    reader = Reader(42.9)
    assert not reader.read(42.9).inhibited
    assert reader.read(43.05).inhibited
    assert reader.read(42.6).inhibited
    assert reader.read(None).inhibited
    assert reader.read(42.6).inhibited
    assert not reader.read(42.45).inhibited
    assert not reader.read(None).inhibited
    assert not reader.read(42.6).inhibited


# --- the session --------------------------------------------------------------------------------------


def test_energy_is_that_of_the_cycles_in_which_the_heater_was_on() -> None:
    reader = Reader(target_c=40.0)
    reader.state.heater = True
    assert reader.read(33.0).phase is not None
    assert reader.phase.energy_j == pytest.approx(0.8)
    reader.state.heater = False
    reader.read(33.0)
    assert reader.phase.energy_j == pytest.approx(0.8)
    reader.state.heater = True
    reader.read(None, passed_s=0.5)

    assert reader.phase.energy_j == pytest.approx(0.8 + 4.0)


def test_the_peak_is_the_highest_valid_sample() -> None:
    reader = Reader(target_c=40.0)
    peaks = []
    for temperature_c in (None, 34.0, 34.5, None, 34.2):
        reader.read(temperature_c)
        peaks.append(reader.phase.peak_c)

    assert peaks[0] is None
    assert peaks[1:] == pytest.approx([34.0, 34.5, 34.5, 34.5], abs=0.05)


@pytest.mark.parametrize(("below_c", "reached"), [(0.4, False), (0.25, True), (-1.0, True)])
def test_the_target_is_reached_from_a_little_below(below_c: float, reached: bool) -> None:
    assert REACHED_C == 0.3
    reader = Reader(40.0 - below_c, target_c=40.0)
    for _ in range(3):
        reader.read(40.0 - below_c)

    assert reader.phase.reached is reached
    assert reader.events() == ["target_reached"] * reached


def test_what_was_reached_stays_reached_and_is_told_once() -> None:
    reader = Reader(39.9, target_c=40.0)
    for temperature_c in (39.9, 38.5, 39.9):
        reader.read(temperature_c)

    assert reader.phase.reached
    assert reader.events() == ["target_reached"]


# --- the pad's answer -----------------------------------------------------------------------------------


def test_a_pad_that_has_reached_its_target_has_used_its_burst_to_warm_up() -> None:
    reader = Reader(39.0, target_c=40.0)
    assert reader.read(39.6).allowance.left_j_m2 > WARM_J_M2
    assert reader.read(39.75).allowance.left_j_m2 == WARM_J_M2

    for _ in range(100):  # and fills it again as it holds
        reader.read(39.75)
    assert reader.state.allowance.left_j_m2 == pytest.approx(WARM_J_M2 + SUSTAINED_W_M2 * 10.0)


def test_the_pin_uses_the_allowance() -> None:
    """Not the demand: the modulator owes or is owed a part of a cycle."""
    reader = Reader(target_c=40.0)
    reader.state.settings = replace(
        reader.state.settings, pad=replace(reader.state.settings.pad, area_m2=0.008)
    )
    reader.state.heater, reader.state.duty = True, 0.2
    before_j_m2 = reader.state.allowance.left_j_m2
    one_step_j_m2 = before_j_m2 - reader.read(33.0).allowance.left_j_m2
    half_a_second_j_m2 = (
        reader.state.allowance.left_j_m2 - reader.read(33.0, passed_s=0.5).allowance.left_j_m2
    )

    assert one_step_j_m2 == pytest.approx((reader.state.settings.pad.heat_flux_w_m2 - SUSTAINED_W_M2) * 0.1)
    assert half_a_second_j_m2 == pytest.approx(5 * one_step_j_m2)
    reader.state.heater, reader.state.duty = False, 1.0
    before_j_m2 = reader.state.allowance.left_j_m2
    assert reader.read(33.0).allowance.left_j_m2 == pytest.approx(before_j_m2 + SUSTAINED_W_M2 * 0.1)
    assert Reader().state.allowance.left_j_m2 == BURST_J_M2


def test_ten_cycles_are_one_second_of_the_response() -> None:
    reader = Reader(36.0, target_c=40.0)
    reader.state.duty, reader.state.full, reader.state.allowed = 0.5, True, 0.7
    for _ in range(9):
        assert reader.read(36.0).response.seconds == ()
    (second,) = reader.read(36.0).response.seconds

    assert second.temperature_c == pytest.approx(36.0, abs=0.05)
    assert second.heat_w_m2 == pytest.approx(0.5 * FLUX_W_M2)
    assert (second.full, second.allowed) == (True, 0.7)
    assert reader.state.gathering.samples == 0
    assert len(reader.second(36.0).response.seconds) == 2


def test_a_second_with_no_valid_sample_is_lost() -> None:
    reader = Reader(36.0, target_c=40.0)
    asked = Response(question=Question(asked_s=5, answered_ago_s=9), hold=Hold(settled_s=7))
    reader.state.response = asked

    assert reader.second(None).response == asked.lost()


def test_the_questions_of_a_session_begin_with_its_first_heat() -> None:
    waiting = Reader(36.0, target_c=40.0)
    waiting.phase.energised_s = None
    idle = Reader(36.0)
    heating = Reader(36.0, target_c=40.0)
    at_target = Reader(39.9, target_c=40.0)

    assert waiting.second(36.0).response.question.began_c is None
    assert idle.second(36.0).response.question.began_c is None
    assert heating.second(36.0).response.question.began_c == pytest.approx(36.0, abs=0.05)
    assert heating.state.response.hold == Hold()
    assert at_target.second(39.9).response.hold.settled_s == 1


def test_the_target_reaches_the_response() -> None:
    reader = Reader(39.5, target_c=37.0)
    reader.state.duty = 1.0
    for _ in range(3):
        reader.second(39.5)

    assert reader.state.response.runaway.astray


@given(st.lists(st.floats(20.0, 45.0), min_size=1, max_size=30))
def test_nothing_that_counts_against_the_skin_ever_shrinks(temperatures_c: list[float]) -> None:
    reader = Reader(temperatures_c[0], target_c=42.0)
    dose_cem43, energy_j = 0.0, 0.0
    for temperature_c in temperatures_c:
        state = reader.read(temperature_c)
        assert state.dose_cem43 > dose_cem43
        assert reader.phase.energy_j >= energy_j
        dose_cem43, energy_j = state.dose_cem43, reader.phase.energy_j
