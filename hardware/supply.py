"""The voltage of the pad's supply, from the codes of the supply channel. Pure.

A low one is reported and never judged. A high one is more power than the pad was judged for: the
self-test refuses it, and ``checks`` take the heat away.
"""

from dataclasses import dataclass, replace

from hardware.settings import AdcSettings

#: The converter's full scale: the Pi's 3.3 V rail. ``supply_divider`` can absorb what is not 3.3 V.
VREF_V = 3.3
#: What a supply has at most, as a share of the pad's own voltage; power goes with its square. A USB
#: port at 5 V has 5.5 V at most, and the next step of a supply that can be asked for more is 9 V.
MOST_OF_RATED = 1.25
#: Time constant of the filter.
_FILTER_S = 1.0
#: A supply sags under load, and what it sags to is the pad's power. So after a cycle with heat the
#: voltage at rest is not asked for so long; a hold at 2 % of full power still has heat in it.
_LOAD_S = 5.0
#: After so long without an answer the voltage is unknown.
_SILENT_S = 2.0
#: The middle one of so many codes counts, so that a glitch is passed over.
_MEDIAN = 3


@dataclass(frozen=True, slots=True)
class Supply:
    """The filtered voltage.

    ``volts`` is what the supply has with the heater on while it heats, at rest otherwise; None if
    unknown. ``rest_s`` and ``silent_s``: since heat was on, and since the converter answered. ``latest``
    are the last voltages as they came, loaded or not.
    """

    volts: float | None = None
    rest_s: float = _LOAD_S
    silent_s: float = 0.0
    recent: tuple[float, ...] = ()
    latest: tuple[float, ...] = ()

    @property
    def now_v(self) -> float | None:
        """What the supply has now, V, with a glitch passed over; None if unknown.

        Not filtered: a supply with four times its voltage heats a pad with sixteen times its power.
        """
        return sorted(self.latest)[_MEDIAN // 2] if len(self.latest) == _MEDIAN else None

    def step(self, adc: AdcSettings, code: int | None, loaded: bool, passed_s: float) -> "Supply":
        """Take the code of one cycle.

        Args:
            adc: the converter.
            code: of the supply channel, None without an answer.
            loaded: the heater was on when it was read.
            passed_s: since the code before, s, >= 0.
        """
        latest = self.latest if code is None else (*self.latest, volts_of(adc, code))[-_MEDIAN:]
        rest_s = 0.0 if loaded else self.rest_s + passed_s
        if code is None:
            silent_s = self.silent_s + passed_s
            if silent_s >= _SILENT_S:
                return Supply(None, rest_s, silent_s)
            return replace(self, rest_s=rest_s, silent_s=silent_s)
        if rest_s < _LOAD_S and not loaded and self.volts is not None:
            return replace(self, rest_s=rest_s, silent_s=0.0, latest=latest)
        recent = (*self.recent, latest[-1])[-_MEDIAN:]
        middle_v = sorted(recent)[len(recent) // 2]
        if self.volts is None:
            # The first answer may be the glitch.
            first_v = middle_v if len(recent) == _MEDIAN else None
            return Supply(first_v, rest_s, recent=recent, latest=latest)
        gain = passed_s / (_FILTER_S + passed_s)
        return Supply(self.volts + gain * (middle_v - self.volts), rest_s, recent=recent, latest=latest)


def volts_of(adc: AdcSettings, code: int) -> float:
    """Return the supply's voltage in V that a code stands for."""
    return code / (1 << adc.bits) * VREF_V * (adc.supply_divider or 1.0)


UNKNOWN = Supply()
