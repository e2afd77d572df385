"""Samples as bytes: a batch of them is one row of the database, about nine bytes a sample.

The first byte is the format, 1. Then each sample: elapsed ms, temperature in 0.001 °C (0 is "none"), target
in 0.001 °C, duty in 0.001, heater, and dose in 1e-6 CEM43 min. Each is what it differs from the one before,
as an integer of variable length. That is finer than the pad can mean.
"""

from collections.abc import Iterable, Iterator, Sequence

from controller.records.entry import Sample
from controller.records.trouble import DamagedError

FORMAT = 1
_DOSE_PARTS = 1_000_000


def pack(samples: Sequence[Sample]) -> bytes:
    """Return the samples of one session as bytes."""
    out = bytearray([FORMAT])
    before = (0,) * 6
    for sample in samples:
        kept_c = before[1] if sample.temperature_c is None else _thousandths(sample.temperature_c)
        now = (
            _thousandths(sample.elapsed_s),
            kept_c,
            _thousandths(sample.target_c),
            _thousandths(sample.duty),
            int(sample.heater),
            round(sample.dose_cem43 * _DOSE_PARTS),
        )
        steps = [value - last for value, last in zip(now, before, strict=True)]
        for place, step in enumerate(steps):
            whole = 2 * step if step >= 0 else -2 * step - 1
            if place == 1:
                whole = 0 if sample.temperature_c is None else whole + 1
            _append(out, whole)
        before = now
    return bytes(out)


def unpack(session_id: str, packed: bytes) -> Iterator[Sample]:
    """Give the samples of a batch.

    Raises:
        DamagedError: these are not the bytes of a batch.
    """
    if not isinstance(packed, bytes) or packed[:1] != bytes([FORMAT]):  # a damaged page may hold anything
        raise DamagedError("not a batch of samples")
    now = [0] * 6
    numbers = _numbers(packed[1:])
    for first in numbers:
        given = True
        for place in range(6):
            whole = first if place == 0 else next(numbers, None)
            if whole is None:
                raise DamagedError("a batch of samples is cut short")
            if place == 1:
                given = whole > 0
                whole = max(0, whole - 1)
            now[place] += -(whole + 1) // 2 if whole % 2 else whole // 2
        elapsed, temperature, target, duty, heater, dose = now
        yield Sample(
            session_id,
            elapsed / 1000,
            temperature / 1000 if given else None,
            target / 1000,
            duty / 1000,
            bool(heater),
            dose / _DOSE_PARTS,
        )


def _thousandths(value: float) -> int:
    return round(value * 1000)


def _append(out: bytearray, whole: int) -> None:
    while whole > 0x7F:
        out.append(whole & 0x7F | 0x80)
        whole >>= 7
    out.append(whole)


def _numbers(packed: Iterable[int]) -> Iterator[int]:
    whole = shift = 0
    for byte in packed:
        whole |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield whole
            whole = shift = 0
    if shift:
        raise DamagedError("a batch of samples is cut short")
