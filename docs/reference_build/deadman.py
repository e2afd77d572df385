"""The dead-man: a charge pump that holds the series switch closed as long as ``deadman_pin`` toggles.

A rising edge moves charge through C1 and D1 into C2, R1 drains C2, and Q3 conducts while C2 is above its
threshold. A pin that stands still, high or low, moves nothing. All of it follows from a balance of charge.
"""

import math
from dataclasses import dataclass
from typing import Final

from docs.reference_build.parts import LOGIC_TOLERANCE, LOGIC_V, Q1
from hardware.guard import CYCLE_S

#: F and Ω: C1 couples, C2 keeps the time with R1.
C1_F: Final = 2.2e-6
C2_F: Final = 2.2e-6
R1_OHM: Final = 470e3
C_TOLERANCE: Final = 0.10
R_TOLERANCE: Final = 0.01

#: The guard toggles the pin once a cycle, so that it rises in every second one.
PERIOD_S: Final = 2.0 * CYCLE_S

#: D1 and D2, BAS70-04: V from a few µA to the data sheet's 0.41 V at 1 mA.
DIODE_V: Final = (0.15, 0.41)
#: A, at most: the data sheets' 100 nA of a diode and 100 nA of a gate.
LEAK_A: Final = 0.2e-6
#: V. Q3's threshold is lower than at 250 µA on a board of 50 °C, and for the 4 µA that still let Q2 conduct.
THRESHOLD_LESS_V: Final = 0.25


@dataclass(frozen=True, slots=True)
class Pump:
    """One copy of the circuit: V, F, Ω, A."""

    high_v: float = LOGIC_V
    diode_v: float = 0.25
    c1_f: float = C1_F
    c2_f: float = C2_F
    r1_ohm: float = R1_OHM
    leak_a: float = 0.0
    threshold_v: float = sum(Q1.threshold_v) / 2.0

    @property
    def tau_s(self) -> float:
        """Time constant of C2 and R1, s."""
        return self.r1_ohm * self.c2_f

    def after(self, volts: float, seconds: float) -> float:
        """Return what C2 has left after so long without an edge, V."""
        floor_v = -self.leak_a * self.r1_ohm
        return floor_v + (volts - floor_v) * math.exp(-seconds / self.tau_s)

    def edge(self, volts: float) -> float:
        """Return C2's voltage after a rising edge: C1 gives until both diodes no longer conduct."""
        excess_v = self.high_v - 2.0 * self.diode_v - volts
        return volts + max(0.0, excess_v) * self.c1_f / (self.c1_f + self.c2_f)

    @property
    def held_v(self) -> float:
        """C2's voltage just after an edge, when it has toggled for long, V."""
        volts = 0.0
        for _ in range(200):
            volts = self.edge(self.after(volts, PERIOD_S))
        return volts

    @property
    def lowest_v(self) -> float:
        """C2's voltage just before the next edge, V."""
        return self.after(self.held_v, PERIOD_S)

    @property
    def drop_out_s(self) -> float:
        """From the last rising edge until Q3 no longer conducts, s."""
        floor_v = -self.leak_a * self.r1_ohm
        return self.tau_s * math.log((self.held_v - floor_v) / (self.threshold_v - floor_v))

    @property
    def pick_up_edges(self) -> int:
        """Rising edges from an empty C2 until Q3 conducts from one to the next."""
        volts, edges = 0.0, 0
        while self.after(volts, PERIOD_S) < self.threshold_v:
            volts, edges = self.edge(self.after(volts, PERIOD_S)), edges + 1
        return edges


TYPICAL: Final = Pump()
#: Everything that shortens the time at once, and everything that lengthens it.
SHORTEST: Final = Pump(
    high_v=LOGIC_V * (1.0 - LOGIC_TOLERANCE),
    diode_v=DIODE_V[1],
    c1_f=C1_F * (1.0 - C_TOLERANCE),
    c2_f=C2_F * (1.0 - C_TOLERANCE),
    r1_ohm=R1_OHM * (1.0 - R_TOLERANCE),
    leak_a=LEAK_A,
    threshold_v=Q1.threshold_v[1],
)
LONGEST: Final = Pump(
    high_v=LOGIC_V * (1.0 + LOGIC_TOLERANCE),
    diode_v=DIODE_V[0],
    c1_f=C1_F * (1.0 + C_TOLERANCE),
    c2_f=C2_F * (1.0 + C_TOLERANCE),
    r1_ohm=R1_OHM * (1.0 + R_TOLERANCE),
    threshold_v=Q1.threshold_v[0] - THRESHOLD_LESS_V,
)
