"""The test before each session: pins, switches, reference channel, supply, sensors. Pure.

Where a build has a series switch beside the MOSFET, each is closed alone for two cycles, never both,
so that nothing heats. What that shows:

* The pins follow: each level that is read back is the one that was set. This proves the lines, not
  the transistors behind them: without a supply channel a shorted MOSFET is found only by the checks
  that judge the pad's temperature.
* With a supply channel, the transistors: if the supply sags while one switch is closed, current flows
  through the other, which should block. Two cases stay hidden. If both are shorted, it sags before
  the test as well; and a pad that is unplugged draws nothing.

Should the series switch be shorted, the two pulses put 0.2 s of the pad's power into it, which warms
the pads of the design range by less than 0.1 °C.

A build with one switch has nothing to exercise: it is looked at once, in the cycle in which its
session is armed.
"""

import enum
from dataclasses import dataclass, replace

from hardware.settings import GuardSettings
from hardware.supply import MOST_OF_RATED, volts_of

#: What battery, cable and plugs have between them at least: 1 m of cable with AWG 24 wires alone has
#: 0.17 Ω, there and back. A stiffer supply sags less, and this test then stays silent.
SOURCE_OHM = 0.1
#: A smaller sag cannot be told from noise of 0.5 LSB rms and from what else draws from the battery.
SAG_MIN_LSB = 3.0
#: How far from half scale a reference channel may read. Two resistors of 0.1 % (0.05 % of full scale),
#: noise (1.5), the lost fraction (1), and from the data sheet INL, offset and half of the gain error:
#: 1 + 1.5 + 0.5 for the MCP3008 (DS21295), 2 + 3 + 2.5 for the MCP3208-C (DS21298).
#: At 42 °C that is 0.7 °C with 10 bits and 0.3 °C with 12.
REFERENCE_LSB = {10: 6.0, 12: 12.0}
#: Looks at each stage. One glitch can hide a sag but cannot make one: all looks have to show it.
_LOOKS = 2
#: Looks at reference, supply and sensors until one of them is good.
_PATIENCE = 3

#: Whether the pins of MOSFET and series switch are high; None for a pin that the build does not have.
Levels = tuple[bool, bool | None]


class Switch(enum.Enum):
    """A switch in the heater's path, by the name that a sentence calls it."""

    SERIES = "series switch"
    MOSFET = "MOSFET"

    @property
    def other(self) -> "Switch":
        """The one that must block while this one is closed."""
        return Switch.MOSFET if self is Switch.SERIES else Switch.SERIES


#: The switch that is closed alone, stage by stage. The last stage is all that a single switch needs.
_STAGES = (None, Switch.SERIES, Switch.MOSFET, None)
_LAST = len(_STAGES) - 1


@dataclass(frozen=True, slots=True)
class Look:
    """What one cycle sees, with the pins as the cycle before has set them.

    ``levels``: None if they could not be read. ``supply``, ``reference``: codes, None without an
    answer. ``objection``: the sentence why the sensors cannot be believed now; None if they can.
    """

    levels: Levels | None = None
    supply: int | None = None
    reference: int | None = None
    objection: str | None = None


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A test that is under way, or over when it has ``passed`` or has a ``failure`` (a sentence).

    ``off`` is the lowest supply code with both switches open, ``supply`` has those of this stage.
    """

    stage: int
    looks: int = 0
    supply: tuple[int, ...] = ()
    off: int | None = None
    passed: bool = False
    failure: str | None = None

    @classmethod
    def begin(cls, settings: GuardSettings) -> "SelfTest":
        """Return a test of this build, with both switches open."""
        return cls(_LAST if settings.pins.enable is None else 0)

    @property
    def closed(self) -> Switch | None:
        """The one switch to close now. There is never a second."""
        return None if self.failure else _STAGES[self.stage]

    def step(self, settings: GuardSettings, look: Look) -> "SelfTest":
        """Take one look; the next stage, the same, or the end."""
        wrong = _wrong_level(settings, _STAGES[self.stage], look.levels)
        if wrong is not None:
            return replace(self, failure=wrong)
        if self.stage == _LAST:
            wrong = _wrong_reference(settings, look.reference) or _wrong_supply(settings, look.supply)
            return self._finish(wrong or look.objection)
        codes = self.supply if look.supply is None else (*self.supply, look.supply)
        seen = replace(self, looks=self.looks + 1, supply=codes)
        return seen if seen.looks < _LOOKS else seen._next_stage(settings)

    def _next_stage(self, settings: GuardSettings) -> "SelfTest":
        if settings.adc.supply_channel is None:
            return SelfTest(self.stage + 1)
        if not self.supply:
            return replace(self, failure="The converter does not answer for the supply channel")
        closed = _STAGES[self.stage]
        if closed is None or self.off is None:
            return SelfTest(self.stage + 1, off=min(self.supply))
        sag_lsb = self.off - max(self.supply)
        least_lsb = self.off * expected_sag(settings)
        if least_lsb >= SAG_MIN_LSB and sag_lsb >= least_lsb:
            return replace(self, failure=_leak(closed, sag_lsb / self.off))
        return SelfTest(self.stage + 1, off=self.off)

    def _finish(self, objection: str | None) -> "SelfTest":
        if objection is None:
            return replace(self, passed=True)
        if self.looks + 1 < _PATIENCE:
            return replace(self, looks=self.looks + 1)
        return replace(self, failure=objection)


def expected_sag(settings: GuardSettings) -> float:
    """Return the share (0-1) of its voltage by which the supply sags at least when the pad draws current."""
    pad = settings.pad
    return pad.power_w / pad.supply_v * SOURCE_OHM / pad.supply_v


def _wrong_level(settings: GuardSettings, closed: Switch | None, levels: Levels | None) -> str | None:
    if levels is None:
        # Who has one switch has nothing exercised, and does not fail for want of reading it back.
        return None if settings.pins.enable is None else "The pins of the switches cannot be read back"
    for switch, high in zip((Switch.MOSFET, Switch.SERIES), levels, strict=True):
        if high is not None and high is not (switch is closed):
            told, found = ("low", "high") if high else ("high", "low")
            return f"The pin of the {switch.value} was set {told} and is {found}"
    return None


def _wrong_reference(settings: GuardSettings, code: int | None) -> str | None:
    if settings.adc.reference_channel is None:
        return None
    if code is None:
        return "The converter does not answer for the reference channel"
    half, allowed = 1 << (settings.adc.bits - 1), REFERENCE_LSB[settings.adc.bits]
    if abs(code - half) <= allowed:
        return None
    return (
        f"The reference channel reads {code}, expected {half - allowed:g} to {half + allowed:g}: "
        "no temperature can be believed"
    )


def _wrong_supply(settings: GuardSettings, code: int | None) -> str | None:
    if settings.adc.supply_channel is None or code is None:
        return None
    volts, pad_v = volts_of(settings.adc, code), settings.pad.supply_v
    if volts <= MOST_OF_RATED * pad_v:
        return None
    return f"The supply has {volts:.1f} V and the pad is made for {pad_v:g} V. Unplug it"


def _leak(closed: Switch, sag: float) -> str:
    return (
        f"The supply sags by {sag:.1%} with the {closed.value} closed alone: the {closed.other.value} is "
        "shorted. Unplug the battery and do not use this pad again"
    )
