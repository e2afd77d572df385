"""An MCP3008 or MCP3208 at the wire: SPI words in, SPI words out.

Bit positions from Microchip's data sheets DS21295 (MCP3004/3008) and DS21298 (MCP3204/3208). It
knows bits, not what is wired to its inputs.
"""

import random
from collections.abc import Callable, Sequence

_COMMAND_BITS = 4  # single-ended or differential, then three bits of channel
_SAMPLE_BITS = 2  # the end of the sampling time, then the null bit


class Mcp3xxx:
    """One converter chip.

    Attributes:
        noise_lsb: rms of the noise added to each conversion, LSB.
        glitch_probability: chance (0-1) that a conversion gives any code at all.
    """

    def __init__(
        self,
        bits: int,
        sample: Callable[[int], float],
        *,
        noise_lsb: float = 0.5,
        glitch_probability: float = 0.0,
        rng: random.Random | None = None,
    ) -> None:
        """Wire up the inputs.

        Args:
            bits: 10 for an MCP3008, 12 for an MCP3208.
            sample: gives the input of a channel (0-7) now, as a fraction of full scale in LSB;
                values outside 0 to full scale clip as in the chip.
            noise_lsb: see the class.
            glitch_probability: see the class.
            rng: source of noise and glitches; a fixed seed by default, so that runs repeat.
        """
        self.noise_lsb = noise_lsb
        self.glitch_probability = glitch_probability
        self._bits = bits
        self._full_scale = (1 << bits) - 1
        self._sample = sample
        self._rng = rng or random.Random(0)

    def transfer(self, words: Sequence[int]) -> list[int]:
        """Shift 8-bit words in and return as many that were shifted out.

        Until the null bit the output is not driven; those bits read as ones here, so that a driver
        that forgets to mask them is found out. Without a start bit there is no answer at all.
        """
        received = int.from_bytes(bytes(words), "big")
        length = 8 * len(words)
        undriven = (1 << length) - 1
        after_start = received.bit_length() - 1
        answer_bits = after_start - _COMMAND_BITS - _SAMPLE_BITS + 1  # from the null bit on
        if answer_bits <= 0:
            return _to_words(undriven, len(words))
        command = received >> (after_start - _COMMAND_BITS)
        code = self.convert(channel=command & 0b111, single_ended=bool(command & 0b1000))
        shift = answer_bits - 1 - self._bits
        driven = code << shift if shift >= 0 else code >> -shift
        high = undriven ^ ((1 << answer_bits) - 1)
        return _to_words(high | driven, len(words))

    def convert(self, channel: int, single_ended: bool = True) -> int:
        """Return one conversion of a channel (0-7), single-ended or against its neighbour."""
        rng = self._rng
        if self.glitch_probability and rng.random() < self.glitch_probability:
            return rng.randint(0, self._full_scale)
        level = self._sample(channel)
        if not single_ended:  # each channel against its neighbour; below zero reads as zero
            level -= self._sample(channel ^ 1)
        noisy = level + rng.gauss(0.0, self.noise_lsb)
        return min(max(int(noisy), 0), self._full_scale)


def _to_words(value: int, count: int) -> list[int]:
    return list(value.to_bytes(count, "big"))
