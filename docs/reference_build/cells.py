"""The worked numbers as cells of the tables of docs/hardware/: ``<!-- from build PART -->``."""

import re
from collections.abc import Callable
from typing import Final

from config.limits import ABSOLUTE, TARGET_MAX_C
from docs.figures import Cells
from docs.reference_build import deadman, heat, pads, sensing
from docs.reference_build.parts import (
    FUSE_SHARE,
    HOT,
    LOGIC_V,
    Q1,
    Q2,
    SERIES_OHM,
    SUPPLY_DIVIDER_OHM,
    SUPPLY_TOLERANCE,
    fuse_a,
    reference,
)
from hardware.guard import CYCLE_S
from hardware.self_test import REFERENCE_LSB, SAG_MIN_LSB, expected_sag
from hardware.stage import guard_settings

#: A number and its unit stay on one line.
_UNIT: Final = re.compile(r"(?<=\d) (?=[°ΩµkmAVWs])")


def cells(part: str) -> Cells:
    """Return the cells of one table."""
    return {
        row: {heading: _UNIT.sub("\u00a0", cell) for heading, cell in columns.items()}
        for row, columns in _TABLES[part]().items()
    }


def _values(rows: dict[str, str]) -> Cells:
    return {name: {"value": value} for name, value in rows.items()}


def _power() -> Cells:
    rows: Cells = {}
    for power_w in (5.0, 8.0, 10.0, 12.0):
        amps = power_w / 5.0
        losses = [amps**2 * part.on_ohm * HOT for part in (Q1, Q2)]
        drop_v = amps * (Q1.on_ohm + Q2.on_ohm) * HOT
        rows[f"{power_w:g} W"] = {
            "current": f"{amps:.1f} A",
            "Q1": f"{losses[0]:.2f} W, {losses[0] * Q1.air_k_w:.0f} °C warmer",
            "Q2": f"{losses[1]:.2f} W, {losses[1] * Q2.air_k_w:.0f} °C warmer",
            "lost to both": f"{drop_v * 1e3:.0f} mV, {1.0 - (1.0 - drop_v / 5.0) ** 2:.0%} of the heat",
            "F1": f"{fuse_a(amps):g} A",
        }
    return rows


def _fuse() -> Cells:
    pad = reference().pad
    amps = pad.power_w / pad.supply_v
    most_a = amps * (1.0 + SUPPLY_TOLERANCE)
    return _values(
        {
            "current at the rated voltage": f"{amps:.2f} A",
            f"with the supply {SUPPLY_TOLERANCE:.0%} high": f"{most_a:.2f} A",
            f"which may be {FUSE_SHARE:.0%} of the rating": f"{most_a / FUSE_SHARE:.2f} A",
            "the next fuse": f"{fuse_a(amps):g} A",
        }
    )


def _deadman() -> Cells:
    columns = {"shortest": deadman.SHORTEST, "typical": deadman.TYPICAL, "longest": deadman.LONGEST}
    shows: dict[str, Callable[[deadman.Pump], str]] = {
        "3.3 V rail": lambda pump: f"{pump.high_v:.2f} V",
        "each diode": lambda pump: f"{pump.diode_v:.2f} V",
        "R1 × C2": lambda pump: f"{pump.tau_s:.2f} s",
        "leakage": lambda pump: f"{pump.leak_a * 1e6:.1f} µA",
        "Q3's threshold": lambda pump: f"{pump.threshold_v:.2f} V",
        "C2 after an edge": lambda pump: f"{pump.held_v:.2f} V",
        "C2 before the next": lambda pump: f"{pump.lowest_v:.2f} V",
        "edges until it closes": lambda pump: f"{pump.pick_up_edges}",
        "**drop-out**, from the last rising edge": lambda pump: f"**{pump.drop_out_s:.2f} s**",
    }
    return {row: {name: show(pump) for name, pump in columns.items()} for row, show in shows.items()}


def _cycle() -> Cells:
    shortest_s, typical_s, longest_s = (
        pump.drop_out_s for pump in (deadman.SHORTEST, deadman.TYPICAL, deadman.LONGEST)
    )
    return _values(
        {
            "the guard toggles the pin every": f"{CYCLE_S:g} s",
            "so it rises every": f"{deadman.PERIOD_S:g} s",
            "what one late cycle may add, worst parts": f"{shortest_s - deadman.PERIOD_S:.2f} s",
            "what one late cycle may add, typical parts": f"{typical_s - deadman.PERIOD_S:.2f} s",
            f"pad face, hung at {ABSOLUTE.inhibit_c:g} °C with the heater on": (
                f"{heat.peak_after(longest_s, ABSOLUTE.inhibit_c):.1f} °C after {longest_s:.1f} s"
            ),
        }
    )


def _resistors() -> Cells:
    rows: Cells = {}
    for ohm in (1000.0, 2200.0, 3300.0, 4700.0, 5600.0, 6800.0, 10_000.0, 22_000.0, 47_000.0):
        ten, twelve = sensing.divider(ohm, 10), sensing.divider(ohm, 12)
        refused = [f"{bits}" for bits in (10, 12) if sensing.refusal(ohm, bits)]
        rows[f"{ohm / 1e3:g} kΩ"] = {
            "10 bits": f"{sensing.step_c(ohm, 10):.3f} °C",
            "12 bits": f"{sensing.step_c(ohm, 12):.3f} °C",
            "codes at 5 / 42 / 70 °C": " / ".join(f"{twelve.code_for(c):.0f}" for c in (5.0, 42.0, 70.0)),
            "warms itself by": f"{sensing.self_heating_c(ohm):.2f} °C",
            "accepted": f"not with {' and '.join(refused)} bits" if refused else "yes",
        }
        assert ten.bits == 10
    return rows


def _errors() -> Cells:
    return {
        name: {
            "at 42 °C": f"{at_42_c:+.2f} °C".replace("-", "−"),
            "at 46 °C": f"{at_46_c:+.2f} °C".replace("-", "−"),
        }
        for name, at_42_c, at_46_c in sensing.errors()
    }


def _channels() -> Cells:
    settings = guard_settings(reference())
    half, band = 1 << 11, REFERENCE_LSB[12]
    sag = expected_sag(settings)
    at_5_v = 2.5 / LOGIC_V * 4096
    return _values(
        {
            "reference, channel 6": f"{half} ± {band:.0f}",
            "supply at 5.0 V, channel 7": f"{at_5_v:.0f}",
            "most that channel 7 can see": f"{2.0 * LOGIC_V:.1f} V",
            "sag that the self-test expects of the reference pad": f"{sag:.1%}, {at_5_v * sag:.0f} codes",
            "least that it can tell": f"{SAG_MIN_LSB:.0f} codes",
            "into the channel while the Pi is off": f"{(5.0 - 0.6) / SUPPLY_DIVIDER_OHM * 1e3:.2f} mA",
        }
    )


def _cutout() -> Cells:
    rows: Cells = {}
    for opens_c in (45.0, 47.0, 50.0, 52.0, 55.0):
        seen = heat.full_power_until(opens_c)
        rows[f"{opens_c:g} °C"] = {
            "after": f"{seen.time_s:.0f} s",
            "pad face": f"{seen.face_c:.1f} °C",
            "basal skin": f"{seen.basal_c:.1f} °C",
        }
    return rows


def _healthy() -> Cells:
    return _values(
        {
            f"heater, when full power has brought the face to {face_c:g} °C": (
                f"{heat.heater_when_the_face_is(face_c):.1f} °C"
            )
            for face_c in (40.0, TARGET_MAX_C)
        }
    )


def _pads() -> Cells:
    return {
        pad.name: {
            "rated": f"{pad.power_w:g} W, {pad.supply_v:g} V",
            "area": f"{pad.area_cm2:g} cm²",
            "heat flux": f"{pad.flux_w_m2:.0f} W/m²",
            "needs": f"**{pads.verdict(pad)}**" if pads.verdict(pad) == "refused" else pads.verdict(pad),
            "cold": f"{pad.resistance_ohm:.1f} Ω",
            "current, fuse": f"{pad.current_a:.1f} A, {pad.fuse_a:g} A",
            "circuit": pads.circuit(pad),
            "in `[pad]`": "–" if pads.verdict(pad) == "refused" else pads.lines(pad),
        }
        for pad in pads.PADS
    }


def _bench() -> Cells:
    pad = reference().pad
    thermistor = sensing.divider(SERIES_OHM, 12)
    return _values(
        {
            "heater, cold, at the plug": f"{pad.supply_v**2 / pad.power_w:.2f} Ω",
            "gate of Q1 to ground": "10.0 kΩ",
            "thermistor at 20 / 25 °C": " / ".join(
                f"{sensing.CURVE.resistance_ohm(c) / 1e3:.2f} kΩ" for c in (20.0, 25.0)
            ),
            "channel 0 at 20 / 25 °C": " / ".join(
                f"{thermistor.code_for(c) / 4096 * LOGIC_V:.2f} V" for c in (20.0, 25.0)
            ),
            "channel 6": f"{LOGIC_V / 2.0:.2f} V",
            "channel 7 at 5.0 V": "2.50 V",
            "C2 while the guard runs": f"{deadman.TYPICAL.lowest_v:.1f} to {deadman.TYPICAL.held_v:.1f} V",
            "drop-out": f"{deadman.SHORTEST.drop_out_s:.1f} to {deadman.LONGEST.drop_out_s:.1f} s",
            "heater on": f"{pad.power_w / pad.supply_v:.1f} A",
            "current limit for it": f"{pad.power_w / pad.supply_v * 1.15:.1f} A",
        }
    )


_TABLES: Final[dict[str, Callable[[], Cells]]] = {
    "power": _power,
    "fuse": _fuse,
    "deadman": _deadman,
    "cycle": _cycle,
    "resistors": _resistors,
    "errors": _errors,
    "channels": _channels,
    "cutout": _cutout,
    "healthy": _healthy,
    "pads": _pads,
    "bench": _bench,
}
