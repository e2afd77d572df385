"""From one cycle's readings to what the checks may believe. Pure."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from hardware.thermistor import Reading

#: No pad of the design range changes faster; the reference design's own rate is below 0.5 °C/s.
JUMP_C_PER_S = 2.0
#: A step is judged over this time: at 10 Hz a 10-bit converter's last bit alone is 1.1 °C/s.
JUMP_WINDOW_S = 1.0
#: How long accepted samples are kept to judge the next one against.
_KEEP = 10
#: A loose contact comes and goes: when this much trouble has come together, it is one.
TROUBLE_S = 3.0
_BAD_AT_MOST_S = 0.2
#: Share of the good time that pays back bad time.
_FORGIVEN = 0.1


class Sample(NamedTuple):
    """One accepted temperature in °C, and when (monotonic seconds)."""

    mono_s: float
    temperature_c: float


@dataclass(frozen=True, slots=True)
class SensorTrack:
    """One thermistor over time.

    ``temperature_c`` is this cycle's valid sample or None, then ``fault`` says why: a sensor code,
    or ``sensor_jump`` for a sample that no pad could have reached since the accepted ones. A
    glitch is thus neither believed nor heated on, and forgotten when the samples agree again. The
    very first sample has none to agree with, and is not believed either.

    ``trouble_s`` is the time with a fault less a tenth of the time without, at most ``TROUBLE_S``:
    what a loose contact collects, however short each break is.
    """

    temperature_c: float | None = None
    fault: str | None = None
    accepted: tuple[Sample, ...] = ()
    trouble_s: float = 0.0
    seen_s: float | None = None

    def step(self, now_s: float, reading: Reading | None) -> "SensorTrack":
        """Judge one reading taken at ``now_s``; None if the converter gave no answer."""
        temperature_c, fault, accepted = self._judge(now_s, reading)
        passed_s = 0.0 if self.seen_s is None else max(0.0, now_s - self.seen_s)
        # A cycle that the disk made long was not all bad because of the one sample at its end.
        trouble_s = self.trouble_s + (min(passed_s, _BAD_AT_MOST_S) if fault else -_FORGIVEN * passed_s)
        return SensorTrack(temperature_c, fault, accepted, min(max(0.0, trouble_s), TROUBLE_S), now_s)

    def forgive(self) -> "SensorTrack":
        """Return the track without its trouble: a person has looked at the wire."""
        return replace(self, trouble_s=0.0)

    def _judge(
        self, now_s: float, reading: Reading | None
    ) -> tuple[float | None, str | None, tuple[Sample, ...]]:
        if reading is None:
            return None, "adc_failed", self.accepted
        if reading.temperature_c is None:
            return None, reading.fault, self.accepted
        sample = Sample(now_s, reading.temperature_c)
        if not self.accepted:
            return None, None, (sample,)
        if _is_jump(now_s, reading.temperature_c, self.accepted):
            # Of the first two samples, either may be the glitch: the third decides.
            return None, "sensor_jump", self.accepted if len(self.accepted) > 1 else (sample,)
        return reading.temperature_c, None, (*self.accepted, sample)[-_KEEP:]


def _is_jump(now_s: float, temperature_c: float, accepted: tuple[Sample, ...]) -> bool:
    # A step shows against the median of the last second, which one odd accepted sample cannot move; a
    # steep ramp, which the median follows, against the oldest sample of that second.
    newest_s = accepted[-1].mono_s
    recent = [s for s in accepted if newest_s - s.mono_s <= JUMP_WINDOW_S]
    median_c = sorted([s.temperature_c for s in recent])[len(recent) // 2]
    return _too_fast(temperature_c - median_c, now_s - newest_s) or _too_fast(
        temperature_c - recent[0].temperature_c, now_s - recent[0].mono_s
    )


def _too_fast(step_c: float, passed_s: float) -> bool:
    return abs(step_c) > JUMP_C_PER_S * max(JUMP_WINDOW_S, passed_s)


def hottest(tracks: tuple[SensorTrack, ...]) -> float | None:
    """Return the pad temperature: the highest valid sample of this cycle, or None without one."""
    return max([t.temperature_c for t in tracks if t.temperature_c is not None], default=None)


def spread(tracks: tuple[SensorTrack, ...]) -> float:
    """Return by how many °C the valid samples differ; 0 with fewer than two."""
    valid = [t.temperature_c for t in tracks if t.temperature_c is not None]
    return max(valid) - min(valid) if len(valid) > 1 else 0.0
